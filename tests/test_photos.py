"""Photos as pictures to post: covered, cut where the person said, without anything of the telephone's."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from pipeline import composing, drafts, footage, gate, photos, review
from pipeline.errors import Refused
from pipeline.models import Faces, Rendition, Voice
from pipeline.protection import record
from pipeline.protection.stills import Crop, develop
from pipeline.rendering import store
from tests.protection.settled import reviewed
from tests.worlds import World

PEOPLE = Path(__file__).parents[2] / "shared" / "footage" / "images" / "deface_city.jpg"


def four_quarters(size: tuple[int, int] = (800, 600)) -> Image.Image:
    """Red, green, blue, yellow: where a cut came from can be seen from its colour."""
    image = Image.new("RGB", size)
    pen, (width, height) = ImageDraw.Draw(image), size
    for n, colour in enumerate(("#C00000", "#00C000", "#0000C0", "#C0C000")):
        x, y = n % 2 * width // 2, n // 2 * height // 2
        pen.rectangle((x, y, x + width // 2, y + height // 2), fill=colour)
    return image


def heic(path: Path, image: Image.Image, **more: object) -> Path:
    from pillow_heif import from_pillow

    from_pillow(image).save(path, **more)
    return path


def secret() -> bytes:
    exif = Image.Exif()
    exif[0x010E], exif[0x010F] = "chez Marie", "Pomme"
    return exif.tobytes()


def near(pixel: object, colour: tuple[int, int, int]) -> bool:
    assert isinstance(pixel, tuple)
    return all(abs(a - b) < 40 for a, b in zip(pixel, colour, strict=True))


@given(
    x=st.floats(0, 1), y=st.floats(0, 1), zoom=st.floats(1, 8), ratio=st.floats(0.4, 2.5),
    width=st.integers(50, 5000), height=st.integers(50, 5000),
)  # fmt: skip
def test_a_cut_stays_in_the_photo_and_has_the_shape_that_was_asked(
    x: float, y: float, zoom: float, ratio: float, width: int, height: int
) -> None:
    left, top, right, bottom = Crop(x=x, y=y, zoom=zoom).window((width, height), ratio)
    assert 0 <= left < right <= width and 0 <= top < bottom <= height
    assert abs((right - left) - (bottom - top) * ratio) <= 2 + ratio * 2


@pytest.mark.parametrize(
    ("x", "y", "colour"), [(0.1, 0.1, (192, 0, 0)), (0.9, 0.1, (0, 192, 0)), (0.1, 0.9, (0, 0, 192))]
)
def test_a_photo_is_cut_where_the_person_said(x: float, y: float, colour: tuple[int, int, int], tmp_path: Path) -> None:
    four_quarters().save(tmp_path / "in.png")
    facts = develop(str(tmp_path / "in.png"), str(tmp_path / "out.jpg"), {"x": x, "y": y, "zoom": 2.5}, [1080, 1080])
    done = Image.open(tmp_path / "out.jpg")
    assert (facts["width"], facts["height"]) == done.size == (1080, 1080)
    assert near(done.getpixel((540, 540)), colour)


def test_a_heic_of_a_telephone_comes_out_upright_and_bare(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "chez Marie", 6  # turned a quarter
    source = heic(tmp_path / "in.heic", four_quarters(), exif=exif.tobytes())
    develop(str(source), str(tmp_path / "out.jpg"), {}, None)
    done, data = Image.open(tmp_path / "out.jpg"), (tmp_path / "out.jpg").read_bytes()
    assert done.size == (600, 800) and near(done.getpixel((450, 200)), (192, 0, 0))
    assert b"Marie" not in data and not done.getexif() and gate.inspect(tmp_path / "out.jpg") == []


def test_transparency_is_flattened_and_what_it_hid_is_gone(tmp_path: Path) -> None:
    image = four_quarters().convert("RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    image.save(tmp_path / "in.png")
    develop(str(tmp_path / "in.png"), str(tmp_path / "out.jpg"), {}, None)
    assert near(Image.open(tmp_path / "out.jpg").getpixel((10, 10)), (255, 255, 255))


def test_faces_are_covered_and_what_is_left_is_counted(tmp_path: Path) -> None:
    if not PEOPLE.is_file():
        pytest.skip(f"{PEOPLE} is not there")
    facts = develop(str(PEOPLE), str(tmp_path / "out.jpg"), {}, None)["measured"]
    assert facts["faces_masked"] >= 5 and facts["faces_left"] <= 1  # said to the person who looks, never hidden


def test_without_masks_the_same_photo_would_show_faces() -> None:
    """The broken variant: what the count above is worth."""
    if not PEOPLE.is_file():
        pytest.skip(f"{PEOPLE} is not there")
    import numpy as np

    from pipeline.protection import faces

    assert len(faces.in_picture(np.asarray(Image.open(PEOPLE).convert("RGB")), faces.SURE)) >= 5


@pytest.mark.django_db
def test_a_photo_goes_from_the_telephone_to_a_post_only_once_it_was_looked_at(tmp_path: Path) -> None:
    world = World(tmp_path)
    original = footage.add(heic(tmp_path / "in.heic", four_quarters(), exif=secret()), by=world.intern, place="Calais")
    assert original.mime == "image/heic" and {"notes", "camera"} <= set(original.probe["private"])
    row = photos.make(original, format="square", alt="Des tentes sous la pluie.", lang="fr", by=world.intern)
    assert photos.make(original, format="square", alt="x", lang="fr", by=world.intern).pk == row.pk
    post = drafts.create("Photo", [drafts.Piece(world.channel, {"fr": "Mots."}, [(row, row.alt)])], by=world.intern)
    drafts.mark_read(post.variants.get().texts.get(), by=world.intern)
    with pytest.raises(composing.NotReady):
        review.submit(post, by=world.intern)
    reviewed(row, by=world.intern)
    record.confirm(row, by=world.intern, faces=Faces.NOBODY, voice=Voice.NONE)
    review.submit(post, by=world.intern)
    assert b"Marie" not in store.path_of(row.sha256, row.mime).read_bytes()


@pytest.mark.django_db
def test_a_photo_without_a_description_or_of_no_format_is_refused(tmp_path: Path) -> None:
    world = World(tmp_path)
    four_quarters().save(tmp_path / "in.jpg")
    original = footage.add(tmp_path / "in.jpg", by=world.intern)
    for wrong in ({"alt": " ", "format": "square"}, {"alt": "x", "format": "poster"}):
        with pytest.raises(Refused):
            photos.make(original, lang="fr", by=world.intern, **wrong)
    assert not Rendition.objects.exists()


@pytest.mark.parametrize("noise", [b"", b"\xff\xd8\xff\xe0 not a picture", b"\x00\x00\x00\x18ftypheic" + b"\x00" * 64])
def test_what_is_no_photo_is_refused_in_a_sentence(noise: bytes, tmp_path: Path) -> None:
    from publishers._sentences import Said

    (tmp_path / "in").write_bytes(noise)
    with pytest.raises(Said):
        develop(str(tmp_path / "in"), str(tmp_path / "out"), {}, None)


@pytest.mark.django_db
def test_a_testimony_over_a_photo_carries_the_photo_s_people(tmp_path: Path) -> None:
    from pipeline import cards
    from pipeline.rendering import jobs

    world = World(tmp_path)
    four_quarters().save(tmp_path / "in.jpg")
    original = footage.add(tmp_path / "in.jpg", by=world.intern)
    photo = photos.make(original, format="whole", alt="Des tentes.", lang="fr", by=world.intern)
    data = cards.sample("testimony", "fr")
    card = jobs.card("testimony", data, lang="fr", format="square", by=world.intern, alt="x", photos={"photo": photo})
    assert list(card.footage.all()) == [original] and record.missing(card)
    plain = jobs.card("testimony", data, lang="fr", format="square", by=world.intern, alt="x")
    assert plain.sha256 != card.sha256 and not record.missing(plain)
    assert near(Image.open(store.path_of(card.sha256, card.mime)).getpixel((40, 20)), (192, 0, 0))
