"""A face timeline as data: what is covered in footage, when and where. An edit gives a new one, none is changed.

Times are seconds of the source, counted from its first picture; places are parts (0 to 1) of its upright picture.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, get_args

from pipeline.errors import Refused
from pipeline.protection.tracks import Box, Kind, Track, box_at
from publishers._sentences import _

SMALLEST = 0.002  # of the picture: a box below that is a slip of the hand
LATEST = 24 * 3600.0  # seconds; no clip of ours is that long
_PLACES = 5  # decimals that are kept of times and places
_FARTHEST = 10**7  # pixels or seconds: ovals are drawn in whole numbers of 32 bits, of sixteenths of a pixel


@dataclass(frozen=True)
class Masks:
    """The tracks of a piece of footage, by their numbers; `sha256` changes with everything that shapes a mask."""

    tracks: tuple[Track, ...]

    @property
    def sha256(self) -> str:
        """The masks' hash: 64 hex digits over their canonical JSON."""
        from publishers._base import canonical  # pydantic with it, which the worker that searches does without

        return hashlib.sha256(canonical({"tracks": self.as_json()}).encode()).hexdigest()

    def as_json(self) -> list[dict[str, Any]]:
        """As stored."""
        return [_track_as_json(track) for track in self.tracks]

    @classmethod
    def from_json(cls, stored: Sequence[Mapping[str, Any]]) -> Masks:
        """The masks of a stored row, or of what the search's worker said; ValueError, KeyError or TypeError."""
        return cls(tuple(_track(one) for one in stored))

    def track(self, number: int) -> Track:
        """The track of that number; `Refused` where there is none."""
        found = next((track for track in self.tracks if track.number == number), None)
        if found is None:
            raise Refused(_("There is no track {number} here any more: look at the list again.", number=number))
        return found

    def _with(self, *changed: Track, without: Sequence[int] = ()) -> Masks:
        held = {track.number: track for track in self.tracks if track.number not in without}
        held |= {track.number: track for track in changed}
        return Masks(tuple(held[number] for number in sorted(held)))

    def _next(self) -> int:
        return max((track.number for track in self.tracks), default=0) + 1

    # ------------------------------------------------------------------------------------------------------- edits

    def add(self, kind: Kind, start: float, end: float, box: Box) -> Masks:
        """With a track that a person drew: one box from `start` to `end`, to be moved by further keyframes."""
        if not start <= box.time <= end:
            raise _times()
        return self._with(_checked(Track((box,), start, end, self._next(), kind, drawn=True)))

    def put(self, number: int, box: Box) -> Masks:
        """With a keyframe of the track at the box's time, new or moved; the track is lengthened to hold it."""
        track = self.track(number)
        kept = [one for one in track.boxes if abs(one.time - box.time) > 1e-3]
        boxes = tuple(sorted([*kept, box], key=lambda one: one.time))
        start, end = min(track.start, box.time), max(track.end, box.time)
        return self._with(_checked(replace(track, boxes=boxes, start=start, end=end)))

    def drop(self, number: int, seconds: float) -> Masks:
        """Without the track's keyframe at that time; the last one stays."""
        track = self.track(number)
        kept = tuple(one for one in track.boxes if abs(one.time - seconds) > 1e-3)
        if not kept or len(kept) == len(track.boxes):
            raise Refused(_("This track has no other keyframe there: move it, or delete the track."))
        return self._with(replace(track, boxes=kept))

    def last(self, number: int, start: float, end: float) -> Masks:
        """With the track covered from `start` to `end`, longer or shorter than before."""
        track = self.track(number)
        if not start < end or end <= track.start or start >= track.end:
            raise _times()
        stretch = _cut(track, max(start, track.start), min(end, track.end))
        return self._with(_checked(replace(stretch, start=start, end=end)))

    def split(self, number: int, seconds: float) -> Masks:
        """With the track in two at that time: the later part has a new number."""
        track = self.track(number)
        if not track.start < seconds < track.end:
            raise Refused(_("Track {number} is not covered at that time: choose one within it.", number=number))
        later = replace(_cut(track, seconds, track.end), number=self._next(), start=seconds)
        return self._with(replace(_cut(track, track.start, seconds), end=seconds), later)

    def join(self, number: int, other: int) -> Masks:
        """With both tracks as one, which lasts from the earlier start to the later end; the first number stays."""
        one, two = sorted((self.track(number), self.track(other)), key=lambda track: track.start)
        if number == other or one.kind != two.kind or one.consent != two.consent:
            raise Refused(_("Two tracks become one where both are masked alike: choose two of one kind."))
        if two.boxes[0].time < one.boxes[-1].time:
            raise Refused(_("These tracks are there at the same time: they are two faces. Split one of them first."))
        boxes = (*one.boxes, *(box for box in two.boxes if box.time > one.boxes[-1].time))
        whole = replace(one, boxes=boxes, end=max(one.end, two.end), number=min(number, other))
        return self._with(whole, without=(number, other))

    def delete(self, number: int) -> Masks:
        """Without a track that covers nobody."""
        self.track(number)
        return self._with(without=(number,))

    def show(self, number: int, consent: str) -> Masks:
        """With the track shown under that consent, or covered again for ""; who asks has checked the code."""
        return self._with(replace(self.track(number), consent=consent))


