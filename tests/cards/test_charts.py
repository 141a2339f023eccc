"""The geometry of the bars: true lengths, time in the reader's direction."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pipeline.cards.charts import bars as charts
from pipeline.cards.charts.bars import Bar
from pipeline.rendering.languages import language

BARS = [Bar("a", 50), Bar("b", 100), Bar("c", 25, current=True), Bar("d", None), Bar("e", 0)]


def _chart(lang: str) -> charts.Chart:
    return charts.columns(BARS, (500, 244), language(lang), [20.0] * 5, 24)


def test_lengths_are_in_proportion_and_stand_on_zero() -> None:
    columns = _chart("fr").columns
    assert [c.height for c in columns] == [100, 200, 50, 0, 0]
    assert {c.y + c.height for c in columns} == {244}


def test_a_month_that_nobody_counted_is_not_zero() -> None:
    assert [c.missing for c in _chart("fr").columns] == [False, False, False, True, False]


def test_time_runs_to_the_left_in_arabic() -> None:
    french, arabic = _chart("fr").columns, _chart("ar").columns
    assert [c.x for c in french] == sorted(c.x for c in french)
    assert [c.x for c in arabic] == [c.x for c in reversed(french)]
    assert [c.label for c in arabic] == [c.label for c in french]


def test_values_are_written_in_the_language_s_digits_over_the_bar_and_the_tallest_one_only() -> None:
    assert [c.value for c in _chart("fa").columns] == ["", "۱۰۰", "۲۵", "", ""]


def test_the_tallest_bar_s_value_gives_way_to_the_one_that_the_card_speaks_of() -> None:
    bars = [Bar("a", 120000), Bar("b", 100000, current=True), *(Bar("c", 5) for _ in range(10))]
    columns = charts.columns(bars, (500, 244), language("en"), [20.0] * 12, 24).columns
    assert [c.value for c in columns if c.value] == ["100,000"]


def test_a_year_stands_under_its_bar_and_of_two_too_near_the_later_stays() -> None:
    months = [Bar(str(n), 5, year={0: "2025", 2: "2026"}.get(n, "")) for n in range(12)]
    wide, narrow = (charts.columns(months, (w, 244), language("fr"), [20.0] * 12, 24) for w in (936, 480))
    assert [c.year for c in wide.columns][:4] == ["2025", "", "2026", ""]
    assert {c.year for c in narrow.columns} == {"", "2026"}
    assert all(c.year_at - 30 >= 0 for c in wide.columns if c.year)
    assert wide.bottom - wide.height > _chart("fr").bottom - _chart("fr").height


def test_the_marked_label_pushed_inwards_leaves_its_neighbour_alone() -> None:
    bars = [Bar("a", 1) for _ in range(11)] + [Bar("b", 2, current=True)]
    columns = charts.columns(bars, (480, 240), language("fr"), [70.0] * 12, 24).columns
    marked, before = [c for c in columns if c.label][:-3:-1]
    assert before.label_left + before.label_width - charts.MARK < marked.label_left


def test_all_zero_is_drawn_as_zero() -> None:
    chart = charts.columns([Bar("a", 0), Bar("b", 0)], (500, 244), language("fr"), [20.0, 20.0], 24)
    assert [c.height for c in chart.columns] == [0, 0]


@pytest.mark.parametrize("wide", [30.0, 90.0, 180.0, 400.0])
def test_labels_never_touch_and_the_current_one_is_always_there(wide: float) -> None:
    columns = charts.columns(BARS, (500, 244), language("fr"), [wide] * 5, 24).columns
    named = [c for c in columns if c.label]
    assert any(c.current for c in named)
    assert all(a.centre + wide / 2 < b.centre - wide / 2 for a, b in pairwise(named))


def test_labels_and_values_keep_within_the_chart() -> None:
    bars = [Bar("a", 1) for _ in range(11)] + [Bar("oct.", 132000, current=True)]
    last = charts.columns(bars, (500, 244), language("fr"), [60.0] * 12, 24).columns[-1]
    assert last.label_left + last.label_width <= 500
    assert last.value_at + len(last.value) * charts.VALUE_DIGIT / 2 <= 500
