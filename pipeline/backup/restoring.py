"""Putting a store back: unpacked and proved beside its place, marked as one that forgot, moved in by one rename."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from pipeline import places
from pipeline.backup import epoch, keys, marking, parts, postgres, snapshot
from pipeline.backup.making import listed
from pipeline.backup.parts import About, Manifest
from pipeline.backup.recipients import identities
from pipeline.backup.unpacking import unpack
from pipeline.delivery.checkpoints import checkpoint
from pipeline.delivery.status import last_tick, silent
from pipeline.errors import Refused
from publishers._sentences import Sentence, _

ALIVE = timedelta(seconds=30)  # a scheduler ticks every two


@dataclass(frozen=True)
class Restored:
    """What a restore did, and what people have to do now."""

    home: Path
    backup: Path
    manifest: Manifest
    aside: Path | None  # where the home that stood here is now
    aside_schema: str | None  # the same for a PostgreSQL database
    marked: marking.Marked
    key: keys.Verdict
    migrated: bool


def restore(
    source: Path, *, identity: Path, key: Path | None = None, replace: bool = False,
    progress: Callable[[float], None] = lambda share: None,
) -> Restored:  # fmt: skip
    """What was restored into the home, all or nothing; everything in it is on hold. `Refused` where it cannot be whole.

    `source` is a backup or a folder of them, of which the newest is taken. `key` is the store key, which no backup
    holds. With `replace` a store that stands here is moved aside first. A killed restore leaves what stood here, and
    beside it a folder whose name ends in `.unfinished-restore`; the next one clears that away.
    """
    home = Path(settings.PORTEVOIX_HOME)
    backup, who, found = _chosen(source), identities(identity), keys.found(home, key)
    with _said(home), _staging(home) as (staging, resumed):
        _refuse_a_taken_place(home, replace=replace, resumed=resumed)
        manifest = unpack(backup, who, staging, progress)
        checkpoint("after unpacking")
        with _database(staging, manifest.about) as aside_schema:
            with _standing(staging, manifest.about):
                verdict = _prove(manifest.about, found)
                migrated = _migrate()
                checkpoint("before marking")
                marked = _mark(manifest.about, staging)
                checkpoint("after marking")
            keys.write(staging, verdict)
            aside = _move_in(staging, home)
    return Restored(home, backup, manifest, aside, aside_schema, marked, verdict, migrated)


def _chosen(source: Path) -> Path:
    if not source.is_dir():
        if not source.is_file():
            raise Refused(_("There is no file at {name}: check its name.", name=str(source)))
        return source
    found = listed(source)
    if not found:
        raise Refused(_("There is no backup in {folder}: its name begins with porte-voix-.", folder=str(source)))
    return found[0]


@contextmanager
def _said(home: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Refused(
            _("Nothing was restored into {home} ({why}): make room, or choose a PORTEVOIX_HOME in a folder of yours.",
              home=str(home), why=error.strerror or str(error))
        ) from None  # fmt: skip


@contextmanager
def _staging(home: Path) -> Iterator[tuple[Path, bool]]:
    """A folder beside the home, its name saying that it is unfinished; whether a killed restore had begun to load."""
    staging = epoch.unfinished(home)
    resumed = False
    if staging.exists():
        with places.locked(staging, _("Another restore into {home} is under way: let it end.", home=str(home))):
            resumed = (staging / epoch.LOADING).exists()
            places.remove(staging)
    staging.mkdir(parents=True, mode=0o700)
    if resumed:
        (staging / epoch.LOADING).touch()
    try:
        with places.locked(staging):
            yield staging, resumed
    finally:
        if not (staging / epoch.LOADING).exists():  # else the database still holds rows that nobody marked
            places.remove(staging)  # moved in by now, where all went well


def _refuse_a_taken_place(home: Path, *, replace: bool, resumed: bool) -> None:
    """`Refused` where a store stands and nobody said to replace it, or where its scheduler still ticks."""
    database = home / parts.SQLITE
    if connection.vendor == "sqlite" and Path(connection.settings_dict["NAME"]) != database:
        raise Refused(_("A restored SQLite store lives in PORTEVOIX_HOME: unset DATABASE_URL."))
    there = database.exists() if connection.vendor == "sqlite" else not postgres.is_empty()
    kept = any(True for _name in parts.kept_files(home, originals=True))
    if (kept or (there and not resumed)) and not replace:
        raise Refused(
            _("There is a store in {home}: name an empty PORTEVOIX_HOME, or add --replace, which moves it aside.",
              home=str(home))
        )  # fmt: skip
    if there and not silent(_last_tick(), timezone.now(), ALIVE):
        raise Refused(
            _("The store in {home} is at work, its scheduler just ticked: stop it everywhere, then restore.",
              home=str(home))
        )  # fmt: skip


def _last_tick() -> datetime | None:
    """When the scheduler of the store that stands here last ticked; a database that cannot say it is not at work."""
    try:
        return last_tick()
    except DatabaseError:
        return None
    finally:
        connection.close()  # its file is about to be moved


@contextmanager
def _database(staging: Path, about: About) -> Iterator[str | None]:
    """The unpacked database where the store will look for it; yields the schema that was moved aside, if any.

    SQLite's file stays in the folder and is moved in with it. PostgreSQL's is filled here, and emptied again where
    what follows fails; where it is killed instead, epoch.LOADING tells the next restore whose the rows are.
    """
    archived = staging / parts.DATABASES[about.database]
    if about.database == "sqlite":
        archived.rename(staging / parts.SQLITE)
        archived.parent.rmdir()
        yield None
        return
    aside = None if postgres.is_empty() else postgres.move_aside(_stamp())
    whole = False
    try:
        (staging / epoch.LOADING).touch()
        postgres.load(archived)
        checkpoint("after loading the database")
        places.remove(archived.parent)
        yield aside
        whole = True
    finally:
        if not whole:
            postgres.put_back(aside)
            (staging / epoch.LOADING).unlink(missing_ok=True)


def _standing(staging: Path, about: About) -> AbstractContextManager[None]:
    """The models stand on the restored database, not on the one that is still in its place."""
    return snapshot.standing_on(staging / parts.SQLITE) if about.database == "sqlite" else nullcontext()


def _prove(about: About, found: keys.Found) -> keys.Verdict:
    """Whether a key opens the restored channels; `Refused` where the log is not the one that the list names."""
    if snapshot.head() != about.audit:
        raise Refused(_("The log in this backup is not the one that it names: use the backup before it."))
    return keys.judge(found)


def _migrate() -> bool:
    """Whether the restored database was an older version's and is now up to date."""
    executor = MigrationExecutor(connection)
    behind = bool(executor.migration_plan(executor.loader.graph.leaf_nodes()))
    if behind:
        call_command("migrate", verbosity=0, interactive=False)
    return behind


