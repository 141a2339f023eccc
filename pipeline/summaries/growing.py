"""Rows that an import adds, put into the columns in its own transaction: from cells that are typed already.

Reading them back out of stored JSON, for the first figure after an import, takes several times as long. Only months
grow whose columns were current and from which no row went; any other is copied when it is next read.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import chain, islice

from pipeline.models import Import, Observation
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
    fixed = _fixed(rows, changes, brought, months)
    for part in rows.parts:
        _put(dataset, part, islice(fixed, part.count))
    columns.stamp(dataset, months, columns.of_months(dataset, months))


Fixed = tuple[str, int, int, str]  # the day of a row, its id, its import, how exactly it is dated


def _fixed(rows: Rows, changes: Changes, brought: Import, months: set[str]) -> Iterator[Fixed | None]:
    """For each row of the file what stands before its cells; None for those that are not put in. Rows were written
    in the order of the file, so that their ids are in it too."""
    added = bytearray(len(rows.dates))
    for place in _added(changes):
        added[place] = 1
    ids = Observation.objects.filter(source=brought).order_by("pk").values_list("pk", flat=True).iterator()
    days = {day: str(day) for day in set(rows.dates) if _month(day) in months}
    for day, precision, new in zip(rows.dates, rows.precisions, added, strict=True):
        pk = next(ids) if new else 0
        yield (days[day], pk, brought.pk, precision) if pk and day in days else None


def _added(changes: Changes) -> Iterator[int]:
    return chain((place for place, _n in changes.new), (place for place, _old in changes.changed))


def _month(day: date | None) -> str:
    return f"{day:%Y-%m}" if day else ""


def _put(dataset: Dataset, part: Part, fixed: Iterator[Fixed | None]) -> None:
    """The rows of one sheet; None stands for those that are not put in."""
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
    every = zip(fixed, zip(*cells, strict=True), strict=True)
    columns.put(dataset, names, ((known, row) for known, row in every if known))
