"""Faces through time: detections joined into tracks, gaps bridged, ends extended, boxes grown.

Missing a face is what harms; covering a stone wall is not. So everything here covers rather more than was seen.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

# A detected box is the face without hair, ears and beard. The oval within the grown box holds the whole detected one
# (0.5/0.725 wide and 0.61/0.87 down from its middle: 0.48 + 0.49 < 1), and the hair above it.
WIDER = 1.45
TALLER = 1.74
RAISED = 0.11  # of the detected height: how far the grown box's middle stands above
BRIDGED = 0.8  # seconds without detection within one track
EXTENDED = 0.4  # seconds covered before the first and after the last detection
_REACH = 0.7  # of the face's size: how far it may move between two detections
_ALIKE = 2.0  # how much larger or smaller it may become between two detections


@dataclass(frozen=True)
class Box:
    """One face at one time. `time` in seconds of the clip; the rest in parts (0 to 1) of the upright picture."""

    time: float
    x: float
    y: float
    width: float
    height: float
    score: float

    @property
    def middle(self) -> tuple[float, float]:
        """The box's centre."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Track:
    """One face through time: boxes in order of time, as detected."""

    boxes: tuple[Box, ...]


def boxes_at(tracks: Iterable[Track], seconds: float) -> list[Box]:
    """What to cover at a time of the clip: one grown box for each track that lives then."""
    found = (_at(track.boxes, seconds) for track in tracks)
    return [_grown(box) for box in found if box is not None]


def _at(boxes: Sequence[Box], seconds: float) -> Box | None:
    if not boxes[0].time - EXTENDED <= seconds <= boxes[-1].time + EXTENDED:
        return None
    after = bisect_left([box.time for box in boxes], seconds)
    if after in (0, len(boxes)):
        return boxes[min(after, len(boxes) - 1)]
    one, other = boxes[after - 1], boxes[after]
    share = (seconds - one.time) / (other.time - one.time)
    mixed = {name: _mix(one, other, name, share) for name in ("x", "y", "width", "height", "score")}
    return Box(time=seconds, **mixed)


def _mix(one: Box, other: Box, name: str, share: float) -> float:
    return float(getattr(one, name) * (1 - share) + getattr(other, name) * share)


def _grown(box: Box) -> Box:
    width, height = box.width * WIDER, box.height * TALLER
    x, y = box.middle
    return replace(box, x=x - width / 2, y=y - RAISED * box.height - height / 2, width=width, height=height)


def linked(searched: Sequence[Sequence[Box]]) -> list[Track]:
    """Detections joined into tracks: forwards in time, then the pieces joined once more from their later ends."""
    open_tracks: list[list[Box]] = []
    for boxes in searched:
        taken: set[int] = set()
        for box in sorted(boxes, key=lambda one: -one.score):
            chosen = _nearest(box, [(i, t[-1]) for i, t in enumerate(open_tracks) if i not in taken], forwards=True)
            if chosen is None:
                open_tracks.append([box])
                chosen = len(open_tracks) - 1
            else:
                open_tracks[chosen].append(box)
            taken.add(chosen)
    return [Track(tuple(boxes)) for boxes in _joined(open_tracks)]


def _joined(pieces: list[list[Box]]) -> list[list[Box]]:
    """Pieces whose beginning leads back to another's end become one; the reach is twice that of the way forwards."""
    found = sorted(pieces, key=lambda boxes: boxes[0].time)
    for later in sorted(found, key=lambda boxes: -boxes[0].time):
        ends = [(i, boxes[-1]) for i, boxes in enumerate(found) if boxes is not later]
        before = _nearest(later[0], ends, forwards=False)
        if before is not None:
            found[before].extend(later)
            found = [boxes for boxes in found if boxes is not later]
    return found


def _nearest(box: Box, others: Iterable[tuple[int, Box]], *, forwards: bool) -> int | None:
    reach = 1.0 if forwards else 2.0
    best: tuple[float, int] | None = None
    for index, other in others:
        gap = box.time - other.time
        if not 0 < gap <= BRIDGED * reach or not 1 / _ALIKE <= box.width / other.width <= _ALIKE:
            continue
        distance = _distance(box, other) / (_REACH * reach * (1 + gap))
        if distance <= 1 and (best is None or distance < best[0]):
            best = (distance, index)
    return best[1] if best else None


def _distance(one: Box, other: Box) -> float:
    """How far two boxes are apart, in sizes of the face."""
    (x, y), (u, v) = one.middle, other.middle
    across, down = (x - u) / max(one.width, other.width), (y - v) / max(one.height, other.height)
    return float((across**2 + down**2) ** 0.5)
