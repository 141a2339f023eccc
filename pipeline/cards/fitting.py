"""The largest size at which a text holds in its place, found by measuring with the engine that will draw it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import ceil

from markupsafe import Markup

from pipeline.cards.engine import Box, Engine, Page
from pipeline.cards.templates import Place, Slot
from pipeline.errors import Refused
from pipeline.rendering.languages import Language
from pipeline.rendering.typography import break_lines, markup
from publishers._sentences import _

_PROBE = 240  # px: the size at which texts are measured and their ink looked at; half a pixel is a fifth of a per cent
_CLEAR = 108  # px around an ink probe, for what reaches out of its line
_INKED = 95  # of 255: how dark a pixel is that counts as ink
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
        return replace(self.page, html=str(root), width=width, height=height, images={})


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
    def of(cls, texts: Sequence[tuple[Slot, str]], setting: Setting) -> list[_Words]:
        """The words of each text in the style of its slot, all measured at once."""
        split = [text.split(" ") for _slot, text in texts]
        probes = Markup("").join(
            _lines(slot, [markup(word, setting.lang) for word in (*words, f"{words[0]} {words[0]}")], _PROBE, setting)
            for (slot, _text), words in zip(texts, split, strict=True)
        )
        boxes = setting.engine.measure(setting.lay(probes, 40_000)).children if texts else ()
        return [cls._measured(words, box) for words, box in zip(split, boxes, strict=True)]

    @classmethod
    def _measured(cls, words: list[str], box: Box) -> _Words:
        *widths, pair = [line.text_width / _PROBE for line in box.children]
        return cls(words, widths, max(0.0, pair - 2 * widths[0]))

    def alone(self, lines: Sequence[Sequence[str]]) -> bool:
        """Whether the last of these lines is one word, less than half as wide as the longest line."""
        widest, at = 0.0, 0
        for line in lines:
            widest = max(widest, sum(self.widths[at : at + len(line)]) + self.space * (len(line) - 1))
            at += len(line)
        return len(lines) > 1 and len(lines[-1]) == 1 and self.widths[-1] < widest / 2

    def at(self, size: int, place: Place) -> list[list[str]] | None:
        """The lines at a font size; None if a word is wider than the place."""
        return break_lines(self.words, [w * size for w in self.widths], self.space * size, place.width)


def fit(texts: Sequence[tuple[Slot, str, Place]], setting: Setting) -> list[Markup]:
    """Each text set at the largest size that holds in its place; else Refused, naming the slot and by how much.

    The texts of one group are set at one size, the largest at which each of them holds.
    """
    measured = _Words.of([(slot, text) for slot, text, _place in texts], setting)
    held = [_held(slot, words, place) for (slot, _text, place), words in zip(texts, measured, strict=True)]
    alike: dict[str, int] = {}
    for (slot, _text, _place), (size, _broken) in zip(texts, held, strict=True):
        alike[slot.group] = min(size, alike.get(slot.group, size))
    done = []
    for (slot, _text, place), words, (size, broken) in zip(texts, measured, held, strict=True):
        own = alike[slot.group] if slot.group else size
        lines = broken if own == size else words.at(own, place) or broken
        done.append(_lines(slot, [markup(" ".join(line), setting.lang) for line in lines], own, setting))
    return done


def _held(slot: Slot, words: _Words, place: Place) -> tuple[int, list[list[str]]]:
    """The size at which a text holds, and its lines; else Refused.

    A size up to an eighth smaller is taken if it saves a line, or in a headline leaves no small word alone on its last:
    two full lines read better than three short ones.
    """
    found: dict[int, list[list[str]]] = {}
    for size in range(place.largest, place.smallest - 1, -1):
        if found and size * _ALIKE < max(found):
            break
        if (lines := words.at(size, place)) and len(lines) <= place.lines:
            found[size] = lines
    if not found:
        raise _overflow(slot, words, place)
    size = min(found, key=lambda s: (len(found[s]) + (slot.role == "title" and words.alone(found[s])), -s))
    return size, found[size]


def _lines(slot: Slot, lines: Sequence[Markup], size: int, setting: Setting) -> Markup:
    inner = Markup("").join(Markup('<div class="line">{}</div>').format(line) for line in lines)
    return _div(slot, inner, f"font-size:{size}px", setting.lang)


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


def _inks(slot: Slot, text: str, stretches: Sequence[int], setting: Setting) -> list[Ink]:
    """Where the ink of a one-line text stands when the font is set at each of these per cents of its width.

    All are looked at in one picture, one under the other.
    """
    inner, row = markup(text, setting.lang), _PROBE + 2 * _CLEAR

    def probe(widths: Sequence[float]) -> Page:
        room = ceil(max(widths)) + 2 * _CLEAR
        rows = Markup("").join(
            _div(
                slot,
                _set(inner, _PROBE, stretch, _CLEAR, _CLEAR, width, _direction(slot, setting.lang)),
                f"position:relative;margin:0;width:{room}px;height:{row}px",
                setting.lang,
            )
            for stretch, width in zip(stretches, widths, strict=True)
        )
        return setting.lay(rows, room, row * len(stretches))

    measured = setting.engine.measure(probe([9000] * len(stretches)))
    widths = [max(box.text_width for box in line.walk()) for line in measured.children]
    picture = setting.engine.pixels(probe(widths)).getchannel("R").point([255 * (255 - v > _INKED) for v in range(256)])
    found = []
    for number, width in enumerate(widths):
        bounds = picture.crop((0, number * row, picture.width, (number + 1) * row)).getbbox()
        left, top, right, bottom = bounds or (_CLEAR, _CLEAR, _CLEAR + 1, _CLEAR + 1)
        found.append(Ink(*(e / _PROBE for e in (width, left - _CLEAR, top - _CLEAR, right - left, bottom - top))))
    return found


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
        return cls(slot, text, place, tuple(zip(stops, _inks(slot, text, stops, setting), strict=True)), setting)

    def _ink(self, stretch: int) -> Ink:
        for (low, narrow), (high, wide) in pairwise(self.stops):
            if stretch <= high:
                return narrow.towards(wide, (stretch - low) / (high - low))
        return self.stops[0][1]

    @property
    def least(self) -> float:
        """The height in pixels at its smallest size, at which it still holds."""
        return ceil(self.place.smallest * self.stops[0][1].height * 100) / 100

    def at(self, height: float) -> tuple[Markup, float]:
        """The text as large as `height` and the place's width allow, and its true height in pixels; else Refused."""
        narrow = self.stops[0][1]
        size = min(float(self.place.largest), height / narrow.height, self.place.width / narrow.width)
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
        size = min(size, height / drawn.height)  # wide digits are a little taller
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
