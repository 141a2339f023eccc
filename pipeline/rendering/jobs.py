"""Renditions as job rows: drawn or cut once for the same inputs, checked by the gate, kept by their content."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pipeline import cards, gate, reels
from pipeline.errors import Refused
from pipeline.footage import original_path
from pipeline.models import Footage, Rendition, RenditionState, Summary, User
from pipeline.rendering import store
from publishers._base import canonical

TOOLS_VERSION = 1  # raised when the same inputs would give another file


def card(
    name: str,
    data: Mapping[str, Any],
    *,
    lang: str,
    format: str,
    by: User,
    summary: Summary | None = None,
    alt: str = "",
) -> Rendition:
    """The drawn card, ready; `Refused` for what does not fit, is not legible or leaks. Same inputs, same rendition."""
    spec = {"template": name, "data": dict(data), "lang": lang, "format": format}
    row = _job("card", spec, lang=lang, format=format, by=by, summary=summary, alt=alt)
    if _done(row):
        return row

    def make(out: Path) -> dict[str, Any]:
        drawn = cards.draw(name, data, lang=lang, format=format)
        out.write_bytes(drawn.data)
        texts = [{"slot": t.slot, "text": t.text} for t in drawn.texts]
        return {"mime": drawn.mime, "width": drawn.width, "height": drawn.height, "texts": texts}

    return _run(row, make)


def reel(
    cut_list: reels.CutList,
    footage: Mapping[Path, Footage],
    *,
    by: User,
    alt: str = "",
    progress: Callable[[float], None] | None = None,
) -> Rendition:
    """The rendered reel, ready, tied to the footage it was cut from; nobody may submit it before it is protected."""
    kept = [cut.model_copy(update={"clip": original_path(footage[cut.clip].sha256)}) for cut in cut_list.cuts]
    spec = cut_list.model_dump(mode="json")
    for cut in spec["cuts"]:
        cut["clip"] = footage[Path(cut["clip"])].sha256
    row = _job("reel", spec, lang=cut_list.language, format=cut_list.format, by=by, summary=None, alt=alt)
    row.footage.set(footage.values())
    if _done(row):
        return row

    def make(out: Path) -> dict[str, Any]:
        done = reels.render(cut_list.model_copy(update={"cuts": tuple(kept)}), out, progress=progress)
        return {
            "mime": "video/mp4",
            "width": done.width,
            "height": done.height,
            "duration_ms": done.duration_ms,
            "texts": [{"slot": t.slot, "text": t.text} for t in done.texts],
            "measured": {
                "faces_masked": done.faces_masked,
                "faces_left": done.faces_left,
                "loudness": done.loudness,
                "true_peak": done.true_peak,
            },
        }

    return _run(row, make)


def _job(kind: str, spec: dict[str, Any], **fields: Any) -> Rendition:
    inputs = hashlib.sha256(canonical({"kind": kind, "tools": TOOLS_VERSION, "spec": spec}).encode()).hexdigest()
    row, _made = Rendition.objects.get_or_create(
        inputs_sha256=inputs,
        defaults={"kind": kind, "spec": spec, "requested_by": fields.pop("by"), **fields},
    )
    return row


def _done(row: Rendition) -> bool:
    path = store.path_of(row.sha256, row.mime) if row.state == RenditionState.READY else None
    return path is not None and path.is_file() and store.sha256_of(path) == row.sha256


def _run(row: Rendition, make: Callable[[Path], dict[str, Any]]) -> Rendition:
    """Makes the file in a private folder, lets the gate read it, keeps it; a failure leaves its sentence on the row."""
    Rendition.objects.filter(pk=row.pk).update(state=RenditionState.RENDERING, error=None)
    work = Path(settings.PORTEVOIX_HOME) / "work"
    work.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(dir=work) as folder:
            out = Path(folder) / "out"
            facts = make(out)
            gate.check(out)
            sha256, size = store.keep(out, facts["mime"])
    except Refused as refusal:
        Rendition.objects.filter(pk=row.pk).update(state=RenditionState.FAILED, error=refusal.sentence.as_json())
        raise
    with transaction.atomic():
        Rendition.objects.filter(pk=row.pk).update(
            state=RenditionState.READY, sha256=sha256, size=size, progress=1.0, ready_at=timezone.now(), **facts
        )
    row.refresh_from_db()
    return row
