"""Photos on cards: cut to the frame that a format gives them, before the engine sees them."""

from __future__ import annotations

from io import BytesIO

from pipeline.cards.templates import Frame
from pipeline.errors import Refused
from publishers._sentences import _


def cut(name: str, picture: bytes, frame: Frame) -> bytes:
    """The middle of a picture as PNG in the frame's size; Refused, naming the photo, where it cannot be read."""
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(BytesIO(picture)) as opened:
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise Refused(_("{slot}: this picture cannot be read: give a JPEG or a PNG.", slot=name)) from error
    out = BytesIO()
    ImageOps.fit(upright, (frame.width, frame.height)).save(out, "PNG", compress_level=0)
    return out.getvalue()
