"""Card templates, read from templates/cards/<name>/: what a designer states about a card, checked once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import Any

from pipeline.cards import lint
from pipeline.errors import Refused
from pipeline.rendering.languages import ROLES
from pipeline.rendering.reading import named, read_table, stamp
from pipeline.rendering.templating import TEMPLATES_DIR
from publishers._sentences import _

CARDS_DIR = TEMPLATES_DIR / "cards"
FOLDER = "PORTEVOIX_CARDS"  # the environment's word for a folder of templates of one's own
_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")


@dataclass(frozen=True)
class Format:
    """A size that a network asks for, in pixels.

    `safe` is how far from the top, the sides and the foot words must stay: the networks lay their own signs there.
    """

    name: str
    width: int
    height: int
    safe: tuple[int, int, int] = (0, 0, 0)


@dataclass(frozen=True)
class Slot:
    """A place for one text. Sizes in CSS pixels; `lines` and `characters` at most.

    `role` chooses the family: title, body or quote. `ink` slots hang by their ink, not by their letters' side bearings,
    and may use the font's width axis between the two `stretch` per cents. `keep` slots (codes, accounts) are left to
    right in every language. Slots of one `group` are set at one size;
    those that `yields` are set smaller where the card would else be too high.
    """

    name: str
    role: str
    characters: int
    required: bool = False
    ink: bool = False
    keep: bool = False
    stretch: tuple[int, int] = (100, 100)
    group: str = ""
    yields: bool = False


@dataclass(frozen=True)
class Place:
    """What a format gives a slot: width (and for ink slots height) in pixels, sizes and lines."""

    width: int
    largest: int
    smallest: int
    lines: int = 1
    height: int = 0


@dataclass(frozen=True)
class Insert:
    """A chart or a photo that a card can hold; `kind` and `options` are the chart's own (pipeline.cards.charts)."""

    name: str
    kind: str = ""
    required: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Frame:
    """What a format gives a chart or a photo, in pixels; its labels' sizes, the options of its `Insert` and its own.

    A chart that states its `least` height gives way to the texts beside it down to there.
    """

    width: int
    height: int
    least: int = 0
    largest: int = 0
    smallest: int = 0
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Layout:
    """A format as a template uses it: padding (top, sides, bottom) in pixels, and what has a place in it."""

    format: Format
    padding: tuple[int, int, int]
    places: Mapping[str, Place]
    charts: Mapping[str, Frame]
    photos: Mapping[str, Frame]


@dataclass(frozen=True)
class Template:
    """One card template. `variants` are the ways in which it can be dressed, the usual one first; "" if only one.

    `sheets` are its style sheets, those that it shares with others first.
    """

    name: str
    folder: Path
    sheets: tuple[Path, ...]
    title: Mapping[str, str]
    languages: tuple[str, ...]
    formats: tuple[str, ...]
    variants: tuple[str, ...]
    slots: Mapping[str, Slot]
    charts: Mapping[str, Insert]
    photos: Mapping[str, Insert]
    text_pairs: tuple[tuple[str, str], ...]
    shape_pairs: tuple[tuple[str, str], ...]
    layouts: Mapping[tuple[str, str, bool], Layout]

    def layout(self, format: str, variant: str, bare: bool) -> Layout:
        """The layout of a format; `bare` has neither chart nor photo."""
        return self.layouts[format, variant, bare]


def folders() -> list[Path]:
    """Where templates are looked for: PORTEVOIX_CARDS, if it is set, before those that come with the tool."""
    own = os.environ.get(FOLDER)
    return [*([Path(own).absolute()] if own else []), CARDS_DIR]


def formats(folder: Path = CARDS_DIR) -> dict[str, Format]:
    """Every format by name: the tool's, and those of another folder's own formats.toml."""
    paths = tuple(dict.fromkeys((CARDS_DIR / "formats.toml", folder / "formats.toml")))
    return _formats(paths, tuple(stamp(path) for path in paths))


@lru_cache(maxsize=8)
def _formats(paths: tuple[Path, ...], _stamps: tuple[object, ...]) -> dict[str, Format]:
    table: dict[str, Any] = {}
    for path in paths:
        table |= read_table(path) if path.is_file() else {}
    return {
        name: Format(name, size["width"], size["height"], tuple(size.get("safe", (0, 0, 0))))
        for name, size in table.items()
    }


def names() -> list[str]:
    """The names of all templates, sorted."""
    return sorted({path.parent.name for folder in folders() for path in folder.glob("*/card.toml")})


def _layout(stated: Mapping[str, Any], name: str, variant: str, bare: bool, folder: Path) -> Layout:
    own = stated["formats"][name]
    places = {slot: dict(values) for slot, values in own["slots"].items()}
    changed = [own.get("variants", {}).get(variant, {}), own.get("bare", {}) if bare else {}]
    for slot, values in (item for change in changed for item in change.items()):
        places[slot].update(values)
    top, side, bottom = own["padding"]
    frames = {
        sort: {
            insert: _frame(values, _insert(insert, stated[sort][insert]))
            for insert, values in own.get(sort, {}).items()
        }
        for sort in ("charts", "photos")
    }
    return Layout(
        formats(folder)[name], (top, side, bottom), {slot: Place(**values) for slot, values in places.items()}, **frames
    )


