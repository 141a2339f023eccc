"""The figure card through its public door: whole, true, the same every time, or refused."""

from __future__ import annotations

import io
import shutil
import socketserver
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from pipeline import cards
from pipeline.cards import drawing, fitting, templates
from pipeline.errors import Refused
from pipeline.rendering import brand as brands

YELLOW = (0xF4, 0xC2, 0x0D)


def _data(lang: str = "fr", **changes: Any) -> dict[str, Any]:
    return {**cards.sample("figure", lang), **changes}


def _image(drawn: cards.Drawn) -> Image.Image:
    return Image.open(io.BytesIO(drawn.data)).convert("RGB")


def _near(image: Image.Image, colour: tuple[int, int, int]) -> Image.Image:
    """White where the picture has nearly that colour."""
    bands = [
        band.point([255 * (abs(v - want) < 24) for v in range(256)])
        for band, want in zip(image.split(), colour, strict=True)
    ]
    from PIL import ImageChops

    return ImageChops.multiply(ImageChops.multiply(bands[0], bands[1]), bands[2])


@pytest.mark.parametrize("lang", ["fr", "en", "ar"])
@pytest.mark.parametrize(
    ("format", "size"),
    [
        ("portrait", (1080, 1350)),
        ("square", (1080, 1080)),
        ("story", (1080, 1920)),
        ("link", (1200, 630)),
        ("landscape", (1600, 900)),
    ],
)
def test_the_sample_is_drawn_in_every_format(lang: str, format: str, size: tuple[int, int]) -> None:
    drawn = cards.draw("figure", _data(lang), lang=lang, format=format)
    assert _image(drawn).size == size == (drawn.width, drawn.height)
    said = {text.slot: text.text for text in drawn.texts}
    assert said["figure"] == _data(lang)["figure"] and said["code"] == "#A7F3"


def test_every_listed_template_draws_its_sample_bare_and_whole() -> None:
    for listed in cards.listed():
        for format in listed.formats:
            template = templates.load(listed.name)
            optional = [name for name, chart in template.charts.items() if not chart.required]
            data = {name: given for name, given in cards.sample(listed.name, "fr").items() if name not in optional}
            assert cards.draw(listed.name, data, lang="fr", format=format).data


def test_the_same_card_is_the_same_bytes() -> None:
    assert cards.draw("figure", _data(), lang="fr").data == cards.draw("figure", _data(), lang="fr").data


def _segments(jpeg: bytes) -> list[int]:
    assert jpeg[:2] == b"\xff\xd8"
    at, found = 2, []
    while jpeg[at + 1] != 0xDA:
        found.append(jpeg[at + 1])
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return found


def test_a_jpeg_carries_nothing_but_its_picture() -> None:
    segments = _segments(cards.draw("figure", _data(), lang="fr").data)
    applications = [s for s in segments if 0xE0 <= s <= 0xEF or s == 0xFE]
    assert applications == [0xE0]


def test_a_png_carries_nothing_but_its_picture() -> None:
    data = cards.draw("figure", _data(), lang="fr", format="link", mime="image/png").data
    at, chunks = 8, set()
    while at < len(data):
        chunks.add(data[at + 4 : at + 8])
        at += 12 + int.from_bytes(data[at : at + 4], "big")
    assert chunks == {b"IHDR", b"IDAT", b"IEND"}


