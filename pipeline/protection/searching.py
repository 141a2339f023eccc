"""The search of footage for faces as a job: queued when footage comes in, done in a process that is held short."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from pipeline.errors import Refused
from pipeline.footage import original_path
from pipeline.models import FaceSearch, FaceTimeline, Footage
from pipeline.panic import switch
from pipeline.protection import timelines, worker
from pipeline.protection.faces import TOOLS
from pipeline.protection.timeline import Masks
from pipeline.rendering.limited import run_limited
from publishers._sentences import _

LEASE = timedelta(minutes=2)  # a worker that said nothing for so long is gone
LEAST_SECONDS, PER_SECOND = 120.0, 20.0  # what a search may take, and more for each second of the clip

Tell = Callable[[float], None]


class Stopped(Exception):
    """The search was asked to end; it is begun anew later."""


def allowed(footage: Footage) -> float:
    """The seconds that a search or a masked copy may take."""
    return LEAST_SECONDS + PER_SECOND * (footage.probe.get("duration_ms") or 0) / 1000


def queue(footage: Footage) -> FaceSearch:
    """The row of the footage's search, new or as it stands."""
    row, _made = FaceSearch.objects.get_or_create(footage=footage)
    return row


def again(footage: Footage) -> None:
    """Queues a search that failed once more; one that waits, runs or is done stays as it is."""
    FaceSearch.objects.filter(footage=footage, state="failed").update(state="queued", error=None, progress=0.0)


def ensure(footage: Footage, tell: Tell | None = None, copy: Path | None = None) -> FaceTimeline:
    """The footage's timeline as it stands, searched now where it was not; `Refused` with why it cannot be.

    A film that is searched now is also written to `copy` with the masks found, to be watched: it is decoded once.
    """
    found = timelines.current(footage)
    if found is not None:
        return found
    row = queue(footage)
    if not _claim(row, again=True):
        raise Refused(_("Footage {code} is being searched right now: wait a moment.", code=footage.code))
    _search(row, tell, copy)
    return timelines.standing(footage)


def work(stopped: Callable[[], bool] = lambda: False) -> bool:
    """Whether a queued search was there and was done; a failure leaves its sentence on the row."""
    if switch.is_on():
        return False
    row = FaceSearch.objects.filter(_free()).order_by("pk").select_related("footage").first()
    if row is None or not _claim(row):
        return False

    def tell(_share: float) -> None:
        if stopped():
            raise Stopped

    try:
        _search(row, tell)
    except Refused:
        pass  # its sentence stands on the row
    except Stopped:
        FaceSearch.objects.filter(pk=row.pk).update(state="queued", lease_until=None, progress=0.0)
    return True


def _free() -> Q:
    return Q(state="queued") | Q(state="searching", lease_until__lt=timezone.now())


def _claim(row: FaceSearch, *, again: bool = False) -> bool:
    """Whether this worker may search; `again` also after a failure."""
    free = _free() | Q(state="failed") if again else _free()
    taken = FaceSearch.objects.filter(free, pk=row.pk).update(
        state="searching", lease_until=timezone.now() + LEASE, progress=0.0, error=None
    )
    return taken == 1


def _search(row: FaceSearch, tell: Tell | None, copy: Path | None = None) -> None:
    footage = row.footage

    def told(share: float) -> None:
        FaceSearch.objects.filter(pk=row.pk).update(progress=share, lease_until=timezone.now() + LEASE)
        if tell is not None:
            tell(share)

    source, is_photo = str(original_path(footage.sha256)), footage.kind == "image"
    try:
        if copy is None or is_photo:
            found = run_limited(worker.search, source, is_photo, seconds=allowed(footage), tell=told)
        else:
            found = run_limited(worker.search_and_mask, source, str(copy), seconds=2 * allowed(footage), tell=told)
        _keep(row, found)
    except Refused as refusal:
        FaceSearch.objects.filter(pk=row.pk).update(state="failed", error=refusal.sentence.as_json(), lease_until=None)
        raise


def _keep(row: FaceSearch, found: dict[str, Any]) -> None:
    """Stores what the worker said, which a hostile file may have made say anything: it is read as data or refused."""
    try:
        masks = Masks.from_json(found["tracks"])
        beside = {name: Masks.from_json(found[name]).as_json() for name in ("faint", "bridged")}
        facts = {"width": int(found["width"]), "height": int(found["height"]), "seconds": float(found["seconds"])}
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise Refused(
            _("This file broke the program that reads it: it is damaged, or not what it seems. Try another copy.")
        ) from error
    with transaction.atomic():
        FaceSearch.objects.filter(pk=row.pk).update(
            state="done", progress=1.0, lease_until=None, tools=TOOLS, done_at=timezone.now(), **beside, **facts
        )
        if timelines.current(row.footage) is None:
            timelines.begin(row.footage, masks, tools=TOOLS)
