"""The `sql:` metric: one figure by a statement of a person's own, which the database itself keeps from writing.

The statement reads `records`: the summary's rows of the period with their id, their date and the columns that the
metric declares, and nothing else. It gives one row: `value`, and `_ids`, the ids of the rows behind it.
"""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.db import DatabaseError, connection, transaction

from pipeline.errors import Refused
from pipeline.observations.datasets import Dataset
from pipeline.summaries import columns, compiling
from pipeline.summaries.compiling import Query, Vendor
from pipeline.summaries.definitions import Definition
from pipeline.summaries.periods import Period
from pipeline.summaries.tables import Drawn
from publishers._sentences import _

SECONDS = 5  # that a statement may take
STEPS = 10_000  # of SQLite's machine between two looks at the clock
FORBIDDEN = frozenset({"load_extension", "readfile", "writefile", "edit", "fts3_tokenizer"})


def statement(definition: Definition, name: str, span: Period, vendor: Vendor) -> Query:
    """What is run for an sql metric."""
    metric, dataset = definition.metrics[name], definition.rows
    shown = ", ".join(['r."_id" AS id', 'r."_date" AS date', *(_shown(one, dataset) for one in metric.columns)])
    where = compiling.of_period(definition, span, vendor)
    asked = (metric.sql or "").strip().rstrip(";").replace("%", "%%")
    return Query(
        f'WITH records AS (\nSELECT {shown}\nFROM "{columns.table(dataset)}" r\nWHERE {where.sql}\n)\n'
        f"SELECT value, _ids, (SELECT COUNT(*) FROM records) FROM (\n{asked}\n) AS asked",
        where.params,
    )


def _shown(column: str, dataset: Dataset) -> str:
    """A column as people know it: decimals as numbers, not as whole steps."""
    scaled = columns.kind(dataset, column) in columns.SCALED
    return f'r."{column}" / {columns.SCALE}.0 AS "{column}"' if scaled else f'r."{column}"'


def answered(definition: Definition, name: str, span: Period, vendor: Vendor) -> tuple[Drawn, tuple[int, ...]]:
    """The figure and the ids of its rows. Raises Refused for a statement that fails, writes, or names strange rows."""
    query = statement(definition, name, span, vendor)
    try:
        with _reading_only(definition.rows), connection.cursor() as cursor:
            if vendor == "postgresql":
                _refuse_other_tables(definition, name, query)
            cursor.execute(query.sql, query.params)
            rows = cursor.fetchmany(2)
    except DatabaseError as error:
        raise Refused(_("The statement of {name} cannot be run: {error}. Correct it in the summary's file.",
                        name=name, error=str(error).splitlines()[0])) from error  # fmt: skip
    if len(rows) != 1:
        raise Refused(_("The statement of {name} must give exactly one row: value and _ids.", name=name))
    value, told, selected = rows[0]
    ids = tuple(sorted({int(one) for one in re.findall(r"\d+", str(told or ""))}))
    _refuse_strangers(definition, name, span, vendor, ids)
    return Drawn(None if value is None else Decimal(str(value)), int(selected), len(ids)), ids


def _refuse_strangers(definition: Definition, name: str, span: Period, vendor: Vendor, ids: tuple[int, ...]) -> None:
    """Every id must be one of the period's rows, so that the figure can be traced."""
    where = compiling.of_period(definition, span, vendor)
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT r."_id" FROM "{columns.table(definition.rows)}" r WHERE {where.sql}', where.params)
        known = {int(one) for (one,) in cursor.fetchall()}
    if strange := [one for one in ids if one not in known]:
        raise Refused(_("The statement of {name} names rows that are not of {period}: {ids}.",
                        name=name, period=span.code, ids=[str(one) for one in strange[:5]]))  # fmt: skip


def _refuse_other_tables(definition: Definition, name: str, query: Query) -> None:
    """Which tables a statement would read is in PostgreSQL's own plan of it; SQLite asks us itself."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {query.sql}", query.params)
        told = str(cursor.fetchone())
    read = set(re.findall(r"[\"']Relation Name[\"']: [\"']([^\"']+)", told))
    if strange := sorted(read - {columns.table(definition.rows)}):
        raise Refused(_("The statement of {name} cannot be run: {error}. Correct it in the summary's file.",
                        name=name, error=", ".join(strange)))  # fmt: skip


@contextmanager
def _reading_only(dataset: Dataset) -> Iterator[None]:
    """For as long as it lasts, the database refuses to write, and to read any other table."""
    if connection.vendor == "postgresql":
        with _read_only_transaction():
            yield
        return
    connection.ensure_connection()
    raw: sqlite3.Connection = connection.connection
    late = time.monotonic() + SECONDS
    raw.execute("PRAGMA query_only = ON")
    raw.set_authorizer(_authorizer(columns.table(dataset)))
    raw.set_progress_handler(lambda: int(time.monotonic() > late), STEPS)
    try:
        yield
    finally:
        raw.set_authorizer(None)
        raw.set_progress_handler(None, 0)
        raw.execute("PRAGMA query_only = OFF")


def _authorizer(table: str) -> Any:
    """What SQLite asks before each access of a statement: whether it may."""
    reads = {table, "records", "asked", "json_each", "json_tree", ""}

    def allowed(action: int, first: str | None, second: str | None, _base: str | None, _inner: str | None) -> int:
        if action == sqlite3.SQLITE_READ:
            return sqlite3.SQLITE_OK if (first or "") in reads else sqlite3.SQLITE_DENY
        if action == sqlite3.SQLITE_FUNCTION:
            return sqlite3.SQLITE_DENY if str(second).lower() in FORBIDDEN else sqlite3.SQLITE_OK
        plain = action in {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE}
        return sqlite3.SQLITE_OK if plain else sqlite3.SQLITE_DENY

    return allowed


@contextmanager
def _read_only_transaction() -> Iterator[None]:
    """A part of the transaction that PostgreSQL lets read and no more; what it set is taken back with it."""
    point = transaction.savepoint()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL transaction_read_only = on")
            cursor.execute(f"SET LOCAL statement_timeout = {SECONDS * 1000}")
        yield
    finally:
        transaction.savepoint_rollback(point)
