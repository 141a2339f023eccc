"""Chromium as a drawing engine: slower and larger, and what every other engine is compared with.

It is driven by Playwright (dependency group `e2e`). The one page is kept, its document exchanged; nothing is fetched
but what the card itself brings, from an address that exists nowhere else.
"""

from __future__ import annotations

import base64
import os
import shutil
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any

from pipeline.cards.engine import Box, Page, Run
from pipeline.errors import Refused
from pipeline.rendering.brand import Brand
from publishers._sentences import _

if TYPE_CHECKING:
    from PIL.Image import Image

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--disable-lcd-text", "--font-render-hinting=none", "--force-color-profile=srgb", "--hide-scrollbars",
    "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run",
)  # fmt: skip
_HOST = "http://card.invalid/"
_EMPTY = "<!doctype html><meta charset=utf-8><style id=fonts></style><style id=sheets></style><body style=margin:0>"
_SHOW = """async ([html, sheets, lang]) => {
  document.documentElement.lang = lang;
  document.getElementById('sheets').textContent = sheets;
  document.body.innerHTML = html;
  await document.fonts.ready;
  await Promise.all([...document.images].map(image => image.decode().catch(() => null)));
}"""
_MEASURE = """() => {
  const runs = (node, left, top) => {
    const found = [], range = document.createRange();
    let at = 0;
    for (const letter of node.data) {
      range.setStart(node, at); range.setEnd(node, at += letter.length);
      const r = range.getBoundingClientRect(), last = found[found.length - 1];
      if (last && (!r.height || Math.abs(last.y + top - r.top) < 2)) {
        const right = Math.max(last.x + last.width, r.height ? r.right - left : 0);
        last.x = r.height ? Math.min(last.x, r.left - left) : last.x;
        last.width = right - last.x; last.text += letter;
      } else if (r.height) {
        found.push({text: letter, x: r.left - left, y: r.top - top, width: r.width, height: r.height});
      }
    }
    return found;
  };
  const box = element => {
    const r = element.getBoundingClientRect();
    const leaf = element.tagName === 'svg' || element.tagName === 'IMG';
    const texts = leaf ? [] : [...element.childNodes].filter(n => n.nodeType === 3 && n.data.trim());
    return {left: r.left, top: r.top, width: r.width, height: r.height,
      runs: texts.flatMap(n => runs(n, r.left, r.top)), children: leaf ? [] : [...element.children].map(box)};
  };
  return box(document.body.firstElementChild);
}"""


class Chromium:
    """An installed Chromium; `browser` is one of Playwright's that runs already."""

    def __init__(self, brand: Brand, browser: Any = None) -> None:
        self.brand = brand
        self._browser = browser
        self._served: dict[str, bytes] = {}
        self._families: tuple[str, ...] = ()

    @cached_property
    def page(self) -> Any:
        """Playwright's page, which holds one card after the other."""
        context = (self._browser or _launched()).new_context(device_scale_factor=1, java_script_enabled=False)
        context.route("**/*", self._serve)
        page = context.new_page()
        page.goto(_HOST)
        return page

    @cached_property
    def session(self) -> Any:
        """The page's DevTools session."""
        return self.page.context.new_cdp_session(self.page)

    def _serve(self, route: Any) -> None:
        name = route.request.url.removeprefix(_HOST)
        if route.request.url == _HOST:
            route.fulfill(body=_EMPTY, content_type="text/html")
        elif name.startswith("font/"):
            route.fulfill(body=self.brand.fonts[self._families[int(name[5:])]].path().read_bytes())
        elif name in self._served:
            svg = self._served[name].lstrip().startswith((b"<svg", b"<?xml"))
            route.fulfill(body=self._served[name], content_type="image/svg+xml" if svg else "image/png")
        else:
            route.abort()

    def show(self, page: Page) -> None:
        """Nothing; the card stands in the browser, its fonts and pictures loaded."""
        for name, held in page.images.items():
            if self._served.get(name) != held:
                # A name that holds another picture now would be answered from the browser's memory.
                self.session.send("Network.clearBrowserCache")
                self._served |= page.images
                break
        if not set(page.families) <= set(self._families):
            self._families = tuple(dict.fromkeys((*self._families, *page.families)))
            faces = "".join(_face(number, family) for number, family in enumerate(self._families))
            self.page.evaluate("faces => { document.getElementById('fonts').textContent = faces }", faces)
        self.page.evaluate(_SHOW, [page.html, "\n".join(page.stylesheets), page.lang])

    def measure(self, page: Page) -> Box:
        """The layout of a page, without drawing it."""
        self.show(page)
        return _box(self.page.evaluate(_MEASURE))

    def pixels(self, page: Page) -> Image:
        """The page drawn, RGB."""
        from PIL import Image

        return Image.open(BytesIO(self.capture(page, "png"))).convert("RGB")

    def capture(self, page: Page, format: str, **more: Any) -> bytes:
        """The page as the browser's own PNG or JPEG file."""
        size = {"width": page.width, "height": page.height}
        if self.page.viewport_size != size:
            self.page.set_viewport_size(size)
        self.show(page)
        told = self.session.send("Page.captureScreenshot", {"format": format, "optimizeForSpeed": True, **more})
        return base64.b64decode(told["data"])


def _launched() -> Any:
    try:
        from playwright.sync_api import Error, sync_playwright
    except ImportError:
        raise Refused(_("Playwright is not installed: install it, or draw cards with the usual engine.")) from None
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise Refused(_("There is no Chromium on this machine: install it, or draw cards with the usual engine."))
    flags = [*FLAGS, *(["--no-sandbox"] if os.geteuid() == 0 else [])]  # Chromium's sandbox does not run as root
    try:
        return sync_playwright().start().chromium.launch(executable_path=program, args=flags)
    except Error as wrong:
        raise Refused(_("Chromium does not start: {why}.", why=str(wrong).splitlines()[0])) from None


def _face(number: int, family: str) -> str:
    return (
        f"@font-face{{font-family:'{family}';src:url({_HOST}font/{number});font-weight:1 1000;font-stretch:50% 200%}}"
    )


def _box(told: dict[str, Any]) -> Box:
    runs = tuple(Run(**run) for run in told.pop("runs"))
    return Box(**told | {"runs": runs, "children": tuple(_box(child) for child in told["children"])})
