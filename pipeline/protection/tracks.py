"""Faces through time: detections joined into tracks, gaps bridged, ends extended, boxes grown.

Missing a face is what harms; covering a stone wall is not. So everything here covers rather more than was seen.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from math import inf
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Kind = Literal["face", "plate", "screen"]

# A detected box is the face without hair, ears and beard. The oval within the grown box holds the whole detected one
# (0.5/0.725 wide and 0.61/0.87 down from its middle: 0.48 + 0.49 < 1), and the hair above it.
WIDER = 1.45
TALLER = 1.74
RAISED = 0.11  # of the detected height: how far the grown box's middle stands above
MARGIN = 1.1  # plates and screens are covered by the rectangle that a person drew, and a little more
BRIDGED = 0.8  # seconds without detection within one track
EXTENDED = 0.4  # seconds covered before the first and after the last detection
EARLY = 1e-3  # seconds: stored times are rounded, and the frame at either end is covered
STRAIGHT = 0.06  # of a box's size: how far a box left out may lie from the line between its neighbours
_REACH = 0.7  # of the face's size: how far it may move between two detections, more the longer they lie apart
UNSURE = 1.2  # times its size: a box while it cannot be told how the whole picture moves, as in fast shake
_TIME = attrgetter("time")
_ALIKE = 2.0  # how much larger or smaller it may become between two detections


@dataclass(frozen=True)
class Box:
    """One face at one time. `time` in seconds of the clip; the rest in parts (0 to 1) of the upright picture."""

    time: float
    x: float
    y: float
    width: float
    height: float
    score: float = 1.0
    kind: Kind = "face"

    @property
    def middle(self) -> tuple[float, float]:
        """The box's centre."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass(frozen=True)
class Carried:
    """How far off its straight line the whole picture was between two searched ones, in parts of it, at that time."""

    before: float
    time: float
    after: float
    x: float
    y: float


@dataclass(frozen=True)
class Track:
    """One face, plate or screen through time: boxes in order of time, covered from `start` to `end` (seconds).

    Before its first box and after its last one it is covered where that box is. `consent` is the code with which it is
    shown; "" covers it.
    """

    boxes: tuple[Box, ...]
    start: float
    end: float
    number: int = 0
    kind: Kind = "face"
    drawn: bool = False  # by a person, not found by the search
    consent: str = ""


def boxes_at(tracks: Iterable[Track], seconds: float) -> list[Box]:
    """What to cover at a time of the clip: one grown box for each covered track that lives then."""
    return [grown(box) for track in tracks if not track.consent and (box := box_at(track, seconds)) is not None]


def box_at(track: Track, seconds: float) -> Box | None:
    """Where the track is at that time, as found or drawn; None where it does not live."""
    if not track.start - EARLY <= seconds <= track.end + EARLY:
        return None
    boxes = track.boxes
    after = bisect_left(boxes, seconds, key=_TIME)
    if after in (0, len(boxes)):
        return Box(seconds, *_numbers(boxes[min(after, len(boxes) - 1)]), track.kind)
    return between(boxes[after - 1], boxes[after], seconds, track.kind)


def between(one: Box, other: Box, seconds: float, kind: Kind = "face") -> Box:
    """The box at a time between two boxes, moved in a straight line."""
    share = (seconds - one.time) / (other.time - one.time)
    left = 1 - share
    return Box(
        seconds, one.x * left + other.x * share, one.y * left + other.y * share,
        one.width * left + other.width * share, one.height * left + other.height * share,
        one.score * left + other.score * share, kind,
    )  # fmt: skip


def _numbers(box: Box) -> tuple[float, float, float, float, float]:
    return box.x, box.y, box.width, box.height, box.score


def grown(box: Box) -> Box:
    """What is covered for a box: the head around a face, a little more than a plate or screen."""
    wider, taller, raised = (WIDER, TALLER, RAISED) if box.kind == "face" else (MARGIN, MARGIN, 0.0)
    width, height = box.width * wider, box.height * taller
    x, y = box.middle
    return Box(box.time, x - width / 2, y - raised * box.height - height / 2, width, height, box.score, box.kind)


Way = Callable[[float, float], tuple[float, float]]  # how far the whole picture moved between two times, in parts of it


def still(_since: float, _until: float) -> tuple[float, float]:
    """The way of a picture that does not move, or of which nobody knows."""
    return 0.0, 0.0


def linked(searched: Sequence[Sequence[Box]], sure: float = 0.0, way: Way = still) -> list[Track]:
    """Detections joined into tracks: forwards in time, then the pieces joined once more from their later ends.

    A piece of which no box reaches the score `sure` is no track; what is fainter only carries a track on. A face is
    looked for where it was, and where it would be had it gone with the whole picture.
    """
    pieces: list[list[Box]] = []
    lately: list[int] = []  # which of them may go on
    for boxes in filter(None, searched):
        lately = [i for i in lately if boxes[0].time - pieces[i][-1].time <= BRIDGED]
        order = sorted(boxes, key=lambda one: -one.score)
        lately += _carried_on(pieces, lately, order, _distances(order, [pieces[i][-1] for i in lately], 1.0, way))
    whole = [boxes for boxes in _joined(pieces, way) if max(box.score for box in boxes) >= sure]
    return [Track(tuple(boxes), boxes[0].time - EXTENDED, boxes[-1].time + EXTENDED) for boxes in whole]


