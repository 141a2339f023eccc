"""Where a person has to look: ends of tracks inside the picture, stretches that nobody saw, faint sightings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pipeline.protection.tracks import EXTENDED, Box, Track, box_at, grown

GapKind = Literal["begins", "ends", "bridged", "faint"]
Decision = Literal["nobody", "hidden", "covered"]
EDGE = 0.01  # of the picture: a mask that comes as near to its edge has left through it
_LAST = 0.1  # seconds: a track covered to that near the clip's end lasts to it


@dataclass(frozen=True)
class Gap:
    """One place to look at: `at` seconds, where `box` is; `track` is 0 where none is there."""

    kind: GapKind
    track: int
    start: float
    end: float
    at: float
    box: Box

    @property
    def key(self) -> str:
        """The gap's own hash: another time or place is another gap, another number of the track is not."""
        place = [round(v, 3) for v in (self.box.x, self.box.y, self.box.width, self.box.height)]
        from publishers._base import canonical  # pydantic with it, which the worker that searches does without

        said = canonical({"gap": [self.kind, round(self.start, 2), round(self.end, 2), place]})
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    def as_json(self) -> dict[str, Any]:
        """As stored with the decision on it."""
        box = [round(v, 5) for v in (self.box.x, self.box.y, self.box.width, self.box.height)]
        return {
            "key": self.key, "kind": self.kind, "track": self.track, "start": round(self.start, 3),
            "end": round(self.end, 3), "at": round(self.at, 3), "box": box,
        }  # fmt: skip


def gaps(tracks: Sequence[Track], faint: Sequence[Track], bridged: Sequence[Track], seconds: float) -> list[Gap]:
    """Every place to look at in a timeline, by time; `seconds` is the time of the clip's last picture."""
    found = [gap for track in tracks for gap in _ends(track, seconds)]
    found += [_gap("bridged", track) for track in bridged]
    found += [gap for track in faint for gap in _still_bare(track, tracks)]
    return sorted(found, key=lambda gap: (gap.at, gap.key))


def _ends(track: Track, seconds: float) -> Iterator[Gap]:
    """The two ends of a track, those excepted at which the clip or the picture ends too."""
    first, last = track.boxes[0], track.boxes[-1]
    if track.start > _LAST and not _at_the_edge(track, track.start):
        yield Gap("begins", track.number, track.start, first.time, track.start, replace(first, time=track.start))
    if track.end < seconds - _LAST and not _at_the_edge(track, track.end):
        yield Gap("ends", track.number, last.time, track.end, track.end, replace(last, time=track.end))


def _at_the_edge(track: Track, seconds: float) -> bool:
    box = box_at(track, seconds)
    if box is None:
        return False
    mask = grown(box)
    return min(mask.x, mask.y) <= EDGE or max(mask.x + mask.width, mask.y + mask.height) >= 1 - EDGE


def _gap(kind: GapKind, track: Track) -> Gap:
    best = max(track.boxes, key=lambda box: box.score)
    return Gap(kind, track.number, track.start, track.end, best.time, best)


def _still_bare(track: Track, tracks: Sequence[Track]) -> Iterator[Gap]:
    """A faint sighting where no track was laid over it since."""
    bare = tuple(box for box in track.boxes if not any(covers(other, box) for other in tracks))
    if bare:
        yield replace(_gap("faint", replace(track, boxes=bare)), track=0)


def covers(track: Track, box: Box) -> bool:
    """Whether the middle of a box lies under a track's mask, or would if the track were not shown with consent."""
    held = box_at(track, box.time)
    return held is not None and holds(grown(held), box)


def holds(mask: Box, box: Box) -> bool:
    """Whether the middle of a box lies in a mask."""
    x, y = box.middle
    return mask.x <= x <= mask.x + mask.width and mask.y <= y <= mask.y + mask.height


def unseen(tracks: Sequence[Track]) -> list[Track]:
    """The stretches of tracks, as they were searched, in which a face was not seen for longer than `EXTENDED`."""
    return [
        Track((one, other), one.time, other.time, track.number)
        for track in tracks
        for one, other in zip(track.boxes, track.boxes[1:], strict=False)
        if other.time - one.time > EXTENDED
    ]


def undecided(found: Sequence[Gap], decided: Mapping[str, Any]) -> list[Gap]:
    """The gaps of which nobody has said anything."""
    return [gap for gap in found if gap.key not in decided]
