"""The words of a reel set and drawn from templates/reels/ by the card engine: title, captions, end card."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from pipeline.cards import fonts
from pipeline.cards.engine import Page, Takumi
from pipeline.cards.fitting import Setting, fit
from pipeline.cards.templates import CARDS_DIR, Place, Slot
from pipeline.errors import Refused
from pipeline.reels.cutlist import CutList
from pipeline.reels.overlays import Overlay, cut_out, timed
from pipeline.reels.parts import FPS, Caption
from pipeline.reels.planes import Pixels, split
from pipeline.rendering import brand as brands
from pipeline.rendering.brand import Brand
from pipeline.rendering.languages import Language, language
from pipeline.rendering.templating import TEMPLATES_DIR, environment
from pipeline.rendering.typography import clean, polish
from publishers._sentences import _

if TYPE_CHECKING:
    import numpy as np

REELS_DIR = TEMPLATES_DIR / "reels"
_PADDING = {"label": 48, "title": 52, "caption": 52, "speaker": 52, "end": 0, "source": 148}  # of reel.css, across


@dataclass(frozen=True)
class Spoken:
    """A text as it can be read in the reel."""

    slot: str
    text: str


@dataclass(frozen=True)
class Lettering:
    """All that a reel says: overlays, the end card (None without one) and every text, in order of time.

    `pixels` is the kind of frame for which all was drawn.
    """

    pixels: Pixels
    overlays: tuple[Overlay, ...]
    end: np.ndarray[Any, Any] | None
    texts: tuple[Spoken, ...]


def draw(reel: CutList, size: tuple[int, int], pixels: Pixels = "yuv420p") -> Lettering:
    """The words of a reel drawn for pictures of `size` pixels, made of planes or of RGB.

    Raises `Refused` for an unknown template or language, a missing glyph, or a text that does not hold in its place.
    """
    brand = brands.load()
    press = _Press(_template(reel.template), reel, brand.dressed(language(reel.language)), brand, size, pixels)
    brands.check_contrast(brand, [(front, ground) for front, ground in press.stated["contrast"]])
    overlays = [*press.title(), *(press.caption(caption) for caption in reel.timed_captions())]
    end = press.end()
    return Lettering(pixels, tuple(overlays), end, tuple(press.texts))


def _template(name: str) -> dict[str, Any]:
    path: Path = REELS_DIR / f"{name}.toml"
    if not path.is_file():
        known = ", ".join(sorted(found.stem for found in REELS_DIR.glob("*.toml")))
        raise Refused(_("There is no reel template {name}: use one of {known}.", name=name[:40], known=known))
    return tomllib.loads(path.read_text("utf-8"))


class _Press:
    """One reel's words being set; `texts` collects what was printed."""

    def __init__(
        self,
        stated: dict[str, Any],
        reel: CutList,
        lang: Language,
        brand: Brand,
        size: tuple[int, int],
        pixels: Pixels,
    ) -> None:
        self.stated, self.reel, self.lang, self.brand = stated, reel, lang, brand
        self.size, self.pixels = size, pixels
        self.texts: list[Spoken] = []

    def title(self) -> list[Overlay]:
        """The title over the first pictures, none where the cut list has none."""
        title, motion = self.reel.title, self.stated["motion"]
        if title is None:
            return []
        drawn = self._overlay("title", {"label": title.label, "title": title.text})
        last = min(round(title.seconds * FPS), self.reel.footage_frames)
        slide = round(motion["slide"] * self.size[1] / self.reel.size[1])
        return [timed(drawn, 0, last, slide, motion["rising"])]

    def caption(self, caption: Caption) -> Overlay:
        """One caption, on the frames of its time."""
        drawn = self._overlay("caption", {"speaker": caption.speaker, "caption": caption.text})
        return timed(drawn, round(caption.start * FPS), round(caption.end * FPS))

    def end(self) -> np.ndarray[Any, Any] | None:
        """The end card as one frame, None where the cut list has none."""
        import cv2
        import numpy as np

        if self.reel.end is None:
            return None
        texts = {"end": self.reel.end.text, "source": self.reel.end.source}
        image = self._setting.engine.pixels(self._page("end", self._inner("end", texts), "")).convert("RGB")
        drawn = cv2.resize(np.asarray(image), self.size, interpolation=cv2.INTER_AREA).astype(np.float32)
        if self.pixels == "rgb24":
            return drawn.astype(np.uint8)
        opaque = np.full((*drawn.shape[:2], 1), 255, np.float32)
        made = [plane.round().astype(np.uint8).reshape(-1) for plane, _alpha in split(drawn, opaque)]
        return np.concatenate(made).reshape(-1, self.size[0])

    def _overlay(self, kind: str, texts: Mapping[str, str]) -> Overlay:
        inner, engine = self._inner(kind, texts), self._setting.engine
        grounds = ("background:#000000", "background:#ffffff")
        black, white = (engine.pixels(self._page(kind, inner, ground)).convert("RGB") for ground in grounds)
        return cut_out(black, white, self.size, self.pixels)

    def _inner(self, kind: str, texts: Mapping[str, str]) -> str:
        slots = {name: self._slot(name, text) if text else Markup() for name, text in texts.items()}
        template = environment(REELS_DIR).get_template(f"{self.reel.template}/{kind}.html.j2")
        return template.render(slots=slots, rtl=self.lang.rtl, format=self.reel.format)

    def _slot(self, name: str, text: str) -> Markup:
        stated = self.stated["slots"][name]
        if len(text) > stated["characters"]:
            words = {"slot": name, "count": len(text), "most": stated["characters"]}
            raise Refused(_("{slot}: {count} characters, {most} at most: shorten it.", **words))
        read = polish(clean(text, name), self.lang)
        fonts.check(read, self.lang.family(stated["role"]), self.brand, name)
        self.texts.append(Spoken(name, read))
        slot = Slot(name, stated["role"], stated["characters"])
        width = self.reel.size[0] - 2 * self._safe[1] - _PADDING[name]
        place = Place(min(width, 1080), stated["largest"], stated["smallest"], stated.get("lines", 1))
        return fit([(slot, read, place)], self._setting)[0]

    @property
    def _safe(self) -> tuple[int, int, int]:
        top, side, foot = self.stated["safe"][self.reel.format]
        return top, side, foot

    def _page(self, kind: str, inner: str, ground: str) -> Page:
        classes = f"card reel {kind}-page {self.lang.script}"
        root = f'<div class="{classes}" dir="{self.lang.dir}" lang="{self.lang.code}" style="{ground}">{inner}</div>'
        page = self._setting.page
        return Page(root, page.stylesheets, *self.reel.size, page.lang, page.families, page.images)

    @cached_property
    def _setting(self) -> Setting:
        families = {"title": self.brand.chain(self.lang.title), "body": self.brand.chain(self.lang.body)}
        named = "".join(f"--{role}:{','.join(repr(f) for f in chain)};" for role, chain in families.items())
        width, height = self.reel.size
        top, side, foot = self._safe
        own = (
            f".card{{{self.brand.variables()}{named}width:{width}px;height:{height}px;"
            f"padding:{top}px {side}px {foot}px}}.probe{{padding:0}}"
        )
        sheets = [
            own,
            *(p.read_text("utf-8") for p in (CARDS_DIR / "base.css", REELS_DIR / self.reel.template / "reel.css")),
        ]
        used = tuple(dict.fromkeys(family for chain in families.values() for family in chain))
        page = Page("", tuple(sheets), width, height, self.lang.code, used, self.brand.images())
        return Setting(Takumi(self.brand), page, self.lang, f"card reel {self.lang.script}")
