"""The charts of a card from a summary's figures, as its template takes them: by month, by year, by place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pipeline.cards import templates
from pipeline.cards.charts import places, rows
from pipeline.errors import Refused
from pipeline.rendering.languages import language
from pipeline.summaries.computing import SummaryResult
from pipeline.summaries.definitions import CardWords
from pipeline.summaries.periods import Period
from publishers._sentences import _

Charted = dict[str, Any] | list[dict[str, Any]]


def charts(result: SummaryResult, own: CardWords, lang: str) -> dict[str, Charted]:
    """What the charts of the card's template are drawn from, by their names; [] where nothing can be drawn.

    By kind: `bars` and `months` [{label, value, current, year}] and `area` [{label, value}] from the summary's series,
    `lines` {months, series: [{name, values, current}]} from the same, this year against the last; `rows` and `places`
    [{label, value, place}] from the metric's table of one dimension. A value is None where nothing is known or shown.
    Raises Refused for a kind that no summary can give.
    """
    found: dict[str, Charted] = {}
    for name, insert in templates.load(own.template).charts.items():
        if insert.kind not in _KINDS:
            told = {"chart": name, "name": own.template}
            raise Refused(_("A summary has no figures for {chart} of the card {name}: take another.", **told))
        found[name] = _KINDS[insert.kind](result, own, lang)
    return found


def drawn(result: SummaryResult, own: CardWords) -> bool:
    """Whether the summary's series is the card's own: it is that of one metric, and one value alone says nothing."""
    series = result.definition.series
    ours = series is not None and series.metric == own.figure
    return ours and sum(value is not None for _period, value in result.series) > 1


def _months(result: SummaryResult, own: CardWords, lang: str) -> Charted:
    if not drawn(result, own):
        return []
    return [
        {
            "label": period.label(language(lang)),
            "value": _number(value),
            "current": period == result.span,
            **_year(index, period, lang),
        }
        for index, (period, value) in enumerate(result.series)
    ]


def _year(index: int, period: Period, lang: str) -> dict[str, str]:
    """The year under a bar where a reader needs it."""
    return {"year": language(lang).year(period.start.year)} if index == 0 or period.start.month == 1 else {}


def _trend(result: SummaryResult, own: CardWords, lang: str) -> Charted:
    if not drawn(result, own):
        return []
    return [{"label": period.named(language(lang)), "value": _number(value)} for period, value in result.series]


def _years(result: SummaryResult, own: CardWords, lang: str) -> Charted:
    """This year's months up to the summary's own, and all of the last year's."""
    if not drawn(result, own) or result.span.unit != "month":
        return []
    now, spoken = result.span.start, language(lang)
    counted = {(period.start.year, period.start.month): (period, _number(value)) for period, value in result.series}
    labels = {month: period.label(spoken) for (_year, month), (period, _value) in counted.items()}
    if set(labels) != set(range(1, 13)):
        return []
    series = []
    for year, last in ((now.year - 1, 12), (now.year, now.month)):
        values = [counted.get((year, month), (None, None))[1] for month in range(1, last + 1)]
        if any(value is not None for value in values):
            series.append({"name": spoken.year(year), "values": values, "current": year == now.year})
    return {"months": [labels[month] for month in range(1, 13)], "series": series} if len(series) == 2 else []


def _places(result: SummaryResult, own: CardWords, lang: str) -> list[dict[str, Any]]:
    """The cells of the metric's first table of one dimension, the largest first; of those without a place nothing."""
    tables = (one for one in result.tables if one["metric"] == own.figure and len(one["dimensions"]) == 1)
    table = next(tables, None)
    if table is None:
        return []
    spelled = table["labels"][0]
    cells = [(spelled.get(key, key), value) for (key,), value, _hidden in table["cells"] if key]
    cells.sort(key=lambda cell: (cell[1] is None, -(cell[1] or 0), cell[0]))
    most = cells[0][1] if cells else None
    return [
        {
            "place": place,
            "label": places.named(place, lang),
            "value": _number(value),
            "current": value is not None and value == most,
        }
        for place, value in cells
    ]


def _ranked(result: SummaryResult, own: CardWords, lang: str) -> Charted:
    return [{k: v for k, v in row.items() if k != "place"} for row in _places(result, own, lang)[: rows.MOST]]


def _number(value: Any) -> int | float | None:
    return None if value is None else int(value) if value == int(value) else float(value)


_KINDS: dict[str, Callable[[SummaryResult, CardWords, str], Charted]] = {
    "bars": _months,
    "months": _months,
    "area": _trend,
    "lines": _years,
    "rows": _ranked,
    "places": _places,
}
