"""Which figures may be shown: the one door through which every drawn number passes before it is worded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from pipeline.summaries.definitions import Definition
from pipeline.summaries.periods import Period
from pipeline.summaries.tables import Drawn, Protected, Shielded, ShieldedTable, Table


def protect(definition: Definition, span: Period, drawn: Mapping[str, Drawn], tables: Sequence[Table]) -> Protected:
    """The figures with those of few people hidden where they are finer than month and area.

    A part is hidden too where the rest of its whole would show a number of people below the threshold.
    """
    fine = span.unit in {"day", "week"} or any(column not in definition.protect.coarse for column in definition.where)
    hidden = _hidden(definition, {name: one.value for name, one in drawn.items()}) if fine else frozenset()
    figures = {name: _shielded(one, name in hidden) for name, one in drawn.items()}
    return Protected(figures, tuple(_table(definition, table, figures[table.metric]) for table in tables))


def _hidden(definition: Definition, values: Mapping[str, Decimal | None]) -> frozenset[str]:
    hidden = {name for name, value in values.items() if _few(value, definition, name)}
    for name in values:
        whole, part = values.get(definition.metrics[name].part_of or ""), values[name]
        if whole is not None and part is not None and _few(whole - part, definition, name):
            hidden.add(name)
    return frozenset(hidden)


def _table(definition: Definition, table: Table, figure: Shielded) -> ShieldedTable:
    """A table of people is finer than any figure: nothing but its total is shown once one of its cells is small."""
    every = {**table.cells, **table.margins}
    few = any(_few(one.value, definition, table.metric) for one in every.values())
    total = (None,) * len(table.dimensions)
    shown = {key: _shielded(one, few) for key, one in every.items()}
    return ShieldedTable(table.metric, table.dimensions, {**shown, total: figure})


def _shielded(one: Drawn, hide: bool) -> Shielded:
    return Shielded(None if hide else one.value, hide, "few" if hide else "")


def _few(value: Decimal | None, definition: Definition, name: str) -> bool:
    people = definition.counts_people(name)
    return people and value is not None and 0 < value < definition.protect.threshold
