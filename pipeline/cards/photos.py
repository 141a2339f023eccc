"""Photos on cards: cut to the frame that a format gives them, before the engine sees them."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

from pipeline.cards.templates import Frame
from pipeline.errors import Refused
from pipeline.rendering.pixels import flattened
from publishers._sentences import _

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

FORMATS = ("JPEG", "PNG", "WEBP")
_ORIENTATION = 0x0112  # EXIF
_END = b"\xff\xd9"  # of a JPEG


def cut(name: str, picture: bytes, frame: Frame) -> bytes:
    """The middle of a picture in the frame's size, as JPEG; Refused, naming the photo, where it cannot be read.

    What has the size already is left as it is. (A PNG costs seven times what a JPEG does, to write and to read.)
    """
    from PIL import Image, ImageOps, UnidentifiedImageError

    try:
        with Image.open(BytesIO(picture), formats=FORMATS) as opened:
            as_wanted = opened.size == (frame.width, frame.height) and opened.mode == "RGB"
            # Half a picture is refused below: the engine would draw it. A whole JPEG ends so.
            if as_wanted and opened.format == "JPEG" and picture.endswith(_END) and not _is_turned(opened):
                return picture
            upright = flattened(ImageOps.exif_transpose(opened))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise Refused(_("{slot}: this picture cannot be read: give a JPEG or a PNG.", slot=name)) from error
    out = BytesIO()
    ImageOps.fit(upright, (frame.width, frame.height)).save(out, "JPEG", quality=95, subsampling=0)
    return out.getvalue()


def _is_turned(picture: Picture) -> bool:
    return bool(picture.getexif().get(_ORIENTATION, 1) != 1)
