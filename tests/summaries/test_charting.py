"""A summary's figures in the charts of cards: by month, against the last year, by place."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from pipeline import cards, summaries
from pipeline.errors import Refused
from pipeline.observations.importing import import_file
from pipeline.rendering.languages import languages
from pipeline.summaries import charting
from pipeline.summaries.periods import Period
from tests.numerals.conftest import records

TODAY = date(2026, 11, 23)


def _month(year: int, month: int) -> Period:
    after = date(year + month // 12, month % 12 + 1, 1)
    return Period("month", date(year, month, 1), after)


SERIES = [(_month(2025 + n // 12, n % 12 + 1), None if n == 3 else Decimal(n + 1)) for n in range(22)]
TABLE = {
    "metric": "expulsions",
    "dimensions": ["commune"],
    "labels": [{"calais": "Calais", "gs": "Grande-Synthe", "marck": "Marck"}],
    "cells": [[["marck"], None, True], [["gs"], 38.0, False], [["calais"], 61.0, False], [[""], 3.0, False],
              [[None], 102.0, False]],
}  # fmt: skip


def _charts(template: str, lang: str = "fr", tables: tuple[Any, ...] = (TABLE,)) -> dict[str, Any]:
    result = SimpleNamespace(
        definition=SimpleNamespace(series=SimpleNamespace(metric="expulsions", length=22)),
        series=SERIES,
        span=SERIES[-1][0],
        tables=tables,
    )
    own = SimpleNamespace(template=template, figure="expulsions")
    return charting.charts(cast(Any, result), cast(Any, own), lang)


def test_this_year_is_compared_with_the_same_months_of_the_last() -> None:
    drawn = _charts("line")["lines"]
    before, now = drawn["series"]
    assert (before["name"], now["name"], now["current"]) == ("2025", "2026", True)
    assert before["values"] == [1, 2, 3, None, 5, 6, 7, 8, 9, 10, 11, 12]
    assert now["values"] == list(range(13, 23)) and drawn["months"][0] == "janv."


def test_places_are_those_of_the_metric_s_table_named_in_the_language() -> None:
    points = _charts("map", "ar")["points"]
    assert [(p["place"], p["label"], p["value"]) for p in points] == [
        ("Calais", "كاليه", 61), ("Grande-Synthe", "غراند-سانت", 38), ("Marck", "مارك", None)
    ]  # fmt: skip
    assert [p["current"] for p in points] == [True, False, False]
    assert [set(row) for row in _charts("ranking")["rows"]] == [{"label", "value", "current"}] * 3
    assert _charts("ranking", tables=())["rows"] == []


def test_what_a_summary_gives_is_what_the_cards_draw() -> None:
    for template in ("trend", "months", "line", "ranking", "map"):
        for lang in ("fr", "fa"):
            data = {**cards.sample(template, lang), **_charts(template, lang)}
            assert cards.draw(template, data, lang=lang, format="link").data


def test_a_chart_that_no_summary_can_fill_is_refused_by_its_name() -> None:
    with pytest.raises(Refused, match=r"parts.*share"):
        _charts("share")


@pytest.mark.parametrize("lang", list(languages()))
def test_the_note_has_a_card_of_its_months_in_every_language(db: None, home: Path, tmp_path: Path, lang: str) -> None:
    path = records(tmp_path, months={7: 12, 8: 30, 9: 4, 10: 27}, people=46)
    import_file(path, "observations", by=None, today=TODAY)
    result = summaries.compute("note_mensuelle", "2026-10", today=TODAY)
    data = summaries.card_data(result, "months", lang)
    assert "figure" not in data and [bar["value"] for bar in data["bars"]][-4:] == [12, 30, 4, 27]
    assert cards.draw("months", data, lang=lang, format="square").width == 1080
