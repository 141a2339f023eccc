"""Which version this is, whether the store fits it, and the way from an older one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from pipeline.errors import Refused
from pipeline.models import User
from publishers._sentences import _

if TYPE_CHECKING:
    from django.db.migrations.migration import Migration

    from pipeline.backup.making import Made


@lru_cache
def program() -> str:
    """The version of the program."""
    return version("porte-voix")


@dataclass(frozen=True)
class Step:
    """One change of the store, and whether it can be undone without a backup."""

    name: str
    undoable: bool


@dataclass(frozen=True)
class Upgraded:
    """What was done: the backup made before, and the changes, none where the store was up to date."""

    made: Made | None
    steps: list[Step]
    entries: int


@dataclass(frozen=True)
class Standing:
    """How the store stands to this version: changes of a newer one, and changes that it has yet to see."""

    newer: list[str]
    ahead: list[Step]
    is_new: bool  # nobody is in it yet

    def refuse_newer(self) -> None:
        """`Refused` where the store was made by a newer version than this one."""
        if self.newer:
            raise Refused(
                _("The store was made by a newer version than {version} (it has {name}): update the program, or "
                  "restore the backup from before the upgrade.", version=program(), name=self.newer[-1])
            )  # fmt: skip

    def refuse_older(self) -> None:
        """`Refused` where the store was made by an older version than this one."""
        if self.ahead and not self.is_new:
            raise Refused(
                _("The store was made by an older version: run “portevoix upgrade DIR”, which backs it up first.")
            )


def standing() -> Standing:
    """The store that we stand on, compared with this program."""
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    applied, known = executor.loader.applied_migrations, executor.loader.disk_migrations
    apps_here = {app for app, _name in known or {}}
    newer = sorted(name for app, name in applied if app in apps_here and (app, name) not in (known or {}))
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return Standing(newer, [Step(f"{one.app_label}.{one.name}", _undoable(one)) for one, _back in plan], _nobody_in())


def _nobody_in() -> bool:
    """Whether the store has no person, as before the first setup, or after one that was interrupted."""
    with connection.cursor() as cursor:
        if User._meta.db_table not in connection.introspection.table_names(cursor):
            return True
        cursor.execute("SELECT 1 FROM pipeline_user LIMIT 1")  # not by the model, which may know columns to come
        return cursor.fetchone() is None


def upgrade(folder: Path) -> Upgraded:
    """The store at this version: backed up into `folder` before, counted before and after, its log read.

    `Refused` while a scheduler ticks, and without a backup where something would change.
    """
    from pipeline import audit, backup
    from pipeline.backup.restoring import ALIVE
    from pipeline.delivery.status import last_tick, silent

    now = standing()
    now.refuse_newer()
    if not now.ahead:
        return Upgraded(None, [], audit.verify().entries)
    if not silent(last_tick(), timezone.now(), ALIVE):
        raise Refused(
            _("The scheduler just ticked: stop “portevoix run”, “serve” and “work” everywhere, then upgrade.")
        )
    made, before = backup.back_up(folder), _counted()
    call_command("migrate", verbosity=0, interactive=False)
    after, verdict = _counted(), audit.verify()
    fewer = [name for name, n in before.items() if after.get(name, n) < n]
    if fewer or not verdict.ok:
        raise Refused(
            _("The upgrade lost rows ({what}): restore {backup}, and tell those who look after the program.",
              what=fewer or [_("the log")], backup=made.path.name)
        )  # fmt: skip
    return Upgraded(made, now.ahead, verdict.entries)


def _counted() -> dict[str, int]:
    """How many rows each table has."""
    found = {}
    with connection.cursor() as cursor:
        for name in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(name)}")  # noqa: S608 - a table's own name
            found[name] = int(cursor.fetchone()[0])
    return found


def _undoable(migration: Migration) -> bool:
    return all(operation.reversible for operation in migration.operations)
