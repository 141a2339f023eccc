"""A dataset's live rows in plain columns, kept beside the store month by month: what figures are drawn from.

Reading a number out of stored JSON costs a dozen times what reading a column does. The columns are only a copy: a month
whose live rows changed by import, correction or undoing is told by its stamp and copied again before it is read.
Words are folded (case, spaces), numbers with decimals are whole millionths, so that sums are exact on every database;
a set is a JSON list, and `NAME__q` is 1 where a number has a qualifier.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import connection

from pipeline.models import ColumnMonth
from pipeline.observations.datasets import Dataset
from pipeline.observations.values import same

NUMBERS = frozenset({"count", "decimal", "amount", "age"})
SCALED = frozenset({"decimal", "amount"})
SCALE = 10**6
PRIME = 1_000_003
CHUNK = 2000  # rows held at once
UNDATED = ""

Stamps = dict[str, str]  # by month, "2026-10"; "" for rows without a date
fold = lru_cache(maxsize=65536)(same)


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
    _lock(dataset)
    layout = _layout(dataset)
    _make(dataset, layout)
    current = _current(dataset, start, end)
    kept = ColumnMonth.objects.filter(dataset=dataset.dataset)
    known = dict(kept.values_list("month", "stamp"))
    for month in sorted({*current, *(one for one in known if _within(one, start, end))}):
        if current.get(month) != known.get(month):
            _copy(dataset, month)
            kept.filter(month=month).delete()
            if month in current:
                ColumnMonth.objects.create(dataset=dataset.dataset, month=month, stamp=current[month], layout=layout)
    return current


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
    told = [[name, kind(dataset, name)] for name in names(dataset)]
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


# ----------------------------------------------------------------------------------------------------- stamps


def _current(dataset: Dataset, start: date | None, end: date | None) -> Stamps:
    """What the live rows of each month are now.

    A row's values never change: a corrected row is a new one, with a higher id. So the ids say it all, and they are
    told by their number, least, greatest, sum, and sum of squares in a finite field.
    """
    month = "to_char(date, 'YYYY-MM')" if connection.vendor == "postgresql" else "substr(date, 1, 7)"
    bounds = "" if start is None or end is None else " AND date >= %s AND date < %s"
    params: list[Any] = [dataset.dataset, True, *([start, end] if bounds else [])]
    sql = f"""SELECT {month}, COUNT(*), MIN(id), MAX(id), SUM(id), SUM((id % {PRIME}) * (id % {PRIME}))
FROM pipeline_observation WHERE dataset = %s AND live = %s{bounds} GROUP BY 1"""
    with connection.cursor() as cursor:
        cursor.execute(sql.replace(f"% {PRIME}", f"%% {PRIME}"), params)
        return {row[0] or UNDATED: ".".join(str(int(one)) for one in row[1:]) for row in cursor.fetchall()}


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
    typed = _typers(dataset)
    width = 4 + sum(2 if said in NUMBERS else 1 for _name, said, _type in typed)
    with connection.cursor() as cursor:
        cursor.executemany(
            f'INSERT INTO "{table(dataset)}" VALUES ({", ".join(["%s"] * width)})',
            [_flat(row, typed) for row in rows],
        )


def _flat(row: tuple[Any, ...], typed: list[tuple[str, str, Callable[[Any], Any]]]) -> list[Any]:
    identity, source, day, precision, stored = row
    cells: Mapping[str, Mapping[str, Any]] = json.loads(stored)
    flat = [str(day) if day else "", identity, source, precision]
    for name, said, convert in typed:
        cell = cells.get(name)
        flat.append(None if cell is None else convert(cell["value"]))
        if said in NUMBERS:
            flat.append(None if cell is None else int(cell["qual"] != "exact"))
    return flat


def _typers(dataset: Dataset) -> list[tuple[str, str, Callable[[Any], Any]]]:
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
