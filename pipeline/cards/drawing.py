"""A card from a template and its data: read, set, fitted, measured whole, drawn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache, partial
from itertools import combinations
from math import ceil
from typing import Any

from markupsafe import Markup

from pipeline.cards import Drawn, TextDrawn, fonts, templates
from pipeline.cards import photos as pictures
from pipeline.cards.charts import KINDS, Laid
from pipeline.cards.charts._parts import Measure
from pipeline.cards.engine import MIMES, Box, Engine, Page, encode, made, marked
from pipeline.cards.fitting import InkFit, Setting, fit
from pipeline.cards.giving import Sizes, charts_give, figures_give, headlines_give
from pipeline.cards.templates import CARDS_DIR, Frame, Layout, Place, Slot, Template
from pipeline.errors import Refused
from pipeline.rendering import brand as brands
from pipeline.rendering.brand import Brand
from pipeline.rendering.languages import ROLES, Language, language
from pipeline.rendering.templating import environment, rendered
from pipeline.rendering.typography import clean, polish
from publishers._sentences import _

_LEADS = 0.6  # of its usual height: so large a figure still is the first thing seen


@lru_cache(maxsize=4)
def _engine(brand: Brand) -> Engine:
    return made(brand)


def draw(
    name: str,
    data: Mapping[str, Any],
    *,
    lang: str,
    format: str = "portrait",
    mime: str = "image/jpeg",
    brand: Brand | None = None,
    photos: Mapping[str, bytes] | None = None,
    safe_zone: bool = False,
) -> Drawn:
    """The card `name` with `data`, in a language (BCP 47), a format of its template and a type of picture.

    `photos` are the bytes of its photos by their names in the template; `safe_zone` draws where words may stand. The
    same arguments give the same bytes. Raises Refused for an unknown name, language, format or type, for data that is
    missing or cannot be written in the brand's fonts, for a text that does not hold in its slot and for colours that
    cannot be read.
    """
    if mime not in MIMES:
        raise Refused(_("A card is image/jpeg or image/png, not {mime}.", mime=mime[:40]))
    own = brand or brands.load()
    page, texts = compose(name, data, lang=lang, format=format, brand=own, photos=photos or {})
    image, safe = _engine(own).pixels(page), templates.formats(templates.find(name).parent)[format].safe
    if safe_zone and any(safe):
        image = marked(image, safe)
    return Drawn(encode(image, mime), mime, page.width, page.height, lang, format, texts)


def compose(
    name: str,
    data: Mapping[str, Any],
    *,
    lang: str,
    format: str,
    brand: Brand,
    photos: Mapping[str, bytes] | None = None,
) -> tuple[Page, tuple[TextDrawn, ...]]:
    """The page that `draw` draws, as an engine takes it, and its texts; raises what `draw` raises."""
    template, speaks = templates.load(name), brand.dressed(language(lang))
    variant = _asked(template, data, lang, format)
    brands.check_contrast(brand, template.text_pairs)
    brands.check_contrast(brand, template.shape_pairs, brands.SHAPE_CONTRAST)
    texts = _texts(template, data, speaks, brand)
    given = _charts(template, data, speaks, brand)
    seen = _photos(template, photos or {})
    layout = template.layout(format, variant, not given and not seen)
    page, charts = _Composition(template, layout, variant, speaks, brand, texts, given, seen).page()
    spoken = [*texts.items(), *((chart, text) for chart, laid in charts.items() for text in laid.texts)]
    return page, tuple(TextDrawn(slot, text) for slot, text in spoken if text)


def _asked(template: Template, data: Mapping[str, Any], lang: str, format: str) -> str:
    """The variant that is asked for; a language, format or variant that the template has not is refused."""
    variant = data.get("variant", template.variants[0])
    name = template.name
    if lang not in template.languages:
        known = ", ".join(template.languages)
        raise Refused(
            _("The card {name} is not made for {lang}: use one of {known}.", name=name, lang=lang, known=known)
        )
    if format not in template.formats:
        told = {"name": name, "format": format[:20], "known": ", ".join(template.formats)}
        raise Refused(_("The card {name} has no format {format}: use one of {known}.", **told))
    if variant not in template.variants:
        told = {"name": name, "variant": str(variant)[:20], "known": ", ".join(filter(None, template.variants)) or "–"}
        raise Refused(_("The card {name} has no variant {variant}: use one of {known}.", **told))
    return str(variant)


def _texts(template: Template, data: Mapping[str, Any], lang: Language, brand: Brand) -> dict[str, str]:
    """The text of every slot as it will be read, checked; an optional slot that is not given is ""."""
    _refuse_unknown(template, data, {*template.slots, *template.charts, "variant"})
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
        raise _missing(slot.name)
    fonts.check(text, lang.family(slot.role), brand, slot.name)
    return text


def _charts(template: Template, data: Mapping[str, Any], lang: Language, brand: Brand) -> dict[str, Any]:
    """What the charts are drawn from, checked by their kinds, without those that are empty."""
    given = {}
    for name, chart in template.charts.items():
        kind = KINDS.get(chart.kind)
        if kind is None:
            told = {"chart": name, "kind": chart.kind, "known": ", ".join(KINDS)}
            raise Refused(_("The chart {chart} has the kind {kind}: use one of {known}.", **told))
        read = kind.read(data.get(name) or ())
        if chart.required and not read:
            raise _missing(name)
        for word in kind.words(read) if read else ():
            fonts.check(word, lang.body, brand, name)
        if read:
            given[name] = read
    return given


def _photos(template: Template, photos: Mapping[str, bytes]) -> dict[str, bytes]:
    _refuse_unknown(template, photos, template.photos)
    for name, photo in template.photos.items():
        if photo.required and name not in photos:
            raise _missing(name)
    return dict(photos)


def _missing(name: str) -> Refused:
    return Refused(_("{slot} is missing: this card cannot do without it.", slot=name))


def _refuse_unknown(template: Template, given: Mapping[str, Any], places: Collection[str]) -> None:
    unknown = [str(key)[:40] for key in given if key not in places]
    if unknown:
        raise Refused(_("The card {name} has no place for {keys}.", name=template.name, keys=", ".join(unknown)))


@dataclass(frozen=True)
class _Set:
    """A card at certain sizes: its page, its charts, its boxes, and by how many pixels it is too high."""

    page: Page
    charts: Mapping[str, Laid]
    root: Box
    over: float


@dataclass(frozen=True)
class _Composition:
    """One card being set."""

    template: Template
    layout: Layout
    variant: str
    lang: Language
    brand: Brand
    texts: Mapping[str, str]
    given: Mapping[str, Any]
    photos: Mapping[str, bytes]

    def page(self) -> tuple[Page, Mapping[str, Laid]]:
        """The page on which every text holds and none touches another, and its charts; else Refused.

        Where they are too high together, a chart that may gives way, then the figure, as long as it leads the eye, then
        the headline. What would give way without use keeps its size.
        """
        setting, places = self._setting(), self.layout.places
        measure, lined = _measure(setting), cache(partial(self._lined, setting))
        inks = [
            InkFit.look(self._within(slot), self.texts[name], places[name], setting)
            for name, slot in self.template.slots.items()
            if slot.ink and self.texts[name]
        ]
        sizes = Sizes(self.layout.charts, {i.slot.name: float(i.place.height) for i in inks}, places)
        set_ = self._set(sizes, inks, setting, measure, lined)
        figures, headlines = partial(figures_give, inks), partial(headlines_give, self.template)
        for give in (charts_give, partial(figures, _LEADS), headlines, charts_give, partial(figures, 0), headlines):
            while set_.over > 0 and (less := give(sizes, set_.over)):
                tried = self._set(less, inks, setting, measure, lined)
                if tried.over >= set_.over:
                    break
                sizes, set_ = less, tried
        if set_.over > 0:
            over = ceil(set_.over)
            raise Refused(
                _("The texts of this card are {over} pixels too high together: shorten the longest.", over=over)
            )
        self._check_safe(set_.root)
        return set_.page, set_.charts

    def _set(
        self,
        sizes: Sizes,
        inks: Sequence[InkFit],
        setting: Setting,
        measure: Measure,
        lined: Callable[[tuple[Place, ...]], Mapping[str, Markup]],
    ) -> _Set:
        """The card at these sizes."""
        charts = self._laid(sizes.frames, measure)
        fitted = dict(lined(tuple(sizes.places[name] for name in self.template.slots)))
        for i in inks:
            fitted[i.slot.name], _tall = i.at(sizes.heights[i.slot.name])
        page = replace(setting.page, html=self._html(fitted, charts, setting.classes))
        root = setting.engine.measure(page)
        return _Set(page, charts, root, collision(root, self.layout))

    def _lined(self, setting: Setting, places: tuple[Place, ...]) -> Mapping[str, Markup]:
        """Every slot set as large as its place allows, but for those that hang by their ink."""
        told = [
            (slot, self.texts[slot.name], place)
            for slot, place in zip(self.template.slots.values(), places, strict=True)
            if not slot.ink and self.texts[slot.name]
        ]
        lined = zip((slot.name for slot, _text, _place in told), fit(told, setting), strict=True)
        return dict.fromkeys(self.template.slots, Markup()) | dict(lined)

    def _check_safe(self, root: Box) -> None:
        """Nothing, if every word stands in the format's safe zone; else Refused, naming the format and by how much."""
        format = self.layout.format
        top, side, foot = format.safe
        right, low = format.width - side, format.height - foot
        reaching = [
            max(side - box.left - run.x, box.left + run.x + run.width - right, top - box.top, box.bottom - low)
            for box in root.walk()
            for run in box.runs
            if box.height > 0
        ]
        out = max(reaching, default=0.0)
        if any(format.safe) and out > 1:
            raise Refused(
                _(
                    "Words of this card reach {over} pixels out of the safe zone of the format {format}: change its "
                    "padding, or shorten them.",
                    over=ceil(out),
                    format=format.name,
                )
            )

    def _setting(self) -> Setting:
        size = self.layout.format
        families = {role: self.brand.chain(self.lang.family(role)) for role in ROLES}
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
            *(path.read_text("utf-8") for path in (CARDS_DIR / "base.css", *self.template.sheets)),
        )
        used = tuple(dict.fromkeys(f for chain in families.values() for f in chain))
        frames = self.layout.photos
        cut = {name: pictures.cut(name, photo, frames[name]) for name, photo in self.photos.items() if name in frames}
        images = {**self.brand.images(), **cut}
        page = Page("", sheets, size.width, size.height, self.lang.code, used, images)
        held = [f"has-{name}" for name in (*self.given, *self.photos)] or ["bare"]
        dressed = [f"v-{self.variant}"] if self.variant else []
        classes = ["card", self.template.name, f"f-{size.name}", self.lang.script, *dressed, *held]
        return Setting(_engine(self.brand), page, self.lang, " ".join(classes))

    def _laid(self, frames: Mapping[str, Frame], measure: Measure) -> dict[str, Laid]:
        """The charts that the format has a frame for, in pixels."""
        return {
            name: KINDS[self.template.charts[name].kind].lay_out(data, frames[name], self.lang, measure)
            for name, data in self.given.items()
            if name in frames
        }

    def _within(self, slot: Slot) -> Slot:
        """The slot with no more of the width axis than its font has."""
        low, high = slot.stretch
        family = self.brand.fonts[self.lang.family(slot.role)]
        return replace(slot, stretch=(low, max(low, min(high, fonts.widest(family.path())))))

    def _html(self, fitted: Mapping[str, Markup], charts: Mapping[str, Laid], classes: str) -> str:
        values = {
            "slots": fitted,
            "charts": {name: charts.get(name) for name in self.template.charts},
            "photos": {
                name: self.layout.photos[name] if name in self.photos else None for name in self.template.photos
            },
            "variant": self.variant,
            "rtl": self.lang.rtl,
            "numerals": [self.lang.number(count) for count in range(21)],
            "format": self.layout.format.name,
            "padding": self.layout.padding,
            "colours": self.brand.colours,
        }
        own = self.template.folder.parent
        body = rendered(environment(own, CARDS_DIR), f"{self.template.name}/card.html.j2", values)
        return f'<div class="{classes}" dir="{self.lang.dir}" lang="{self.lang.code}">{body}</div>'


