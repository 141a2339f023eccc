"""Words over pictures: drawn once by the card engine, then blended on the rectangle that they cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from pipeline.reels.planes import Pixels, planes, split

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True)
class Layer:
    """An overlay on one plane: premultiplied colour and what the picture keeps, both 0 to 255; None: nothing."""

    colour: Array
    through: Array | None


@dataclass(frozen=True)
class Overlay:
    """Words laid over frames `first` to `last` (the last not counted), with their left upper corner at (x, y).

    They rise by `slide` pixels in their first `rising` frames, never faded: a reel's first frame is its poster. Places
    are even, for the halved planes.
    """

    first: int
    last: int
    x: int
    y: int
    layers: tuple[Layer, ...]
    pixels: Pixels
    slide: int = 0
    rising: int = 0


def cut_out(on_black: Image, on_white: Image, size: tuple[int, int], pixels: Pixels) -> Overlay:
    """What was drawn on both grounds, without the ground, scaled to `size` and cut to its own rectangle.

    The engine gives opaque pixels: what differs between the two grounds is what shines through.
    """
    import cv2
    import numpy as np

    black, white = (cv2.resize(np.asarray(i), size, interpolation=cv2.INTER_AREA) for i in (on_black, on_white))
    alpha = 255 - np.clip(white.astype(np.int16) - black, 0, 255).max(axis=2)
    rows, columns = _inked(alpha.max(axis=1)), _inked(alpha.max(axis=0))
    colour, alpha = black[rows, columns].astype(np.float32), alpha[rows, columns, None].astype(np.float32)
    made = [(colour, alpha)] if pixels == "rgb24" else split(colour, alpha)
    layers = tuple(Layer(c.round().astype(np.uint16), (255 - a).round().astype(np.uint16)) for c, a in made)
    return Overlay(0, 0, columns.start, rows.start, layers, pixels)


def _inked(alpha: Array) -> slice:
    """From the first to the last line that is drawn on, widened to even numbers."""
    import numpy as np

    drawn = np.flatnonzero(alpha)
    return slice(int(drawn[0]) // 2 * 2, (int(drawn[-1]) + 2) // 2 * 2)


def patch(still: Array, moved: Array, index: int, pixels: Pixels) -> Overlay | None:
    """What makes frame `index` of a card that stands `moved` instead, opaque; None where nothing differs."""
    import numpy as np

    grounds, tops = planes(still, pixels), planes(moved, pixels)
    other: Array = np.zeros(grounds[0].shape[:2], bool)
    for ground, top in zip(grounds, tops, strict=True):
        differs, share = (ground != top).max(axis=2), len(other) // len(ground)
        other |= differs.repeat(share, axis=0).repeat(share, axis=1)
    if not other.any():
        return None
    rows, columns = _inked(other.max(axis=1)), _inked(other.max(axis=0))
    layers = []
    for top in tops:
        share = len(other) // len(top)
        part = top[rows.start // share : rows.stop // share, columns.start // share : columns.stop // share]
        layers.append(Layer(part.copy(), None))
    return Overlay(index, index + 1, columns.start, rows.start, tuple(layers), pixels)


def timed(overlay: Overlay, first: int, last: int, slide: int = 0, rising: int = 0) -> Overlay:
    """The same words over other frames."""
    return replace(overlay, first=first, last=last, slide=slide, rising=rising)


def lay(picture: Array, overlays: Sequence[Overlay], index: int) -> Array:
    """The picture with what stands over frame `index`; the picture itself where nothing does."""
    now = [overlay for overlay in overlays if overlay.first <= index < overlay.last]
    if not now:
        return picture
    written = picture.copy()
    for overlay in now:
        _blend(written, overlay, index - overlay.first)
    return written


def _blend(picture: Array, overlay: Overlay, age: int) -> None:
    down = 0
    if age < overlay.rising:
        left = (1 - (age + 1) / overlay.rising) ** 2  # slows down as it arrives
        down = round(overlay.slide * left / 2) * 2
    for halved, (plane, layer) in enumerate(zip(planes(picture, overlay.pixels), overlay.layers, strict=True)):
        share = 2 if halved else 1
        x, y = overlay.x // share, (overlay.y + down) // share
        part = plane[y : y + len(layer.colour), x : x + layer.colour.shape[1]]
        _mix(part, layer)


def _mix(part: Array, layer: Layer) -> None:
    if layer.through is None:
        part[:] = layer.colour[: len(part)]
        return
    colour, through = layer.colour[: len(part)], layer.through[: len(part)]
    part[:] = (colour + (part * through + 127) // 255).clip(0, 255)
