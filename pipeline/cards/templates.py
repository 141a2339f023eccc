"""Card templates, read from templates/cards/<name>/: what a designer states about a card, checked once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.errors import Refused
from pipeline.rendering.templating import TEMPLATES_DIR
from publishers._sentences import _

CARDS_DIR = TEMPLATES_DIR / "cards"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")


@dataclass(frozen=True)
class Format:
    """A size that a network asks for, in pixels."""

    name: str
    width: int
    height: int


@dataclass(frozen=True)
class Slot:
    """A place for one text. Sizes in CSS pixels; `lines` and `characters` at most.

    `role` chooses the family (title or body). `ink` slots hang by their ink, not by their letters' side bearings, and
    may use the font's width axis between the two `stretch` per cents. `keep` slots (codes, accounts) are left to right
    in every language.
    """

    name: str
    role: str
    characters: int
    required: bool = False
    ink: bool = False
    keep: bool = False
    stretch: tuple[int, int] = (100, 100)


@dataclass(frozen=True)
class Place:
    """What a format gives a slot: width (and for ink slots height) in pixels, sizes and lines."""

    width: int
    largest: int
    smallest: int
    lines: int = 1
    height: int = 0


@dataclass(frozen=True)
class Layout:
    """A format as a template uses it: padding (top, sides, bottom) and chart (width, height) in pixels."""

    format: Format
    padding: tuple[int, int, int]
    places: Mapping[str, Place]
    chart: tuple[int, int] | None


@dataclass(frozen=True)
class Template:
    """One card template; `bare` holds its layouts without a chart."""

    name: str
    folder: Path
    title: Mapping[str, str]
    languages: tuple[str, ...]
    slots: Mapping[str, Slot]
    layouts: Mapping[str, Layout]
    bare: Mapping[str, Layout]
    text_pairs: tuple[tuple[str, str], ...]
    shape_pairs: tuple[tuple[str, str], ...]

    @property
    def charted(self) -> bool:
        """Whether it takes bars."""
        return any(layout.chart for layout in self.layouts.values())

    @property
    def formats(self) -> tuple[str, ...]:
        """The names of the formats in which it can be drawn."""
        return tuple(self.layouts)


@lru_cache
def formats(folder: Path = CARDS_DIR) -> dict[str, Format]:
    """Every format by name."""
    table = tomllib.loads((folder / "formats.toml").read_text("utf-8"))
    return {name: Format(name, **size) for name, size in table.items()}


def names(folder: Path = CARDS_DIR) -> list[str]:
    """The names of all templates, sorted."""
    return sorted(path.parent.name for path in folder.glob("*/card.toml"))


def _layout(name: str, stated: Mapping[str, Any], bare: bool, folder: Path) -> Layout:
    places = {slot: dict(values) for slot, values in stated["slots"].items()}
    for slot, values in stated.get("bare", {}).items() if bare else ():
        places[slot].update(values)
    top, side, bottom = stated["padding"]
    return Layout(
        formats(folder)[name],
        (top, side, bottom),
        {slot: Place(**values) for slot, values in places.items()},
        tuple(stated["chart"]) if "chart" in stated and not bare else None,
    )


def _slot(name: str, stated: Mapping[str, Any]) -> Slot:
    low, high = stated.get("stretch", (100, 100))
    return Slot(**{**stated, "name": name, "stretch": (low, high)})


@lru_cache
def load(name: str, folder: Path = CARDS_DIR) -> Template:
    """The template of that name; an unknown one is refused with the names that exist."""
    if not _NAME.fullmatch(name) or not (folder / name / "card.toml").is_file():
        raise Refused(
            _("There is no card template {name}: use one of {known}.", name=name[:40], known=", ".join(names(folder)))
        )
    stated = tomllib.loads((folder / name / "card.toml").read_text("utf-8"))
    slots = {slot: _slot(slot, values) for slot, values in stated["slots"].items()}
    layouts = stated["formats"]
    return Template(
        name=name,
        folder=folder / name,
        title=stated["title"],
        languages=tuple(stated["languages"]),
        slots=slots,
        layouts={f: _layout(f, values, False, folder) for f, values in layouts.items()},
        bare={f: _layout(f, values, True, folder) for f, values in layouts.items()},
        text_pairs=tuple((a, b) for a, b in stated["contrast"]["text"]),
        shape_pairs=tuple((a, b) for a, b in stated["contrast"].get("shapes", [])),
    )


def sample(template: Template, lang: str) -> dict[str, Any]:
    """The sample data of a template in a language; where there is none, in the first language that has one."""
    table = tomllib.loads((template.folder / "sample.toml").read_text("utf-8"))
    found: dict[str, Any] = table.get(lang) or next(iter(table.values()))
    return found
