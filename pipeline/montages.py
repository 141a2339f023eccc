"""Cut lists written in the studio: proposed, changed, checked, and made into a preview or a reel by the clock."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from pipeline import reels, subtitles, summaries
from pipeline.errors import Refused
from pipeline.footage import original_path
from pipeline.models import Footage, Montage, MontageState, Rendition, Summary, User
from pipeline.panic import switch
from pipeline.people import refuse_readers
from pipeline.protection import timelines
from pipeline.reels import captioning, dressing, edges, proposing, yamlfile
from pipeline.reels.problems import Problem
from pipeline.rendering import handing, jobs, parts
from pipeline.rendering.languages import language
from publishers._sentences import Sentence, _

LEASE = timedelta(minutes=5)  # a worker that said nothing for so long is gone
MOST = yamlfile.MAX_BYTES
_BUSY = (MontageState.QUEUED, MontageState.WORKING)


class Stopped(Exception):
    """The work was cancelled, or the program ends."""


def begin(films: Sequence[Footage], *, template: str, lang: str, spoken: str, by: User) -> Montage:
    """A new cut list that is proposed from these films as soon as the clock comes to it."""
    refuse_readers(by)
    dressing.template(template)
    language(lang)
    if not films:
        raise Refused(_("Choose a film or more."))
    wanted = {
        "do": "propose", "films": [film.sha256 for film in films], "template": template, "lang": lang, "spoken": spoken,
    }  # fmt: skip
    return Montage.objects.create(wanted=wanted, state=MontageState.QUEUED, made_by=by, changed_by=by)


def begin_figures(name: str, period: str, *, lang: str, spoken: str, by: User) -> Montage:
    """A new cut list of a summary's figures, written at once."""
    refuse_readers(by)
    text = proposing.from_summary(summaries.compute(name, period or None), lang=lang, spoken=spoken)
    return Montage.objects.create(text=text, made_by=by, changed_by=by)


def checked(text: str) -> tuple[reels.CutList | None, list[Problem]]:
    """The cut list, None where it cannot be cut, and what is to be mended in it."""
    return parts.check_text(text, _film, figures)


def save(montage: Montage, text: str, *, by: User, version: int) -> None:
    """Keeps another text; `Refused` where somebody else changed it meanwhile, or it is no cut list at all."""
    refuse_readers(by)
    text = text.replace("\r\n", "\n")
    if len(text.encode()) > MOST:
        raise Refused(_("This is too long for a cut list."))
    yamlfile.parsed(text, "")
    kept = Montage.objects.filter(pk=montage.pk, version=version).update(
        text=text, version=F("version") + 1, changed_by=by, changed_at=timezone.now()
    )
    if not kept:
        raise Refused(_("Somebody changed this cut list meanwhile: load the page again, then change it."))
    montage.refresh_from_db()


def change(montage: Montage, values: Mapping[yamlfile.Place, Any], *, by: User, version: int) -> None:
    """Puts other values in their places, comments and order kept."""
    save(montage, yamlfile.rewritten(montage.text, dict(values)), by=by, version=version)


def order(montage: Montage, do: str, *, by: User) -> None:
    """Queues a preview, the reel or its hand-off; `Refused` where it cannot be cut, or something is under way."""
    refuse_readers(by)
    _good(montage.text)
    taken = Montage.objects.filter(~Q(state__in=_BUSY), pk=montage.pk).update(
        wanted={"do": do, "by": by.pk}, state=MontageState.QUEUED, progress=0.0, error=None
    )
    if not taken:
        raise Refused(_("Something is being made of this cut list already: wait, or cancel it."))


def cancel(montage: Montage, *, by: User) -> None:
    """Takes back what is queued or under way; nothing of it stays."""
    refuse_readers(by)
    Montage.objects.filter(pk=montage.pk, state__in=_BUSY).update(
        state=MontageState.IDLE, progress=0.0, lease_until=None
    )


def work(stopped: Callable[[], bool] = lambda: False) -> bool:
    """Whether something was queued and was done; a failure leaves its sentence on the row."""
    if switch.is_on():
        return False
    free = Q(state=MontageState.QUEUED) | Q(state=MontageState.WORKING, lease_until__lt=timezone.now())
    row = Montage.objects.filter(free).order_by("changed_at").first()
    if row is None or not Montage.objects.filter(free, pk=row.pk).update(
        state=MontageState.WORKING, lease_until=timezone.now() + LEASE, error=None
    ):
        return False
    try:
        made = _made(row, _teller(row, stopped))
    except Refused as refusal:
        _end(row, state=MontageState.FAILED, error=refusal.sentence.as_json())
    except Stopped:
        _end(row, state=MontageState.QUEUED, progress=0.0)
    else:
        _end(row, state=MontageState.IDLE, progress=1.0, **made)
    return True


