"""Cards against Chromium drawing the same HTML: the same lines, nearly the same pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PIL import ImageChops

from pipeline import cards
from pipeline.cards import drawing, templates
from pipeline.cards.browser import Chromium
from pipeline.cards.engine import Box, Page, Takumi
from pipeline.cards.fitting import Setting, fit
from pipeline.errors import Refused
from pipeline.rendering import brand as brands
from pipeline.rendering.languages import language
from tests.cards import corpus

pytestmark = pytest.mark.e2e
_PLAIN = {0x2066: None, 0x2067: None, 0x2069: None, 0xA0: " ", 0x202F: " "}  # as the engine says its runs
EQUAL, DIFFERENT, LEVELS = 0.98, 0.05, 40


@pytest.fixture(scope="module", autouse=True)
def erasable() -> None:
    """No store is used here."""


@pytest.fixture(scope="module")
def browser(chromium: Any) -> Iterator[Chromium]:
    """Chromium as an engine, in the running browser."""
    engine = Chromium(brands.load(), chromium)
    yield engine
    engine.page.context.close()


def _lines(root: Box) -> list[str]:
    """Every line of text as it stands: the runs of one height, their letters sorted (engines order them otherwise)."""
    found = []
    for box in root.walk():
        rows: dict[int, str] = {}
        for run in box.runs:
            row = round((box.top + run.y + run.height / 2) / 8)
            near = next((known for known in rows if abs(known - row) <= 1), row)
            rows[near] = rows.get(near, "") + run.text
        found += ["".join(sorted(text.translate(_PLAIN))).lower() for text in rows.values()]
    return sorted(found)


def _page(text: corpus.Text) -> Page:
    data = {**cards.sample("figure"), "tag": "7", "place": "7", "source": "7", "qualifier": "", "figure": "7"}
    data |= {"label": "7", "body": "", "bars": [], text.slot: text.text}
    brand = brands.load()
    return drawing.compose("figure", data, lang=text.lang, format="portrait", brand=brand)[0]


def test_the_lines_of_300_texts_are_those_of_chromium(browser: Chromium) -> None:
    takumi, differing, drawn = Takumi(brands.load()), [], 0
    for text in corpus.texts():
        try:
            page = _page(text)
        except Refused:
            continue
        drawn += 1
        ours, theirs = _lines(takumi.measure(page)), _lines(browser.measure(page))
        if ours != theirs:
            differing.append((text.lang, text.slot, text.text, ours, theirs))
    print(f"\n{drawn} texts drawn, {len(differing)} with other lines", *differing, sep="\n")
    assert drawn >= 270 and len(differing) <= (1 - EQUAL) * drawn, differing


def test_a_line_that_is_broken_once_more_is_seen(browser: Chromium) -> None:
    """The broken variant: the browser alone hears that lines may wrap."""
    page = _page(next(corpus.texts()))
    broken = replace(page, stylesheets=(*page.stylesheets, ".line { white-space: normal; width: 300px; }"))
    assert _lines(Takumi(brands.load()).measure(page)) != _lines(browser.measure(broken))


def _settings(lang: str, browser: Chromium) -> tuple[Setting, Setting]:
    brand = brands.load()
    template = templates.load("figure")
    made = drawing._Composition(
        template, template.layout("portrait", "", True), "", brand.dressed(language(lang)), brand, {}, {}, {}
    )._setting()
    return made, replace(made, engine=browser)


def test_chromium_measuring_would_break_and_size_300_texts_alike(browser: Chromium) -> None:
    """The stronger question: both fit the text, each by its own measure of every word."""
    differing, count = [], 0
    both = {lang: _settings(lang, browser) for lang in corpus.WORDS}
    template = templates.load("figure")
    for text in corpus.texts(seed=11):
        place = template.layout("portrait", "", True).places[text.slot]
        found = []
        for setting in both[text.lang]:
            read = drawing.polish(drawing.clean(text.text, "text"), setting.lang)
            try:
                found.append(str(fit([(template.slots[text.slot], read, place)], setting)[0]))
            except Refused:
                found.append("refused")
        count += 1
        ours, theirs = ([line.partition(">")[2] for line in html.split('<div class="line"')[1:]] for html in found)
        if ours != theirs:
            differing.append((text.lang, text.slot, text.text, *found))
    print(f"\n{count} texts fitted, {len(differing)} broken otherwise", *differing, sep="\n")
    assert len(differing) <= (1 - EQUAL) * count, differing


def different(one: Page, takumi: Takumi, browser: Chromium) -> float:
    """The part of the pixels that differ by more than 40 of 255 in any colour."""
    bands = ImageChops.difference(takumi.pixels(one).convert("RGB"), browser.pixels(one)).split()
    far = [band.point([255 * (level > LEVELS) for level in range(256)]) for band in bands]
    any_far = ImageChops.lighter(ImageChops.lighter(far[0], far[1]), far[2])
    return any_far.histogram()[255] / (one.width * one.height)


@pytest.mark.parametrize("name", templates.names())
def test_hardly_a_pixel_differs(name: str, browser: Chromium) -> None:
    brand, takumi, parts = brands.load(), Takumi(brands.load()), {}
    template = templates.load(name)
    for number, lang in enumerate(template.languages):  # every language, and every format nearly twice
        format = template.formats[number % len(template.formats)]
        page, _texts = drawing.compose(name, cards.sample(name, lang), lang=lang, format=format, brand=brand)
        parts[lang, format] = different(page, takumi, browser)
    print(f"\n{name}: at most {max(parts.values()):.2%}, of {len(parts)}")
    assert max(parts.values()) < DIFFERENT, {key: part for key, part in parts.items() if part >= DIFFERENT}


def test_what_stands_elsewhere_would_be_seen(browser: Chromium) -> None:
    """The broken variant: one engine hears a style that the other does not."""
    page, _texts = drawing.compose("figure", cards.sample("figure"), lang="fr", format="portrait", brand=brands.load())
    broken = replace(page, stylesheets=(*page.stylesheets, ".s-figure { transform: translateX(80px); }"))
    takumi = Takumi(brands.load())
    far = ImageChops.difference(takumi.pixels(page).convert("RGB"), browser.pixels(broken)).convert("L")
    assert sum(far.histogram()[LEVELS:]) / (page.width * page.height) > DIFFERENT
