"""Pictures as they go out: screen colours, nothing seen through."""

from __future__ import annotations

from io import BytesIO
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

PAPER = (255, 255, 255)


def flattened(opened: Image) -> Image:
    """The picture in screen colours (sRGB), transparency on white; raises what Pillow raises."""
    from PIL import Image

    image = _in_screen_colours(opened)
    if "A" in image.getbands() or "transparency" in image.info:
        clear = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, PAPER), clear).convert("RGB")
    return image.convert("RGB")


def _in_screen_colours(image: Image) -> Image:
    from PIL import ImageCms

    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK", "L"):
        return image
    screen = ImageCms.createProfile("sRGB")
    return ImageCms.profileToProfile(image, BytesIO(profile), screen, outputMode="RGB") or image
