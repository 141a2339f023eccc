"""Faces covered: flat slate ovals, under which nothing of the picture is left, a paper line where two meet.

Plates and screens are covered by flat rectangles of the same slate.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.protection.tracks import Box
from pipeline.reels.picture import Window
from pipeline.reels.planes import Pixels, colour, planes

if TYPE_CHECKING:
    import numpy as np

SLATE = (0x5A, 0x60, 0x68)
PAPER = (0xF3, 0xEF, 0xE6)
GAP = 4 / 1080  # of the picture's shorter side: the line between two masks that overlap
_NARROWEST = 2 / 3  # of its height: a head in profile or half hidden is found in a box too narrow for it
_FLATTEST = 1.15  # of its width: an oval is always taller than wide, for the hair
_SIXTEENTHS = 16  # OpenCV's sub-pixel places, so that an oval does not tremble


@dataclass(frozen=True)
class Oval:
    """A mask in pixels of the reel: its middle and its half axes, or half sides."""

    x: float
    y: float
    across: float
    down: float

    def grown(self, by: float) -> Oval:
        """The same oval, `by` pixels larger all around."""
        return Oval(self.x, self.y, self.across + by, self.down + by)

    def paint(self, plane: np.ndarray[Any, Any], paint: Sequence[int], share: int, corner: tuple[int, int]) -> None:
        """Paints it on a plane of which each pixel is `share` wide and whose left upper one is `corner`."""
        import cv2

        scale = _SIXTEENTHS / share
        centre = (round(self.x * scale) - corner[0] * _SIXTEENTHS, round(self.y * scale) - corner[1] * _SIXTEENTHS)
        axes = (round(self.across * scale), round(self.down * scale))
        cv2.ellipse(plane, centre, axes, 0, 0, 360, paint, cv2.FILLED, cv2.LINE_AA, shift=4)

    def fill(self, plane: np.ndarray[Any, Any], paint: Sequence[int], share: int) -> None:
        """Paints the rectangle that holds it, whole pixels, on a plane of which each pixel is `share` wide."""
        ends = [(self.y - self.down, self.y + self.down), (self.x - self.across, self.x + self.across)]
        rows, columns = (slice(max(0, math.floor(a / share)), max(0, math.ceil(b / share))) for a, b in ends)
        plane[rows, columns] = paint


def cover(
    picture: np.ndarray[Any, Any], boxes: Iterable[Box], whole: tuple[int, int], part: Window, pixels: Pixels
) -> None:
    """Paints an oval over each box, in place, the nearest last.

    Boxes are in parts of the upright picture, which is `whole` (width, height); `part` of it is what `picture` shows.
    """
    layers = planes(picture, pixels)
    height, width = layers[0].shape[:2]
    shapes = [(box.kind, _oval(box, whole, part, (width, height))) for box in boxes]
    flat = [oval for kind, oval in shapes if kind != "face"]
    gap = max(2.0, GAP * min(width, height))
    ovals = _stacked([oval for kind, oval in shapes if kind == "face"], gap)
    slates, papers = colour(SLATE, pixels), colour(PAPER, pixels)
    for share, which in ((1, slice(0, 1)), (2, slice(1, 3))):
        alike = [*zip(layers[which], slates[which], papers[which], strict=True)]
        for plane, slate, _paper in alike:
            for rectangle in flat:
                rectangle.fill(plane, slate, share)
        if alike:
            _paint(alike, ovals, gap, share)


_Layer = tuple["np.ndarray[Any, Any]", Sequence[int], Sequence[int]]  # a plane, its slate and its paper
_Stack = Sequence[tuple[Oval, Sequence[Oval], bool]]  # an oval, those behind it that it meets, whether it meets any


def _stacked(ovals: Sequence[Oval], gap: float) -> _Stack:
    """The ovals, nearest last; most meet no other."""
    near = gap + 4.0  # pixels: what is smoothed at the edges of the planes of colour, which are half as large
    order = sorted(ovals, key=lambda one: one.down)
    behind = [[other for other in order[:i] if _meet(oval, other, near)] for i, oval in enumerate(order)]
    met = {id(other) for held in behind for other in held}
    return [(oval, held, bool(held) or id(oval) in met) for oval, held in zip(order, behind, strict=True)]


def _meet(one: Oval, other: Oval, near: float) -> bool:
    """Whether two ovals may come as near as that: the sum of two lies within the oval of their axes' sums."""
    across = (one.x - other.x) / (one.across + other.across + near)
    down = (one.y - other.y) / (one.down + other.down + near)
    return across * across + down * down <= 1.0


