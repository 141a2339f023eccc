"""How punctual delivery is, what a tick costs over a full store, and how fast a queue drains.

python bench/delivery.py [--json] [--quick]

The platform takes everything at once, so what is measured is ours. The floor of the drain is a bare loop of the same
commits: the very statements that a delivery must make durable, through the same ORM on the same disk, in the same run.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import platform
import sqlite3
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, partial
from itertools import islice
from pathlib import Path
from timeit import timeit
from typing import Any

from _posts import approved

ROOT = Path(__file__).parents[1]
QUICK = "--quick" in sys.argv
CHANNELS = 20
AT_ONCE = 100
STORED = 5_000 if QUICK else 100_000
QUEUED = 500 if QUICK else 10_000
SPARE = 10_000
ROUNDS = 15


def set_up(home: Path) -> None:
    """Makes a store of its own and tells Django of it."""
    os.environ.update(
        PORTEVOIX_HOME=str(home), DATABASE_URL="", DJANGO_SETTINGS_MODULE="config.settings",
        PORTEVOIX_QUIET_HOURS="", PORTEVOIX_GRACE_MINUTES="0",
    )  # fmt: skip
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from pipeline import setup

    setup.prepare()


def add_platform() -> None:
    """Puts a platform that takes everything at once among the others."""
    from pydantic import BaseModel

    from publishers import registry
    from publishers._base import Check, Prepared, Publisher, Receipt, Reconciliation
    from publishers._sentences import _

    class Nothing(BaseModel):
        """No credentials."""

    class Instant(Publisher):
        platform, label, Credentials, reconciliation = "instant", "Instant", Nothing, Reconciliation.EXACTLY_ONCE
        network = classmethod(lambda _cls, _credentials: "bluesky")  # whose limits it has

        def validate(self, submission: Any) -> list[Any]:
            return []

        def prepare(self, submission: Any, saved: dict[str, Any]) -> Prepared:
            return Prepared(saved={"key": os.urandom(8).hex()})

        def commit(self, prepared: Prepared) -> Receipt:
            return self._receipt(prepared.saved["key"])

        def find(self, submission: Any, saved: dict[str, Any]) -> Receipt:
            return self._receipt(saved["key"])

        def _receipt(self, key: str) -> Receipt:
            return Receipt(id=key, url=f"https://example.org/{key}")

        def check(self, pending: Any) -> Any:
            raise NotImplementedError

        def remove(self, receipt: Any) -> None:
            raise NotImplementedError

        def metrics(self, receipt: Any) -> list[Any]:
            return []

        def doctor(self) -> list[Check]:
            return [Check(name="open", ok=True, sentence=_("yes"))]

    registry()["instant"] = Instant


class Newsroom:
    """People, twenty channels, and as many approved posts as wanted."""

    def __init__(self, folder: Path) -> None:
        from pipeline import channels
        from pipeline.models import Channel
        from tests.web.studio import Studio

        self.studio = Studio(folder)
        self.picture = self.studio.picture()
        self.channels = [
            channels.add(f"instant-{n}", "instant", {}, by=self.studio.administrator) for n in range(CHANNELS)
        ]
        Channel.objects.update(posts_per_day=1_000_000)  # the pace is not what is measured

    def with_pictures(self, number: int) -> list[Any]:
        """So many approved posts with a picture, made through the stages."""
        return list(approved(number, self.studio, self.channels, self.picture))

    def in_bulk(self, number: int, due_at: datetime, state: str) -> None:
        """So many approved posts of text, their rows written at once, as the stages would leave them."""
        from pipeline import models as m
        from pipeline import review
        from publishers._base import Part, Submission, canonical, seal

        by, now = self.studio.intern, due_at
        posts = m.Post.objects.bulk_create(
            [m.Post(title=f"Post {n}", state="approved", created_by=by) for n in range(number)]
        )
        chosen = [self.channels[n % CHANNELS] for n in range(number)]
        variants = m.Variant.objects.bulk_create(
            [m.Variant(post=p, channel=c, kind="text") for p, c in zip(posts, chosen, strict=True)]
        )
        texts = [f"{n} expulsions." for n in range(number)]
        m.VariantText.objects.bulk_create(
            m.VariantText(variant=v, lang="fr", text=t, written_by=by, read_by=by)
            for v, t in zip(variants, texts, strict=True)
        )
        sealed = [
            Submission(platform="instant", channel=c.name, kind="text", parts=(Part(text=t, langs=("fr",)),))
            for c, t in zip(chosen, texts, strict=True)
        ]
        seals = [seal(s) for s in sealed]
        revisions = m.Revision.objects.bulk_create(
            m.Revision(post=p, number=1, seal=review.seal_of([s]), submitted_by=by, submitted_at=now)
            for p, s in zip(posts, seals, strict=True)
        )
        items = m.RevisionItem.objects.bulk_create(
            m.RevisionItem(revision=r, variant=v, submission=canonical(text), seal=s)
            for r, v, text, s in zip(revisions, variants, sealed, seals, strict=True)
        )
        m.RevisionAuthor.objects.bulk_create(m.RevisionAuthor(revision=r, user=by) for r in revisions)
        m.Approval.objects.bulk_create(
            m.Approval(revision=r, user=self.studio.coordinator, seal=r.seal, at=now) for r in revisions
        )
        m.Publication.objects.bulk_create(
            m.Publication(
                variant=v, channel=c, item=i, state=state, due_at=due_at, wall_time=due_at, zone="UTC", scheduled_by=by
            )
            for v, c, i in zip(variants, chosen, items, strict=True)
        )


def punctuality(room: Newsroom) -> list[float]:
    """Seconds from due time to the announced request of a hundred posts due at one moment, the scheduler running."""
    import scheduler
    from pipeline import planning
    from pipeline.models import Attempt, Publication

    posts = room.with_pictures(AT_ONCE)
    due_at = _now() + timedelta(seconds=45)  # the calendar takes a while
    for post in posts:
        planning.schedule(post, planning.wall_time(due_at.isoformat()), by=room.studio.intern)
    stop = threading.Event()
    clock = threading.Thread(target=scheduler.run, args=(stop,))
    clock.start()
    try:
        waiting = Publication.objects.filter(state__in=["scheduled", "claimed", "prepared", "committing"])
        while waiting.exists() and _now() < due_at + timedelta(minutes=2):
            time.sleep(0.5)
    finally:
        stop.set()
        clock.join()
    return sorted((one.started_at - due_at).total_seconds() for one in Attempt.objects.all())


def tick_cost(room: Newsroom) -> list[float]:
    """Milliseconds of one tick over a full store with fifty due, sending them left out."""
    from pipeline.delivery import claims, engine

    room.in_bulk(STORED, _now() - timedelta(days=30), "verified")
    room.in_bulk(50, _now(), "scheduled")
    take, claims.take = claims.take, lambda *_given: False
    try:
        return [1000 * timeit(engine.tick, number=1) for _round in range(ROUNDS)]
    finally:
        claims.take = take


@dataclass(frozen=True)
class Drained:
    """Publications a second."""

    ours: float
    bare: float  # the same writes alone, each made by the ORM
    compiled: float  # the same, their updates compiled once as delivery's are
    disk: float  # as many bare commits
    together: float  # two processes of ours
    cpu: float  # ours by the ORM's, in CPU time alone: a busy disk makes both slow and so the ratio better


def drain(room: Newsroom) -> Drained:
    """Of ticks over a long queue, and of what they are measured by, in turns."""
    from pipeline.delivery import engine
    from pipeline.models import Publication

    Publication.objects.filter(state="scheduled").update(state="cancelled")
    before = out()
    room.in_bulk(QUEUED, _now(), "scheduled")
    room.in_bulk(SPARE, _now() - timedelta(days=2), "missed")
    spare = iter(list(Publication.objects.filter(state="missed").values_list("pk", "channel_id")))
    floors: dict[str, list[float]] = {"bare": [], "compiled": [], "disk": []}
    ours, cpu, bare_cpu = 0.0, 0.0, list[float]()
    engine.TURN = 5.0  # so many seconds of ours, then the floors beside it, so that noise meets all of them
    while Publication.objects.filter(state="scheduled").exists():
        cpu -= time.process_time()
        ours += timeit(engine.tick, number=1)
        cpu += time.process_time()
        for name, update in (("bare", by_the_orm), ("compiled", compiled_once)):
            some, began = list(islice(spare, 100)), time.process_time()
            took = timeit(lambda rows=some, by=update: [bare_commits(*row, by) for row in rows], number=1)
            floors[name].append(100 / took)
            bare_cpu += [(time.process_time() - began) / 100] if name == "bare" else []
        floors["disk"].append(sqlite_commits())
    assert out() == before + QUEUED
    medians = {name: statistics.median(rates) for name, rates in floors.items()}
    medians["cpu"] = statistics.median(bare_cpu) * QUEUED / cpu
    return Drained(ours=QUEUED / ours, **medians, together=two_processes(room))


def out() -> int:
    """How many are out that were due by now, what the floors wrote left aside."""
    from pipeline.models import Publication

    recent = Publication.objects.filter(due_at__gte=_now() - timedelta(days=1))
    return recent.filter(state__in=["published", "verified"]).count()


def two_processes(room: Newsroom) -> float:
    """Publications a second of two workers in processes of their own, over a shorter queue."""
    from django.db import connections

    from pipeline.models import Publication

    Publication.objects.filter(state="published").update(next_try_at=None)  # nothing of before is read back meanwhile
    before, number = out(), QUEUED // 5
    room.in_bulk(number, _now(), "scheduled")
    connections.close_all()
    workers = [multiprocessing.get_context("fork").Process(target=tick_until_empty) for _number in range(2)]
    took = timeit(lambda: [[w.start() for w in workers], [w.join() for w in workers]], number=1)
    assert out() == before + number
    return number / took


def tick_until_empty() -> None:
    """One worker's part."""
    from pipeline.delivery import engine
    from pipeline.models import Publication

    while Publication.objects.filter(state="scheduled").exists():
        engine.tick()


