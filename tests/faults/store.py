"""The model stores of a fault suite and fresh copies of them, on SQLite or on a PostgreSQL of its own.

The parent process never opens a database connection through Django: all of that happens in forked children.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

# A Wednesday forenoon in Paris, far from quiet hours and from both nights of the clock changes.
START = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
DUE = START + timedelta(minutes=30)
# Only processes are killed here, never the machine: what a disk keeps is the power-cut suite's question.
HASTE = ("fsync=off", "full_page_writes=off", "autovacuum=off")


class Store:
    """Models by name, each filled once; `fresh` brings one back to how it was then, for the next case."""

    def __init__(self, folder: Path, server: str) -> None:
        self.folder, self.server = folder, server
        self.marks: dict[str, Any] = {}

    def use(self, name: str) -> None:
        """Points this process's Django at a store; only in a child that has no connection yet."""
        from django.db import connections

        connections["default"].settings_dict["NAME"] = name if self.server else str(self.folder / name)

    def make(self, model: str) -> None:
        """An empty database where the server needs one made; a file makes itself."""
        if self.server:
            from tests import postgres

            postgres.create(self.server, model)

    def keep(self, model: str) -> None:
        """Remembers the model as it stands now, for `fresh`. SQLite keeps the file itself, which nobody writes."""
        if self.server:
            with self._connected(model) as connection:
                connection.execute("CREATE SCHEMA kept")
                for table in self._tables(connection):
                    connection.execute(f'CREATE TABLE kept."{table}" AS TABLE public."{table}"')

    def fresh(self, model: str) -> str:
        """The name of a store that is as the model was.

        PostgreSQL: what was written is put back in place, in 10 ms; a database made from a template took 360.
        """
        if not self.server:
            for leftover in self.folder.glob("case*"):
                leftover.unlink()
            shutil.copyfile(self.folder / model, self.folder / "case")
            return "case"
        with self._connected(model) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND datname = current_database()"
            )
            now = self._marks(connection)
            touched = [table for table, mark in now.items() if mark != self.marks.get(table)]
            # Neither foreign keys nor the rules of the log speak while the rows are put back.
            connection.execute("SET session_replication_role = replica")
            for table in touched:
                put_back = f'DELETE FROM public."{table}"; INSERT INTO public."{table}" SELECT * FROM kept."{table}"'
                connection.execute(put_back)
            connection.commit()
            self.marks = now | self._marks(connection, touched)
            connection.commit()
            connection.autocommit = True
            if touched:  # or every case would be slower than the one before
                connection.execute("VACUUM " + ", ".join(f'public."{table}"' for table in touched))
        return model

    def _marks(self, connection: Any, tables: Iterable[str] | None = None) -> dict[str, Any]:
        """What tells whether a table was written: how many rows it has, and which transaction wrote last."""
        parts = [
            f"SELECT '{table}', count(*), max(xmin::text::bigint) FROM public.\"{table}\""
            for table in (self._tables(connection) if tables is None else tables)
        ]
        return {name: mark for name, *mark in connection.execute(" UNION ALL ".join(parts))} if parts else {}

    @contextmanager
    def _connected(self, name: str) -> Iterator[Any]:
        import psycopg

        with psycopg.connect(self.server.rsplit("/", 1)[0] + f"/{name}") as connection:
            yield connection

    @staticmethod
    def _tables(connection: Any) -> list[str]:
        found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return [name for (name,) in found]


@contextmanager
def opened(database: str, folder: Path) -> Iterator[Store]:
    """A store folder with Django set up on it; the database server, where there is one, ends with the block."""
    os.environ["PORTEVOIX_HOME"] = str(folder / "home")
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    if database == "postgresql":
        from tests import postgres

        with postgres.server(*HASTE) as url:
            os.environ["DATABASE_URL"] = url
            yield _set_up(folder, url)
    else:
        os.environ["DATABASE_URL"] = ""
        yield _set_up(folder, "")


def _set_up(folder: Path, server: str) -> Store:
    import django

    django.setup()
    # Imported once here, so that no child does it again.
    import httpcore  # noqa: F401
    import time_machine  # noqa: F401

    import pipeline.delivery  # noqa: F401
    from pipeline import drafts, planning, review  # noqa: F401
    from tests.faults import adapters

    adapters.install()
    return Store(folder, server)


def credentials(account: str, kind: str, addresses: Mapping[str, Any], *, secure: bool, **more: Any) -> dict[str, Any]:
    """The settings of a channel on the test platform."""
    url = addresses["https"][kind] if secure else addresses["http"]
    return {"url": url, "account": account, "ca": addresses["ca"] if secure else "", **more}


def prepare(addresses: Mapping[str, Any], *, channels_each: int, posts_each: int, **more: Any) -> None:
    """Fills the store in use: people, channels of each class, and approved posts that are all due at `DUE`."""
    from pipeline import channels, setup
    from tests.faults.platform import CLASSES
    from tests.worlds import World

    setup.prepare()
    world = World(Path(os.environ["PORTEVOIX_HOME"]))
    for kind in CLASSES:
        for number in range(channels_each):
            name = f"{kind}-{number}" if channels_each > 1 else kind
            known = credentials(name, kind, addresses, secure=False, **more)
            channel = channels.add(name, kind, known, languages=["fr"], by=world.administrator)
            type(channel).objects.filter(pk=channel.pk).update(posts_per_day=100_000)
            for post in range(posts_each):
                schedule(world, channel, f"{name}, message {post} : 132 expulsions.")


def schedule(world: Any, channel: Any, text: str) -> None:
    """A publication of a post of plain text, approved by a second person and due at `DUE`."""
    from pipeline import drafts, planning, review
    from pipeline.models import VariantText

    post = drafts.create("Octobre", [drafts.Piece(channel, {"fr": text})], by=world.intern)
    for row in VariantText.objects.filter(variant__post=post):
        drafts.mark_read(row, by=world.intern)
    review.approve(review.submit(post, by=world.intern), by=world.coordinator)
    post.refresh_from_db()
    planning.schedule(post, planning.wall_time(DUE.isoformat()), by=world.intern)
