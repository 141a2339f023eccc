"""Rows that an import adds, put into the columns in its own transaction: from cells that are typed already.

Reading them back out of stored JSON, for the first figure after an import, takes several times as long. Only months
grow whose columns were current and from which no row went; any other is copied when it is next read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import chain
from typing import Any

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
    ids = Observation.objects.filter(source=brought).order_by("pk").values_list("pk", flat=True)
    identity = dict(zip(sorted(_added(changes)), ids, strict=True))
    told = {day: (str(day), _month(day) in months) for day in set(rows.dates) if day}
    fixed: list[tuple[Any, ...] | None] = [None] * len(rows.dates)
    for place, pk in identity.items():
        day = rows.dates[place]
        if day and told[day][1]:
            fixed[place] = (told[day][0], pk, brought.pk, rows.precisions[place])
    start = 0
    for part in rows.parts:
        _put(dataset, part, fixed[start : start + part.count])
        start += part.count
    columns.stamp(dataset, months, columns.of_months(dataset, months))


def _added(changes: Changes) -> Iterator[int]:
    return chain((place for place, _n in changes.new), (place for place, _old in changes.changed))


def _month(day: date | None) -> str:
    return f"{day:%Y-%m}" if day else ""


def _put(dataset: Dataset, part: Part, fixed: Sequence[tuple[Any, ...] | None]) -> None:
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
