"""Figures and tables drawn from a dataset's columns: months from what is kept of them, other stretches directly."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from itertools import combinations
from typing import Any

from django.db import connection

from pipeline.summaries import columns, compiling, partials
from pipeline.summaries.columns import Stamps
from pipeline.summaries.compiling import Grouped, Query, Vendor
from pipeline.summaries.definitions import By, Definition, Metric
from pipeline.summaries.partials import Kept
from pipeline.summaries.parts import Part, drawn
from pipeline.summaries.periods import Period
from pipeline.summaries.tables import Drawn, Key, Table

BOUNDS = ("\0first", "\0after")  # stand for the days of a month in a statement of any month
COVERAGE = "_coverage"  # a share that every definition with a coverage rule has beside its metrics


@dataclass
class Place:
    """One place of a table: the first of its rows, and the part of each metric."""

    first: int | None = None
    parts: dict[str, Part] = field(default_factory=dict)

    def add(self, other: Place) -> None:
        """Takes in what another place holds."""
        if other.first is not None:
            self.first = other.first if self.first is None else min(self.first, other.first)
        for name, part in other.parts.items():
            if name not in self.parts:
                self.parts[name] = Part()
            self.parts[name].add(part)


Places = dict[Key, Place]


@dataclass(frozen=True)
class Census:
    """The rows that a stretch of days holds, those that may be published, and the days that have any."""

    held: int
    usable: int
    days: frozenset[str]


def vendor() -> Vendor:
    """The database's dialect."""
    return "postgresql" if connection.vendor == "postgresql" else "sqlite"


def ask(query: Query) -> list[tuple[Any, ...]]:
    """All rows that a statement gives."""
    with connection.cursor() as cursor:
        cursor.execute(query.sql, query.params)
        return list(cursor.fetchall())


