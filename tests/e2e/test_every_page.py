"""Every page in a browser: axe-core finds nothing, in both themes; none is wider than a small phone; focus is seen."""

from __future__ import annotations

import json
import os
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from pipeline.models import SignIn
from tests.e2e.conftest import Visitor
from tests.web.everything import _film, choice, everything

pytestmark = [pytest.mark.e2e]
WIDE, SMALL = {"width": 1280, "height": 800}, {"width": 360, "height": 740}
# Whoever tabs through a page sees where they are: an outline of 2 px or more, on the first things that take the focus.
FOCUS = """() => [document.activeElement].map(e => {
  const s = getComputedStyle(e);
  return [e.tagName, s.outlineStyle, parseFloat(s.outlineWidth)];
})[0]"""


@pytest.fixture(scope="module")
def axe() -> str:
    """axe-core itself (MPL-2.0), which comes with a package for tests and never with the studio."""
    package = pytest.importorskip(
        "axe_playwright_python", reason="axe-core is not installed: accessibility was not tried"
    )
    return resources.files(package).joinpath("axe.min.js").read_text(encoding="utf-8")


class Walker:
    """Looks at pages in one window: light and wide, then dark and small, without loading them twice."""

    def __init__(self, visitor: Visitor, axe: str) -> None:
        self.visitor, self.page, self.axe = visitor, visitor.page, axe
        self.found: dict[str, Any] = {}

    def look(self, name: str, path: str | None) -> None:
        if path is not None:
            self.visitor.see(path)
        self.page.evaluate(self.axe)
        for theme, size in (("light", WIDE), ("dark", SMALL)):
            self.page.emulate_media(color_scheme=theme)
            self.page.set_viewport_size(size)
            if wrong := self._wrong(size["width"]):
                self.found[f"{name}, {theme}"] = wrong
            self.visitor.shot(f"every-{theme}-{name}")

    def _wrong(self, width: int) -> list[str]:
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        wrong = [f"{one['id']}: {node['html'][:160]}" for one in found for node in one["nodes"][:3]]
        if self.page.evaluate("document.documentElement.scrollWidth") > width:
            wrong.append("wider than its window")
        return wrong

    def tabbed(self) -> list[Any]:
        """What takes the focus one after the other, with its outline."""
        seen = []
        for _n in range(8):
            self.page.keyboard.press("Tab")
            seen.append(self.page.evaluate(FOCUS))
        return seen


# Headings, buttons, links and labels of the page itself (not of a post's texts) that are still said in French.
FRENCH = """() => [...document.querySelectorAll('main :is(h2, button, label, summary, th), nav a, footer a')]
  .filter(e => !e.closest('[lang]:not(html)')).map(e => e.textContent.trim())
  .filter(text => /[a-zà-ÿ]{4}/i.test(text) && !/[\\u0600-\\u06ff]/.test(text) &&
     !/bluesky|instagram|facebook|mastodon|linkedin|csv|hro/i.test(text))"""


def report(found: dict[str, Any]) -> None:
    """The findings as a file, where PORTEVOIX_SHOTS names a folder."""
    if folder := os.environ.get("PORTEVOIX_SHOTS"):
        (Path(folder) / "axe.json").write_text(json.dumps(found, indent=1, ensure_ascii=False), encoding="utf-8")


def test_every_page_is_accessible_in_both_themes_and_fits_a_small_phone(visit, newsroom, tmp_path, axe):
    walk, found, outlines, asked = everything(newsroom, tmp_path), {}, [], []
    people = {"stranger": None, "coordinator": newsroom.coordinator, "administrator": newsroom.administrator}
    for who, paths in walk.items():
        walker = Walker(visit(WIDE), axe)
        if people[who]:
            walker.visitor.sign_in(people[who])
        if who == "administrator":
            session = SignIn.objects.filter(user=newsroom.administrator).latest("expire_date").session_key
            paths = {**paths, "choose": choice(newsroom, session)}  # noqa: PLW2901
        if who == "coordinator":
            paths = {**paths, "again": "/sign-in/again/"}  # noqa: PLW2901
        for name, path in paths.items():
            walker.look(name, path)
            if name in {"sign-in", "post", "text", "people"}:
                outlines += walker.tabbed()
        if who == "stranger":
            _steps(walker)
        found |= walker.found
        asked += walker.visitor.asked
        assert not [line for line in walker.visitor.complaints if "with a status of 4" not in line], who
    report(found)
    assert found == {}
    assert all(url.startswith(walker.visitor.base) for url in asked)
    assert all(style != "none" and width >= 2 for tag, style, width in outlines if tag not in {"BODY", "HTML"})
    assert len([one for one in outlines if one[0] == "A"]) > 5


def _steps(walker: Walker) -> None:
    """The step of the code, and the page after too many wrong passwords."""
    page = walker.page
    for name, word, times in (("samira", "le phare de Walde", 1), ("noor", "guess", 5)):
        for _n in range(times):
            walker.visitor.see("/sign-in/")
            page.fill("[name=username]", name)
            page.fill("[name=password]", word)
            page.click("main button")
        walker.look("code" if times == 1 else "locked", None)


def test_in_arabic_the_pages_mirror_and_still_fit(visit, newsroom, axe):
    newsroom.coordinator.language = "ar"
    newsroom.coordinator.save()
    walker = Walker(visit(WIDE, lang="ar"), axe)
    walker.visitor.sign_in(newsroom.coordinator)
    own, film = f"/post/{newsroom.waiting.pk}/", f"/footage/{_film(newsroom)[1].code}/"
    paths = ("/", "/calendar/", "/to-approve/", "/drafts/", own, f"{own}shown/", f"{own}schedule/", "/footage/", film,
             "/library/", "/slots/", "/handoff/", "/mails/", "/access/")  # fmt: skip
    for path in paths:
        walker.look(f"arabic-{path}", path)
        assert walker.page.evaluate("document.documentElement.dir") == "rtl"
        assert walker.page.evaluate("document.querySelector('.brand').getBoundingClientRect().left") > 180, path
        left, words = walker.page.evaluate(FRENCH), walker.page.inner_text("main")
        assert left == [] and re.search(r"[\u0600-\u06ff]{3}", words), (path, left)
    assert walker.found == {}


def test_axe_would_notice_what_cannot_be_read(visit, newsroom, axe):
    """The broken variant: a box without a name, and words that are hardly darker than the paper."""
    walker = Walker(visit(WIDE), axe)
    walker.visitor.see("/sign-in/")
    walker.page.evaluate("document.querySelector('label').remove()")
    walker.page.evaluate("document.querySelector('h1').style.color = '#e6e0d2'")
    walker.page.evaluate("document.querySelector('main').style.width = '2000px'")
    walker.look("broken", None)
    told = " ".join(line for lines in walker.found.values() for line in lines)
    assert "label" in told and "color-contrast" in told and "wider" in told