def _end(row: Montage, **facts: Any) -> None:
    """Ends the work, unless it was cancelled: then what was made is not the cut list's."""
    Montage.objects.filter(pk=row.pk, state=MontageState.WORKING).update(lease_until=None, **facts)


def _teller(row: Montage, stopped: Callable[[], bool]) -> Callable[[float], None]:
    told = [-1.0]

    def tell(share: float) -> None:
        if abs(share - told[0]) < 0.01:  # less than before is news too: the search is over, the making begins
            return
        told[0] = share
        going = Montage.objects.filter(pk=row.pk, state=MontageState.WORKING).update(
            progress=share, lease_until=timezone.now() + LEASE
        )
        if stopped() or not going:
            raise Stopped

    return tell


def _made(row: Montage, tell: Callable[[float], None]) -> dict[str, Any]:
    wanted = row.wanted
    if wanted["do"] == "propose":
        named = [(f"footage:{sha256[:10]}", original_path(sha256)) for sha256 in wanted["films"]]
        text = proposing.from_clips(
            named, name=wanted["template"], lang=wanted["lang"], spoken=wanted["spoken"], tell=tell
        )
        return {"text": text, "version": F("version") + 1}
    by = User.objects.get(pk=wanted["by"])
    if wanted["do"] == "handoff":
        found = _good(row.text)
        handing.zipped(found, _handed_name(row, found), progress=tell)
        return {}
    if wanted["do"] == "preview":
        return {"preview": make(row.text, by=by, tell=tell, preview=True)}
    return {"rendition": make(row.text, by=by, tell=tell)}


def make(text: str, *, by: User, tell: Callable[[float], None], preview: bool = False) -> Rendition:
    """The reel of a cut list, or its preview; the captions of a reel are kept beside it as files."""
    found = _good(text)
    films = {original_path(film.sha256): film for film in _films(found.clips)}
    row = jobs.reel(found, films, by=by, progress=tell, preview=preview, summary=_summary(found))
    if not preview:
        if found.cover is not None:
            jobs.cover(row, found, by=by)
        for form, cues in captioning.cues(found).items():
            subtitles.keep(cues, found.language, form, by=by)
    return row


def handed(montage: Montage) -> Path | None:
    """The ZIP in which the cut list was handed on, its films masked and heard as they are today; None without one."""
    found = checked(montage.text)[0] if montage.text else None
    path = handing.place(_handed_name(montage, found)) if found is not None else None
    return path if path is not None and path.is_file() else None


def _handed_name(montage: Montage, found: reels.CutList) -> str:
    """Another name after every change of the text, of the masks or of the voices: no older ZIP is offered then."""
    known = sorted(
        f"{film.sha256} {row.pk if (row := timelines.current(film)) else ''} {film.voices}"
        for film in _films(found.clips)
    )
    return f"{montage.pk}-{montage.version}-{hashlib.sha256(chr(10).join(known).encode()).hexdigest()[:16]}"


def _good(text: str) -> reels.CutList:
    found, problems = checked(text)
    if found is None:
        raise Refused(problems[0].sentence)
    return found


def _summary(found: reels.CutList) -> Summary | None:
    return summaries.compute(found.summary, found.period or None).row if found.summary else None


def warned(made: Rendition | None) -> list[Sentence]:
    """What a person who looks at a reel or its preview should look at most."""
    return edges.told(made.measured.get("faces_cut", [])) if made is not None else []


def _films(paths: Sequence[Path]) -> list[Footage]:
    return list(Footage.objects.filter(sha256__in=[path.name for path in paths]))


def _film(code: str) -> Path:
    rows = list(Footage.objects.filter(sha256__startswith=code.lower(), kind="video")[:2]) if len(code) >= 4 else []
    if len(rows) != 1:
        raise Refused(_("There is no film {code}: choose it among the footage.", code=code[:64]))
    return original_path(rows[0].sha256)


def figures(name: str, period: str) -> dict[str, float]:
    """The figures of a summary that may be shown, by name."""
    found = summaries.compute(name, period or None)
    return {figure: float(fact.value) for figure, fact in found.facts.items() if fact.value is not None}
