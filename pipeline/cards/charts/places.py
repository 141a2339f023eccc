"""Places on the coast from Calais to Dunkirk: circles whose areas are the counts, with labels that do not collide.

A place is a commune of templates/cards/map/places.toml, by its name: nothing finer can be stated, so nothing finer can
be shown. The land is templates/cards/map/coast.geojson, made once by pipeline/cards/coast.py. A map is never mirrored.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import cos, radians, sqrt
from typing import Any

from pipeline.cards.charts._labels import Circle, place
from pipeline.cards.charts._parts import (
    BOLD,
    LINE,
    Label,
    Labelled,
    Measure,
    count,
    fields,
    listed,
    printed,
    short,
)
from pipeline.cards.templates import CARDS_DIR, Frame
from pipeline.errors import Refused
from pipeline.rendering.languages import Language
from publishers._sentences import _

FOLDER = CARDS_DIR / "map"
MOST = 10
CENTRE = (2.06, 50.97)  # degrees: between Sangatte and Dunkirk, on the coast
WIDE = 1.08  # degrees across the frame
STEEP = 1 / cos(radians(CENTRE[1]))  # a degree north against a degree east, here
INSIDE = 1.75  # of a circle's radius: how wide a number within it may be

Corner = tuple[float, float]


@dataclass(frozen=True)
class Point:
    """A commune and what was counted there; None is a count that nobody has."""

    place: str
    label: str
    value: int | None
    current: bool


@dataclass(frozen=True)
class Disc:
    """A circle as drawn, in pixels; its area is the count."""

    x: float
    y: float
    radius: float
    current: bool
    known: bool


@dataclass(frozen=True)
class Map(Labelled):
    """The map as drawn: land by its corners, circles largest first, lines (from, to) that lead to labels."""

    width: int
    height: int
    land: tuple[tuple[Corner, ...], ...]
    discs: tuple[Disc, ...]
    leaders: tuple[tuple[Corner, Corner], ...]
    labels: tuple[Label, ...]


@lru_cache
def _listed() -> dict[str, Any]:
    return tomllib.loads((FOLDER / "places.toml").read_text("utf-8"))


@lru_cache
def known() -> dict[str, Corner]:
    """The communes that can be shown: degrees east and north of their middle."""
    return {name: (place["at"][0], place["at"][1]) for name, place in _listed().items()}


def named(place: str, lang: str) -> str:
    """How a language writes a commune; one that is not listed as it is."""
    return str(_listed().get(place, {}).get("names", {}).get(lang, place))


@lru_cache
def _land() -> tuple[tuple[Corner, ...], ...]:
    features = json.loads((FOLDER / "coast.geojson").read_text("utf-8"))["features"]
    return tuple(tuple((east, north) for east, north in f["geometry"]["coordinates"][0]) for f in features)


def read(stated: Any) -> tuple[Point, ...]:
    """The points (`[{place, label, value, current}]`), largest first; a place not in the list is refused."""
    points = [_point(one) for one in listed(stated, "points", MOST)]
    if len({point.place for point in points}) < len(points):
        raise Refused(_("points: a place is given twice."))
    return tuple(sorted(points, key=lambda point: -(point.value or 0)))


def _point(stated: Any) -> Point:
    point = fields(stated, "points", ("place", "label", "value"), ("current",))
    name = point["place"]
    if not isinstance(name, str) or name not in known():
        raise Refused(
            _("points: {place} is not on the map: use one of {known}.", place=str(name)[:40], known=", ".join(known()))
        )
    return Point(
        name, short(point["label"], "points"), count(point["value"], "points"), bool(point.get("current", False))
    )


def words(points: Sequence[Point]) -> Iterator[str]:
    """The names, whose glyphs the body's fonts must have."""
    return (point.label for point in points)


@dataclass(frozen=True)
class _View:
    """What part of the earth the frame shows."""

    frame: Frame

    def at(self, corner: Corner) -> Corner:
        """A place in pixels from the frame's left and top."""
        degree = self.frame.width / self.frame.options.get("degrees", WIDE)
        east, north = corner
        y = self.frame.height * self.frame.options.get("coast", 0.36) - (north - CENTRE[1]) * degree * STEEP
        return round((east - CENTRE[0]) * degree + self.frame.width / 2, 1), round(y, 1)


def lay_out(points: Sequence[Point], frame: Frame, lang: Language, measure: Measure) -> Map:
    """The map in the whole frame; Refused where a label has no room beside its circle."""
    view, biggest = _View(frame), frame.options.get("radius", 0.09) * frame.width
    most = max((point.value or 0 for point in points), default=0) or 1
    discs = []
    for point in points:
        x, y = view.at(known()[point.place])
        radius = biggest * sqrt((point.value or 0) / most)
        discs.append(Disc(x, y, round(radius, 1), point.current, point.value is not None))
    size = frame.largest
    inside, outside = _told(points, discs, lang, measure, size)
    circles = [_circle(disc, size) for disc in discs]
    named = [Label(text, 0, 0, wide * BOLD, size, "now" if point.current else "then")
             for point, text, wide in zip(points, outside, measure(outside, size, 100), strict=True)]  # fmt: skip
    margin = frame.options.get("inset", 40)
    placed = place(named, circles, (margin, margin, frame.width - margin, frame.height - margin), inside)
    if placed is None:
        raise Refused(_("points: the labels have no room on the map: leave out the smallest places."))
    leaders = tuple(line for one in placed if (line := one.leader))
    land = tuple(tuple(view.at(corner) for corner in ring) for ring in _land())
    return Map(frame.width, frame.height, land, tuple(discs), leaders, (*(one.label for one in placed), *inside))


def _circle(disc: Disc, size: int) -> Circle:
    """The circle that labels keep clear of; where nothing was counted a mark stands."""
    return Circle(disc.x, disc.y, max(disc.radius, size / 4))


def _told(
    points: Sequence[Point], discs: Sequence[Disc], lang: Language, measure: Measure, size: int
) -> tuple[list[Label], list[str]]:
    """The numbers that hold within their circles, and what is written beside each circle."""
    inside, outside = [], []
    for index, (point, disc) in enumerate(zip(points, discs, strict=True)):
        value = printed(point.value, lang)
        large = round(min(disc.radius * 0.8, size * 1.8))
        wide = measure([value], large, 100)[0] * BOLD if large >= size else 0.0
        number = Label(value, disc.x - wide / 2, disc.y - large * LINE / 2, wide, large, "in")
        over = [_circle(other, size) for other in discs[index + 1 :]]
        if 0 < wide <= disc.radius * INSIDE and not any(circle.meets(number, 0) for circle in over):
            inside.append(number)
            outside.append(point.label)
        else:
            outside.append(f"{point.label}\u00a0{value}")
    return inside, outside