@pytest.mark.parametrize("format", ["portrait", "square", "link"])
def test_right_to_left_is_mirrored(format: str) -> None:
    middles = {}
    for lang in ("fr", "ar"):
        image = _image(cards.draw("figure", _data(lang), lang=lang, format=format))
        month = _near(image.crop((0, image.height // 2, image.width, image.height)), YELLOW).getbbox()
        assert month
        page, _texts = drawing.compose("figure", _data(lang), lang=lang, format=format, brand=brands.load())
        tag = drawing._engine(brands.load()).measure(page).children[0].children[0]
        middles[lang] = [(tag.left + tag.width / 2) / page.width, (month[0] + month[2]) / 2 / page.width]
    assert middles["fr"][0] < 0.5 < middles["fr"][1]
    assert middles["ar"][1] < 0.5 < middles["ar"][0]


def test_the_figure_hangs_from_the_margin_by_its_ink() -> None:
    for lang, side in (("fr", 0), ("ar", 2)):
        image = _image(cards.draw("figure", _data(lang), lang=lang)).convert("L").crop((0, 150, 1080, 560))
        ink = image.point([255 * (v < 100) for v in range(256)]).getbbox()
        assert ink
        edge = ink[0] if side == 0 else 1080 - ink[2]
        assert abs(edge - 72) <= 2


def test_the_figure_is_as_wide_as_the_column_allows() -> None:
    image = _image(cards.draw("figure", _data(figure="1 320"), lang="fr")).convert("L").crop((0, 150, 1080, 480))
    ink = image.point([255 * (v < 100) for v in range(256)]).getbbox()
    assert ink and ink[2] - ink[0] > 900


def test_a_thumbnail_still_shows_the_figure() -> None:
    seven, eight = (
        _image(cards.draw("figure", _data(figure=f), lang="fr")).resize((120, 150)).convert("L") for f in ("137", "138")
    )
    box = (80, 18, 112, 64)
    changed = sum(abs(a - b) > 60 for a, b in zip(seven.crop(box).tobytes(), eight.crop(box).tobytes(), strict=True))
    assert changed > 100


def test_a_text_that_does_not_hold_is_refused_naming_its_slot_and_by_how_much() -> None:
    with pytest.raises(Refused, match=r"tag: the text is \d+ pixels too wide"):
        cards.draw("figure", _data(tag="M" * 40), lang="fr")
    with pytest.raises(Refused, match=r"label: the text takes \d lines at its smallest size, 2 at most"):
        cards.draw("figure", _data(label="expulsions observées " * 7), lang="fr", format="square")
    with pytest.raises(Refused, match=r"figure: the text is \d+ pixels too large"):
        cards.draw("figure", _data(figure="MMMMMMMMMMMMMMMM"), lang="fr")
    with pytest.raises(Refused, match=r"source: 300 characters, 160 at most"):
        cards.draw("figure", _data(source="x" * 300), lang="fr")


def _figure_box(figure: str, format: str, **changes: Any) -> tuple[float, float]:
    """Left edge and width of the figure's ink, in pixels."""
    data = _data(figure=figure, bars=[], body="", **changes)
    page, _texts = drawing.compose("figure", data, lang="fr", format=format, brand=brands.load())
    place = drawing._engine(brands.load()).measure(page).children[1].children[0].children[1]
    image = _image(cards.draw("figure", data, lang="fr", format=format, mime="image/png")).convert("L")
    band = image.crop((0, int(place.top), image.width, int(place.bottom))).point([255 * (v < 100) for v in range(256)])
    left, _top, right, _foot = band.getbbox() or (0, 0, 0, 0)
    return left, right - left


@pytest.mark.parametrize("format", ["portrait", "square"])
def test_a_figure_of_three_digits_fills_the_column_and_one_of_two_most_of_it(format: str) -> None:
    for figure, share in (("132", 0.985), ("888", 0.985), ("41", 0.8)):
        left, width = _figure_box(figure, format)
        assert left == pytest.approx(72, abs=3)
        assert 936 * share < width <= 936 + 3


def test_at_least_stands_over_the_figure_and_a_card_does_without() -> None:
    for lang, words in (("fr", "au moins"), ("ar", "على الأقل")):
        page, texts = drawing.compose("figure", _data(lang), lang=lang, format="portrait", brand=brands.load())
        qualifier, figure = drawing._engine(brands.load()).measure(page).children[1].children[0].children[:2]
        assert words in [t.text for t in texts if t.slot == "qualifier"]
        assert 0 <= figure.top - qualifier.bottom < 40
    assert cards.draw("figure", _data(qualifier=""), lang="fr").data
    without = _data()
    del without["qualifier"]
    assert "qualifier" not in {t.slot for t in cards.draw("figure", without, lang="fr").texts}


def test_every_month_is_named_in_arabic_too() -> None:
    for format in ("portrait", "square", "story"):
        said = [t.text for t in cards.draw("figure", _data("ar"), lang="ar", format=format).texts if t.slot == "bars"]
        assert {bar["label"] for bar in _data("ar")["bars"]} <= set(said)
        assert {"٢٠٢٥", "٢٠٢٦"} <= set(said)


def test_what_texts_need_is_taken_from_the_figure() -> None:
    engine, tall = drawing._engine(brands.load()), {}
    for body in ("", cards.sample("figure")["body"]):
        page, _texts = drawing.compose("figure", _data(body=body), lang="fr", format="square", brand=brands.load())
        boxes = [
            box for box in engine.measure(page).walk() if [r.text for c in box.children for r in c.runs] == ["132"]
        ]
        tall[bool(body)] = max(box.height for box in boxes)
    assert 200 < tall[True] < tall[False]


def test_two_texts_one_over_the_other_are_seen() -> None:

    from pipeline.cards.engine import Box, Run

    def text(top: float) -> Box:
        return Box(72, top, 400, 80, (Run("x", 0, 0, 400, 80),), ())

    layout = templates.load("figure").layout("portrait", "", False)
    apart = Box(
        0, 0, 1080, 1350, (), (Box(72, 100, 900, 80, (), (text(100),)), Box(72, 200, 900, 80, (), (text(200),)))
    )
    over = Box(0, 0, 1080, 1350, (), (Box(72, 100, 900, 80, (), (text(100),)), Box(72, 150, 900, 80, (), (text(150),))))
    assert drawing.collision(apart, layout) == 0
    assert drawing.collision(over, layout) == 30


@pytest.mark.parametrize("slot", ["tag", "place", "figure", "label", "source"])
def test_a_card_without_its_source_or_another_mandatory_text_is_refused(slot: str) -> None:
    with pytest.raises(Refused, match=rf"^{slot} is missing"):
        cards.draw("figure", _data(**{slot: "  "}), lang="fr")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"titel": "x"}, "titel"),
        ({"body": 3}, "body"),
        ({"bars": "x"}, "bars"),
        ({"bars": [{"label": "x"}]}, "bar 1"),
        ({"bars": [{"label": "x", "value": -1}]}, "bar 1"),
        ({"bars": [{"label": "x", "value": float("nan")}]}, "bar 1"),
        ({"bars": [{"label": "漢", "value": 1}]}, "bars.*漢"),
        ({"bars": [{"label": "x", "value": 1, "year": 2026}]}, "year of bar 1"),
    ],
)
def test_data_that_a_card_cannot_print_true_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Refused, match=said):
        cards.draw("figure", _data(**changes), lang="fr")


