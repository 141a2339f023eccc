"""Cards of words and photos: in every language, legible whatever the photo shows, numbers to call in their order."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image

from pipeline.cards import carousel, templates
from pipeline.cards.drawing import compose, draw
from pipeline.cards.engine import Box
from pipeline.errors import Refused
from pipeline.rendering import brand

OURS = ("testimony", "breaking", "rights", "cover", "carousel")
RTL = ("ar", "fa", "prs", "ps", "ckb")


def flat(colour: str | tuple[int, int, int]) -> bytes:
    out = BytesIO()
    Image.new("RGB", (900, 700), colour).save(out, "PNG")
    return out.getvalue()


def placed(name: str, lang: str, format: str, **more: object) -> Box:
    page, _texts = compose(name, templates.sample(templates.load(name), lang), lang=lang, format=format,
                           brand=brand.load(), **more)  # fmt: skip
    from pipeline.cards.drawing import _engine

    return _engine(brand.load()).measure(page)


@pytest.mark.parametrize("name", OURS)
def test_every_language_and_format_holds(name: str) -> None:
    template = templates.load(name)
    assert len(template.languages) == 9 and len(template.formats) == 5
    for lang in ("de", "ar", "prs", "ti"):  # the longest words, the tallest letters
        for format in template.formats:
            for variant in template.variants:
                data = templates.sample(template, lang) | ({"variant": variant} if variant else {})
                compose(name, data, lang=lang, format=format, brand=brand.load())


@pytest.mark.parametrize("name", OURS)
def test_a_story_keeps_its_words_between_the_network_s_own_buttons(name: str) -> None:
    root = placed(name, "ar", "story")
    for box in root.walk():
        if box.runs:
            assert box.top >= 285 and box.bottom <= 1635


@pytest.mark.parametrize("format", ["portrait", "square", "story", "link", "landscape"])
@pytest.mark.parametrize("name", ["testimony", "cover"])
def test_words_never_stand_on_the_photo(name: str, format: str) -> None:
    """Over any photo the words have the contrast of the field that they stand on: none is behind them."""
    found = [_card(name, format, flat(colour)) for colour in ("#000000", "#FFFFFF")]
    bare = [one.convert("RGB") for one in found]
    (one, other), width = [image.load() for image in bare], bare[0].width
    page, _texts = compose(name, templates.sample(templates.load(name), "fr"), lang="fr", format=format,
                           brand=brand.load(), photos={"photo": flat("#000000")})  # fmt: skip
    from pipeline.cards.drawing import _engine

    for box in _engine(brand.load()).measure(page).walk():
        if box.runs:
            for y in range(int(box.top), int(box.bottom), 7):
                for x in range(max(0, int(box.left)), min(width, int(box.left + box.text_width)), 11):
                    assert one[x, y] == other[x, y], (name, format, x, y)


def _card(name: str, format: str, photo: bytes) -> Image.Image:
    data = templates.sample(templates.load(name), "fr")
    drawn = draw(name, data, lang="fr", format=format, mime="image/png", photos={"photo": photo})
    return Image.open(BytesIO(drawn.data))


def test_the_photo_is_there_and_the_plain_card_has_another_layout() -> None:
    dark, light = (_card("testimony", "portrait", flat(colour)).convert("L") for colour in ("#000000", "#FFFFFF"))
    assert dark.getpixel((540, 200)) < 10 and light.getpixel((540, 200)) > 245


@pytest.mark.parametrize("lang", RTL)
def test_a_number_to_call_is_the_same_picture_in_every_language(lang: str) -> None:
    """In Arabic as in French the plus, which is no taller than half a digit, stands at the left end."""
    sample = templates.sample(templates.load("rights"), lang)
    field = _field(draw("rights", sample, lang=lang, format="portrait", mime="image/png").data)
    inked = [(x, y) for x in range(field.width) for y in range(field.height) if field.getpixel((x, y)) < 90]
    left, right = min(x for x, _y in inked), max(x for x, _y in inked)
    ends = [[y for x, y in inked if end - 14 <= x <= end + 14] for end in (left, right)]
    tall = [max(ys) - min(ys) for ys in ends]
    assert tall[0] < 0.75 * tall[1]


def _field(data: bytes) -> Image.Image:
    """The signal-coloured field at the card's foot, without the line of words over the number."""
    image = Image.open(BytesIO(data)).convert("RGB")
    rows = [y for y in range(image.height) if image.getpixel((4, y)) == (0xF4, 0xC2, 0x0D)]
    return image.crop((0, rows[0] + (rows[-1] - rows[0]) // 2, image.width, rows[-1])).convert("L")


def test_steps_of_one_card_have_one_size() -> None:
    long, short = (
        "Demandez dans quel cadre l’opération a lieu et qui la dirige, et notez ce qu’on vous répond.",
        "Appelez.",
    )
    data = {**templates.sample(templates.load("rights"), "fr"), "step1": long, "step2": short}
    page, _texts = compose("rights", data, lang="fr", format="portrait", brand=brand.load())
    import re

    sizes = set(re.findall(r's-step\d" dir="ltr" style="font-size:(\d+)px', page.html))
    assert len(sizes) == 1


SLIDES = {"tag": "Suite", "slides": [{"title": f"Un {n}"} for n in range(4)]}


def test_a_carousel_is_a_cover_slides_and_an_end_each_in_its_language() -> None:
    data = {**SLIDES, "slides": [*SLIDES["slides"][:2], {"title": "لا مكان", "lang": "ar"}, {"title": "Fin."}]}
    slides = carousel.read(data)
    drawn = list(carousel.draw(slides))
    assert [one.lang for one in drawn] == ["fr", "fr", "ar", "fr"]
    assert [one.data["variant"] for one in slides] == ["cover", "inner", "inner", "end"]
    assert [one.data["steps"] for one in slides] == [{"at": n, "of": 4} for n in range(1, 5)]
    assert len({one.data for one in drawn}) == 4
    assert slides[3].alt == "Fin."


@pytest.mark.parametrize("count", [0, 3, 11])
def test_a_carousel_has_two_to_eight_slides_between_its_ends(count: int) -> None:
    with pytest.raises(Refused, match=r"4.*10"):
        carousel.read({"slides": [{"title": "Un"}] * count})


@pytest.mark.parametrize("wrong", [{}, {"title": "x", "colour": "red"}, "x", {"title": ""}])
def test_a_wrong_slide_is_named(wrong: object) -> None:
    with pytest.raises(Refused, match="2"):
        carousel.read({"slides": [{"title": "Un"}, wrong, {"title": "Un"}, {"title": "Un"}]})


def test_a_slide_that_cannot_be_drawn_is_named() -> None:
    slides = carousel.read({**SLIDES, "slides": [{"title": "Un"}, {"title": "字"}, {"title": "Un"}, {"title": "Un"}]})
    with pytest.raises(Refused, match=r"2.*U\+5B57"):
        list(carousel.draw(slides))


@pytest.mark.parametrize("steps", [{"at": 0, "of": 4}, {"at": 5, "of": 4}, {"at": True, "of": 4}, [1, 4], {"at": 1}])
def test_a_place_among_slides_that_cannot_be_is_refused(steps: object) -> None:
    data = templates.sample(templates.load("carousel"), "fr") | {"steps": steps}
    with pytest.raises(Refused, match="steps"):
        draw("carousel", data, lang="fr")