def _measure(setting: Setting) -> Measure:
    """What measures words in the style of an axis, each setting of them once."""

    @cache
    def widths(words: tuple[str, ...], size: int, stretch: int) -> list[float]:
        labels = Markup("").join(
            Markup('<div class="axis" style="font-size:{}px;font-stretch:{}%">{}</div>').format(size, stretch, word)
            for word in words
        )
        return [label.text_width for label in setting.engine.measure(setting.lay(labels, 8000)).children]

    return lambda words, size, stretch: widths(tuple(words), size, stretch)


def collision(root: Box, layout: Layout) -> float:
    """How many pixels too high the card is: over its lower margin, or by which one part must leave another; 0 if none.

    Siblings are the template's own business (a value stands over its bars), and so is what covers the whole card or
    holds no text: a photo or a bar of colour runs to the card's edge.
    """
    parts = [(trail, box) for trail, box in _parts(root, ()) if not _is_ground(box, root)]
    lowest = max((box.bottom for _trail, box in parts if box.runs or box.children), default=0.0)
    over = lowest - (layout.format.height - layout.padding[2])
    for (trail, one), (other_trail, other) in combinations(parts, 2):
        push = min(one.bottom - other.top, other.bottom - one.top)
        if push > over and _beside(one, other) > 1 and _strangers(trail, other_trail):
            over = push
    return over if over > 1 else 0.0


def _parts(box: Box, trail: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Box]]:
    """Every box that has a height, with its place in the tree: the numbers of the children that lead to it.

    One that holds nothing but lines of text within its bounds stands for them.
    """
    for number, child in enumerate(box.children):
        within = child.children and not any(line.children or _outside(line, child) for line in child.children)
        if within:
            yield (*trail, number, 0), child
        else:
            if child.height > 0:
                yield (*trail, number), child
            yield from _parts(child, (*trail, number))


def _is_ground(box: Box, root: Box) -> bool:
    return not box.children and not box.runs and box.width >= root.width and box.height >= root.height


def _outside(box: Box, other: Box) -> bool:
    """Whether a box reaches out of another by more than a pixel."""
    right, other_right = box.left + box.width, other.left + other.width
    out = max(other.left - box.left, other.top - box.top, right - other_right, box.bottom - other.bottom)
    return out > 1


def _strangers(trail: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Whether two boxes are neither siblings nor within each other."""
    within = trail[: len(other)] == other or other[: len(trail)] == trail
    return trail[:-1] != other[:-1] and not within


def _beside(one: Box, other: Box) -> float:
    """How many pixels of width two boxes share."""
    return min(one.left + one.width, other.left + other.width) - max(one.left, other.left)
