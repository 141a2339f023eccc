"""A card from a template and its data: read, set, fitted, measured whole, drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations, product
from math import ceil
from typing import Any

from markupsafe import Markup

from pipeline.cards import charts, fonts, templates
from pipeline.cards.engine import MIMES, Box, Engine, Page, Takumi, encode
from pipeline.cards.fitting import InkFit, Setting, fit
from pipeline.cards.templates import CARDS_DIR, Layout, Slot, Template
from pipeline.errors import Refused
from pipeline.rendering import brand as brands
from pipeline.rendering.brand import Brand
from pipeline.rendering.languages import Language, language
from pipeline.rendering.templating import environment
from pipeline.rendering.typography import clean, polish
from publishers._sentences import _

_NARROWER = (100, 88, 76, 66)  # per cent: letters of a chart's labels, where the font has such
_PASSES = 8  # whole layouts measured while the figure gives way to the texts beside it


@dataclass(frozen=True)
class TextDrawn:
    """A text as it can be read on the card."""

    slot: str
    text: str


@dataclass(frozen=True)
class Drawn:
    """A card: its bytes, its size in pixels and every text on it."""

    data: bytes
    mime: str
    width: int
    height: int
    lang: str
    format: str
    texts: tuple[TextDrawn, ...]


@lru_cache
def _engine(brand: Brand) -> Engine:
    return Takumi(brand)


def draw(
    name: str,
    data: Mapping[str, Any],
    *,
    lang: str,
    format: str = "portrait",
    mime: str = "image/jpeg",
    brand: Brand | None = None,
) -> Drawn:
    """The card `name` with `data`, in a language (BCP 47), a format of its template and a type of picture.

    The same arguments give the same bytes. Raises Refused for an unknown name, language, format or type, for data that
    is missing or cannot be written in the brand's fonts, for a text that does not hold in its slot and for colours that
    cannot be read.
    """
    if mime not in MIMES:
        raise Refused(_("A card is image/jpeg or image/png, not {mime}.", mime=mime[:40]))
    page, texts = compose(name, data, lang=lang, format=format, brand=brand or brands.load())
    image = _engine(brand or brands.load()).pixels(page)
    return Drawn(encode(image, mime), mime, page.width, page.height, lang, format, texts)


def compose(
    name: str, data: Mapping[str, Any], *, lang: str, format: str, brand: Brand
) -> tuple[Page, tuple[TextDrawn, ...]]:
    """The page that `draw` draws, as an engine takes it, and its texts; raises what `draw` raises."""
    template, speaks = templates.load(name), language(lang)
    if lang not in template.languages:
        raise Refused(
            _(
                "The card {name} is not made for {lang}: use one of {known}.",
                name=name,
                lang=lang,
                known=", ".join(template.languages),
            )
        )
    if format not in template.layouts:
        raise Refused(
            _(
                "The card {name} has no format {format}: use one of {known}.",
                name=name,
                format=format[:20],
                known=", ".join(template.formats),
            )
        )
    brands.check_contrast(brand, template.text_pairs)
    brands.check_contrast(brand, template.shape_pairs, brands.SHAPE_CONTRAST)
    texts = _texts(template, data, speaks, brand)
    bars = _bars(data, speaks, brand)
    layout = template.layouts[format] if bars else template.bare[format]
    page, chart = _Composition(template, layout, speaks, brand, texts, bars).page()
    printed = [
        text for column in (chart.columns if chart else ()) for text in (column.label, column.year, column.value)
    ]
    spoken = [*texts.items(), *(("bars", text) for text in printed)]
    return page, tuple(TextDrawn(slot, text) for slot, text in spoken if text)


def _texts(template: Template, data: Mapping[str, Any], lang: Language, brand: Brand) -> dict[str, str]:
    """The text of every slot as it will be read, checked; an optional slot that is not given is ""."""
    places = {*template.slots, *(("bars",) if template.charted else ())}
    unknown = [str(key)[:40] for key in data if key not in places]
    if unknown:
        raise Refused(_("The card {name} has no place for {keys}.", name=template.name, keys=", ".join(unknown)))
    given = {"account": brand.account, **data}
    return {name: _text(slot, given.get(name, ""), lang, brand) for name, slot in template.slots.items()}


def _text(slot: Slot, value: Any, lang: Language, brand: Brand) -> str:
    if not isinstance(value, str):
        raise Refused(_("{slot}: give a text.", slot=slot.name))
    if len(value) > slot.characters:
        raise Refused(
            _(
                "{slot}: {count} characters, {most} at most: shorten it.",
                slot=slot.name,
                count=len(value),
                most=slot.characters,
            )
        )
    text = polish(clean(value, slot.name), lang)
    if slot.required and not text:
        raise Refused(_("{slot} is missing: this card cannot do without it.", slot=slot.name))
    fonts.check(text, lang.title if slot.role == "title" else lang.body, brand, slot.name)
    return text


def _bars(data: Mapping[str, Any], lang: Language, brand: Brand) -> tuple[charts.Bar, ...]:
    bars = tuple(replace(bar, label=clean(bar.label, "bars")) for bar in charts.read(data.get("bars") or ()))
    for bar in bars:
        fonts.check(bar.label, lang.body, brand, "bars")
    return bars


@dataclass(frozen=True)
class _Composition:
    """One card being set."""

    template: Template
    layout: Layout
    lang: Language
    brand: Brand
    texts: Mapping[str, str]
    bars: tuple[charts.Bar, ...]

    def page(self) -> tuple[Page, charts.Chart | None]:
        """The page on which every text holds and none touches another, and its chart; else Refused."""
        setting, places = self._setting(), self.layout.places
        fitted = {
            name: fit(slot, self.texts[name], places[name], setting) if self.texts[name] else Markup()
            for name, slot in self.template.slots.items()
            if not slot.ink
        }
        inks = [
            InkFit.look(self._within(slot), self.texts[name], places[name], setting)
            for name, slot in self.template.slots.items()
            if slot.ink and self.texts[name]
        ]
        chart, heights = self._chart(setting), {i.slot.name: float(i.place.height) for i in inks}
        for _pass in range(_PASSES):
            for i in inks:
                fitted[i.slot.name], tall = i.at(heights[i.slot.name])
                # Wide digits are a little taller than asked for: what was asked is what gives way.
                heights[i.slot.name] = min(heights[i.slot.name], tall)
            page = replace(setting.page, html=self._html(fitted, chart, setting.classes))
            over = collision(setting.engine.measure(page), self.layout)
            if over <= 0:
                return page, chart
            heights = {name: height - over for name, height in heights.items()}
        raise Refused(
            _("The texts of this card are {over} pixels too high together: shorten the longest.", over=ceil(over))
        )

    def _setting(self) -> Setting:
        size = self.layout.format
        families = {
            role: self.brand.chain(family) for role, family in (("title", self.lang.title), ("body", self.lang.body))
        }
        variables = self.brand.variables() + "".join(
            f"--{role}:{','.join(repr(f) for f in chain)};" for role, chain in families.items()
        )
        top, side, bottom = self.layout.padding
        own = (
            f".card{{{variables}width:{size.width}px;height:{size.height}px;"
            f"padding:{top}px {side}px {bottom}px}}.probe{{padding:0}}"
        )
        sheets = (
            own,
            (CARDS_DIR / "base.css").read_text("utf-8"),
            (self.template.folder / "card.css").read_text("utf-8"),
        )
        used = tuple(dict.fromkeys(f for chain in families.values() for f in chain))
        images = {"logo": self.brand.logo.read_bytes()}
        page = Page("", sheets, size.width, size.height, self.lang.code, used, images)
        bare = "" if self.bars else " bare"
        classes = f"card {self.template.name} f-{size.name} {self.lang.script}{bare}"
        return Setting(_engine(self.brand), page, self.lang, classes)

    def _chart(self, setting: Setting) -> charts.Chart | None:
        if not self.bars or self.layout.chart is None:
            return None
        place = self.layout.places["bars"]
        pitch = charts.pitch(len(self.bars), self.layout.chart[0])
        for stretch, size in product(_NARROWER, range(place.largest, place.smallest - 1, -1)):
            widths = self._label_widths(size, stretch, setting)
            if all(charts.shown(self.bars, widths, pitch)):
                break
        return charts.lay_out(self.bars, self.layout.chart, self.lang, widths, size, stretch)

    def _within(self, slot: Slot) -> Slot:
        """The slot with no more of the width axis than its font has."""
        low, high = slot.stretch
        family = self.lang.title if slot.role == "title" else self.lang.body
        return replace(slot, stretch=(low, max(low, min(high, fonts.widest(self.brand.fonts[family].path())))))

    def _label_widths(self, size: int, stretch: int, setting: Setting) -> list[float]:
        labels = Markup("").join(
            Markup('<div class="axis" style="font-size:{}px;font-stretch:{}%">{}</div>').format(
                size, stretch, bar.label
            )
            for bar in self.bars
        )
        box = setting.engine.measure(setting.lay(labels, 8000))
        return [label.text_width for label in box.children]

    def _html(self, fitted: Mapping[str, Markup], chart: charts.Chart | None, classes: str) -> str:
        template = environment(CARDS_DIR).get_template(f"{self.template.name}/card.html.j2")
        body = template.render(
            slots=fitted,
            chart=chart,
            rtl=self.lang.rtl,
            format=self.layout.format.name,
            padding=self.layout.padding,
            colours=self.brand.colours,
        )
        return f'<div class="{classes}" dir="{self.lang.dir}" lang="{self.lang.code}">{body}</div>'


def collision(root: Box, layout: Layout) -> float:
    """How many pixels too high the card is: over its lower margin, or one part over another; 0 if all holds.

    Siblings are the template's own business (a value stands over its bars).
    """
    over = max(box.bottom for child in root.children for box in child.walk())
    over -= layout.format.height - layout.padding[2]
    for (trail, one), (other_trail, other) in combinations(_trails(root, ()), 2):
        apart = min(len(trail), len(other_trail)) - _shared(trail, other_trail)
        if apart > 0 and trail[:-1] != other_trail[:-1] and _beside(one, other) > 1:
            over = max(over, min(one.bottom, other.bottom) - max(one.top, other.top))
    return over if over > 1 else 0.0


def _trails(box: Box, trail: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Box]]:
    """Every box with its place in the tree: the numbers of the children that lead to it."""
    for number, child in enumerate(box.children):
        yield (*trail, number), child
        yield from _trails(child, (*trail, number))


def _shared(trail: tuple[int, ...], other: tuple[int, ...]) -> int:
    return next((i for i, (a, b) in enumerate(zip(trail, other, strict=False)) if a != b), min(len(trail), len(other)))


def _beside(one: Box, other: Box) -> float:
    """How many pixels of width two boxes share."""
    return min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
