"""Rows that an import adds, put into the columns in its own transaction: from cells that are typed already.

Reading them back out of stored JSON, for the first figure after an import, takes several times as long. Only months
grow whose columns were current and from which no row went; any other is copied when it is next read.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain, compress
from typing import Any

from django.db import connection

from pipeline.models import Import
from pipeline.observations.comparing import Changes, Part, Rows
from pipeline.observations.datasets import Dataset
from pipeline.summaries import columns


def ready(dataset: Dataset, rows: Rows, changes: Changes, *, drop: bool) -> set[str]:
    """The months that may grow; asked before the rows are written."""
    gone = [old.date for _place, old in changes.changed] + [old.date for old in changes.vanished if drop]
    added = {rows.dates[place] for place in _added(changes)}
    wanted = set(map(_month, added)) - set(map(_month, gone)) - {""}
    if not wanted:
        return set()
    known, current = columns.standing(dataset), columns.of_months(dataset, wanted)
    return {month for month in wanted if known.get(month) == current.get(month)}


def grow(dataset: Dataset, rows: Rows, changes: Changes, brought: Import, months: set[str]) -> None:
    """Puts the import's rows of these months into the columns; asked once they are written."""
    if not months:
        return
    ids = _ids(rows, changes, brought)
    days = {day: str(day) if _month(day) in months else "" for day in set(rows.dates)}
    told = [days[day] if known else "" for day, known in zip(rows.dates, ids, strict=True)]
    start = 0
    for part in rows.parts:
        end = start + part.count
        fixed: list[Sequence[Any]] = [
            told[start:end], ids[start:end], [brought.pk] * part.count, rows.precisions[start:end],
        ]  # fmt: skip
        _put(dataset, part, fixed, told[start:end])
        start = end
    columns.stamp(dataset, months, columns.of_months(dataset, months))


def _ids(rows: Rows, changes: Changes, brought: Import) -> array[int]:
    """For each row of the file its id in the store; 0 where it was not written. They are in the file's order."""
    found = array("q", [0]) * len(rows.dates)
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM pipeline_observation WHERE source_id = %s ORDER BY id", [brought.pk])
        for place, (identity,) in zip(sorted(_added(changes)), cursor.fetchall(), strict=True):
            found[place] = identity
    return found


def _added(changes: Changes) -> Iterator[int]:
    return chain((place for place, _n in changes.new), (place for place, _old in changes.changed))


def _month(day: date | None) -> str:
    return f"{day:%Y-%m}" if day else ""


def _put(dataset: Dataset, part: Part, fixed: Sequence[Sequence[Any]], chosen: Sequence[str]) -> None:
    """The rows of one sheet that are chosen, which says something; `fixed` is what stands before their cells."""
    names, cells = [], []
    for name, said, convert in columns.typers(dataset):
        if name not in part.columns:
            continue
        entries, codes = part.columns[name]
        names.append(name)
        cells.append(map([None if one is None else convert(one[0]) for one in entries].__getitem__, codes))
        if said in columns.NUMBERS:
            names.append(f"{name}__q")
            unsure = [None if one is None else columns.qualified(one[2]) for one in entries]
            cells.append(map(unsure.__getitem__, codes))
            ends = [None if one is None else columns.upper(one[1], one[2], convert) for one in entries]
            if any(end is not None for end in ends):
                names.append(f"{name}__m")
                cells.append(map(ends.__getitem__, codes))
    columns.put(dataset, names, compress(zip(*fixed, *cells, strict=True), chosen))