def _paint(alike: Sequence[_Layer], ovals: _Stack, gap: float, share: int) -> None:
    """Paints the ovals on planes of one size; where one lies over those behind it, a line around it parts them."""
    import numpy as np

    painted = np.zeros(alike[0][0].shape[:2], np.uint8)  # how much of each pixel is under one that meets others
    for oval, behind, meets in ovals:
        parted = _parted(painted, behind, oval.grown(gap), share) if behind else None
        for plane, slate, paper in alike:
            if parted is not None:
                _blend(plane[parted[0]], paper, parted[1])
            oval.paint(plane, slate, share, (0, 0))
        if meets:
            oval.paint(painted, (255,), share, (0, 0))


def _parted(
    painted: np.ndarray[Any, Any], behind: Sequence[Oval], front: Oval, share: int
) -> tuple[tuple[slice, slice], np.ndarray[Any, Any]] | None:
    """Where a mask lies over those behind it, and how much of each pixel there; None where it lies alone."""
    import numpy as np

    places = zip(*(_around(oval, painted.shape, share) for oval in behind), strict=True)
    own = _around(front, painted.shape, share)
    rows, columns = (_both(mine, others) for mine, others in zip(own, places, strict=True))
    both = painted[rows, columns]
    if not both.any():
        return None
    inside = np.zeros_like(both)
    front.paint(inside, (255,), share, (columns.start, rows.start))
    return (rows, columns), np.minimum(both, inside)


def _both(mine: slice, others: Sequence[slice]) -> slice:
    """The part of a stretch in which the others lie, a pixel more at each end: they are smoothed there."""
    first = max(mine.start, min(one.start for one in others) - 1)
    return slice(first, max(first, min(mine.stop, max(one.stop for one in others) + 1)))


def _blend(here: np.ndarray[Any, Any], paint: Sequence[int], alpha: np.ndarray[Any, Any]) -> None:
    """Paints as much of each pixel as `alpha` (0 to 255) says."""
    import numpy as np

    much = alpha[..., None].astype(np.uint16)
    here[:] = (here * (255 - much) + np.array(paint, np.uint16) * much + 127) // 255


def _oval(box: Box, whole: tuple[int, int], part: Window, size: tuple[int, int]) -> Oval:
    whole_width, whole_height = whole
    across, down = size[0] / part.width, size[1] / part.height
    wide, tall = box.width * whole_width * across / 2, box.height * whole_height * down / 2
    x = ((box.x + box.width / 2) * whole_width - part.x) * across
    y = ((box.y + box.height / 2) * whole_height - part.y) * down
    if box.kind != "face":
        return Oval(x, y, wide, tall)
    return Oval(x, y, max(wide, tall * _NARROWEST), max(tall, wide * _FLATTEST))


def _around(oval: Oval, shape: tuple[int, ...], share: int) -> tuple[slice, slice]:
    """The rows and columns of a plane of that shape in which the oval may lie; none where it is outside."""
    found = []
    for middle, half, most in ((oval.y, oval.down, shape[0]), (oval.x, oval.across, shape[1])):
        first = min(most, max(0, int((middle - half) / share)))
        found.append(slice(first, max(first, min(most, int((middle + half) / share) + 1))))
    return found[0], found[1]
