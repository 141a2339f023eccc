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

    Array = np.ndarray[Any, Any]
    Colour = Sequence[int]

SLATE = (0x5A, 0x60, 0x68)
PAPER = (0xF3, 0xEF, 0xE6)
GAP = 4 / 1080  # of the picture's shorter side: the line between two masks that overlap
_NARROWEST = 2 / 3  # of its height: a head in profile or half hidden is found in a box too narrow for it
_FLATTEST = 1.15  # of its width: an oval is always taller than wide, for the hair
_BITS = 4  # OpenCV's sub-pixel places, so that an oval does not tremble
_SMOOTHED = 0.6  # pixels: as far outside an oval its edge is smoothed, so that its own line is not drawn there
_OUT = 0.3  # pixels: how far a corner may stand out of an oval


@dataclass(frozen=True)
class Oval:
    """A mask in pixels of the reel: its middle and its half axes, or half sides."""

    x: float
    y: float
    across: float
    down: float

    def fill(self, plane: Array, paint: Sequence[int], share: int) -> None:
        """Paints the rectangle that holds it, whole pixels, on a plane of which each pixel is `share` wide."""
        ends = [(self.y - self.down, self.y + self.down), (self.x - self.across, self.x + self.across)]
        rows, columns = (slice(max(0, math.floor(a / share)), max(0, math.ceil(b / share))) for a, b in ends)
        plane[rows, columns] = paint


def cover(picture: Array, boxes: Iterable[Box], whole: tuple[int, int], part: Window, pixels: Pixels) -> None:
    """Paints an oval over each box, in place, the nearest last.

    Boxes are in parts of the upright picture, which is `whole` (width, height); `part` of it is what `picture` shows.
    """
    import numpy as np

    layers = planes(picture, pixels)
    height, width = layers[0].shape[:2]
    shapes = [(box.kind, _oval(box, whole, part, (width, height))) for box in boxes]
    slates = colour(SLATE, pixels)
    for oval in (oval for kind, oval in shapes if kind != "face"):
        for plane, slate in zip(layers, slates, strict=True):
            oval.fill(plane, slate, height // plane.shape[0])
    ovals = sorted((oval for kind, oval in shapes if kind == "face"), key=lambda one: one.down)
    if ovals:
        each = np.array([(one.x, one.y, one.across, one.down) for one in ovals], np.float32)
        _paint(layers, each, slates, colour(PAPER, pixels))


def _paint(layers: Sequence[Array], each: Array, slates: Sequence[Colour], papers: Sequence[Colour]) -> None:
    """Paints ovals (middle and half axes, the nearest last) on the planes of a picture, then the lines between them."""
    import cv2
    import numpy as np

    height, width = layers[0].shape[:2]
    for share in {height // plane.shape[0] for plane in layers}:
        alike = [one for one in zip(layers, slates, strict=True) if one[0].shape[0] == height // share]
        for corners in _corners(each, share):
            for plane, slate in alike:
                cv2.fillConvexPoly(plane, corners, slate, cv2.LINE_AA, _BITS)
    gap = max(2.0, GAP * min(width, height))
    meeting = each[_meeting(each, gap + 4)]
    (left, right), (top, bottom) = (_reach(meeting[:, i], meeting[:, i + 2] + gap, (width, height)[i]) for i in (0, 1))
    if left >= right or top >= bottom:
        return
    line = _lines(meeting - np.array((left, top, 0, 0), np.float32), gap, (right - left, bottom - top))
    for plane, paper in zip(layers, papers, strict=True):
        share = height // plane.shape[0]
        here = plane[top // share : bottom // share, left // share : right // share]
        _blend(here, paper, cv2.resize(line, here.shape[1::-1], interpolation=cv2.INTER_AREA))


def _meeting(each: Array, near: float) -> Array:
    """Which ovals come as near to another one: the sum of two lies within the oval of their axes' sums."""
    import numpy as np

    places, axes = each[:, None, :2] - each[None, :, :2], each[:, None, 2:] + each[None, :, 2:] + near
    met = ((places / axes) ** 2).sum(axis=2) <= 1.0
    np.fill_diagonal(met, False)
    found: Array = met.any(axis=1)
    return found


def _lines(each: Array, gap: float, size: tuple[int, int]) -> Array:
    """How much of each pixel (width, height) is under the lines that part ovals.

    A line lies around an oval where that is in front of others, which come before it.
    """
    import cv2
    import numpy as np

    under, line = np.zeros((2, size[1], size[0]), np.uint8)
    outlines = (_corners(each, 1, more) for more in (0.0, _SMOOTHED + gap, _SMOOTHED))
    for own, around, inside in zip(*outlines, strict=True):
        for drawn, corners, paint in ((under, own, 255), (line, around, 255), (line, inside, 0)):
            cv2.fillConvexPoly(drawn, corners, (paint,), cv2.LINE_AA, _BITS)
    return cv2.min(line, under)


def _reach(middles: Array, halves: Array, most: int) -> tuple[int, int]:
    """From where to where ovals reach on one axis of a picture, in whole pixels, both even."""
    if not len(middles):
        return 0, 0
    low, high = float((middles - halves).min()), float((middles + halves).max())
    return max(0, math.floor(low) // 2 * 2), min(most, -(-math.ceil(high) // 2) * 2)


def _corners(each: Array, share: int, more: float = 0.0) -> Array:
    """Corners around ovals grown by `more`, in OpenCV's parts of pixels `share` wide: none stands out by `_OUT`."""
    import numpy as np

    places, axes = each[:, None, :2] / share, (each[:, None, 2:] + more) / share
    count = math.ceil(math.pi * math.sqrt(float(axes.max(initial=1.0)) / (2 * _OUT)))
    turns = np.arange(count, dtype=np.float32) * np.float32(2 * math.pi / count)
    around = np.stack([np.cos(turns), np.sin(turns)], axis=1) / np.float32(math.cos(math.pi / count))
    found: Array = np.rint((places + axes * around) * (1 << _BITS)).astype(np.int32)
    return found


def _blend(here: Array, paint: Sequence[int], alpha: Array) -> None:
    """Paints as much of each pixel as `alpha` (0 to 255) says."""
    import cv2

    bare = cv2.bitwise_not(alpha)
    for index, value in enumerate(paint):
        left = cv2.multiply(here[..., index], bare, scale=1 / 255)
        here[..., index] = cv2.add(left, cv2.convertScaleAbs(alpha, alpha=value / 255))


def _oval(box: Box, whole: tuple[int, int], part: Window, size: tuple[int, int]) -> Oval:
    whole_width, whole_height = whole
    across, down = size[0] / part.width, size[1] / part.height
    wide, tall = box.width * whole_width * across / 2, box.height * whole_height * down / 2
    x = ((box.x + box.width / 2) * whole_width - part.x) * across
    y = ((box.y + box.height / 2) * whole_height - part.y) * down
    if box.kind != "face":
        return Oval(x, y, wide, tall)
    return Oval(x, y, max(wide, tall * _NARROWEST), max(tall, wide * _FLATTEST))
