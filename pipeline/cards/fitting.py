"""The largest size at which a text holds in its place, found by measuring with the engine that will draw it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil, floor

from markupsafe import Markup

from pipeline.cards.engine import Engine, Page
from pipeline.cards.templates import Place, Slot
from pipeline.errors import Refused
from pipeline.rendering.languages import Language
from pipeline.rendering.typography import break_lines, markup
from publishers._sentences import _

_PROBE = 320  # px: the size at which texts are measured and their ink looked at; a pixel is a third of a per cent

_CLEAR = 144  # px around an ink probe, for what reaches out of its line
_USUAL = 100  # per cent: on each side of its own width a font's outlines move in another straight line
_ALIKE = 8 / 7  # sizes within this ratio are alike to the eye


@dataclass(frozen=True)
class Setting:
    """The page that a slot stands on: everything that decides how its text is laid out, save the text."""

    engine: Engine
    page: Page
    lang: Language
    classes: str

    def lay(self, html: Markup, width: int, height: int = 4000) -> Page:
        """A page of the same style with `html` alone on it."""
        root = Markup('<div class="{} probe" dir="{}" lang="{}" style="width:{}px;height:{}px">{}</div>').format(
            self.classes, self.lang.dir, self.lang.code, width, height, html
        )
        return replace(self.page, html=str(root), width=width, height=height)


@dataclass(frozen=True)
class Ink:
    """Where a text's ink stands in its box, and how wide that box is, each in parts of the font size."""

    advance: float
    left: float
    top: float
    width: float
    height: float

    def towards(self, other: Ink, part: float) -> Ink:
        """The ink between this (0) and the other (1): outlines move in a straight line along an axis."""
        mixed = (a + (b - a) * part for a, b in zip(vars(self).values(), vars(other).values(), strict=True))
        return Ink(*mixed)


def _div(slot: Slot, inner: Markup, style: str, lang: Language) -> Markup:
    return Markup('<div class="slot s-{}" dir="{}" style="{}">{}</div>').format(
        slot.name, "ltr" if slot.keep or slot.ink else lang.dir, style, inner
    )


@dataclass(frozen=True)
class _Words:
    """A text's words and their widths, in parts of the font size."""

    words: list[str]
    widths: list[float]
    space: float

    @classmethod
    def of(cls, slot: Slot, text: str, setting: Setting) -> _Words:
        words = text.split(" ")
        lines = [markup(word, setting.lang) for word in (*words, f"{words[0]} {words[0]}")]
        page = setting.lay(_lines(slot, lines, _PROBE, setting.lang), 40_000)
        *widths, pair = [box.text_width / _PROBE for box in setting.engine.measure(page).children[0].children]
        return cls(words, widths, max(0.0, pair - 2 * widths[0]))

    def at(self, size: int, place: Place) -> list[list[str]] | None:
        """The lines at a font size; None if a word is wider than the place."""
        return break_lines(self.words, [w * size for w in self.widths], self.space * size, place.width)


def fit(slot: Slot, text: str, place: Place, setting: Setting) -> Markup:
    """The slot set at the largest size that holds in its place; else Refused, naming the slot and by how much.

    A size up to an eighth smaller is taken if it saves a line: two full lines read better than three short ones.
    """
    size, lines = _held(slot, text, place, setting)
    return _lines(slot, [markup(" ".join(line), setting.lang) for line in lines], size, setting.lang)


def fit_alike(
    slots: Sequence[Slot], texts: Mapping[str, str], places: Mapping[str, Place], setting: Setting
) -> dict[str, Markup]:
    """The slots of one group set at one size, the largest at which each of them holds; raises what `fit` raises."""
    if len(slots) == 1:
        return {slot.name: fit(slot, texts[slot.name], places[slot.name], setting) for slot in slots}
    size = min(_held(slot, texts[slot.name], places[slot.name], setting)[0] for slot in slots)
    alike = {slot.name: replace(places[slot.name], largest=size, smallest=size) for slot in slots}
    return {slot.name: fit(slot, texts[slot.name], alike[slot.name], setting) for slot in slots}


def _held(slot: Slot, text: str, place: Place, setting: Setting) -> tuple[int, list[list[str]]]:
    """The size at which a text is set, and its lines; else Refused."""
    words = _Words.of(slot, text, setting)
    found = {
        size: lines
        for size in range(place.smallest, place.largest + 1)
        if (lines := words.at(size, place)) and len(lines) <= place.lines
    }
    if not found:
        raise _overflow(slot, words, place)
    near = [size for size in found if size * _ALIKE >= max(found)]
    size = min(near, key=lambda s: (len(found[s]), -s))
    return size, found[size]


