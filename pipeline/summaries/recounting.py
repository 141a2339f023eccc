"""The same figures counted a second time, row by row in Python from the cells as they were imported.

It shares no query with `compiling`: where the two disagree, one of them is wrong and nothing goes out.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from pipeline.models import Observation
from pipeline.observations.cells import YES
from pipeline.observations.datasets import Dataset, fold
from pipeline.observations.values import same
from pipeline.summaries.definitions import Condition, Definition, Metric
from pipeline.summaries.parts import rounded
from pipeline.summaries.periods import Period

NUMBERS = {"count", "age", "decimal", "amount", "weekday"}
Cells = Mapping[str, Mapping[str, Any]]


def figures(definition: Definition, span: Period) -> dict[str, tuple[Decimal | None, Decimal | None]]:
    """Each metric that is counted from rows, of a period, and what it is at most where it is a sum of ranges."""
    found = [
        (row.date, row.date_precision, row.values)
        for row in _rows(definition.dataset, span).only("date", "date_precision", "values").iterator()
        if row.date_precision in span.precisions and _selected(row.values, definition)
    ]
    return {
        name: (_figure(metric, found, definition.rows), _upper(metric, found, definition.rows))
        for name, metric in definition.metrics.items()
        if metric.how not in {"rate", "sql"}
    }


def _rows(dataset: str, span: Period) -> Any:
    rows = Observation.objects.filter(dataset=dataset, live=True)
    return rows if span.unit == "all" else rows.filter(date__gte=span.start, date__lt=span.end)


def _selected(cells: Cells, definition: Definition) -> bool:
    rule = definition.rows.publishable
    if rule and not meets(cells, rule.column, Condition(values=rule.values), definition.rows):
        return False
    if rule and any(name in cells for name in rule.unless):
        return False
    return all(meets(cells, name, one, definition.rows) for name, one in definition.where.items())


def meets(cells: Cells, name: str, wanted: Condition, dataset: Dataset) -> bool:
    """Whether a row's cell meets a condition."""
    cell = cells.get(name)
    if wanted.known is not None:
        return (cell is not None) == wanted.known
    if cell is None:
        return False
    return _holds(cell["value"], name, wanted, dataset) != wanted.negated


def _holds(value: Any, name: str, wanted: Condition, dataset: Dataset) -> bool:
    said = dataset.columns[name].type if name in dataset.columns else "category"
    if wanted.ranged:
        return _between(value, wanted, words=said in {"date", "time"})
    if said == "yes_no":
        return any((one.casefold() in YES) == value for one in wanted.values)
    if said in NUMBERS:
        return any(Decimal(one) == Decimal(str(value)) for one in wanted.values)
    if said in {"date", "time"}:
        return str(value) in wanted.values
    spellings = dataset.columns[name].spellings if name in dataset.columns else {}
    named = {same(spellings.get(fold(one), one)) for one in wanted.values}
    held = [one for one in str(value).split(", ") if one] if said == "set" else [str(value)]
    return any(same(one) in named for one in held)


def _between(value: Any, wanted: Condition, *, words: bool) -> bool:
    """Dates and times compare as they are written, all else as numbers."""
    if words:
        return (wanted.least or "") <= str(value) and (wanted.most is None or str(value) <= wanted.most)
    number = Decimal(str(value))
    enough = wanted.least is None or Decimal(wanted.least) <= number
    return enough and (wanted.most is None or number <= Decimal(wanted.most))


def _figure(metric: Metric, rows: Iterable[tuple[Any, str, Cells]], dataset: Dataset) -> Decimal | None:
    own = [row for row in rows if all(meets(row[2], name, one, dataset) for name, one in metric.where.items())]
    if metric.share is not None:
        known = [cells for _day, _exact, cells in own if all(name in cells for name in metric.share)]
        holds = sum(all(meets(cells, name, one, dataset) for name, one in metric.share.items()) for cells in known)
        return rounded(Decimal(holds) * 100 / len(known), metric.places) if len(known) >= metric.base else None
    if metric.column is None:
        return Decimal(len(own))
    values: list[Any]
    if metric.column == dataset.date:
        values = [str(day) for day, exact, _cells in own if exact == "day"]
    else:
        values = [cells[metric.column]["value"] for _day, _exact, cells in own if metric.column in cells]
    if metric.column in dataset.columns and dataset.columns[metric.column].type in NUMBERS:
        values = [Decimal(str(one)).normalize() for one in values]
    return _of_values(metric, values, len(own))


def _upper(metric: Metric, rows: Iterable[tuple[Any, str, Cells]], dataset: Dataset) -> Decimal | None:
    """The sum of upper ends, where every row has one or just a number, and one of them an upper end."""
    own = [
        cells for _d, _p, cells in rows if all(meets(cells, name, one, dataset) for name, one in metric.where.items())
    ]
    if metric.how != "sum" or not all(metric.sum in cells for cells in own):
        return None
    cells = [one[str(metric.sum)] for one in own]
    ends = [one["max"] if one["qual"] in {"range", "at_most"} else None for one in cells]
    if not any(end is not None for end in ends):
        return None
    if any(end is None and one["qual"] != "exact" for one, end in zip(cells, ends, strict=True)):
        return None
    told = (one["value"] if end is None else end for one, end in zip(cells, ends, strict=True))
    return sum((Decimal(str(one)) for one in told), Decimal(0))


def _of_values(metric: Metric, values: list[Any], selected: int) -> Decimal | None:
    if metric.kind == "count" and selected and not values:
        return None
    if metric.how == "distinct":
        return Decimal(len({same(str(one)) for one in values}))
    numbers = [Decimal(str(one)) for one in values]
    if metric.how == "sum":
        return sum(numbers, Decimal(0))
    if not numbers or len(numbers) < metric.base:
        return None
    ways = {"mean": lambda: sum(numbers, Decimal(0)) / len(numbers), "median": lambda: statistics.median(numbers),
            "min": lambda: min(numbers), "max": lambda: max(numbers)}  # fmt: skip
    return rounded(Decimal(ways[metric.how]()), metric.places)