def by_the_orm(model: Any, pk: int, **fields: Any) -> None:
    """An update as anybody would write it."""
    model.objects.filter(pk=pk).update(**fields)


def compiled_once(model: Any, pk: int, **fields: Any) -> None:
    """The same, by a statement that Django compiles the first time."""
    _change(model, tuple(fields))(pk=pk, **fields)


@cache
def _change(model: Any, fields: tuple[str, ...]) -> Any:
    from pipeline.compiled import Change, given

    return Change(lambda: model.objects.filter(**given(model, "pk")), lambda: given(model, *fields))


def bare_commits(pk: int, channel: int, update: Callable[..., None] = by_the_orm) -> None:
    """What one delivery writes, in as many transactions, and nothing else: claim, step, announcement, receipt.

    The same columns of a row that is as fresh; no question is asked.
    """
    from django.db import transaction

    from pipeline import audit
    from pipeline.models import Attempt, Channel, Publication, Receipt

    now, name = _now(), os.urandom(8).hex()
    lease, row = now + timedelta(minutes=30), partial(update, Publication, pk)
    with transaction.atomic():
        row(state="claimed", fence=1, worker="w" * 40, lease_until=lease, next_try_at=None, error=None)
    with transaction.atomic():
        row(state="prepared", saved={"key": name}, saved_seal="s" * 64, lease_until=lease)
    with transaction.atomic():
        row(state="committing", committed_at=now, lease_until=lease)
        update(Channel, channel, tokens=1e6, tokens_at=now)
        attempt = Attempt.objects.create(publication_id=pk, fence=1, seal="s" * 64, started_at=now)
    with transaction.atomic():
        row(
            state="published", lease_until=None, error=None, doubt_since=None, restored_at=None, attempts=0, looks=0,
            next_try_at=now + timedelta(days=1),
        )  # fmt: skip
        update(Attempt, attempt.pk, ended_at=now, outcome="published", error=None)
        Receipt.objects.create(
            publication_id=pk, channel_id=channel, remote_id=name, url=f"https://example.org/{name}", published_at=now
        )
        audit.append(None, "publication.published", f"publication:{pk}", remote=name)


