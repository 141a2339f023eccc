"""PDFs as renditions: made once for the same inputs, read by the gate, kept by their content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.models import Rendition, User
from pipeline.pdf import flyer as flyers
from pipeline.pdf import note as notes
from pipeline.pdf import slides as sheets
from pipeline.pdf.setting import Pdf
from pipeline.rendering import jobs, store
from pipeline.summaries import SummaryResult

MIME = "application/pdf"


def note(result: SummaryResult, *, lang: str, by: User, card: str = "figure") -> Rendition:
    """The summary's note, ready; raises what `pipeline.pdf.note.note` raises."""
    spec = {"document": "note", "summary": result.row.fingerprint, "card": card}
    return _kept(spec, lambda: notes.note(result, lang=lang, card=card), lang=lang, format="a4", by=by,
                 summary=result.row, title=notes.title(result, lang))  # fmt: skip


def flyer(data: Mapping[str, Any], *, lang: str, by: User) -> Rendition:
    """The flyer with these texts, ready; raises what `pipeline.pdf.flyer.flyer` raises."""
    spec = {"document": "flyer", "data": dict(data)}
    title = str(data.get("title", ""))
    return _kept(spec, lambda: flyers.flyer(data, lang=lang), lang=lang, format="a5", by=by, title=title)


def slides(pictures: Sequence[tuple[Rendition, str]], *, title: str, by: User) -> Rendition:
    """Pictures of the store, each with its description, as the pages of one document; people in them stay protected.

    What was confirmed for a picture does not hold for the document: whoever confirms looks at it again.
    """
    first = pictures[0][0]
    spec = {"document": "slides", "pictures": [[one.sha256, alt] for one, alt in pictures]}
    spec |= jobs.masks_of(one for one, _alt in pictures)
    told = [
        sheets.Slide(store.path_of(one.sha256, one.mime), one.width, one.height, alt, one.lang)
        for one, alt in pictures
    ]  # fmt: skip
    row = _kept(spec, lambda: sheets.slides(told, title=title), lang=first.lang, format=first.format, by=by,
                title=title, texts=[text for one, _alt in pictures for text in one.texts])  # fmt: skip
    row.footage.set({footage for one, _alt in pictures for footage in one.footage.all()})
    return row


def _kept(
    spec: dict[str, Any], make: Any, *, lang: str, format: str, by: User, title: str, texts: Sequence[Any] = (),
    **fields: Any,
) -> Rendition:  # fmt: skip
    row = jobs.row_for(
        "document", {**spec, "lang": lang, "title": title}, lang=lang, format=format, by=by, alt=title,
        **{"summary": None, **fields},
    )  # fmt: skip
    if jobs.is_done(row):
        return row

    def write(out: Path) -> dict[str, Any]:
        made: Pdf = make()
        out.write_bytes(made.data)
        return {"mime": MIME, "width": made.width, "height": made.height, "texts": list(texts)}

    return jobs.run(row, write)
