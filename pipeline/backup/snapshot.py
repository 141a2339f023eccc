"""The database as it stood at one moment, in one file, and what that copy says of itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection, connections, transaction
from django.db.migrations.recorder import MigrationRecorder

from pipeline import audit
from pipeline.backup import postgres
from pipeline.backup.parts import DATABASES, Head
from pipeline.errors import Refused
from pipeline.footage import place_of
from pipeline.models import Footage, Import, Rendition, RenditionState
from pipeline.rendering import store
from publishers._sentences import _

PATIENCE = 20.0  # seconds for a lock, as in the settings


@dataclass(frozen=True)
class Snapshot:
    """A copy of the database and the facts in that copy, not in the database that has meanwhile moved on."""

    database: Path
    migrations: tuple[tuple[str, str], ...]
    head: Head
    wanted: frozenset[str]  # names of the files that its rows refer to, as parts.py names them


def take(work: Path) -> Snapshot:
    """The snapshot, its file in `work`; writers are not kept waiting."""
    target = work / Path(DATABASES[connection.vendor]).name
    if connection.vendor == "postgresql":
        # One exported snapshot for pg_dump and for us: what we read here is what the dump holds.
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute("SELECT pg_export_snapshot()")
            postgres.dump(target, cursor.fetchone()[0])
            return _facts(target)
    _copy(Path(connection.settings_dict["NAME"]), target)
    with standing_on(target):
        return _facts(target)


def _copy(source: Path, target: Path) -> None:
    """A consistent copy: one read transaction, which in WAL mode sees one moment and blocks nobody.

    VACUUM INTO and not the backup API: rows that were deleted, perhaps because somebody withdrew, leave no remains in
    the free pages of the copy, and a writer in another process cannot make it start again.
    """
    address = f"file:{quote(str(source))}?mode=ro"
    try:
        with closing(sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)) as reader:
            reader.execute("VACUUM INTO ?", (str(target),))
        with closing(sqlite3.connect(target)) as copy:
            found = copy.execute("PRAGMA quick_check").fetchone()[0]
    except sqlite3.Error as error:
        raise Refused(
            _("The database could not be copied ({why}): nothing was backed up. Check its disk.", why=str(error))
        ) from None
    if found != "ok":
        raise Refused(_("The database is damaged ({why}): keep the last good backup, and restore it.", why=found))


@contextmanager
def standing_on(database: Path) -> Iterator[None]:
    """Lets the models of this thread stand on another SQLite file, and puts the usual connection back."""
    usual = connections["default"]
    other = type(usual)({**usual.settings_dict, "NAME": str(database)}, "default")
    connections["default"] = other
    try:
        yield
    finally:
        other.close()
        connections["default"] = usual


def head() -> Head:
    """How far the audit chain of the database that we stand on goes, and whether it holds."""
    verdict = audit.verify()
    return Head(seq=verdict.entries, hash=verdict.head, ok=verdict.ok)


def _facts(database: Path) -> Snapshot:
    applied = MigrationRecorder(connection).applied_migrations()
    return Snapshot(database, tuple(sorted(applied)), head(), frozenset(_wanted()))


def _wanted() -> Iterator[str]:
    """The name of every file that a row stands for. Only columns of the first release: an older store is read too."""
    home = Path(settings.PORTEVOIX_HOME)
    for sha256, mime in Rendition.objects.filter(state=RenditionState.READY).values_list("sha256", "mime"):
        yield store.path_of(sha256, mime).relative_to(home).as_posix()
    for sha256 in Footage.objects.values_list("sha256", flat=True):
        yield place_of(sha256).relative_to(home).as_posix()
    for sha256 in Import.objects.values_list("sha256", flat=True):
        yield f"imports/{sha256}"
