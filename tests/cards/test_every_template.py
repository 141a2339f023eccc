"""Every template in every language and format: whole, legible, within margins, mirrored. New ones are found here."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from itertools import combinations

import pytest
from PIL import Image

from pipeline import cards
from pipeline.cards import drawing, templates
from pipeline.cards.engine import Box, Page
from pipeline.rendering import brand as brands
from pipeline.rendering.languages import language, languages

NAMES = templates.names()
FORMATS = ("portrait", "square", "story", "landscape", "link")
SMALLEST = 22  # px: what a phone still shows of a card 1080 px wide
EDGE = 32  # px that every word keeps from the card's edge
EXAMPLES = sorted(path.parent for path in (brands.BRAND_DIR / "examples").glob("*/tokens.toml"))


@lru_cache
def _photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1600, 1600), "#557").save(out, "JPEG")
    return out.getvalue()


def _photos(name: str) -> dict[str, bytes]:
    return {photo: _photo() for photo, insert in templates.load(name).photos.items() if insert.required}


def _page(name: str, lang: str, format: str, brand: brands.Brand | None = None) -> Page:
    page, _texts = drawing.compose(
        name, cards.sample(name, lang), lang=lang, format=format, brand=brand or brands.load(), photos=_photos(name)
    )
    return page


def _root(page: Page) -> Box:
    return drawing._engine(brands.load()).measure(page)


def _lines(root: Box) -> list[Box]:
    """The boxes that print something; a figure that hangs by its ink has none, its ink is looked at elsewhere."""
    printed = (box for box in root.walk() if any(run.text.strip("\u2066\u2067\u2069 ") for run in box.runs))
    return [box for box in printed if box.height > 0]


def _overlap(one: Box, other: Box) -> float:
    """Pixels of height that two lines share where they share width; a fifth of a line is air over and under letters."""
    edges = [(box.top + box.height / 5, box.bottom - box.height / 5) for box in (one, other)]
    ends = [(box.left + min(r.x for r in box.runs), box.text_width) for box in (one, other)]
    wide = min(a + w for a, w in ends) - max(a for a, _w in ends)
    return min(low for _top, low in edges) - max(top for top, _low in edges) if wide > 1 else 0.0


def _sizes(html: str) -> dict[str, float]:
    """The font size of each slot that is set, in pixels."""
    return {
        name: float(re.search(r"font-size:([\d.]+)px", rest)[1])  # type: ignore[index]
        for name, rest in re.findall(r'class="slot s-([\w-]+)"(.*?)</div>', html)
        if "font-size" in rest
    }


def faults(page: Page, root: Box, safe: tuple[int, int, int]) -> list[str]:
    """What is wrong with a card as it is laid out."""
    lines, (top, side, foot) = _lines(root), safe
    found = []
    for line in lines:
        left = line.left + min(run.x for run in line.runs)
        room = min(left - max(side, EDGE), page.width - max(side, EDGE) - left - line.text_width)
        room = min(room, line.top - top, page.height - foot - line.bottom)
        if room < -1.5:
            found.append(f"outside: {[run.text for run in line.runs]}")
    for one, other in combinations(lines, 2):
        if _overlap(one, other) > 1.5:
            found.append(f"over each other: {[r.text for r in one.runs]}, {[r.text for r in other.runs]}")
    sizes = _sizes(page.html)
    found += [f"small: {size}" for size in re.findall(r"font-size:([\d.]+)px", page.html) if float(size) < SMALLEST]
    if "body" in sizes and max(sizes.values()) < 3 * sizes["body"]:
        found.append(f"no headline: {sizes}")
    return found


@pytest.mark.parametrize("lang", list(languages()))
@pytest.mark.parametrize("name", NAMES)
def test_every_card_is_whole_in_every_format(name: str, lang: str) -> None:
    template = templates.load(name)
    assert lang in template.languages and set(FORMATS) <= set(template.formats)
    assert template.slots, "a card without words"
    wrong = {}
    for format in template.formats:
        page = _page(name, lang, format)
        if found := faults(page, _root(page), template.layout(format, template.variants[0], False).format.safe):
            wrong[format] = found
    assert not wrong


@pytest.mark.parametrize("name", NAMES)
def test_every_card_speaks_its_own_language_in_its_sample(name: str) -> None:
    """A sample that is missing in a language would be drawn in another."""
    told = {lang: cards.sample(name, lang) for lang in languages()}
    for one, other in combinations(told, 2):
        same_script = language(one).script == language(other).script
        assert told[one] != told[other] or (same_script and one in ("fa", "prs")), (one, other)


@pytest.mark.parametrize("format", ["portrait", "landscape"])
@pytest.mark.parametrize("name", NAMES)
def test_right_to_left_every_card_is_mirrored(name: str, format: str) -> None:
    """What French hangs from the left edge, Arabic hangs from the right one, by the same margin."""
    edges = {}
    for lang in ("fr", "ar"):
        page = _page(name, lang, format)
        line = min(_lines(_root(page)), key=lambda box: (round(box.top / 40), box.left if lang == "fr" else -box.left))
        left = line.left + min(run.x for run in line.runs)
        edges[lang] = left if lang == "fr" else page.width - left - line.text_width
    assert edges["fr"] == pytest.approx(edges["ar"], abs=12)


@pytest.mark.parametrize("name", NAMES)
def test_every_card_is_the_same_bytes_every_time(name: str) -> None:
    for lang, format in (("fr", "link"), ("ar", "square")):
        one, other = (
            cards.draw(name, cards.sample(name, lang), lang=lang, format=format, photos=_photos(name)) for _ in range(2)
        )
        assert one.data == other.data and Image.open(io.BytesIO(one.data)).size == (one.width, one.height)


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
@pytest.mark.parametrize("name", NAMES)
def test_another_brand_dresses_every_card_and_leaves_nothing_of_ours(name: str, folder: brands.Path) -> None:
    brand, ours = brands.load(folder), brands.load()
    for lang in ("fr", "fa", "ti"):
        for format in ("portrait", "link"):
            page = _page(name, lang, format, brand)
            written = page.html + "".join(page.stylesheets)
            assert not [colour for colour in ours.colours.values() if colour.lower() in written.lower()]
            assert page.images["logo"] == brand.logo.read_bytes() != ours.logo.read_bytes()
    assert brand.variables() != ours.variables()


def test_no_template_has_a_colour_of_its_own() -> None:
    stated = {
        (path.parent.name, colour)
        for path in templates.CARDS_DIR.glob("*/card.*")
        for colour in re.findall(r"#[0-9A-Fa-f]{3,8}\b(?![\w-])", path.read_text("utf-8"))
    }
    assert not stated


def test_a_card_that_is_not_right_is_seen() -> None:
    """The checks above can fail: each is shown a card that breaks its rule."""
    safe = templates.load("months").layout("square", "", False).format.safe
    page = _page("months", "fr", "square")
    root = _root(page)
    assert not faults(page, root, safe)
    small = re.sub(r"font-size:2\dpx", "font-size:14px", page.html)
    weak = re.sub(r"font-size:(7|8|9)\dpx", "font-size:40px", page.html)
    for html, said in ((small, "small"), (weak, "no headline")):
        assert any(fault.startswith(said) for fault in faults(_with(page, html), root, safe))
    style = "<div style='position:absolute;left:{}px;top:{}px;width:400px'>{}</div></div>"
    for at, said in (((4, 700), "outside"), ((110, 150), "over each other")):
        broken = _with(page, page.html.removesuffix("</div>") + style.format(*at, "autrement"))
        assert any(fault.startswith(said) for fault in faults(broken, _root(broken), safe)), said


def _with(page: Page, html: str) -> Page:
    return Page(html, page.stylesheets, page.width, page.height, page.lang, page.families, page.images)
