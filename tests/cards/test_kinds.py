"""The kinds of charts: true lengths and areas, time and rank in the reader's direction, what nobody counted as such."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.cards.charts import KINDS, area, groups, lines, months, parts, rows, units
from pipeline.cards.templates import Frame
from pipeline.errors import Refused
from pipeline.rendering.languages import language

FR, AR, FA = language("fr"), language("ar"), language("fa")


def _measure(words: Sequence[str], size: int, _stretch: int) -> list[float]:
    """Letters as wide as half their size."""
    return [len(word) * size / 2 for word in words]


def _trend(*values: float | None) -> list[dict[str, Any]]:
    return [{"label": f"m{n}", "value": value} for n, value in enumerate(values)]


def test_a_trend_rises_from_zero_in_proportion() -> None:
    drawn = area.lay_out(area.read(_trend(50, 100)), Frame(1080, 500, 0, 60, 40), FR, _measure)
    ((x, low), (to_x, high)) = drawn.edges[0]
    assert (x, to_x) == (0, 1080)
    assert (500 - low) / (500 - high) == pytest.approx(0.5, abs=0.001)
    assert [label.text for label in drawn.labels] == ["50", "m0", "100", "m1"]
    assert all(label.bottom < min(low, high) + 500 for label in drawn.labels)
    assert drawn.fields[0][0] == (0, 500) and drawn.fields[0][-1] == (1080, 500)


def test_a_trend_runs_to_the_left_in_arabic_with_its_own_digits() -> None:
    drawn = area.lay_out(area.read(_trend(50, 100)), Frame(1080, 500, 0, 60, 40), AR, _measure)
    (_x, left), (_to_x, right) = drawn.edges[0]
    assert left < right  # the later, larger value stands at the left, higher up
    first, _named, last, _named = drawn.labels
    assert first.text == "٥٠" and last.text == "١٠٠" and last.left < first.left


def test_what_nobody_counted_is_a_gap_in_a_trend_not_a_fall_to_zero() -> None:
    drawn = area.lay_out(area.read(_trend(5, 6, None, 8, 9)), Frame(1080, 500, 0, 60, 40), FR, _measure)
    assert [len(edge) for edge in drawn.edges] == [2, 2]
    assert all(y < 500 for edge in drawn.edges for _x, y in edge)


YEAR = [{"label": f"m{n}", "value": 10 * n + 10} for n in range(12)]


def test_every_month_has_its_count_and_each_year_a_bracket_over_its_own_months() -> None:
    stated = [dict(one) for one in YEAR]
    stated[0]["year"], stated[2]["year"], stated[11]["current"] = "2025", "2026", True
    for lang in (FR, AR):
        drawn = months.lay_out(months.read(stated), Frame(936, 500, 0, 26, 22), lang, _measure)
        heights = [shape.height for shape in drawn.shapes]
        assert [round(h / heights[0], 2) for h in heights] == pytest.approx(list(range(1, 13)), abs=0.05)
        assert {shape.y + shape.height for shape in drawn.shapes} == {drawn.zero}
        printed = [label.text for label in drawn.labels]
        assert all(lang.number(one["value"]) in printed for one in YEAR)
        (early, wide), (late, wider) = drawn.years
        assert wider > 4 * wide and (early < late) == (lang is FR)


def test_a_month_that_nobody_counted_has_a_dash_and_no_bar() -> None:
    stated = [dict(one) for one in YEAR]
    stated[4]["value"] = None
    drawn = months.lay_out(months.read(stated), Frame(936, 500, 0, 26, 22), FR, _measure)
    assert [label.text for label in drawn.labels].count("–") == 1 and drawn.shapes[4].height == 0


PLACES = [("Marck", 8), ("Calais", 61), ("Inconnu", None), ("Loon", 19)]


@pytest.mark.parametrize("height", [260, 640])
def test_a_ranking_is_in_order_and_in_proportion(height: int) -> None:
    stated = [{"label": label, "value": value} for label, value in PLACES]
    for lang in (FR, FA):
        drawn = rows.lay_out(rows.read(stated), Frame(936, height, 0, 34, 24), lang, _measure)
        said = [label.text for label in drawn.labels]
        assert said[::2] == ["Calais", "Loon", "Marck", "Inconnu"]
        assert said[1::2] == [lang.number(61), lang.number(19), lang.number(8), "–"]
        longest, second, *_ = (shape.width for shape in drawn.shapes)
        assert second / longest == pytest.approx(19 / 61, abs=0.002)
        sides = [s.x if lang is FR else s.x + s.width for s in drawn.shapes if s.width]
        assert max(sides) - min(sides) < 0.2, "all bars stand on one zero line"
        assert all(label.left >= 0 and label.right <= 937 for label in drawn.labels)
        assert not [1 for a in drawn.labels for b in drawn.labels if a is not b and a.meets(b)]


def _compared(now: list[int | None], before: list[int | None]) -> dict[str, Any]:
    series = [{"name": "2026", "values": now, "current": True}, {"name": "2025", "values": before}]
    return {"months": [f"m{n}" for n in range(12)], "series": series}


def test_two_years_stand_on_one_scale_and_this_one_ends_where_it_is() -> None:
    data = lines.read(_compared([20, 40, None, 80], [10] * 12))
    for lang in (FR, AR):
        drawn = lines.lay_out(data, Frame(936, 500, 0, 24, 22), lang, _measure)
        before, now = drawn.traces
        assert now.current and [len(run) for run in now.stretches] == [2, 1] and len(before.stretches[0]) == 12
        tall = [drawn.zero - y for run in now.stretches for _x, y in run]
        assert [height / tall[0] for height in tall] == pytest.approx([1, 2, 4], abs=0.01)
        assert drawn.zero - before.end[1] == pytest.approx(tall[0] / 2, abs=0.2)
        xs = [x for x, _y in before.stretches[0]]
        assert xs == sorted(xs, reverse=lang is AR)
        assert drawn.bracket == (now.end, (now.end[0], before.end[1]))
        assert [label.text for label in drawn.labels].count("–") == 1
        assert {"2025", "2026", lang.number(80), lang.number(10)} <= {label.text for label in drawn.labels}


def test_two_series_that_end_together_are_still_named_apart() -> None:
    drawn = lines.lay_out(lines.read(_compared([50] * 12, [50] * 12)), Frame(936, 500, 0, 24, 22), FR, _measure)
    ends = [label for label in drawn.labels if label.style in ("now", "then")]
    assert len(ends) == 4 and not [1 for a in ends for b in ends if a is not b and a.meets(b, -2)]


def test_a_part_is_as_wide_as_its_share_and_begins_where_reading_does() -> None:
    stated = [{"label": "plus tard", "value": 82}, {"label": "avant 9 h", "value": 50, "current": True}]
    for lang in (FR, AR):
        drawn = parts.lay_out(parts.read(stated), Frame(1080, 300, 0, 40, 28), lang, _measure)
        assert drawn.part / 1080 == pytest.approx(50 / 132, abs=0.001)
        assert drawn.left == (0 if lang is FR else pytest.approx(1080 - drawn.part, abs=0.1))
        over, under = drawn.labels
        assert over.bottom < drawn.top < drawn.bottom < under.top and over.text.startswith(lang.number(50))


UNITS = {"icon": "tent", "each": 10, "noun": "tentes",
         "rows": [{"label": "pleines", "value": 514, "current": True}, {"label": "vides", "value": 3}]}  # fmt: skip


def test_there_are_as_many_drawings_as_were_counted_none_over_another() -> None:
    for lang in (FR, AR):
        drawn = units.lay_out(units.read(UNITS), Frame(936, 650, 0, 36, 26), lang, _measure)
        assert [sum(mark.current is now for mark in drawn.marks) for now in (True, False)] == [51, 1]
        spots = [(mark.x, mark.y) for mark in drawn.marks]
        assert len(set(spots)) == 52 and all(0 <= x <= 936 - drawn.side + 0.1 for x, _y in spots)
        assert all(abs(a[0] - b[0]) >= drawn.side or a[1] != b[1] for a, b in pairwise(sorted(spots)))
        assert spots[0][0] == (0 if lang is FR else pytest.approx(936 - drawn.side, abs=0.1))
        assert f"= {lang.number(10)} tentes" in [label.text for label in drawn.labels]
        assert drawn.height <= 650


@given(st.integers(0, 2000), st.integers(1, 50))
def test_a_count_gets_the_nearest_number_of_drawings_and_never_none(value: int, each: int) -> None:
    got = units.drawings(value, each)
    assert got == 0 if value == 0 else got >= 1 and (got == 1 or abs(got * each - value) * 2 <= each)


GROUPS = {"series": ["2025", "2026"], "groups": [{"label": "tentes", "values": [610, 842]},
          {"label": "bâches", "values": [None, 421]}]}  # fmt: skip


def test_grouped_bars_are_in_proportion_the_later_time_on_the_reader_s_far_side() -> None:
    for lang in (FR, AR):
        drawn = groups.lay_out(groups.read(GROUPS), Frame(936, 500, 0, 30, 24), lang, _measure)
        before, now, unknown, half = drawn.shapes
        assert now.height / half.height == pytest.approx(2, abs=0.01)
        assert before.height / now.height == pytest.approx(610 / 842, abs=0.01) and unknown.height == 0
        assert (before.x < now.x) == (lang is FR) and (now.x < half.x) == (lang is FR)
        assert "–" in [label.text for label in drawn.labels]


WRONG: list[tuple[str, Any]] = [
    ("area", _trend(5)),
    ("area", _trend(5, 6.5)),
    ("months", "x"),
    ("rows", [{"label": "x", "value": -1}]),
    ("rows", [{"label": "x", "value": 1.5}]),
    ("rows", [{"label": "x", "value": True}]),
    ("rows", [{"label": "", "value": 1}]),
    ("rows", [{"label": "x"}]),
    ("rows", [{"label": "x", "value": 1, "lat": 50.9}]),
    ("rows", [{"label": "x", "value": 1}] * 9),
    ("lines", {"months": ["a", "b"], "series": [{"name": "x", "values": [1]}]}),
    ("lines", {"months": ["a", "b"], "series": [{"name": "x", "values": [1, 2, 3], "current": True}]}),
    ("lines", {"months": ["a", "b"], "series": [{"name": "x", "values": [None], "current": True}]}),
    ("parts", [{"label": "x", "value": 1, "current": True}]),
    ("parts", [{"label": "x", "value": 0, "current": True}, {"label": "y", "value": 0}]),
    ("parts", [{"label": "x", "value": None, "current": True}, {"label": "y", "value": 1}]),
    ("units", {**UNITS, "icon": "gun"}),
    ("units", {**UNITS, "each": 0}),
    ("units", {**UNITS, "each": 1}),
    ("groups", {**GROUPS, "series": ["2025"]}),
    ("groups", {**GROUPS, "groups": [{"label": "x", "values": [1]}]}),
    ("places", [{"place": "Rue du Moscou", "label": "x", "value": 1}]),
    ("places", [{"place": "Calais", "label": "x", "value": 1, "lat": 50.95}]),
    ("places", [{"place": "Calais", "label": "x", "value": 1}] * 2),
]


@pytest.mark.parametrize(("kind", "stated"), WRONG, ids=[f"{kind}-{n}" for n, (kind, _s) in enumerate(WRONG)])
def test_what_cannot_be_drawn_true_is_refused(kind: str, stated: Any) -> None:
    with pytest.raises(Refused):
        KINDS[kind].read(stated)


@settings(max_examples=25)
@given(st.recursive(st.none() | st.integers() | st.text(max_size=8) | st.floats(),
                    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(
                        st.sampled_from(["label", "value", "rows", "months", "series", "values", "current", "each"]),
                        inner, max_size=4), max_leaves=12))  # fmt: skip
def test_no_data_breaks_a_chart_it_is_read_or_refused(stated: Any) -> None:
    for kind in KINDS.values():
        try:
            kind.read(stated)
        except Refused as refused:
            assert str(refused)
