"""A photo developed: upright, in screen colours, every face covered, cut, encoded once. Runs in a limited process."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from publishers._sentences import Said, _

LARGEST = 1600  # pixels of the longer side where the photo keeps its own shape
QUALITY = 88


class Crop(BaseModel):
    """Where to cut: the middle in parts (0 to 1) of the upright photo, and how far in (1: as much as fits)."""

    model_config = ConfigDict(frozen=True)

    x: float = Field(default=0.5, ge=0, le=1)
    y: float = Field(default=0.5, ge=0, le=1)
    zoom: float = Field(default=1.0, ge=1, le=8)

    def window(self, size: tuple[int, int], ratio: float) -> tuple[int, int, int, int]:
        """Left, top, right and bottom in pixels of a photo of `size`, in the `ratio` of width to height."""
        width = min(size[0], size[1] * ratio) / self.zoom
        height = width / ratio
        left = min(max(self.x * size[0] - width / 2, 0), size[0] - width)
        top = min(max(self.y * size[1] - height / 2, 0), size[1] - height)
        wide, tall = max(1, round(width)), max(1, round(height))
        return round(left), round(top), min(size[0], round(left) + wide), min(size[1], round(top) + tall)


def develop(source: str, out: str, crop: dict[str, float], size: list[int] | None) -> dict[str, Any]:
    """The facts of the picture that now stands in the file `out`. Runs in the limited process."""
    import numpy as np
    from PIL import Image, UnidentifiedImageError

    from pipeline.cards.engine import encode
    from pipeline.protection import faces

    try:
        upright = _upright(Path(source))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Said(_("This photo cannot be read: bring another copy.")) from error
    picture, covered = _masked(np.asarray(upright))
    ratio = size[0] / size[1] if size else upright.width / upright.height
    part = Image.fromarray(picture).crop(Crop(**crop).window(upright.size, ratio))
    share = min(1.0, LARGEST / max(part.size))
    wanted = (size[0], size[1]) if size else (max(1, round(part.width * share)), max(1, round(part.height * share)))
    done = part.resize(wanted, Image.Resampling.LANCZOS)
    Path(out).write_bytes(encode(done, "image/jpeg", QUALITY))
    left = len(faces.in_picture(np.asarray(done), faces.SURE))
    return {"mime": "image/jpeg", "width": done.width, "height": done.height, "texts": [],
            "measured": {"faces_masked": covered, "faces_left": left}}  # fmt: skip


def _upright(source: Path) -> Any:
    """The photo as it is seen, in screen colours, without transparency."""
    from PIL import Image, ImageOps

    from pipeline.probing import MAX_PIXELS, open_picture
    from pipeline.rendering.pixels import flattened

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    with open_picture(source) as opened:
        return flattened(ImageOps.exif_transpose(opened))


def _masked(picture: Any) -> tuple[Any, int]:
    """The picture with an oval over each face, and how many there are."""
    from pipeline.protection import faces
    from pipeline.protection.tracks import Track, boxes_at
    from pipeline.reels.masks import cover
    from pipeline.reels.picture import Window
    from pipeline.reels.sources import Probe

    height, width = picture.shape[:2]
    boxes = boxes_at([Track((box,)) for box in faces.in_picture(picture)], 0.0)
    done = picture.copy()
    still = Probe(Path(), width, height, 0, Fraction(1), 0.0, 0.0, False)
    cover(done, boxes, still, Window(0, 0, width, height), "rgb24")
    return done, len(boxes)
