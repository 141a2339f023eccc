"""Makes templates/cards/map/coast.geojson, once: the land around the Strait of Dover from Natural Earth.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python -m pipeline.cards.coast package/countries-10m.json

Natural Earth (naturalearthdata.com) is in the public domain; world-atlas is its 1:10m data as TopoJSON (ISC). Read
2026-11-26. Whole countries are clipped to a window larger than any card shows, so that no cut edge is seen.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

COUNTRIES = {"250": "France", "056": "Belgium", "528": "Netherlands", "826": "United Kingdom"}  # ISO 3166-1 numeric
WINDOW = (0.4, 50.0, 3.8, 51.9)  # degrees: west, south, east, north
OUT = Path(__file__).parents[2] / "templates" / "cards" / "map" / "coast.geojson"
LICENCE = "Public domain: Natural Earth 1:10m, by way of world-atlas 2.0.2 (ISC). Made by pipeline/cards/coast.py."

Corner = tuple[float, float]


def rings(topology: dict[str, Any], country: dict[str, Any]) -> list[list[Corner]]:
    """The outer rings of a country, decoded from the arcs that it shares with its neighbours."""
    polygons = [country["arcs"]] if country["type"] == "Polygon" else country["arcs"]
    return [_joined(topology, polygon[0]) for polygon in polygons]


def _joined(topology: dict[str, Any], arcs: Sequence[int]) -> list[Corner]:
    found: list[Corner] = []
    for number in arcs:
        arc = _decoded(topology, ~number if number < 0 else number)
        found += (arc[::-1] if number < 0 else arc)[1 if found else 0 :]
    return found


def _decoded(topology: dict[str, Any], number: int) -> list[Corner]:
    """An arc in degrees; TopoJSON writes each point as its step from the one before."""
    (wide, tall), (west, south) = topology["transform"]["scale"], topology["transform"]["translate"]
    x = y = 0
    found = []
    for step_x, step_y in topology["arcs"][number]:
        x, y = x + step_x, y + step_y
        found.append((x * wide + west, y * tall + south))
    return found


def clipped(ring: Sequence[Corner]) -> list[Corner]:
    """The part of a ring within the window (Sutherland and Hodgman), to about a metre; [] if there is none."""
    west, south, east, north = WINDOW
    kept = list(ring)
    for axis, edge, within in (
        (0, west, lambda value: value >= west),
        (0, east, lambda value: value <= east),
        (1, south, lambda value: value >= south),
        (1, north, lambda value: value <= north),
    ):
        kept = _cut(kept, axis, edge, within)
    return [(round(x, 5), round(y, 5)) for x, y in kept]


def _cut(ring: Sequence[Corner], axis: int, edge: float, within: Callable[[float], bool]) -> list[Corner]:
    kept: list[Corner] = []
    for before, here in zip([*ring[-1:], *ring[:-1]], ring, strict=True):
        if within(before[axis]) != within(here[axis]):
            part = (edge - before[axis]) / (here[axis] - before[axis])
            kept.append((before[0] + (here[0] - before[0]) * part, before[1] + (here[1] - before[1]) * part))
        if within(here[axis]):
            kept.append(here)
    return kept


def made(topology: dict[str, Any]) -> dict[str, Any]:
    """The GeoJSON: one feature for each piece of land, its licence beside it."""
    features = []
    for country in topology["objects"]["countries"]["geometries"]:
        for ring in rings(topology, country) if country.get("id") in COUNTRIES else ():
            if land := clipped(ring):
                geometry = {"type": "Polygon", "coordinates": [[*land, land[0]]]}
                features.append(
                    {"type": "Feature", "properties": {"name": COUNTRIES[country["id"]]}, "geometry": geometry}
                )
    return {"type": "FeatureCollection", "licence": LICENCE, "features": features}


if __name__ == "__main__":
    collection = made(json.loads(Path(sys.argv[1]).read_text("utf-8")))
    OUT.write_text(
        json.dumps(collection, separators=(",", ":")).replace('{"type":"Feature"', '\n{"type":"Feature"') + "\n",
        "utf-8",
    )
