"""A database that is locked, full, read-only or gone, from any point of a delivery on; and what the worker makes of it.

python -m tests.faults.troubles sqlite|full|postgresql|broken     a JSON line for each case

Each case is a post that is due. At one checkpoint the trouble begins; the worker turns three times in it; the trouble
ends; the worker turns until the post is out. The network is in memory and keeps its own list.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

HOME = Path(os.environ.get("PORTEVOIX_HOME", "."))
STORE = HOME / "porte-voix.sqlite3"
TURNS = 5  # of two seconds: ten seconds
POINTS = (
    "before the beat", "before the claim", "after the claim", "before preparing", "before storing a step",
    "after storing a step", "before committing", "after committing", "before the request", "after the request",
    "before the receipt",
)  # fmt: skip
# On PostgreSQL a stop takes seconds: the points where what is written differs.
FEW = ("before the beat", "before the claim", "before storing a step", "before committing", "after the request",
       "before the receipt")  # fmt: skip


class Trouble:
    """Something that can begin and end."""

    def begin(self) -> None:
        raise NotImplementedError

    def end(self) -> None:
        raise NotImplementedError

    def again(self) -> None:
        """Between two turns: what keeps it as bad as it was."""


class Locked(Trouble):
    """Another process holds BEGIN EXCLUSIVE."""

    HOLDER = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        " c.execute('BEGIN EXCLUSIVE'); print('held', flush=True); sys.stdin.read()"
    )

    def __init__(self, store: Path) -> None:
        self.store = store

    def begin(self) -> None:
        self.holder = subprocess.Popen(
            [sys.executable, "-c", self.HOLDER, str(self.store)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert self.holder.stdout is not None
        assert self.holder.stdout.readline() == b"held\n"

    def end(self) -> None:
        self.holder.communicate()


class Pragma(Trouble):
    """What is said to every connection while the trouble lasts."""

    def __init__(self, said: Callable[[Any], str], taken_back: str) -> None:
        self.said, self.taken_back = said, taken_back

    def begin(self) -> None:
        from django.db import connection
        from django.db.backends.signals import connection_created

        self.on_new = lambda connection, **_more: self._say(connection)
        connection_created.connect(self.on_new)
        self._say(connection)

    def _say(self, connection: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(self.said(cursor))

    def end(self) -> None:
        from django.db import connection
        from django.db.backends.signals import connection_created

        connection_created.disconnect(self.on_new)
        with connection.cursor() as cursor:
            cursor.execute(self.taken_back)


def no_more_pages(cursor: Any) -> str:
    pages = cursor.execute("PRAGMA page_count").fetchone()[0]
    return f"PRAGMA max_page_count={pages}"


class NoWrites(Trouble):
    """A disk that takes no more bytes into any file, for this process."""

    def begin(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))

    def end(self) -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def fill(folder: Path) -> None:
    """Leaves no byte free on the file system of the folder."""
    with suppress(OSError), (folder / "filler").open("ab", buffering=0) as filler:
        while True:
            filler.write(b"." * 4096)


class Full(Trouble):
    """The file system that holds the home is full to the last byte (a small tmpfs, made by the test)."""

    def begin(self) -> None:
        fill(HOME)

    def again(self) -> None:
        fill(HOME)  # a connection that was closed after its failure gave the room of its log back

    def end(self) -> None:
        (HOME / "filler").unlink()


class Stopped(Trouble):
    """The PostgreSQL server is stopped as if its machine had died, and started again."""

    def __init__(self, server: Any) -> None:
        self.server = server

    def begin(self) -> None:
        self.server.stop()

    def end(self) -> None:
        self.server.start()


class Case:
    """One post that is due, and everything that is known about it from outside."""

    def __init__(self, world: Any, account: Any, platform: Any, number: int) -> None:
        from django.utils import timezone

        from pipeline import drafts, planning, review
        from pipeline.models import Publication, VariantText

        self.platform, self.token = platform, f"«{number}»"
        piece = drafts.Piece(account, {"fr": f"{self.token} malgré tout"})
        post = drafts.create("Panne", [piece], by=world.intern)
        for row in VariantText.objects.filter(variant__post=post):
            drafts.mark_read(row, by=world.intern)
        review.approve(review.submit(post, by=world.intern), by=world.coordinator)
        at = planning.wall_time((timezone.now() + timedelta(minutes=5)).isoformat())
        (row,) = planning.schedule(post, at, by=world.intern)
        Publication.objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(seconds=1))
        self.number = row.pk

    def asked(self) -> int:
        return sum(self.token in request.submission for request in self.platform.asked)

    def row(self) -> dict[str, Any]:
        from pipeline.models import Attempt, Publication, Receipt

        row = Publication.objects.get(pk=self.number)
        return {
            "state": row.state,
            "error": row.error,
            "asked": self.asked(),
            "announced": Attempt.objects.filter(publication=row).count(),
            "receipts": Receipt.objects.filter(publication=row).count(),
        }


class Lines(logging.Handler):
    """What the scheduler says to its log."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def tried(case: Case, trouble: Trouble, point: str) -> dict[str, Any]:
    """The facts of one case."""
    import scheduler
    from pipeline.delivery import checkpoints

    # The very work that the scheduler does every two seconds.
    reached, raised, lines, worker = [], [], Lines(), scheduler.clock(1).get_job("tick 0").func
    scheduler.log.addHandler(lines)

    def hook(name: str) -> None:
        if name == point and not reached:
            reached.append(name)
            trouble.begin()

    def turn() -> None:
        try:
            worker()
        except Exception as error:  # noqa: BLE001 - whatever gets past the worker is what is wrong
            raised.append(f"{type(error).__name__}: {error}")

    checkpoints.arm(hook)
    for _turn in range(3):
        turn()
        if reached:
            trouble.again()
    meanwhile = case.asked()
    if reached:
        trouble.end()
    said, turns, row = list(lines.said), 0, case.row()
    while row["state"] not in {"published", "verified"} and turns < TURNS:
        turn()
        turns, row = turns + 1, case.row()
    turn()
    scheduler.log.removeHandler(lines)
    checkpoints.arm(None)
    return {
        "point": point, "reached": bool(reached), "raised": raised, "said": said, "said after": lines.said[len(said):],
        "asked meanwhile": meanwhile, "turns": turns, "after": case.row(),
    }  # fmt: skip


