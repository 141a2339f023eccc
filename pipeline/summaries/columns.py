"""A dataset's live rows in plain columns, kept beside the store month by month: what figures are drawn from.

Reading a number out of stored JSON costs a dozen times what reading a column does. The columns are only a copy: a month
whose live rows changed by import, correction or undoing is told by its stamp and copied again before it is read.
Words are folded (case, spaces), numbers with decimals are whole millionths, so that sums are exact on every database;
a set is a JSON list, `NAME__q` is 1 where a number has a qualifier, and `NAME__m` is the upper end of a range.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db import connection

from pipeline.models import ColumnMonth
from pipeline.models.cells import whole
from pipeline.observations.datasets import Dataset
from pipeline.observations.values import same

NUMBERS = frozenset({"count", "decimal", "amount", "age"})
SCALED = frozenset({"decimal", "amount"})
SCALE = 10**6
PRIME = 1_000_003
CHUNK = 2000  # rows held at once
UNDATED = ""

Stamps = dict[str, str]  # by month, "2026-10"; "" for rows without a date
fold = same


def table(dataset: Dataset) -> str:
    """The name of the table that holds the dataset's columns."""
    return f"columns_{dataset.dataset}"


def kind(dataset: Dataset, column: str) -> str:
    """The type of a column; a derived one is a category."""
    return dataset.columns[column].type if column in dataset.columns else "category"


def names(dataset: Dataset) -> list[str]:
    """The columns that are copied: all but those that no figure may be made of."""
    return [*dataset.columns, *(name for name in dataset.derived if name not in dataset.columns)]


def refreshed(dataset: Dataset, start: date | None, end: date | None) -> Stamps:
    """The stamps of the months with live rows from `start` to before `end` (None: of all rows), their columns current.

    Inside a transaction; two processes that do it at the same time wait for each other.
    """
    if start is not None and end is not None:  # whole months: a stamp is a month's
        start, end = start.replace(day=1), (end - timedelta(days=1)).replace(day=28) + timedelta(days=4)
        end = end.replace(day=1)
    known, current = standing(dataset), _current(dataset, start, end)
    stale = {month for month in (*current, *known) if _within(month, start, end) or month in current}
    stale = {month for month in stale if current.get(month) != known.get(month)}
    for month in sorted(stale):
        _copy(dataset, month)
    stamp(dataset, stale, current)
    return current


def standing(dataset: Dataset) -> Stamps:
    """The stamps of what the columns hold; the table is made where it is not there or has other columns."""
    _lock(dataset)
    _make(dataset, _layout(dataset))
    return dict(ColumnMonth.objects.filter(dataset=dataset.dataset).values_list("month", "stamp"))


def stamp(dataset: Dataset, months: Collection[str], current: Stamps) -> None:
    """Keeps that these months of the columns are as `current` tells; empty where it does not name them."""
    ColumnMonth.objects.filter(dataset=dataset.dataset, month__in=months).delete()
    ColumnMonth.objects.bulk_create(
        ColumnMonth(dataset=dataset.dataset, month=month, stamp=current[month], layout=_layout(dataset))
        for month in sorted(months)
        if month in current
    )


def of_months(dataset: Dataset, months: Collection[str]) -> Stamps:
    """What the live rows of these months, and of those between them, are now."""
    first, last = month_bounds(min(months))[0], month_bounds(max(months))[1]
    return _current(dataset, date.fromisoformat(first), date.fromisoformat(last))


def _within(month: str, start: date | None, end: date | None) -> bool:
    if start is None or end is None:
        return True
    return bool(month) and start.isoformat()[:7] <= month < end.isoformat()


def _lock(dataset: Dataset) -> None:
    """SQLite's transactions are alone from their beginning; PostgreSQL's take turns here."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            number = int.from_bytes(hashlib.sha256(table(dataset).encode()).digest()[:7], "big")
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])


# ------------------------------------------------------------------------------------------------------ table


def _layout(dataset: Dataset) -> str:
    told = [list(_declared(dataset))]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def _make(dataset: Dataset, layout: str) -> None:
    """The table, empty and without stamps, unless it is there with these columns and stamps."""
    known = ColumnMonth.objects.filter(dataset=dataset.dataset)
    there = table(dataset) in connection.introspection.table_names()
    if there and known.exists() and not known.exclude(layout=layout).exists():
        return
    known.delete()
    columns = ", ".join(_declared(dataset))
    without = " WITHOUT ROWID" if connection.vendor == "sqlite" else ""
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TABLE IF EXISTS "{table(dataset)}"')
        cursor.execute(f'CREATE TABLE "{table(dataset)}" ({columns}, PRIMARY KEY ("_date", "_id")){without}')


def _declared(dataset: Dataset) -> Iterator[str]:
    yield from ('"_date" TEXT NOT NULL', '"_id" BIGINT NOT NULL', '"_source" BIGINT', '"_precision" TEXT NOT NULL')
    for name in names(dataset):
        said = kind(dataset, name)
        yield f'"{name}" {"BIGINT" if said in NUMBERS | {"yes_no", "weekday"} else "TEXT"}'
        if said in NUMBERS:
            yield f'"{name}__q" BIGINT'
            yield f'"{name}__m" BIGINT'


# ----------------------------------------------------------------------------------------------------- stamps


def _current(dataset: Dataset, start: date | None, end: date | None) -> Stamps:
    """What the live rows of each month are now.

    A row's values never change: a corrected row is a new one, with a higher id. So the ids say it all, and they are
    told by their number, sum, and sum of squares in a finite field. Asked by day, as the index has them in that order.
    """
    bounds = "" if start is None or end is None else " AND date >= %s AND date < %s"
    params: list[Any] = [dataset.dataset, True, *([start, end] if bounds else [])]
    sql = f"""SELECT date, COUNT(*), SUM(id), SUM((id %% {PRIME}) * (id %% {PRIME}))
