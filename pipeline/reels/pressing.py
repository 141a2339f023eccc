"""A reel's texts set by the card engine, each at the largest size that holds, and drawn as overlays or whole frames."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pipeline.cards import fonts
from pipeline.cards.engine import Page, Takumi
from pipeline.cards.fitting import Setting, fit
from pipeline.cards.templates import Place
from pipeline.errors import Refused
from pipeline.reels.cutlist import CutList
from pipeline.reels.dressing import Template
from pipeline.reels.overlays import Overlay, cut_out
from pipeline.reels.planes import Pixels, from_rgb
from pipeline.rendering.brand import Brand
from pipeline.rendering.languages import Language
from pipeline.rendering.typography import clean, polish
from publishers._sentences import _

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

    Array = np.ndarray[Any, Any]

_WIDEST = 1080  # pixels of a line: no eye runs further
_SIZE = re.compile(r"font-size:(\d+)px")


@dataclass(frozen=True)
class Spoken:
    """A text as it can be read in the reel."""

    slot: str
    text: str


class Press:
    """One reel's words being set; `texts` collects what was printed, in order."""

    def __init__(
        self, template: Template, reel: CutList, lang: Language, brand: Brand, size: tuple[int, int], pixels: Pixels
    ) -> None:
        self.template, self.reel, self.lang, self.brand = template, reel, lang, brand
        self.size, self.pixels = size, pixels
        self.texts: list[Spoken] = []

    def slots(self, texts: Mapping[str, str], share: float = 1.0) -> dict[str, Markup]:
        """Each text set in the slot of its name; empty ones are empty. Raises `Refused` for what does not hold.

        `share` is how much of their largest size titles and figures may take.
        """
        return {name: self.slot(name, text, share) if text else Markup() for name, text in texts.items()}

    def slot(self, name: str, text: str, share: float = 1.0) -> Markup:
        """One text, set and taken into `texts`."""
        space = self.template.spaces[name]
        if len(text) > space.slot.characters:
            words = {"slot": name, "count": len(text), "most": space.slot.characters}
            raise Refused(_("{slot}: {count} characters, {most} at most: shorten it.", **words))
        read = polish(clean(text, name), self.lang)
        fonts.check(read, self.lang.family(space.slot.role), self.brand, name)
        self.texts.append(Spoken(name, read))
        largest = space.largest if space.slot.role == "body" else round(space.largest * share)
        return self._fitted(name, read, max(largest, space.smallest), space.smallest)

    def resized(self, name: str, text: str, like: Markup) -> Markup:
        """Another text of a slot in the size of one that was set; it is not taken into `texts`."""
        found = _SIZE.search(like)
        assert found is not None
        return self._fitted(name, polish(text, self.lang), int(found[1]), min(int(found[1]), 8))

    def _fitted(self, name: str, read: str, largest: int, smallest: int) -> Markup:
        space = self.template.spaces[name]
        width = self.reel.size[0] - 2 * self._safe[1] - space.padding
        place = Place(min(width, _WIDEST), largest, smallest, space.lines)
        return fit([(space.slot, read, place)], self._setting)[0]

    def inner(self, kind: str, slots: Mapping[str, Markup], **more: Any) -> str:
        """The HTML of one kind of page with its texts."""
        return self.template.page(kind, slots=slots, rtl=self.lang.rtl, format=self.reel.format, **more)

    def overlay(self, kind: str, texts: Mapping[str, str], **more: Any) -> Overlay:
        """The words of a page, cut out, to be laid over pictures."""
        inner = self.inner(kind, self.slots(texts), **more)
        black, white = (self._image(kind, inner, f"background:{ground}") for ground in ("#000000", "#ffffff"))
        return cut_out(black, white, self.size, self.pixels)

    def frame(self, kind: str, inner: str) -> Array:
        """A page as a whole frame of the reel."""
        import cv2
        import numpy as np

        drawn = cv2.resize(np.asarray(self._image(kind, inner, "")), self.size, interpolation=cv2.INTER_AREA)
        return drawn if self.pixels == "rgb24" else from_rgb(drawn)

    def holds(self, kind: str, inner: str) -> bool:
        """Whether a page's content stands within the safe zone."""
        page = self._page(kind, inner, "")
        box = self._setting.engine.measure(page)
        foot = self.reel.size[1] - self._safe[2]
        return all(child.top + child.height <= foot + 1 for child in box.children)

    def _image(self, kind: str, inner: str, ground: str) -> Image:
        return self._setting.engine.pixels(self._page(kind, inner, ground)).convert("RGB")

    @property
    def _safe(self) -> tuple[int, int, int]:
        return self.template.safe[self.reel.format]

    def _page(self, kind: str, inner: str, ground: str) -> Page:
        classes = f"card reel {kind}-page f-{self.reel.format} {self.lang.script}"
        root = f'<div class="{classes}" dir="{self.lang.dir}" lang="{self.lang.code}" style="{ground}">{inner}</div>'
        page = self._setting.page
        return Page(root, page.stylesheets, *self.reel.size, page.lang, page.families, page.images)

    @cached_property
    def _setting(self) -> Setting:
        roles = {"title": self.lang.title, "body": self.lang.body, "quote": self.lang.quote}
        families = {role: self.brand.chain(family) for role, family in roles.items()}
        named = "".join(f"--{role}:{','.join(repr(f) for f in chain)};" for role, chain in families.items())
        width, height = self.reel.size
        top, side, foot = self._safe
        own = (
            f".card{{{self.brand.variables()}{named}width:{width}px;height:{height}px;"
            f"padding:{top}px {side}px {foot}px}}.probe{{padding:0}}"
        )
        used = tuple(dict.fromkeys(family for chain in families.values() for family in chain))
        page = Page("", (own, *self.template.sheets()), width, height, self.lang.code, used, self.brand.images())
        return Setting(Takumi(self.brand), page, self.lang, f"card reel {self.lang.script}")