def _track_as_json(track: Track) -> dict[str, Any]:
    keys = [[_rounded(v) for v in (b.time, b.x, b.y, b.width, b.height, b.score)] for b in track.boxes]
    return {
        "number": track.number, "kind": track.kind, "drawn": track.drawn, "consent": track.consent,
        "start": _rounded(track.start), "end": _rounded(track.end), "keys": keys,
    }  # fmt: skip


def _rounded(value: float) -> float:
    """As stored: always a float, since 1 and 1.0 are two texts and the hash is taken of the text."""
    return round(float(value), _PLACES)


def _track(stored: Mapping[str, Any]) -> Track:
    boxes = tuple(_box(*map(_number, key)) for key in stored["keys"])
    if not boxes or stored["kind"] not in get_args(Kind):
        raise ValueError("no track")
    start, end = _number(stored["start"]), _number(stored["end"])
    drawn, consent = bool(stored["drawn"]), str(stored["consent"])
    return Track(boxes, start, end, int(stored["number"]), stored["kind"], drawn, consent)


def _box(time: float, x: float, y: float, width: float, height: float, score: float) -> Box:
    return Box(time, x, y, width, height, score)


def _number(value: Any) -> float:
    if not (math.isfinite(value) and abs(value) <= _FARTHEST):
        raise ValueError("no number")
    return float(value)


def _cut(track: Track, start: float, end: float) -> Track:
    """The keyframes of a stretch of the track, with where it was at both of its ends."""
    first, last = track.boxes[0].time, track.boxes[-1].time
    at_ends = [box_at(track, at) for at in (start, end) if first < at < last or not _inside(track, start, end)]
    held = [box for box in at_ends if box is not None] + _inside(track, start, end)
    by_time = {round(box.time, _PLACES): replace(box, kind="face") for box in held}
    return replace(track, boxes=tuple(by_time[at] for at in sorted(by_time)))


def _inside(track: Track, start: float, end: float) -> list[Box]:
    return [box for box in track.boxes if start <= box.time <= end]


def _times() -> Refused:
    return Refused(_("The times do not fit: a mask begins before it ends, and has its box within."))


def _checked(track: Track) -> Track:
    if not 0 <= track.start <= track.end <= LATEST:
        raise _times()
    for box in track.boxes:
        if box.width < SMALLEST or box.height < SMALLEST or not _meets_the_picture(box):
            raise Refused(_("This box lies outside the picture, or is too small to cover anything: draw it again."))
    return track


def _meets_the_picture(box: Box) -> bool:
    inside = box.x < 1 and box.y < 1 and box.x + box.width > 0 and box.y + box.height > 0
    return inside and box.width <= 2 and box.height <= 2