FROM pipeline_observation WHERE dataset = %s AND live = %s{bounds} GROUP BY date"""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        for day, *told in cursor.fetchall():
            month = found[str(day)[:7] if day else UNDATED]
            month[:] = [one + int(more) for one, more in zip(month, told, strict=True)]
    return {month: ".".join(map(str, told)) for month, told in found.items()}


# ---------------------------------------------------------------------------------------------------- copying


def month_bounds(month: str) -> tuple[str, str]:
    """From which day to before which day a month goes, as texts."""
    year, number = int(month[:4]), int(month[5:])
    return f"{month}-01", f"{year + number // 12}-{number % 12 + 1:02d}-01"


def _copy(dataset: Dataset, month: str) -> None:
    """The month's columns made again from its live rows."""
    bounds = month_bounds(month) if month else None
    chosen = "date >= %s AND date < %s" if bounds else "date IS NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f'DELETE FROM "{table(dataset)}" WHERE '
            + ('"_date" >= %s AND "_date" < %s' if bounds else "\"_date\" = ''"),
            bounds or (),
        )
        cursor.execute(
            f'SELECT id, source_id, date, date_precision, "values" FROM pipeline_observation '
            f"WHERE dataset = %s AND live = %s AND {chosen} ORDER BY id",
            [dataset.dataset, True, *(bounds or ())],
        )
        while rows := cursor.fetchmany(CHUNK):
            _insert(dataset, rows)


def _insert(dataset: Dataset, rows: list[tuple[Any, ...]]) -> None:
    """Stored rows typed column by column; those that no row fills are left out."""
    every = [json.loads(one[4]) for one in rows]
    filled, columns = {name for cells in every for name in cells}, {}
    for name, said, convert in typers(dataset):
        if name in filled:
            found = [cells.get(name) for cells in every]
            columns[name] = [None if one is None else convert(whole(one)["value"]) for one in found]
            if said in NUMBERS:
                cells = [None if one is None else whole(one) for one in found]
                columns[f"{name}__q"] = [None if one is None else qualified(one["qual"]) for one in cells]
                ends = [one and upper(one["max"], one["qual"], convert) for one in cells]
                if any(end is not None for end in ends):
                    columns[f"{name}__m"] = ends
    ids, sources, days, precisions, _cells = zip(*rows, strict=True)
    fixed = ([str(day) if day else "" for day in days], ids, sources, precisions)
    put(dataset, list(columns), zip(*fixed, *columns.values(), strict=True))


def put(dataset: Dataset, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    """Adds rows to the columns: each its day, id, import and precision, then what stands in the columns of `names`."""
    titles = ", ".join(f'"{name}"' for name in ("_date", "_id", "_source", "_precision", *names))
    marks = ", ".join(["%s"] * (4 + len(names)))
    statement, rest = f'INSERT INTO "{table(dataset)}" ({titles}) VALUES ({marks})', iter(rows)
    with connection.cursor() as cursor:
        while some := list(islice(rest, CHUNK)):
            cursor.executemany(statement, some)


def qualified(qual: str) -> int:
    """1 where a number is not just that number."""
    return int(qual != "exact")


def upper(most: Any, qual: str, convert: Callable[[Any], Any]) -> Any:
    """The upper end of "10-15" and "fewer than 5" as it stands in the column; None where none is known."""
    return None if most is None or qual not in {"range", "at_most"} else convert(most)


def typers(dataset: Dataset) -> list[tuple[str, str, Callable[[Any], Any]]]:
    """Each column's name, its type, and what makes of a cell's value what stands in the column."""
    known: dict[str, Callable[[Any], Any]] = {
        "set": members, "count": int, "age": int, "weekday": int, "yes_no": int, "date": str, "time": str,
        "decimal": scaled, "amount": scaled,
    }  # fmt: skip
    return [(name, said, known.get(said, _word)) for name in names(dataset) for said in [kind(dataset, name)]]


def _word(value: Any) -> str:
    return fold(str(value))


def scaled(value: Any) -> int:
    """A decimal number in whole millionths."""
    return int((Decimal(str(value)) * SCALE).to_integral_value())


def members(value: Any) -> str:
    """A set ("CRS, PN") as a JSON list of folded words."""
    return json.dumps([fold(one) for one in str(value).split(", ") if one], ensure_ascii=False)
