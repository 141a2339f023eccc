"""The geometry of the bars: true lengths, time in the reader's direction."""

from __future__ import annotations

from itertools import pairwise

import pytest

from pipeline.cards import charts
from pipeline.cards.charts import Bar
from pipeline.rendering.languages import language

BARS = [Bar("a", 50), Bar("b", 100), Bar("c", 25, current=True), Bar("d", None), Bar("e", 0)]


def _chart(lang: str) -> charts.Chart:
    return charts.lay_out(BARS, (500, 244), language(lang), [20.0] * 5, 24)


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


def test_the_value_is_written_in_the_language_s_digits_over_its_bar_only() -> None:
    assert [c.value for c in _chart("fa").columns] == ["", "", "۲۵", "", ""]


def test_all_zero_is_drawn_as_zero() -> None:
    chart = charts.lay_out([Bar("a", 0), Bar("b", 0)], (500, 244), language("fr"), [20.0, 20.0], 24)
    assert [c.height for c in chart.columns] == [0, 0]


@pytest.mark.parametrize("wide", [30.0, 90.0, 180.0, 400.0])
def test_labels_never_touch_and_the_current_one_is_always_there(wide: float) -> None:
    columns = charts.lay_out(BARS, (500, 244), language("fr"), [wide] * 5, 24).columns
    named = [c for c in columns if c.label]
    assert any(c.current for c in named)
    assert all(a.centre + wide / 2 < b.centre - wide / 2 for a, b in pairwise(named))


def test_labels_and_values_keep_within_the_chart() -> None:
    bars = [Bar("a", 1) for _ in range(11)] + [Bar("oct.", 132000, current=True)]
    last = charts.lay_out(bars, (500, 244), language("fr"), [60.0] * 12, 24).columns[-1]
    assert last.label_left + last.label_width <= 500
    assert last.value_at + len(last.value) * charts.VALUE_DIGIT / 2 <= 500
