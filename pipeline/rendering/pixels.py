"""Pictures as they go out: screen colours, nothing seen through."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

PAPER = (255, 255, 255)


def flattened(opened: Image) -> Image:
    """The pixels alone, in screen colours (sRGB), transparency on white; raises what Pillow raises."""
    from PIL import Image

    image = _in_screen_colours(opened)
    if "A" in image.getbands() or "transparency" in image.info:
        clear = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", clear.size, PAPER), clear)
    plain = image.convert("RGB")
    plain.info = {}  # a comment or a profile in it would be saved again by itself
    return plain


def _in_screen_colours(image: Image) -> Image:
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK", "L"):
        return image
    screen = ImageCms.createProfile("sRGB")
    try:
        return ImageCms.profileToProfile(image, BytesIO(profile), screen, outputMode="RGB") or image
    except ImageCms.PyCMSError:
        return image  # a profile that is none, or of other channels: as browsers do, the picture is taken as sRGB
