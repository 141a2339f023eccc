"""Faces covered: flat slate ovals, under which nothing of the picture is left, a paper line where two meet."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.protection.tracks import Box
from pipeline.reels.picture import Window
from pipeline.reels.planes import Pixels, colour, planes
from pipeline.reels.sources import Probe

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
    """A mask in pixels of the reel: its middle and its half axes."""

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


def cover(picture: np.ndarray[Any, Any], boxes: Iterable[Box], clip: Probe, part: Window, pixels: Pixels) -> None:
    """Paints an oval over each box, in place, the nearest last. Boxes are in parts of the clip's upright picture."""
    layers = planes(picture, pixels)
    height, width = layers[0].shape[:2]
    ovals = sorted((_oval(box, clip, part, (width, height)) for box in boxes), key=lambda oval: oval.down)
    gap = max(2.0, GAP * min(width, height))
    for index, (plane, slate, paper) in enumerate(
        zip(layers, colour(SLATE, pixels), colour(PAPER, pixels), strict=True)
    ):
        share = 2 if index else 1
        for number, oval in enumerate(ovals):
            for behind in ovals[:number]:
                _part(plane, behind, oval.grown(gap), paper, share)
            oval.paint(plane, slate, share, (0, 0))


def _oval(box: Box, clip: Probe, part: Window, size: tuple[int, int]) -> Oval:
    whole_width, whole_height = clip.turned
    across, down = size[0] / part.width, size[1] / part.height
    wide, tall = box.width * whole_width * across / 2, box.height * whole_height * down / 2
    x = ((box.x + box.width / 2) * whole_width - part.x) * across
    y = ((box.y + box.height / 2) * whole_height - part.y) * down
    return Oval(x, y, max(wide, tall * _NARROWEST), max(tall, wide * _FLATTEST))


def _part(plane: np.ndarray[Any, Any], behind: Oval, front: Oval, paint: Sequence[int], share: int) -> None:
    """Paints, where both masks lie, in the colour that parts them: nothing but a mask is painted over."""
    import numpy as np

    found = _common(plane, behind, front, share)
    if found is None:
        return
    rows, columns = found
    corner, here = (columns.start, rows.start), plane[rows, columns]
    both = np.full(here.shape[:2], 255, np.uint8)
    for oval in (behind, front):
        inside = np.zeros_like(both)
        oval.paint(inside, (255,), share, corner)
        both = np.minimum(both, inside)
    alpha = both[..., None].astype(np.float32) / 255
    here[:] = np.round(here * (1 - alpha) + np.array(paint, np.float32) * alpha)


def _common(plane: np.ndarray[Any, Any], one: Oval, other: Oval, share: int) -> tuple[slice, slice] | None:
    """The rows and columns of a plane in which two ovals' boxes overlap."""
    found = []
    for middle, half, most in (("y", "down", plane.shape[0]), ("x", "across", plane.shape[1])):
        ends = [(getattr(o, middle) - getattr(o, half), getattr(o, middle) + getattr(o, half)) for o in (one, other)]
        first, last = int(max(a for a, _b in ends) / share), int(min(b for _a, b in ends) / share) + 1
        found.append(slice(max(0, first), min(most, last)))
        if found[-1].stop <= found[-1].start:
            return None
    return found[0], found[1]