def _lines(slot: Slot, lines: Sequence[Markup], size: int, lang: Language) -> Markup:
    inner = Markup("").join(Markup('<div class="line">{}</div>').format(line) for line in lines)
    return _div(slot, inner, f"font-size:{size}px", lang)


def _overflow(slot: Slot, words: _Words, place: Place) -> Refused:
    name = slot.name
    whole = sum(words.widths) + words.space * (len(words.words) - 1)
    wide = whole if place.lines == 1 else max(words.widths)
    over = ceil(wide * place.smallest - place.width)
    if over > 0:
        return Refused(
            _("{slot}: the text is {over} pixels too wide even at its smallest size: shorten it.", slot=name, over=over)
        )
    lines = words.at(place.smallest, place) or []
    return Refused(
        _(
            "{slot}: the text takes {lines} lines at its smallest size, {most} at most: shorten it.",
            slot=name,
            lines=len(lines),
            most=place.lines,
        )
    )


def _direction(slot: Slot, lang: Language) -> str:
    return "ltr" if slot.keep else lang.dir


def _set(inner: Markup, size: float, stretch: int, left: float, top: float, width: float, direction: str) -> Markup:
    style = f"font-size:{size:.2f}px;font-stretch:{stretch}%;left:{left:.2f}px;top:{top:.2f}px;width:{width:.2f}px"
    return Markup('<div class="set" dir="{}" style="{}">{}</div>').format(direction, style, inner)


def ink(slot: Slot, text: str, stretch: int, setting: Setting) -> Ink:
    """Where the ink of a one-line text stands when the font is set at `stretch` per cent of its width."""
    inner = markup(text, setting.lang)

    def probe(width: float) -> Page:
        room = ceil(width) + 2 * _CLEAR
        set_ = _set(inner, _PROBE, stretch, _CLEAR, _CLEAR, width, _direction(slot, setting.lang))
        html = _div(slot, set_, f"width:{room}px;height:0", setting.lang)
        return setting.lay(html, room, _PROBE + 2 * _CLEAR)

    advance = max(box.text_width for box in setting.engine.measure(probe(9000)).walk())
    grey = setting.engine.pixels(probe(advance)).convert("L").point([255 * (level < 160) for level in range(256)])
    left, top, right, bottom = grey.getbbox() or (_CLEAR, _CLEAR, _CLEAR + 1, _CLEAR + 1)
    return Ink(*(edge / _PROBE for edge in (advance, left - _CLEAR, top - _CLEAR, right - left, bottom - top)))


@dataclass(frozen=True)
class InkFit:
    """An ink slot's text looked at once, to be set at any height."""

    slot: Slot
    text: str
    place: Place
    stops: tuple[tuple[int, Ink], ...]
    setting: Setting

    @classmethod
    def look(cls, slot: Slot, text: str, place: Place, setting: Setting) -> InkFit:
        """The text's ink at both ends of the width axis that the slot may use, and at the font's own width between."""
        low, high = slot.stretch
        stops = sorted({low, min(max(_USUAL, low), high), high})
        return cls(slot, text, place, tuple((stop, ink(slot, text, stop, setting)) for stop in stops), setting)

    def _ink(self, stretch: int) -> Ink:
        for (low, narrow), (high, wide) in pairwise(self.stops):
            if stretch <= high:
                return narrow.towards(wide, (stretch - low) / (high - low))
        return self.stops[0][1]

    def at(self, height: float) -> tuple[Markup, float]:
        """The text as large as `height` and the place's width allow, and its true height in pixels; else Refused."""
        narrow = self.stops[0][1]
        size = floor(min(self.place.largest, height / narrow.height, self.place.width / narrow.width))
        if size < self.place.smallest:
            over = max(
                narrow.width * self.place.smallest - self.place.width,
                narrow.height * self.place.smallest - height,
            )
            raise Refused(
                _(
                    "{slot}: the text is {over} pixels too large even at its smallest size: "
                    "shorten it or the texts beside it.",
                    slot=self.slot.name,
                    over=ceil(over),
                )
            )
        low, high = self.slot.stretch
        widths = range(high, low, -1)
        stretch = next((s for s in widths if self._ink(s).width * size <= self.place.width), low)
        drawn = self._ink(stretch)
        inner = _set(
            markup(self.text, self.setting.lang),
            size,
            stretch,
            -drawn.left * size,
            -drawn.top * size,
            drawn.advance * size,
            _direction(self.slot, self.setting.lang),
        )
        tall = drawn.height * size
        style = f"width:{drawn.width * size:.2f}px;height:{tall:.2f}px"
        return _div(self.slot, inner, style, self.setting.lang), tall