def _carried_on(pieces: list[list[Box]], lately: Sequence[int], boxes: Sequence[Box], apart: Array) -> list[int]:
    """The numbers of new pieces; each box goes to the nearest piece that is still free, or begins one."""
    new = []
    for box, near in zip(boxes, apart, strict=True):
        chosen = int(near.argmin()) if lately else 0
        if lately and near[chosen] <= 1:
            pieces[lately[chosen]].append(box)
            apart[:, chosen] = inf
        else:
            new.append(len(pieces))
            pieces.append([box])
    return new


def _joined(pieces: Sequence[list[Box]], way: Way) -> list[list[Box]]:
    """Pieces whose beginning leads back to another's end become one; the reach is twice that of the way forwards."""
    found = sorted(pieces, key=lambda boxes: boxes[0].time)
    for later in sorted(found, key=lambda boxes: -boxes[0].time):
        begins = later[0].time
        before = [boxes for boxes in found if boxes is not later and 0 < begins - boxes[-1].time <= 2 * BRIDGED]
        if before:
            (apart,) = _distances([later[0]], [boxes[-1] for boxes in before], 2.0, way)
            if apart.min() <= 1:
                before[int(apart.argmin())].extend(later)
                found = [boxes for boxes in found if boxes is not later]
    return found


def _distances(boxes: Sequence[Box], ends: Sequence[Box], reach: float, way: Way) -> Array:
    """How far boxes of one time lie from where each of the earlier ends leads to, in parts of the reach.

    An array (boxes, ends), infinite where the sizes are too different.
    """
    import numpy as np

    if not ends:
        return np.empty((len(boxes), 0))
    one, other = (
        np.array([(box.time, *box.middle, box.width, box.height) for box in given]) for given in (boxes, ends)
    )
    moved = {since: way(since, boxes[0].time) for since in {box.time for box in ends}}
    off, sizes = one[:, None, 1:3] - other[:, 1:3], np.maximum(one[:, None, 3:], other[:, 3:])
    gone = off - np.array([moved[box.time] for box in ends])
    apart: Array = np.minimum(*(np.hypot(*np.moveaxis(by, 2, 0)) for by in (off / sizes, gone / sizes)))
    apart /= _REACH * reach * (1 + one[:, None, 0] - other[:, 0])
    wider = one[:, None, 3] / other[:, 3]
    apart[(wider < 1 / _ALIKE) | (wider > _ALIKE)] = inf
    return apart


def steadied(boxes: Sequence[Box], carried: Sequence[Carried], unsure: Collection[float] = ()) -> list[Box]:
    """The boxes of a track, and those of pictures in which it was carried between two of them.

    Such a box holds where the face would be on the straight line, too: not all faces go with the picture. At times at
    which it is `unsure` how the picture moves, boxes are larger: nobody knows where the face is in between.
    """
    at = {box.time: _larger(box) if box.time in unsure else box for box in boxes}
    for one in carried:
        if one.before in at and one.after in at:
            at[one.time] = _carried(between(at[one.before], at[one.after], one.time), one)
    return [at[time] for time in sorted(at)]


def _larger(box: Box) -> Box:
    across, down = box.width * (UNSURE - 1), box.height * (UNSURE - 1)
    x, y = box.x - across / 2, box.y - down / 2
    return Box(box.time, x, y, box.width + across, box.height + down, box.score, box.kind)


def _carried(box: Box, by: Carried) -> Box:
    x, y, width, height = box.x + min(0.0, by.x), box.y + min(0.0, by.y), box.width + abs(by.x), box.height + abs(by.y)
    return Box(box.time, x, y, width, height, box.score, box.kind)


def straightened(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """The fewest boxes of which the others lie on straight lines, within `STRAIGHT` of their size: keyframes."""
    kept, todo = {0, len(boxes) - 1}, [(0, len(boxes) - 1)]
    while todo:
        first, last = todo.pop()
        far = [(_off(boxes[i], between(boxes[first], boxes[last], boxes[i].time)), i) for i in range(first + 1, last)]
        if far and max(far)[0] > STRAIGHT:
            middle = max(far)[1]
            kept.add(middle)
            todo += [(first, middle), (middle, last)]
    return tuple(boxes[i] for i in sorted(kept))


def _off(one: Box, other: Box) -> float:
    """The largest distance between the edges of two boxes, in sizes of the first."""
    across = max(abs(one.x - other.x), abs(one.x + one.width - other.x - other.width)) / one.width
    down = max(abs(one.y - other.y), abs(one.y + one.height - other.y - other.height)) / one.height
    return max(across, down)