def naive(_own: str) -> int:
    """The broken variant: what a worker let fall is simply due again."""
    from django.db.models import F

    from pipeline.models import Publication

    held = Publication.objects.filter(lease_until__isnull=False)
    return held.update(state="scheduled", fence=F("fence") + 1, lease_until=None, worker="", saved={})


def cases(kind: str, stack: ExitStack) -> Iterator[tuple[str, Trouble, str]]:
    """The name of each trouble, the trouble, and the point at which it begins."""
    if kind == "postgresql":
        yield from (("stopped", Stopped(stack.server), point) for point in FEW)  # type: ignore[attr-defined]
    elif kind == "full":
        yield from (("full", Full(), point) for point in POINTS)
    elif kind == "broken":
        yield "read-only", Pragma(lambda _cursor: "PRAGMA query_only=ON", "PRAGMA query_only=OFF"), "after the request"
    else:
        troubles = {
            "locked": Locked(STORE),
            "read-only": Pragma(lambda _cursor: "PRAGMA query_only=ON", "PRAGMA query_only=OFF"),
            "no more pages": Pragma(no_more_pages, "PRAGMA max_page_count=1073741823"),
            "no more bytes": NoWrites(),
        }
        yield from ((name, trouble, point) for name, trouble in troubles.items() for point in POINTS)


@contextmanager
def a_store(kind: str) -> Iterator[ExitStack]:
    """Settings read and tables made, on a database of that kind."""
    with ExitStack() as stack:
        if kind == "postgresql":
            from tests.faults.restarting import server

            stack.server = stack.enter_context(server())  # type: ignore[attr-defined]
            os.environ["DATABASE_URL"] = stack.server.url  # type: ignore[attr-defined]
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
        import django
        from django.db import connections

        django.setup()
        if kind != "postgresql":
            connections.databases["default"]["OPTIONS"]["timeout"] = 0.2
        from pipeline import setup

        setup.prepare()
        yield stack


def main(kind: str) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with a_store(kind) as stack:
        from pipeline import channels
        from pipeline.delivery import recover
        from tests.faults import scripted
        from tests.worlds import World

        if kind == "broken":
            recover.take_back = naive
        with scripted.installed() as platform:
            world = World(HOME)
            for number, (name, trouble, point) in enumerate(cases(kind, stack)):
                # An account for each: no account publishes fifty posts at once.
                account = channels.add(f"a{number}", scripted.Scripted.platform, {}, by=world.administrator)
                facts = tried(Case(world, account, platform, number), trouble, point)
                print(json.dumps({"trouble": name, **facts}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