def _frame(stated: Mapping[str, Any], insert: Insert) -> Frame:
    sizes = {key: stated[key] for key in ("width", "height", "least", "largest", "smallest") if key in stated}
    own = {key: value for key, value in stated.items() if key not in sizes}
    return Frame(**sizes, options={**insert.options, **own})


def _slot(name: str, stated: Mapping[str, Any]) -> Slot:
    low, high = stated.get("stretch", (100, 100))
    return Slot(**{**stated, "name": name, "stretch": (low, high)})


def _insert(name: str, stated: Mapping[str, Any]) -> Insert:
    options = {key: value for key, value in stated.items() if key not in ("kind", "required")}
    return Insert(name, stated.get("kind", ""), stated.get("required", False), options)


def find(name: str) -> Path:
    """The folder of the template of that name; an unknown one is refused with the names that exist."""
    if _NAME.fullmatch(name):
        for folder in folders():
            if (folder / name / "card.toml").is_file():
                return folder / name
    raise Refused(_("There is no card template {name}: use one of {known}.", name=name[:40], known=", ".join(names())))


def load(name: str) -> Template:
    """The template of that name, its traps looked for (pipeline.cards.lint).

    An unknown one is refused with the names that exist; what is wrong in one, with its file.
    """
    folder = find(name)
    return _load(folder, (stamp(folder), stamp(folder.parent / "formats.toml")))


@lru_cache(maxsize=64)
def _load(folder: Path, _stamp: object) -> Template:
    path = folder / "card.toml"
    stated = read_table(path)
    try:
        template = _template(folder, stated)
    except KeyError as missing:
        raise Refused(_("{file}: {key} is missing.", file=named(path), key=str(missing.args[0]))) from None
    except (TypeError, ValueError, AttributeError) as wrong:
        raise Refused(_("{file}: {why}.", file=named(path), why=str(wrong))) from None
    _check(template, path)
    lint.check(folder)
    return template


def _shared(folder: Path, name: str) -> Path:
    """A style sheet beside the template's folder, else one of ours."""
    found = [place / name for place in (folder.parent, CARDS_DIR) if (place / name).is_file()]
    if not re.fullmatch(r"[a-z][a-z0-9-]*\.css", name) or not found:
        raise ValueError(f"styles: there is no {name}")
    return found[0]


def _template(folder: Path, stated: Mapping[str, Any]) -> Template:
    own, variants = tuple(stated["formats"]), tuple(stated.get("variants", ("",)))
    if unknown := [name for name in own if name not in formats(folder.parent)]:
        raise ValueError(f"formats.{unknown[0]} is none of {', '.join(formats(folder.parent))}")
    return Template(
        name=folder.name,
        folder=folder,
        sheets=(*(_shared(folder, name) for name in stated.get("styles", ())), folder / "card.css"),
        title=stated["title"],
        languages=tuple(stated["languages"]),
        formats=own,
        variants=variants,
        slots={slot: _slot(slot, values) for slot, values in stated["slots"].items()},
        charts={insert: _insert(insert, values) for insert, values in stated.get("charts", {}).items()},
        photos={insert: _insert(insert, values) for insert, values in stated.get("photos", {}).items()},
        text_pairs=tuple((a, b) for a, b in stated["contrast"]["text"]),
        shape_pairs=tuple((a, b) for a, b in stated["contrast"].get("shapes", [])),
        layouts={each: _layout(stated, *each, folder.parent) for each in product(own, variants, (False, True))},
    )


def _check(template: Template, path: Path) -> None:
    """Nothing; Refused where a slot has a role or place that cannot be."""
    for slot in template.slots.values():
        if slot.role not in ROLES:
            told = {"slot": slot.name, "role": slot.role, "known": ", ".join(ROLES)}
            raise Refused(_("{file}: {slot} has the role {role}: use one of {known}.", file=named(path), **told))
        for layout in template.layouts.values():
            place = layout.places.get(slot.name)
            if place is None or not 0 < place.smallest <= place.largest or (slot.ink and not place.height):
                told = {"slot": slot.name, "format": layout.format.name}
                raise Refused(
                    _(
                        "{file}: {slot} needs a place in the format {format}: width, largest and smallest size, "
                        "and height if it is ink.",
                        file=named(path),
                        **told,
                    )
                )


def sample(template: Template, lang: str) -> dict[str, Any]:
    """The sample data of a template in a language; where there is none, in the first language that has one."""
    table = read_table(template.folder / "sample.toml")
    found: dict[str, Any] = table.get(lang) or next(iter(table.values()), {})
    return found
