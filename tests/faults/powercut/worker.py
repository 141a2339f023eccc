"""A real process that delivers on a real home while its writes are recorded. Started by the power-cut suite.

python -m tests.faults.powercut.worker prepare POSTS      a store with so many approved posts on the calendar
python -m tests.faults.powercut.worker due                makes them due
python -m tests.faults.powercut.worker deliver            delivers them, marking what was acknowledged; waits; leaves
python -m tests.faults.powercut.worker deliver 2          the same in so many threads, as scheduler.py has them
python -m tests.faults.powercut.worker finish             delivers what is left, unrecorded, as after a power cut

POWERCUT_SYNCHRONOUS in the environment is the broken variant: the pragma that each connection is given on top.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import django

from tests.faults.powercut.snapshot import reader, snapshot

CHANNELS = 4
# The first tick is so long that the WAL reaches the size at which SQLite empties it by itself and starts it anew; after
# each tick the last connection closes, and SQLite removes the WAL: so the short ones are the lives of several WALs.
ONE_LONG_TICK, SHORT_TICK = 36, 2
PATIENCE = 200  # seconds: what is not out by then is stuck


def prepare(posts: int) -> None:
    from pipeline import setup
    from tests.worlds import World

    setup.prepare()
    world = World(home())
    channels = [world.channel, *(world.add_channel("bluesky", f"bluesky-{n}") for n in range(1, CHANNELS))]
    for number in range(posts):
        _schedule(world, channels[number % CHANNELS], f"Note {number} : 132 expulsions à Calais.")


def make_due() -> None:
    """A moment ago: what is not out is due, and late by nobody's policy, however long the suite has run."""
    from django.utils import timezone

    from pipeline.models import Publication

    left = Publication.objects.exclude(state__in=["published", "verified"])
    left.update(due_at=timezone.now() - timedelta(seconds=2))


def finish() -> None:
    make_due()
    tick_until_done()


def _schedule(world, channel, text: str) -> None:
    """An approved post of text alone, on the calendar: no card is drawn."""
    from django.utils import timezone

    from pipeline import drafts, planning, review
    from pipeline.models import VariantText

    post = drafts.create(text[:20], [drafts.Piece(channel, {"fr": text})], by=world.intern)
    for row in VariantText.objects.filter(variant__post=post):
        drafts.mark_read(row, by=world.intern)
    review.approve(review.submit(post, by=world.intern), by=world.coordinator)
    at = timezone.now() + timedelta(minutes=5)
    planning.schedule(post, planning.wall_time(at.isoformat()), by=world.intern)


def deliver(threads: int) -> None:
    from django.db import connection, connections

    from pipeline.delivery import checkpoints

    connection.ensure_connection()  # never is the look the last one to close the database: it would empty the WAL
    mark = marker()
    mark("start")
    checkpoints.arm(mark)
    if threads == 1:
        tick_until_done(sizes=chain([ONE_LONG_TICK], repeat(SHORT_TICK)))
    else:
        with ThreadPoolExecutor(threads) as pool:
            for done in [pool.submit(tick_until_done, number) for number in range(threads)]:
                done.result()
    checkpoints.arm(None)
    mark("still")
    print("still", flush=True)
    sys.stdin.readline()  # the test copies the files as they stand
    connections.close_all()


def marker() -> Callable[[str], None]:
    """What looks at the store and writes what it says into the recorder's log.

    What a second connection can see has been acknowledged: SQLite shows a commit only once it has returned from its
    sync. It is closed after each look, so that SQLite empties and removes the WAL as it does in production, whenever
    a tick closes its own. Of several workers one at a time looks and writes, so that the marks stand in the order of
    what they say.
    """
    from django.conf import settings

    database = Path(settings.DATABASES["default"]["NAME"])
    write = ctypes.CDLL(None).powercut_mark
    write.argtypes, write.restype = [ctypes.c_char_p, ctypes.c_int64], None
    among_threads, among_processes = threading.Lock(), (home() / "marks.lock").open("w")

    def mark(name: str) -> None:
        if name.endswith(" the beat"):
            return  # it tells nothing of posts, and a worker that waits for others beats all the time
        with among_threads, closing(reader(database)) as second:
            fcntl.flock(among_processes, fcntl.LOCK_EX)
            text = json.dumps({"at": name, **snapshot(second), "out": outbox()}).encode()
            write(text, len(text))
            fcntl.flock(among_processes, fcntl.LOCK_UN)

    return mark


def outbox() -> list[str]:
    """The posts that are out, by the folder's own listing."""
    root = Path(os.environ["POWERCUT_OUTBOX"])
    return sorted(str(path.parent.relative_to(root)) for path in root.glob("*/[!.]*/submission.json"))


def one_batch(worker: str, done: Any, until: float) -> None:
    """Instead of all that is due, in a tick."""
    from pipeline.delivery import engine

    done.handled += engine._deliver_some(worker, set(), until)


def tick_until_done(number: int = 0, sizes: Iterator[int] | None = None) -> None:
    """Ticks until every post is out; `sizes` says how many posts each tick takes, where that is not left to it."""
    from django.db import connections

    from pipeline import delivery
    from pipeline.delivery import engine, recover
    from pipeline.models import Publication

    end = time.monotonic() + PATIENCE
    while left := list(Publication.objects.exclude(state__in=["published", "verified"]).values_list("pk", "state")):
        if time.monotonic() > end:
            raise SystemExit(f"not delivered in {PATIENCE} s: {left}")
        if sizes is not None:
            engine.BATCH, engine._deliver = next(sizes), one_batch
        delivery.tick(worker=recover.worker_name(number))
    if number:
        connections.close_all()  # a thread's own


def vary_synchronous(level: str) -> None:
    """The broken variant, made here and not by a setting that somebody could use."""
    from django.db.backends.signals import connection_created

    def weaken(connection, **_more) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA synchronous={level}")

    connection_created.connect(weaken, weak=False)


def home() -> Path:
    return Path(os.environ["PORTEVOIX_HOME"])


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if given := os.environ.get("POWERCUT_SYNCHRONOUS"):
        vary_synchronous(given)
    number = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    {"prepare": lambda: prepare(number), "due": make_due, "deliver": lambda: deliver(number), "finish": finish}[
        sys.argv[1]
    ]()
