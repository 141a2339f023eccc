"""The drawing engine behind one small interface: a page in; boxes or pixels out.

Templates are plain HTML and CSS that a browser draws the same, so that another engine can take this one's place.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from pipeline.errors import Refused
from pipeline.rendering.brand import Brand
from publishers._sentences import _

if TYPE_CHECKING:
    from PIL.Image import Image

CHOICE = "PORTEVOIX_CARD_ENGINE"  # the environment's word for another engine than Takumi
ENGINES = ("takumi", "chromium")
MIMES = {"image/jpeg": "JPEG", "image/png": "PNG"}
JPEG_QUALITY = 90


@dataclass(frozen=True)
class Page:
    """What an engine draws. Style sheets stand apart: a `<style>` in the document is not sure to be heard."""

    html: str
    stylesheets: tuple[str, ...]
    width: int
    height: int
    lang: str
    families: tuple[str, ...]
    images: dict[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Run:
    """A stretch of text on one line, in pixels from its box's left and top."""

    text: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Box:
    """A laid-out element, in pixels from the page's left and top."""

    left: float
    top: float
    width: float
    height: float
    runs: tuple[Run, ...]
    children: tuple[Box, ...]

    @property
    def text_width(self) -> float:
        """How wide its own text is, in pixels: an element of one line is asked, never a paragraph."""
        return max((r.x + r.width for r in self.runs), default=0.0) - min((r.x for r in self.runs), default=0.0)

    @property
    def bottom(self) -> float:
        """The lower edge of the box, in pixels."""
        return self.top + self.height

    def walk(self) -> Iterator[Box]:
        """This box and all within it, outermost first."""
        yield self
        for child in self.children:
            yield from child.walk()


class Engine(Protocol):
    """What can lay out and draw a page."""

    def measure(self, page: Page) -> Box:
        """The layout of a page, without drawing it."""
        ...

    def pixels(self, page: Page) -> Image:
        """The page drawn: RGB, or RGBX whose fourth byte says nothing."""
        ...


def chosen() -> str:
    """The name of the engine that draws: PORTEVOIX_CARD_ENGINE, else takumi; an unknown one is refused."""
    name = os.environ.get(CHOICE) or ENGINES[0]
    if name not in ENGINES:
        raise Refused(_("There is no drawing engine {name}: use one of {known}.", name=name, known=", ".join(ENGINES)))
    return name


def made(brand: Brand) -> Engine:
    """The chosen engine, with the fonts of a brand."""
    if chosen() == "takumi":
        return Takumi(brand)
    from pipeline.cards.browser import Chromium

    return Chromium(brand)


class Takumi:
    """Takumi (Rust) through pytakumi: 20 ms a card, no browser, no network, no file of its own accord."""

    def __init__(self, brand: Brand) -> None:
        self.brand = brand
        self._registered: set[str] = set()
        self._registering = Lock()

    @cached_property
    def _renderer(self) -> Any:
        from pytakumi import Renderer

        return Renderer()

    def _ask(self, verb: str, page: Page, **options: Any) -> Any:
        from pytakumi import from_html

        with self._registering:
            for family in page.families:
                if family not in self._registered:
                    self._renderer.register_font(self.brand.fonts[family].path().read_bytes(), name=family)
                    self._registered.add(family)
        try:
            return getattr(self._renderer, verb)(
                from_html(page.html),
                width=page.width,
                height=page.height,
                stylesheets=list(page.stylesheets),
                images=page.images,
                lang=page.lang,
                **options,
            )
        except (ValueError, RuntimeError) as wrong:
            raise Refused(_("This card's template cannot be drawn: {reason}.", reason=str(wrong))) from wrong
        except BaseException as panic:
            # A panic in Rust arrives as a BaseException of no importable class.
            if type(panic).__name__ != "PanicException":
                raise
            raise Refused(_("This card cannot be drawn: the drawing engine gave up on its text or style.")) from None

    def measure(self, page: Page) -> Box:
        """The layout of a page, without drawing it: its pictures state their sizes, and are not decoded."""
        return _box(self._ask("measure", replace(page, images={})))

    def pixels(self, page: Page) -> Image:
        """The page drawn, RGBX: the engine's own bytes, not copied."""
        from PIL import Image

        raw = self._ask("render", page, format="raw")
        return Image.frombuffer("RGBX", (page.width, page.height), raw, "raw", "RGBX", 0, 1)


def _box(node: dict[str, Any]) -> Box:
    left, top = node["transform"][4:6]
    return Box(
        left,
        top,
        node["width"],
        node["height"],
        tuple(Run(**run) for run in node["runs"]),
        tuple(_box(child) for child in node["children"]),
    )


def encode(image: Image, mime: str, quality: int = JPEG_QUALITY) -> bytes:
    """The image's bytes (sRGB, no metadata): JPEG with whole chroma, or PNG."""
    out = BytesIO()
    if mime == "image/jpeg":
        # 4:4:4: at 4:2:0 the yellow tag bleeds into the ink of its letters.
        image.save(out, "JPEG", quality=quality, subsampling=0)
    else:
        image.convert("RGB").save(out, "PNG", compress_level=4)
    return out.getvalue()


def marked(image: Image, safe: tuple[int, int, int]) -> Image:
    """The image with a frame around its safe zone: top, sides and foot, in pixels."""
    from PIL import ImageDraw

    top, side, foot = safe
    copy = image.convert("RGB")
    ImageDraw.Draw(copy).rectangle(
        (side, top, copy.width - side - 1, copy.height - foot - 1), outline="#FF00C8", width=4
    )
    return copy
