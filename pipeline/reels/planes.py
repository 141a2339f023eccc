"""Pictures as the encoder takes them: 8-bit 4:2:0 planes, BT.709, limited range, in one array.

Frames travel through the timeline so, and are not turned to RGB and back: that would cost a third of a render. The same
timeline can be built in RGB, for ordinary MoviePy code and as the reference that the tests compare with.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

Pixels = Literal["rgb24", "yuv420p"]

BLACK = (16, 128, 128)  # Y, Cb and Cr of black, limited range
# ITU-R BT.709-6, items 3.2 to 3.5: Y, Cb, Cr from R'G'B' of 0 to 255, without the offsets.
_FROM_RGB = (
    (0.2126 * 219 / 255, 0.7152 * 219 / 255, 0.0722 * 219 / 255),
    (-0.2126 / 1.8556 * 224 / 255, -0.7152 / 1.8556 * 224 / 255, 0.9278 / 1.8556 * 224 / 255),
    (0.7874 / 1.5748 * 224 / 255, -0.7152 / 1.5748 * 224 / 255, -0.0722 / 1.5748 * 224 / 255),
)


def planes(picture: Array, pixels: Pixels) -> list[Array]:
    """The planes of a frame, as views: one of three colours (RGB), or Y, Cb and Cr, each (height, width, colours)."""
    if pixels == "rgb24":
        return [picture]
    height, width = picture.shape[0] * 2 // 3, picture.shape[1]
    flat, size = picture.reshape(-1), height * width
    ends = (0, size, size + size // 4, size + size // 2)
    shapes = ((height, width, 1), (height // 2, width // 2, 1), (height // 2, width // 2, 1))
    return [flat[ends[i] : ends[i + 1]].reshape(shape) for i, shape in enumerate(shapes)]


def colour(rgb: tuple[int, int, int], pixels: Pixels) -> list[tuple[int, ...]]:
    """One colour (RGB, 0 to 255) for each plane of a frame."""
    if pixels == "rgb24":
        return [rgb]
    made = (sum(f * c for f, c in zip(row, rgb, strict=True)) for row in _FROM_RGB)
    return [(round(offset + value),) for offset, value in zip(BLACK, made, strict=True)]


def from_rgb(picture: Array) -> Array:
    """The planes of an RGB picture with even sides, in one array."""
    import numpy as np

    opaque = np.full((*picture.shape[:2], 1), 255, np.float32)
    made = [plane.round().astype(np.uint8).reshape(-1) for plane, _alpha in split(picture.astype(np.float32), opaque)]
    return np.concatenate(made).reshape(-1, picture.shape[1])


def split(premultiplied: Array, alpha: Array) -> list[tuple[Array, Array]]:
    """Colour and alpha of each plane for an RGB drawing with even sides, both float 0 to 255.

    `premultiplied` is (height, width, 3), `alpha` (height, width, 1). The conversion is linear, so that premultiplied
    colour stays premultiplied; each pixel of Cb and Cr is the mean of four.
    """
    import numpy as np

    made = []
    for index, row in enumerate(_FROM_RGB):
        plane = premultiplied @ np.array(row, np.float32)[:, None] + alpha * np.float32(BLACK[index] / 255)
        made.append((plane, alpha) if index == 0 else (_halved(plane), _halved(alpha)))
    return made


def _halved(plane: Array) -> Array:
    found: Array = plane.reshape(plane.shape[0] // 2, 2, plane.shape[1] // 2, 2, 1).mean(axis=(1, 3))
    return found
