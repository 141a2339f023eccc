"""Footage of which the faces are settled, for tests of what comes after."""

from __future__ import annotations

from pipeline.models import FaceSearch, Footage, Rendition, User
from pipeline.protection import timelines
from pipeline.protection.timeline import Masks


def searched(footage: Footage, tracks: tuple = (), *, seconds: float = 10.0) -> Footage:
    """The footage as if its search had found these tracks."""
    facts = {"state": "done", "seconds": seconds, "width": 640, "height": 360}
    FaceSearch.objects.update_or_create(footage=footage, defaults=facts)
    timelines.begin(footage, Masks(tracks))
    return footage


def confirmed(footage: Footage, *, by: User) -> None:
    """Its masks as they stand, reviewed by that person, who found all covered."""
    row = timelines.standing(footage)
    for gap in timelines.gap_report(row):
        timelines.decide(footage, gap.key, "covered", by=by)
    timelines.review(footage, by=by, seen=row.number)


def reviewed(rendition: Rendition, *, by: User) -> Rendition:
    """The rendition as if it had been made with the masks of its footage, each reviewed by that person."""
    for footage in rendition.footage.all():
        if timelines.current(footage) is None:
            searched(footage)
        if timelines.in_force(footage) is None:
            timelines.review(footage, by=by, seen=timelines.standing(footage).number)
    masks = {one.sha256: timelines.standing(one).sha256 for one in rendition.footage.all()}
    Rendition.objects.filter(pk=rendition.pk).update(spec={**rendition.spec, "masks": masks})
    rendition.refresh_from_db()
    return rendition