@pytest.mark.parametrize(
    "asked", [{"name": "nothing"}, {"name": "../figure"}, {"lang": "it"}, {"format": "poster"}, {"mime": "image/gif"}]
)
def test_what_does_not_exist_is_refused_with_what_does(asked: dict[str, str]) -> None:
    wanted = {"name": "figure", "lang": "fr", "format": "portrait", "mime": "image/jpeg", **asked}
    with pytest.raises(Refused, match=r"figure|fr|portrait|image/png"):
        cards.draw(wanted.pop("name"), _data(), **wanted)  # type: ignore[arg-type]


def test_a_brand_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "brand"
    shutil.copytree(brands.BRAND_DIR, folder)
    tokens = folder / "tokens.toml"
    tokens.write_text(tokens.read_text("utf-8").replace("#5A6068", "#9AA0A6"), "utf-8")
    with pytest.raises(Refused, match=r"slate on paper.*2\.\d+, 4\.5 at least"):
        cards.draw("figure", _data(), lang="fr", brand=brands.load(folder))


def test_contrast_is_the_published_one() -> None:
    assert brands.contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert brands.contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)  # the well-known grey just below AA


HOSTILE = [
    "<script>alert(1)</script>",
    "</div><style>*{color:red}</style>",
    "{{ 7*7 }}{% include 'x' %}",
    "&lt;b&gt; & 'q' \"",
    "\x00zéro",
    "\u202egnihton\u202c",
    "\u2066\u2066\u2069 isolé",
    "x" * 100_000,
    "a\u0300\u0301\u0302" * 40,
    "\u200f\u200e مرحبا @x",
    "\u202e",
    "%s {name} {0.__class__}",
    "𝕏" * 30,
    "١" * 60,
    "\ud83d",
    "\n\n\n",
    "\u200c" * 30,
]


@pytest.mark.parametrize("lang", ["fr", "ar"])
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_drawn_as_it_is_or_refused_in_time(text: str, lang: str) -> None:
    start = time.process_time()
    try:
        drawn = drawing.draw("figure", _data(lang, body=text, place=text[:60]), lang=lang, format="link")
    except Refused as refused:
        assert str(refused)
    else:
        assert _image(drawn).size == (1200, 630)
    assert time.process_time() - start < 2  # of the processor: another one may be busy on it


@pytest.fixture
def canary() -> Iterator[tuple[str, list[int]]]:
    """A loopback server that counts who calls."""
    calls: list[int] = []

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            calls.append(1)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}/x.png", calls
        server.shutdown()
        thread.join()


def _elements(html: str) -> int:
    return html.count("<img") + html.count("<iframe") + html.count("<style")


def test_markup_in_a_text_asks_for_nothing_and_is_printed(canary: tuple[str, list[int]]) -> None:
    url, calls = canary
    text = f'<img src="{url}"><iframe src="file:///etc/hostname"> url({url})'
    page, texts = drawing.compose("figure", _data(body=text), lang="fr", format="portrait", brand=brands.load())
    assert _elements(page.html) == 1  # our logo
    assert any("<img src=" in t.text for t in texts)
    drawing.draw("figure", _data(body=text), lang="fr")
    assert not calls


def test_without_escaping_a_text_would_be_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    from markupsafe import Markup

    monkeypatch.setattr(fitting, "markup", lambda text, _lang: Markup(text))
    page, _texts = drawing.compose(
        "figure", _data(body="<style></style>x"), lang="fr", format="portrait", brand=brands.load()
    )
    assert _elements(page.html) > 1


def test_no_line_begins_with_a_sign_or_parts_a_place_name() -> None:
    body = "Une toutes les cinq heures à Grande-Synthe, 38 % avant 9 h ; le reste : à midi !"
    for format in cards.listed()[0].formats:
        page, _texts = drawing.compose("figure", _data(body=body), lang="fr", format=format, brand=brands.load())
        lines = [box.runs for box in drawing._engine(brands.load()).measure(page).walk() if box.runs]
        said = ["".join(run.text for run in sorted(runs, key=lambda r: r.x)) for runs in lines]
        assert not [line for line in said if line[0] in "%;:!?" or line.endswith("-") or line.startswith("Synthe")]


def test_what_is_listed_has_a_title_and_languages() -> None:
    (figure,) = [listed for listed in cards.listed() if listed.name == "figure"]
    assert figure.title["fr"] == "Chiffre clé" and {"fr", "en", "ar", "ti"} <= set(figure.languages)
