"""Faces covered: flat slate discs, the same everywhere, under which nothing of the picture is left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from pipeline.protection.tracks import Box
from pipeline.reels.picture import Window
from pipeline.reels.planes import Pixels, colour, planes
from pipeline.reels.sources import Probe

if TYPE_CHECKING:
    import numpy as np

SLATE = (0x5A, 0x60, 0x68)
_SIXTEENTHS = 16  # OpenCV's sub-pixel places, so that a disc does not tremble


def cover(picture: np.ndarray[Any, Any], boxes: Iterable[Box], clip: Probe, part: Window, pixels: Pixels) -> None:
    """Paints a disc over each box, in place. Boxes are in parts of the clip's upright picture."""
    import cv2

    layers = planes(picture, pixels)
    height, width = layers[0].shape[:2]
    whole_width, whole_height = clip.turned
    across, down = width / part.width, height / part.height
    for box in boxes:
        x = ((box.x + box.width / 2) * whole_width - part.x) * across
        y = ((box.y + box.height / 2) * whole_height - part.y) * down
        radius = max(box.width * whole_width * across, box.height * whole_height * down) / 2
        for index, (plane, paint) in enumerate(zip(layers, colour(SLATE, pixels), strict=True)):
            scale = _SIXTEENTHS / (2 if index else 1)
            centre, axes = (round(x * scale), round(y * scale)), (round(radius * scale),) * 2
            cv2.ellipse(plane, centre, axes, 0, 0, 360, paint, cv2.FILLED, cv2.LINE_AA, shift=4)
