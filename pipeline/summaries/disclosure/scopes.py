"""A number of people as it was told: what was counted, of which days and places, and how much it was said to be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import product
from typing import Any

from pipeline.observations.datasets import Dataset
from pipeline.summaries.columns import fold
from pipeline.summaries.definitions import Condition, Definition, Metric
from pipeline.summaries.disclosure.pieces import COARSE, Name
from pipeline.summaries.disclosure.shielding import finer
from pipeline.summaries.periods import Period
from pipeline.summaries.recounting import meets
from pipeline.summaries.tables import Protected, Shielded

Cells = Mapping[str, Mapping[str, Any]]
DISTINCT = "distinct "  # before the column whose different values are counted
PARTS = ("day", "week", "weekday", "month", "quarter", "year")


@dataclass(frozen=True)
class Row:
    """A live row of the records: its day, how exactly that is known, and its cells."""

    day: date
    precision: str
    cells: Cells


@dataclass(frozen=True)
class Told:
    """One number. `measure` is the column that is added up, "" for rows, or "distinct COLUMN"; `at` its place in a
    table, by dimension. A share is told as the rows that it holds for, a mean as the sum that it is made of; a median
    or an extreme as that sum too, which says more than it does.

    `value` is None where it was told as hidden; `few` where it was told to be below `threshold`. `fine` numbers are
    finer than month and area.
    """

    metric: str
    measure: str
    where: tuple[tuple[str, Condition], ...]
    at: tuple[tuple[str, str], ...]
    start: date
    end: date
    precisions: tuple[str, ...]
    value: int | None
    few: bool
    fine: bool
    threshold: int
    level: bool = False  # a mean, median or extreme: `value` is worked out from it, and no exact number

    @property
    def scope(self) -> tuple[Any, ...]:
        """What it tells of, whatever it says."""
        told = self.measure, frozenset(self.where), frozenset(self.at), self.start, self.end, self.precisions
        return *told, self.level

    @property
    def name(self) -> Name:
        """Its name in its own summary."""
        return self.metric, frozenset(self.at)

    @cached_property
    def ground(self) -> tuple[Any, ...]:
        """The rows that its table is drawn from."""
        return self.where, self.start, self.end, self.precisions

    def covers(self, row: Row, dataset: Dataset) -> bool:
        """Whether a row is one of its table's."""
        dated = self.start <= row.day < self.end and row.precision in self.precisions
        return dated and all(meets(row.cells, name, one, dataset) for name, one in self.where)

    def distinct(self, row: Row) -> str | None:
        """The value of the row's cell, where different ones are counted; None where rows add up or it is not known."""
        column = self.measure.removeprefix(DISTINCT)
        cell = row.cells.get(column)
        return fold(str(cell["value"])) if cell and column != self.measure else None

    def added(self, row: Row) -> int:
        """What a row adds to it."""
        if not self.measure:
            return 1
        cell = row.cells.get(self.measure)
        return int(cell["value"]) if cell else 0


def places(row: Row, dimensions: Sequence[str], dataset: Dataset) -> Iterator[frozenset[tuple[str, str]]]:
    """Every place of a table that a row stands in, as `Told.at` names it."""
    for values in product(*(_values(row, one, dataset) for one in dimensions)):
        yield frozenset(zip(dimensions, values, strict=True))


def _values(row: Row, dimension: str, dataset: Dataset) -> list[str]:
    if dimension.startswith("date."):
        return [_part(row, dimension.removeprefix("date."))]
    cell = row.cells.get(dimension)
    if cell is None:
        return [""]
    said = dataset.columns[dimension].type if dimension in dataset.columns else "category"
    if said == "set":
        return [fold(one) for one in str(cell["value"]).split(", ") if one]
    return [str(int(cell["value"]))] if said == "yes_no" else [fold(str(cell["value"]))]


def _part(row: Row, part: str) -> str:
    """A part of the date as tables name it; nothing where the row is not dated so exactly."""
    day = row.day
    if row.precision == "year" and part != "year":
        return ""
    if row.precision == "month" and part in {"day", "week", "weekday"}:
        return ""
    return {
        "day": day.isoformat(),
        "week": (day - timedelta(days=day.weekday())).isoformat(),
        "weekday": str(day.isoweekday()),
        "month": day.isoformat()[:7],
        "quarter": f"{day.year}-Q{(day.month + 2) // 3}",
        "year": str(day.year),
    }[part]


def told(definition: Definition, span: Period, shown: Protected, *, only: str = "") -> list[Told]:
    """Every number of people that is drawn from rows, as it is told; of one metric alone where `only` names it."""
    found: dict[Name, Told] = {}
    for name, one in shown.figures.items():
        if _of_people(definition, name, only):
            told_ = _told(definition, span, (name, frozenset()), one)
            found[told_.name] = told_
    for table in shown.tables:
        if _of_people(definition, table.metric, only):
            for key, one in table.cells.items():
                at = zip(table.dimensions, key, strict=True)
                place = frozenset((dimension, value) for dimension, value in at if value is not None)
                told_ = _told(definition, span, (table.metric, place), one)
                found[told_.name] = told_
    return list(found.values())


def _of_people(definition: Definition, metric: str, only: str) -> bool:
    drawn = definition.metrics[metric].how not in {"rate", "sql"}
    return drawn and definition.counts_people(metric) and only in ("", metric)


def _told(definition: Definition, span: Period, name: Name, one: Shielded) -> Told:
    metric, coarse = definition.metrics[name[0]], set(definition.protect.coarse) | COARSE
    where = [*definition.where.items(), *metric.where.items(), *(metric.share or {}).items()]
    if rule := definition.rows.publishable:
        where.append((rule.column, Condition(values=rule.values)))
        # A row marked as a double is in no figure: counted here, it would hide how few people are left.
        where += [(mark, Condition(known=False)) for mark in rule.unless]
    column = metric.column or ""
    return Told(
        name[0], DISTINCT + column if metric.how == "distinct" else column,
        tuple(sorted(where, key=lambda one: one[0])), tuple(sorted(name[1])),
        span.start, span.end, span.precisions, _people(metric, one), one.reason == "few",
        finer(definition, span, name[0]) or any(one not in coarse for one, _value in name[1]),
        definition.protect.threshold, metric.kind == "level",
    )  # fmt: skip


def _people(metric: Metric, one: Shielded) -> int | None:
    """How many people or rows a number stands for, as its reader works it out; None where it is hidden."""
    if one.value is None or metric.kind == "count":
        return None if one.value is None else int(one.value)
    return one.hits if metric.kind == "share" else round(one.value * one.known)
