"""The map: areas true, labels that do not collide, nothing finer than a commune, land where land is."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cards import coast
from pipeline.cards.charts import _labels, places
from pipeline.cards.charts._labels import Circle
from pipeline.cards.charts._parts import Label
from pipeline.cards.templates import Frame
from pipeline.errors import Refused
from pipeline.rendering.languages import language

FRAME = Frame(1080, 700, 0, 30, 30, {"degrees": 0.92, "radius": 0.1, "inset": 40})


def _measure(words: Sequence[str], size: int, _stretch: int) -> list[float]:
    return [len(word) * size * 0.55 for word in words]


def _drawn(counts: dict[str, int | None], lang: str = "fr") -> places.Map:
    stated = [{"place": place, "label": place, "value": value} for place, value in counts.items()]
    return places.lay_out(places.read(stated), FRAME, language(lang), _measure)


def test_areas_are_the_counts() -> None:
    calais, marck = _drawn({"Marck": 9, "Calais": 36}).discs
    assert calais.radius / marck.radius == pytest.approx(2, abs=0.01)  # four times the count, four times the area


def test_a_count_that_nobody_has_is_a_dash_and_zero_is_zero() -> None:
    drawn = _drawn({"Calais": 5, "Marck": None, "Dunkerque": 0})
    assert {"Marck\u00a0–", "Dunkerque\u00a00"} <= {label.text for label in drawn.labels}
    assert [disc.radius for disc in drawn.discs][1:] == [0, 0]


def test_a_map_is_never_mirrored_and_has_the_language_s_digits() -> None:
    french, arabic = _drawn({"Calais": 61, "Dunkerque": 4}), _drawn({"Calais": 61, "Dunkerque": 4}, "ar")
    assert [disc.x for disc in french.discs] == [disc.x for disc in arabic.discs]
    assert french.discs[0].x < french.discs[1].x, "Calais is west of Dunkirk"
    assert "٦١" in [label.text for label in arabic.labels]


def collisions(drawn: places.Map) -> list[str]:
    """Labels that lie over another, over a circle that is not theirs, or out of the frame."""
    outside = [label for label in drawn.labels if label.style != "in"]
    found = [f"{a.text} over {b.text}" for a, b in combinations(drawn.labels, 2) if a.meets(b)]
    for label in outside:
        left, right = label.left + label.width * 0.06, label.right - label.width * 0.06
        for disc in drawn.discs:
            x, y = min(max(disc.x, left), right), min(max(disc.y, label.top), label.bottom)
            if (disc.x - x) ** 2 + (disc.y - y) ** 2 < disc.radius**2:
                found.append(f"{label.text} over a circle")
        if not (label.left >= 0 and label.right <= FRAME.width and label.top >= 0 and label.bottom <= FRAME.height):
            found.append(f"{label.text} outside")
    return found


COUNTS = st.dictionaries(
    st.sampled_from([name for name in places.known() if name not in ("Saint-Omer", "Boulogne-sur-Mer")]),
    st.none() | st.integers(0, 400),
    min_size=1,
    max_size=places.MOST,
)


CROWD = ("Calais", "Marck", "Coquelles", "Grande-Synthe", "Gravelines", "Loon-Plage")


@settings(max_examples=60, deadline=None)
@given(COUNTS)
def test_no_label_lies_over_another_or_over_a_circle(counts: dict[str, int | None]) -> None:
    try:
        drawn = _drawn(counts)
    except Refused as refused:
        assert "no room" in str(refused) and len(counts) > 4
        return
    assert not collisions(drawn)
    assert len([label for label in drawn.labels if label.style != "in"]) == len(counts)


@pytest.mark.parametrize("marck", [1, 9])
def test_a_label_that_found_no_place_chooses_first_in_the_next_try(marck: int, monkeypatch: pytest.MonkeyPatch) -> None:
    crowd = dict.fromkeys(CROWD, None) | {"Marck": marck}
    assert not collisions(_drawn(crowd))
    monkeypatch.setattr(_labels, "DIRECTIONS", 16)
    monkeypatch.setattr(_labels, "TRIES", 1)
    with pytest.raises(Refused, match="no room"):
        _drawn(crowd)


def test_a_map_of_the_communes_nearly_always_has_room() -> None:
    """Of 200 made by chance, from one commune to ten, all but two at most are drawn."""
    chance, refused = Random(7), 0
    names = [name for name in places.known() if name not in ("Saint-Omer", "Boulogne-sur-Mer")]
    for _ in range(200):
        chosen = chance.sample(names, chance.randint(1, places.MOST))
        try:
            _drawn({name: chance.choice([None, 0, 1, chance.randint(0, 400)]) for name in chosen})
        except Refused:
            refused += 1
    assert refused <= 2


def test_labels_beside_their_circles_alone_would_collide(monkeypatch: pytest.MonkeyPatch) -> None:
    def beside(labels: Sequence[Label], circles: Sequence[Circle], *_rest: Any) -> list[_labels.Placed]:
        spots = zip(labels, circles, strict=True)
        return [_labels.Placed(replace(label, left=c.x + c.radius, top=c.y), None) for label, c in spots]

    monkeypatch.setattr(places, "place", beside)
    crowd = {"Grande-Synthe": 38, "Loon-Plage": 19, "Mardyck": 12, "Dunkerque": 4}
    assert collisions(_drawn(crowd))


def _square(*corners: tuple[float, float]) -> dict[str, Any]:
    """A country whose ring is two arcs, the second read backwards, as TopoJSON shares a border."""
    first, second = [(0, 0), (10, 0), (0, 10)], [(0, 0), (0, 10), (10, 0)]
    return {
        "transform": {"scale": [0.5, 0.5], "translate": [0.0, 48.0]},
        "arcs": [first, second],
        "objects": {"countries": {"geometries": [{"id": "250", "type": "Polygon", "arcs": [[0, ~1]]}]}},
    }


def test_topojson_is_decoded_and_clipped_to_the_window() -> None:
    topology = _square()
    (ring,) = coast.rings(topology, topology["objects"]["countries"]["geometries"][0])
    assert ring == [(0, 48), (5, 48), (5, 53), (0, 53), (0, 48)]
    west, south, east, north = coast.WINDOW
    assert set(coast.clipped(ring)) == {(west, south), (east, south), (east, north), (west, north)}
    assert coast.clipped([(20, 60), (21, 60), (21, 61)]) == []


def _inside(point: tuple[float, float], ring: Sequence[tuple[float, float]]) -> bool:
    """Whether a point is in a ring: an odd number of edges lies east of it."""
    x, y = point
    crossed = 0
    for (ax, ay), (bx, by) in pairwise(ring):
        crossed += (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax
    return crossed % 2 == 1


def test_the_land_is_where_it_is() -> None:
    collection = json.loads((places.FOLDER / "coast.geojson").read_text("utf-8"))
    assert "Natural Earth" in collection["licence"] and "Public domain" in collection["licence"]
    rings = {
        f["properties"]["name"]: [tuple(c) for c in f["geometry"]["coordinates"][0]] for f in collection["features"]
    }
    west, south, east, north = coast.WINDOW
    assert all(ring[0] == ring[-1] for ring in rings.values())
    assert all(west <= x <= east and south <= y <= north for ring in rings.values() for x, y in ring)
    inland = {"Saint-Omer": (2.26, 50.75), "Lille": (3.06, 50.63), "Hesdin": (2.04, 50.37)}
    assert all(_inside(place, rings["France"]) for place in inland.values())
    assert _inside((3.2, 51.1), rings["Belgium"]) and not _inside((3.2, 51.1), rings["France"])
    assert not any(_inside(sea, ring) for sea in ((1.6, 51.05), (2.0, 51.3)) for ring in rings.values())


def test_a_commune_is_given_to_a_kilometre_at_most() -> None:
    """Nothing below a commune can be put on the map: neither a place of its own nor a finer coordinate."""
    for name, (lon, lat) in places.known().items():
        assert (round(lon, 2), round(lat, 2)) == (lon, lat), name
        assert 1.5 < lon < 2.7 and 50.6 < lat < 51.1, name