@dataclass
class Reader:
    """A definition's figures of any period. Inside one transaction; `stamps` tell what its months are."""

    definition: Definition
    stamps: Stamps
    kept: dict[tuple[str, tuple[str, ...], tuple[str, ...]], Kept] = field(default_factory=dict)
    compiled: dict[tuple[tuple[str, ...], tuple[str, ...]], Grouped] = field(default_factory=dict)

    @classmethod
    def of(cls, definition: Definition, start: date | None, end: date | None) -> Reader:
        """A reader of the days from `start` to before `end`, or of all rows: their columns are made current first."""
        return cls(definition, columns.refreshed(definition.rows, start, end))

    def bounded(self, span: Period) -> Period:
        """The period; all rows go from their first month to the end of their last."""
        dated = [month for month in self.stamps if month]
        if span.unit != "all" or not dated:
            return span
        first, end = columns.month_bounds(min(dated))[0], columns.month_bounds(max(dated))[1]
        return replace(span, start=date.fromisoformat(first), end=date.fromisoformat(end))

    def keep(self) -> None:
        """Stores what was drawn of months, for the next time."""
        for kept in self.kept.values():
            if kept.fresh:
                kept.keep()

    # ---------------------------------------------------------------------------------------------- figures

    def figures(self, span: Period) -> dict[str, Drawn]:
        """Each metric that is counted, of a period; not those that are one figure per another."""
        parts = self._whole(span).parts
        return {name: self._drawn(parts.get(name, Part()), metric) for name, metric in self.counted.items()}

    def coverage(self, span: Period) -> Drawn | None:
        """The share of the rows that the team saw itself, where the definition asks for it."""
        metric = self._coverage
        return self._drawn(self._whole(span).parts.get(COVERAGE, Part()), metric) if metric else None

    def census(self, span: Period) -> Census:
        """How many rows a period holds, whatever they tell of."""
        told = [*self._by_month(span, "census", (), self._census)]
        return Census(
            sum(held for held, _usable, _days in told),
            sum(usable for _held, usable, _days in told),
            frozenset(day for _held, _usable, days in told for day in days),
        )

    @cached_property
    def counted(self) -> dict[str, Metric]:
        """The metrics that are drawn from rows here."""
        return {name: one for name, one in self.definition.metrics.items() if one.how not in {"rate", "sql"}}

    @property
    def _coverage(self) -> Metric | None:
        rule = self.definition.coverage
        return Metric(share=rule.share, min_base=1, noun={}) if rule else None

    def _whole(self, span: Period) -> Place:
        whole = Place()
        for place in self.places(span, ()).values():
            whole.add(place)
        return whole

    def _drawn(self, part: Part, metric: Metric) -> Drawn:
        return drawn(part, metric, self._scale(metric))

    def _scale(self, metric: Metric) -> int:
        said = columns.kind(self.definition.rows, metric.column) if metric.column else ""
        return columns.SCALE if said in columns.SCALED else 1

    # ----------------------------------------------------------------------------------------------- tables

    def tables(self, span: Period) -> list[Table]:
        """One table for each metric of each entry of `by`, with every margin."""
        return [table for by in self.definition.by for table in self._tables(by, span)]

    def _tables(self, by: By, span: Period) -> Iterator[Table]:
        several = frozenset(one for one in by.dimensions if self._is_set(one))
        every = self._crossed(by.dimensions, several, span)
        for name in self.definition.crossed(by):
            metric = self.definition.metrics[name]
            told = {key: self._drawn(place.parts.get(name, Part()), metric) for key, place in every.items()}
            yield Table(
                name,
                by.dimensions,
                cells={key: one for key, one in told.items() if None not in key},
                margins={key: one for key, one in told.items() if None in key},
                additive=metric.adds_up and not several,
                several=several,
            )

    def labels(self, by: By, span: Period) -> list[dict[str, int]]:
        """For each dimension, its values as they are folded -> a row that spells it."""
        found: list[dict[str, int]] = [{} for _dimension in by.dimensions]
        for key, place in self.places(span, by.dimensions).items():
            for number, value in enumerate(key):
                if value and place.first is not None:
                    found[number][value] = min(place.first, found[number].get(value, place.first))
        return found

    def _is_set(self, dimension: str) -> bool:
        return not dimension.startswith("date.") and columns.kind(self.definition.rows, dimension) == "set"

    def _crossed(self, dimensions: tuple[str, ...], several: frozenset[str], span: Period) -> Places:
        """Every cell and margin. A row of several values is counted once in a margin, so sets are asked for anew."""
        every: Places = {(None,) * len(dimensions): Place()}
        drawn: dict[tuple[int, ...], Places] = {}
        for size in range(len(dimensions) + 1):
            for kept in combinations(range(len(dimensions)), size):
                single = [n for n in range(len(dimensions)) if dimensions[n] not in several]
                asked = tuple(sorted({*kept, *single}))
                if asked not in drawn:
                    drawn[asked] = self.places(span, tuple(dimensions[n] for n in asked))
                for key, place in drawn[asked].items():
                    at = dict(zip(asked, key, strict=True))
                    whole = tuple(at[n] if n in kept else None for n in range(len(dimensions)))
                    every.setdefault(whole, Place()).add(place)
        return every

    # ----------------------------------------------------------------------------------------------- places

    def places(self, span: Period, dimensions: tuple[str, ...]) -> Places:
        """What each place of a period holds, put together from its months."""
        found: Places = {}
        for told in self._by_month(span, "places", dimensions, self._places):
            for key, first, parts in told:
                one, at = Place(first, {name: Part.from_json(part) for name, part in parts.items()}), tuple(key)
                if at in found:
                    found[at].add(one)
                else:
                    found[at] = one
        return found

    def _by_month(self, span: Period, kind: str, dimensions: tuple[str, ...], draw: Any) -> Iterator[Any]:
        """What `draw` gives of each month of the period, or of the whole where it is not made of months."""
        months = sorted(self.stamps) if span.unit == "all" else [month.code for month in span.months()]
        if not months and span.unit != "all":
            yield draw(span.start.isoformat(), span.end.isoformat(), span.precisions, dimensions)
            return

        def of_month(month: str) -> Any:
            start, end = columns.month_bounds(month) if month else ("", "")
            return draw(start, end, span.precisions, dimensions)

        yield from self._kept_under(kind, dimensions, span.precisions).of(months, of_month)

    def _kept_under(self, kind: str, dimensions: tuple[str, ...], precisions: tuple[str, ...]) -> Kept:
        asked = (kind, dimensions, precisions)
        if asked not in self.kept:
            key = partials.key(self.definition, kind, dimensions, precisions)
            self.kept[asked] = Kept(self.definition.summary, key, self.stamps)
        return self.kept[asked]

    def _places(self, start: str, end: str, precisions: Sequence[str], dimensions: Sequence[str]) -> list[list[Any]]:
        grouped = self._grouped(start, end, tuple(precisions), tuple(dimensions))
        told = []
        for row in ask(grouped.query):
            key, first, rest = list(row[: grouped.width]), row[grouped.width], row[grouped.width + 1 :]
            told.append([key, first, {name: _part(rest, at).as_json() for name, at in grouped.places.items()}])
        return told

    def _grouped(self, start: str, end: str, precisions: tuple[str, ...], dimensions: tuple[str, ...]) -> Grouped:
        """The statement of a stretch of days; that of one month serves for all others, with other days bound."""
        if not end:
            return self._compiled(start, end, precisions, dimensions)
        if (precisions, dimensions) not in self.compiled:
            self.compiled[precisions, dimensions] = self._compiled(*BOUNDS, precisions, dimensions)
        known, days = self.compiled[precisions, dimensions], dict(zip(BOUNDS, (start, end), strict=True))
        params = tuple(days.get(one, one) if isinstance(one, str) else one for one in known.query.params)
        return replace(known, query=replace(known.query, params=params))

    def _compiled(self, start: str, end: str, precisions: tuple[str, ...], dimensions: tuple[str, ...]) -> Grouped:
        where = compiling.rows_of(self.definition, start, end, precisions, vendor())
        return compiling.grouped(self._with_coverage, [*self.counted, *self._also], dimensions, where, vendor())

    @cached_property
    def _with_coverage(self) -> Definition:
        metric = self._coverage
        every = self.definition.metrics | ({COVERAGE: metric} if metric else {})
        return self.definition.model_copy(update={"metrics": every})

    @property
    def _also(self) -> list[str]:
        return [COVERAGE] if self.definition.coverage else []

    def _census(self, start: str, end: str, precisions: Sequence[str], _dimensions: Sequence[str]) -> list[Any]:
        ((held, usable, days),) = ask(compiling.held(self.definition, start, end, precisions, vendor()))
        return [held, usable, sorted(_list(days))]


def _part(row: Sequence[Any], places: dict[str, int] | Any) -> Part:
    """The part that stands in a row of the answer."""
    found = {name: row[place] for name, place in places.items()}
    part = Part(selected=int(found["selected"]), known=int(found.get("known", found["selected"])))
    part.uncertain, part.total = int(found.get("uncertain") or 0), int(found.get("total") or 0)
    part.ranged, part.over = int(found.get("ranged") or 0), int(found.get("over") or 0)
    part.least, part.most = (None if found.get(end) is None else int(found[end]) for end in ("least", "most"))
    part.distinct = set(_list(found.get("distinct")))
    part.values = dict(Counter(_list(found.get("values"))))
    return part


def _list(told: Any) -> list[Any]:
    """A JSON list as the database gives it: text, a list, or nothing."""
    if told is None:
        return []
    return list(json.loads(told) if isinstance(told, str) else told)