def _mark(about: About, staging: Path) -> marking.Marked:
    new, made_at = epoch.new_id(), about.made_at.isoformat(timespec="seconds")
    marked = marking.mark("store.restored", _why(about), new, backup=made_at, log=about.audit.seq)
    epoch.write(staging, epoch.Epoch(new, epoch.entries()))
    return marked


def _why(about: About) -> Sentence:
    return _(
        "Restored from the backup of {at}: posts may be out of which the store knows nothing. Settle the doubts, "
        "cancel what was sent or moved early by hand since, then release.",
        at=timezone.localtime(about.made_at).strftime("%Y-%m-%d %H:%M"),
    )


def _move_in(staging: Path, home: Path) -> Path | None:
    """Where the home that stood here is now, if there was anything in it."""
    connection.close()
    os.sync()  # every file of it, before its name
    aside = None
    if home.exists() and any(home.iterdir()):
        aside = next(place for place in _asides(home) if not place.exists())
        home.rename(aside)
    checkpoint("between the homes")
    try:
        staging.rename(home)  # an empty folder gives way
    except OSError:
        if aside:
            aside.rename(home)
        raise
    places.sync(home.parent)
    checkpoint("after moving in")
    (home / epoch.LOADING).unlink(missing_ok=True)
    return aside


def _asides(home: Path) -> Iterator[Path]:
    stamp = _stamp()
    return (home.with_name(f"{home.name}.before-restore-{stamp}{f'-{n}' if n else ''}") for n in range(1000))


def _stamp() -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}"