def sqlite_commits() -> float:
    """Publications a second of four bare transactions each, by Python's sqlite3 alone: what the disk gives."""
    with tempfile.TemporaryDirectory() as folder:
        bare = sqlite3.connect(Path(folder) / "bare.sqlite3", isolation_level=None)
        bare.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE p (id, state, saved)")
        bare.execute("INSERT INTO p VALUES (1, 'a', 'b')")
        number = 100
        began = time.perf_counter()
        for n in range(4 * number):
            bare.execute("UPDATE p SET state = ?, saved = ?", (str(n), "x" * 200))
        took = time.perf_counter() - began
        bare.close()
    return number / took


def _now() -> datetime:
    from django.utils import timezone

    return timezone.now()


def main() -> None:
    """Prints the table, or the figures as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        set_up(Path(folder) / "home")
        add_platform()
        room = Newsroom(Path(folder))
        late = punctuality(room)
        ticks = tick_cost(room)
        drained = drain(room)
    figures = [
        _figure(
            f"p99 lateness of {AT_ONCE} posts due at one moment", late[int(len(late) * 0.99) - 1], "s", 5, most=True
        ),
        _figure("median lateness", statistics.median(late), "s"),
        _figure(f"a tick over {STORED:,} stored, 50 due", statistics.median(ticks), "ms", 20, most=True),
        _figure(f"drain of {QUEUED:,} due", drained.ours, "publications/s"),
        _figure("bare loop of equal commits", drained.bare, "publications/s"),
        _figure("drain : bare loop", drained.ours / drained.bare, "ratio", 0.5),
        _figure("drain : bare loop, CPU time alone", drained.cpu, "ratio"),
        _figure("bare loop, its updates compiled once", drained.compiled, "publications/s"),
        _figure("drain : that loop", drained.ours / drained.compiled, "ratio"),
        _figure("bare SQLite, four commits each", drained.disk, "publications/s"),
        _figure("drain by two processes", drained.together, "publications/s"),
        _figure("by two : by one", drained.together / drained.ours, "ratio"),
    ]
    if "--json" in sys.argv:
        print(json.dumps({"figures": figures, "versions": _versions()}))
        return
    for figure in figures:
        goal = f"  goal {figure['goal']}{'' if figure['met'] else '  MISSED'}" if figure["goal"] is not None else ""
        print(f"{figure['name']:48} {figure['value']:9.3f} {figure['unit']}{goal}")


def _figure(name: str, value: float, unit: str, goal: float | None = None, *, most: bool = False) -> dict[str, Any]:
    met = goal is None or (value <= goal if most else value >= goal)
    return {"name": name, "value": round(value, 3), "unit": unit, "goal": goal, "met": met}


def _versions() -> dict[str, str]:
    import django

    return {"python": platform.python_version(), "django": django.__version__, "sqlite": sqlite3.sqlite_version}


if __name__ == "__main__":
    main()
