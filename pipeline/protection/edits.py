"""What a person does to a face timeline, one verb each; every one makes a new version and can be undone.

`seen` is the version that the person looked at: `Refused` where somebody made a newer one since. Times in seconds of
the source, boxes in parts (0 to 1) of its upright picture.
"""

from __future__ import annotations

from pipeline.errors import Refused
from pipeline.models import FaceTimeline, Footage, User
from pipeline.protection import consents, timelines
from pipeline.protection.timelines import edit
from pipeline.protection.tracks import Box, Kind
from publishers._sentences import _


def add(
    footage: Footage, box: Box, *, start: float, end: float, by: User, kind: Kind = "face", seen: int | None = None
) -> FaceTimeline:
    """With a mask that the search did not find, from `start` to `end`."""
    return edit(
        footage, lambda masks: masks.add(kind, start, end, box), action="add", by=by, seen=seen, kind=kind, at=box.time
    )


def put(footage: Footage, track: int, box: Box, *, by: User, seen: int | None = None) -> FaceTimeline:
    """With the track's box at that time moved, resized or new."""
    return edit(footage, lambda masks: masks.put(track, box), action="put", by=by, seen=seen, track=track, at=box.time)


def drop(footage: Footage, track: int, at: float, *, by: User, seen: int | None = None) -> FaceTimeline:
    """Without the track's keyframe at that time."""
    return edit(footage, lambda masks: masks.drop(track, at), action="drop", by=by, seen=seen, track=track, at=at)


def last(footage: Footage, track: int, start: float, end: float, *, by: User, seen: int | None = None) -> FaceTimeline:
    """With the track covered from `start` to `end`."""
    return edit(
        footage, lambda masks: masks.last(track, start, end), action="last", by=by, seen=seen, track=track, start=start,
        end=end,
    )  # fmt: skip


def split(footage: Footage, track: int, at: float, *, by: User, seen: int | None = None) -> FaceTimeline:
    """With the track in two at that time."""
    return edit(footage, lambda masks: masks.split(track, at), action="split", by=by, seen=seen, track=track, at=at)


def join(footage: Footage, track: int, other: int, *, by: User, seen: int | None = None) -> FaceTimeline:
    """With two tracks as one."""
    return edit(
        footage, lambda masks: masks.join(track, other), action="join", by=by, seen=seen, track=track, other=other
    )


def delete(footage: Footage, track: int, *, by: User, seen: int | None = None) -> FaceTimeline:
    """Without a track that covers nobody."""
    return edit(footage, lambda masks: masks.delete(track), action="delete", by=by, seen=seen, track=track)


def show(footage: Footage, track: int, consent: str, *, by: User, seen: int | None = None) -> FaceTimeline:
    """With one person shown; `Refused` unless the consent covers this footage."""
    if not consents.covers(consent, footage, by=by):
        raise Refused(_("This consent does not cover this footage: give the code of one that does, or keep the mask."))
    return edit(
        footage, lambda masks: masks.show(track, consent), action="show", by=by, seen=seen, track=track, consent=consent
    )


def hide(footage: Footage, track: int, *, by: User, seen: int | None = None) -> FaceTimeline:
    """With a person who was shown covered again."""
    return edit(footage, lambda masks: masks.show(track, ""), action="hide", by=by, seen=seen, track=track)


def hide_all(consent: str, *, by: User) -> list[FaceTimeline]:
    """The new versions of every timeline that showed somebody under that consent: all are covered again."""
    made = []
    for footage in Footage.objects.filter(timelines__isnull=False).distinct():
        shown = timelines.masks_of(timelines.standing(footage)).tracks
        made += [hide(footage, track.number, by=by) for track in shown if track.consent == consent]
    return made
