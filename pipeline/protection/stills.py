"""A photo developed: upright, in screen colours, every face covered, cut, encoded once. Runs in a limited process."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import Refused
from publishers._sentences import _

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


def develop(
    source: str,
    out: str,
    crop: dict[str, float],
    size: list[int] | None,
    tracks: Sequence[Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """The facts of the picture that now stands in the file `out`. Runs in the limited process.

    `tracks` are the masks as stored (pipeline/protection/timeline.py); without them the photo is searched here.
    """
    import numpy as np
    from PIL import Image

    from pipeline.cards.engine import encode
    from pipeline.protection import faces

    whole = upright(Path(source))
    picture, covered = _masked(np.asarray(whole), tracks)
    ratio = size[0] / size[1] if size else whole.width / whole.height
    part = Image.fromarray(picture).crop(Crop(**crop).window(whole.size, ratio))
    share = min(1.0, LARGEST / max(part.size))
    wanted = (size[0], size[1]) if size else (max(1, round(part.width * share)), max(1, round(part.height * share)))
    done = part.resize(wanted, Image.Resampling.LANCZOS)
    Path(out).write_bytes(encode(done, "image/jpeg", QUALITY))
    left = len(faces.in_picture(np.asarray(done), faces.SURE))
    return {"mime": "image/jpeg", "width": done.width, "height": done.height, "texts": [],
            "measured": {"faces_masked": covered, "faces_left": left}}  # fmt: skip


def upright(source: Path) -> Any:
    """The photo as it is seen, in screen colours, without transparency; `Refused` where it cannot be read."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    from pipeline.probing import MAX_PIXELS, open_picture
    from pipeline.rendering.pixels import flattened

    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    try:
        with open_picture(source) as opened:
            return flattened(ImageOps.exif_transpose(opened))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Refused(_("This photo cannot be read: bring another copy.")) from error


def _masked(picture: Any, tracks: Sequence[Mapping[str, Any]] | None) -> tuple[Any, int]:
    """The picture with its masks painted, and how many there are."""
    from pipeline.protection import faces
    from pipeline.protection.timeline import Masks
    from pipeline.protection.tracks import Track, boxes_at
    from pipeline.reels.masks import cover
    from pipeline.reels.picture import Window

    height, width = picture.shape[:2]
    if tracks is None:
        found: Sequence[Track] = [Track((box,), 0.0, 0.0) for box in faces.in_picture(picture)]
    else:
        found = Masks.from_json(tracks).tracks
    boxes, done = boxes_at(found, 0.0), picture.copy()
    cover(done, boxes, (width, height), Window(0, 0, width, height), "rgb24")
    return done, len(boxes)
