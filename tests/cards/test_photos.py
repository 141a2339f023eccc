"""Photos on cards: cut to their frame, left alone where they have its size, refused where they are not whole."""

from __future__ import annotations

import io

import pytest
from PIL import Image, ImageDraw

from pipeline.cards import photos
from pipeline.cards.templates import Frame
from pipeline.errors import Refused


def _jpeg(size: tuple[int, int], **more: object) -> bytes:
    """A picture that is red on the left and blue on the right."""
    image = Image.new("RGB", size, "#C00000")
    ImageDraw.Draw(image).rectangle((size[0] // 2, 0, *size), fill="#0000C0")
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90, **more)  # type: ignore[arg-type]
    return out.getvalue()


def test_a_photo_fills_its_frame_from_the_middle() -> None:
    cut = Image.open(io.BytesIO(photos.cut("photo", _jpeg((800, 200)), Frame(100, 100))))
    assert cut.size == (100, 100)
    left, right = cut.getpixel((5, 50)), cut.getpixel((95, 50))
    assert isinstance(left, tuple) and isinstance(right, tuple) and left[0] > 150 and right[2] > 150


def test_a_photo_of_the_frame_s_size_is_left_as_it_is() -> None:
    held = _jpeg((120, 90))
    assert photos.cut("photo", held, Frame(120, 90)) is held


def test_a_turned_phone_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    turned = Image.open(io.BytesIO(photos.cut("photo", _jpeg((120, 90), exif=exif), Frame(120, 90))))
    left = turned.getpixel((5, 45))
    assert isinstance(left, tuple) and left[2] > 150


@pytest.mark.parametrize("held", [b"", b"GIF89a", _jpeg((120, 90))[:-400], _jpeg((64, 64))[:300]])
def test_what_is_no_whole_picture_is_refused_by_its_name(held: bytes) -> None:
    with pytest.raises(Refused, match="photo: this picture cannot be read"):
        photos.cut("photo", held, Frame(120, 90))
