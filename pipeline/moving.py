"""A SQLite store moved to PostgreSQL: all of it or nothing, counted and compared before it counts.

While it runs the old store is locked for writers, so nothing can be announced and nothing is sent; when it is done the
old store is on hold for good, and only then the new one is committed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dj_database_url
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management.color import no_style
from django.db import DataError, OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Model
from django.utils import timezone

from pipeline import audit, delivery
from pipeline.backup.restoring import ALIVE
from pipeline.delivery.status import last_tick, silent
from pipeline.errors import Refused
from publishers._base import canonical
from publishers._sentences import _

SOURCE, TARGET = "default", "target"
SOME = 500  # rows at a time
MOVED = _("This store was moved to another database: name that one in DATABASE_URL. Nothing may go out from here.")
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Table:
    """What stands in a table: how many rows, and a hash of all their values, whatever their order."""

    name: str
    rows: int
    content: str


def move(url: str, progress: Progress = lambda share: None) -> list[Table]:
    """The tables of the new database, each equal to the old one's. `Refused`, with nothing written, where they are not.

    The old store is on hold afterwards and stays where it is.
    """
    _refuse_at_work()
    # SQLite's transactions are IMMEDIATE: from here on nobody else writes. Its hold is committed before the new store.
    with _target(url) as target, transaction.atomic(TARGET), transaction.atomic(SOURCE):
        _make_tables(target)
        models = _models(target)
        with _without_triggers(target):
            for number, model in enumerate(models):
                _copy(model)
                progress((number + 1) / len(models) / 2)
        _count_on(target, models)
        found = [_same(model, progress, (number + 1) / len(models)) for number, model in enumerate(models)]
        _refuse_a_broken_chain(target)
        delivery.pull(by=None, why=MOVED)
    return found


def _refuse_at_work() -> None:
    if connections[SOURCE].vendor != "sqlite":
        raise Refused(_("This store is on PostgreSQL already: only a SQLite store is moved."))
    if not silent(last_tick(), timezone.now(), ALIVE):
        raise Refused(_("The scheduler just ticked: stop “portevoix run”, “serve” and “work” everywhere, then move."))


@contextmanager
def _target(url: str) -> Iterator[BaseDatabaseWrapper]:
    """The new database, empty, as the connection `target`."""
    try:
        place = dj_database_url.parse(url)
    except ValueError:
        raise Refused(_("This is no address of a database: postgres://user:password@host:5432/name")) from None
    if place["ENGINE"] != "django.db.backends.postgresql":
        raise Refused(_("A store moves to PostgreSQL only: postgres://user:password@host:5432/name"))
    connections.settings[TARGET] = connections.configure_settings({SOURCE: {}, TARGET: dict(place)})[TARGET]
    try:
        target = connections[TARGET]
    except ImproperlyConfigured:
        del connections.settings[TARGET]
        raise Refused(
            _('What speaks to PostgreSQL is not installed: EXTRAS="--extra postgres" make install-server, then move.')
        ) from None
    try:
        if target.introspection.table_names():
            raise Refused(_("There is something in that database already: make an empty one (createdb porte_voix)."))
        yield target
    except OperationalError as error:
        why = str(error).splitlines()[0]
        raise Refused(_("The new database does not answer ({why}): nothing was moved.", why=why)) from None
    finally:
        connections[TARGET].close()
        del connections[TARGET], connections.settings[TARGET]


@contextmanager
def _standing_on(target: BaseDatabaseWrapper) -> Iterator[None]:
    """What names no database stands on the new one."""
    usual, alias = connections[SOURCE], target.alias
    target.alias, connections[SOURCE] = SOURCE, target
    try:
        yield
    finally:
        target.alias, connections[SOURCE] = alias, usual


def _make_tables(target: BaseDatabaseWrapper) -> None:
    """The tables of this version, without a row but the list of migrations."""
    with _standing_on(target):
        executor = MigrationExecutor(target)
        executor.migrate(executor.loader.graph.leaf_nodes())


def _models(target: BaseDatabaseWrapper) -> list[type[Model]]:
    """Every model with a table, links between models included."""
    there = set(target.introspection.table_names())
    return [
        one for one in apps.get_models(include_auto_created=True) if one._meta.db_table in there and one._meta.managed
    ]


@contextmanager
def _without_triggers(target: BaseDatabaseWrapper) -> Iterator[None]:
    """The rules that look at each new row rest: rows of before may be older than a change of somebody's role."""
    with target.cursor() as cursor:
        cursor.execute("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal")
        ruled = [name for (name,) in cursor.fetchall()]
        for name in ruled:
            cursor.execute(f"ALTER TABLE {name} DISABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")  # making tables set some of them to be looked at at once
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for name in ruled:
            cursor.execute(f"ALTER TABLE {name} ENABLE TRIGGER USER")


def _copy(model: type[Model]) -> None:
    """Every row as it is: no value is set anew on its way."""
    manager: Any = model._base_manager
    rows: list[Model] = []
    for row in manager.using(SOURCE).iterator(SOME):
        rows.append(row)
        if len(rows) == SOME:
            _insert(manager, rows)
            rows = []
    if rows:
        _insert(manager, rows)


def _insert(manager: Any, rows: list[Model]) -> None:
    try:
        manager._insert(rows, manager.model._meta.local_concrete_fields, raw=True, using=TARGET)
    except (DataError, ValueError) as error:
        raise Refused(
            _("A row of {table} does not fit into PostgreSQL ({why}): nothing was moved.",
              table=manager.model._meta.db_table, why=str(error).splitlines()[0])
        ) from None  # fmt: skip


def _count_on(target: BaseDatabaseWrapper, models: list[type[Model]]) -> None:
    """The next new row of each table gets a number that none has."""
    with target.cursor() as cursor:
        for statement in target.ops.sequence_reset_sql(no_style(), models):
            cursor.execute(statement)


def _same(model: type[Model], progress: Progress, share: float) -> Table:
    """The table, the same in both databases; `Refused` where it is not."""
    before, after = table(model, SOURCE), table(model, TARGET)
    progress(0.5 + share / 2)
    if before != after:
        raise Refused(
            _("{table} is not the same in the new database ({n} rows of {m}): nothing was moved.",
              table=before.name, n=after.rows, m=before.rows)
        )  # fmt: skip
    return after


def table(model: type[Model], using: str) -> Table:
    """What stands in the table of that database. The sum of the rows' hashes does not hang on their order."""
    fields = [field.attname for field in model._meta.local_concrete_fields]
    count = total = 0
    for row in model._base_manager.using(using).values_list(*fields).iterator(SOME):
        digest = hashlib.sha256(canonical({"row": [_told(value) for value in row]}).encode()).digest()
        count, total = count + 1, (total + int.from_bytes(digest)) % 2**256
    return Table(model._meta.db_table, count, f"{total:064x}")


def _told(value: Any) -> Any:
    """A value as JSON has it, the same from either database."""
    if isinstance(value, bytes | memoryview):
        return bytes(value).hex()
    if value is None or isinstance(value, bool | int | float | str | list | dict):
        return value
    return str(value.astimezone(timezone.get_default_timezone()) if hasattr(value, "astimezone") else value)


def _refuse_a_broken_chain(target: BaseDatabaseWrapper) -> None:
    with _standing_on(target):
        verdict = audit.verify()
    if not verdict.ok:
        raise Refused(_("The log is broken at entry {n}: nothing was moved. See “portevoix audit verify”.",
                        n=verdict.broken_at or verdict.entries))  # fmt: skip
