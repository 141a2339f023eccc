"""A real process that backs up, restores, writes and delivers on a real home, and dies where it is told.

python -m tests.backup.actor VERB [WORD...]      the verbs are the functions below
ACTOR_KILL_AT names a checkpoint of pipeline/backup or pipeline/delivery at which it ends itself with SIGKILL.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from datetime import timedelta
from pathlib import Path

import django


def prepare(minutes: str) -> None:
    """A store with an approved post due in so many minutes; the outbox stands outside the home."""
    from pipeline import setup
    from pipeline.models import Publication
    from tests.worlds import World

    setup.prepare()
    world = World(home().parent)
    row = world.scheduled(minutes=5)
    due = row.due_at + timedelta(minutes=float(minutes) - 5)
    Publication.objects.update(due_at=due)
    assert row.item_id is not None


def tick() -> None:
    from pipeline import delivery

    delivery.tick()
    delivery.tick()


def due_now() -> None:
    """Time passes: every waiting post is due since a minute."""
    from django.utils import timezone

    from pipeline.models import Publication

    due = timezone.now() - timedelta(minutes=1)
    Publication.objects.filter(state="scheduled").update(due_at=due, next_try_at=None)


def became_due() -> None:
    """The hold is an hour old, and the post's time came half an hour ago."""
    from django.utils import timezone

    from pipeline.models import Hold, Publication

    now = timezone.now()
    Hold.objects.update(since=now - timedelta(hours=1))
    Publication.objects.filter(state="scheduled").update(due_at=now - timedelta(minutes=10))


def prepare_only() -> None:
    """A worker has prepared the post, its key is stored, and then the platform asked to come back later."""
    from pipeline.delivery import engine
    from publishers import outbox
    from publishers._base import TryLater
    from publishers._sentences import _

    def busy(_self: object, _prepared: object) -> None:
        raise TryLater(_("later"))

    usual, outbox.Outbox.commit = outbox.Outbox.commit, busy
    try:
        engine.tick()
    finally:
        outbox.Outbox.commit = usual


def hold() -> None:
    from pipeline import delivery
    from pipeline.models import User

    delivery.pull(by=User.objects.get(username="camille"), reason="a raid")


def months_pass() -> None:
    """Every doubt may be looked into again, so that each tick asks once more."""
    from pipeline import delivery
    from pipeline.models import Publication

    for _round in range(10):
        Publication.objects.filter(state="uncertain").update(next_try_at=None)
        delivery.tick()


def release() -> None:
    from pipeline import delivery
    from pipeline.models import User

    delivery.release(by=User.objects.get(username="samira"))


def migrate_to(name: str) -> None:
    from django.core.management import call_command

    call_command("migrate", "pipeline", name, verbosity=0)


def state() -> None:
    from pipeline.models import Hold, Publication

    rows = Publication.objects.order_by("pk").values("state", "restored_at", "lease_until", "fence", "error")
    held = Hold.objects.filter(released_at=None).values("reason", "why")
    print(json.dumps({"rows": list(rows), "held": list(held)}, default=str))


def check_epoch() -> None:
    from pipeline import backup

    print(json.dumps(backup.check_epoch()))


def starts() -> None:
    """What a scheduler does that somebody starts: it asks first, then it ticks."""
    from pipeline import backup

    home().mkdir(exist_ok=True)
    backup.check_epoch()
    tick()


def write(stop: str) -> None:
    """Small transactions, each an entry of the log and a counter that says how many there are, until `stop` exists."""
    from django.db import transaction
    from django.utils import timezone

    from pipeline import audit
    from pipeline.models import Beat

    number = 0
    while not Path(stop).exists():
        with transaction.atomic():
            number += 1
            audit.append(None, "test.written", f"n:{number}")
            Beat.objects.update_or_create(
                name="writer", defaults={"at": timezone.now(), "details": {"n": number, "pad": "x" * (number % 3000)}}
            )
        if number % 50 == 0:
            time.sleep(0.002)  # SQLite is not fair: one that never pauses keeps all others out
    print(number)


def backups(count: str, folder: str) -> None:
    from pipeline import backup

    for _number in range(int(count)):
        made = backup.back_up(Path(folder))
        assert not made.manifest.missing


def stand_in(place: Path, database: str | None = None) -> None:
    """This process now works on another, empty home, as a new one would with PORTEVOIX_HOME set."""
    from django.conf import settings
    from django.db import connection

    settings.PORTEVOIX_HOME = place
    connection.close()
    connection.settings_dict["NAME"] = database or str(place / "porte-voix.sqlite3")


def restores(folder: str, identity: str, into: str) -> None:
    """Each backup of the folder into a home of its own; prints where they are."""
    from pipeline import backup

    for path in backup.listed(Path(folder)):
        stand_in(Path(into) / path.stem)
        done = backup.restore(path, identity=Path(identity))
        print(json.dumps({"home": str(done.home), "seq": done.manifest.about.audit.seq}))


def restores_postgres(folder: str, identity: str, into: str) -> None:
    """The same into databases of their own, already made and named bound0, bound1, ..."""
    from pipeline import audit, backup

    for number, path in enumerate(backup.listed(Path(folder))):
        stand_in(Path(into) / path.stem, f"bound{number}")
        done = backup.restore(path, identity=Path(identity))
        assert audit.verify().ok
        print(json.dumps({"database": f"bound{number}", "seq": done.manifest.about.audit.seq}))


def refusals(identity: str, *files: str) -> None:
    """What is said of each of these files when it is restored, or ACCEPTED."""
    from pipeline import backup
    from pipeline.errors import Refused

    for path in files:
        try:
            backup.restore(Path(path), identity=Path(identity))
        except Refused as refusal:
            print(refusal.sentence.text("en"))
        else:
            print("ACCEPTED")


def restore(source: str, identity: str, *more: str) -> None:
    from pipeline import backup

    backup.restore(Path(source), identity=Path(identity), key=Path(more[0]) if more else None)


def replace(source: str, identity: str) -> None:
    from pipeline import backup

    backup.restore(Path(source), identity=Path(identity), replace=True)


def restore_stuck(source: str, identity: str) -> None:
    """A restore that fails after it has loaded the rows, and the database is gone before they can be taken out."""
    from django.db import OperationalError

    from pipeline import backup
    from pipeline.backup import marking, postgres

    def gone(*_any: object, **_more: object) -> None:
        raise OperationalError("the server is gone")

    marking.mark = postgres.put_back = gone
    try:
        backup.restore(Path(source), identity=Path(identity))
    except OperationalError:
        return
    raise AssertionError("it went through")


def restore_naive(source: str, identity: str, key: str) -> None:
    """The broken variant: the rows are put back as they were, nobody doubts them. In a process of its own."""
    from django.utils import timezone

    from pipeline.backup import epoch, marking

    def nothing(_action: str, _why: object, new: str, **_detail: object) -> marking.Marked:
        epoch.store(new, timezone.now())
        return marking.Marked(0, 0)

    marking.mark = nothing
    restore(source, identity, key)


def home() -> Path:
    from django.conf import settings

    return Path(settings.PORTEVOIX_HOME)


def arm() -> None:
    from pipeline.delivery import checkpoints

    def reached(name: str) -> None:
        if name == os.environ["ACTOR_KILL_AT"]:
            os.kill(os.getpid(), signal.SIGKILL)

    if os.environ.get("ACTOR_KILL_AT"):
        checkpoints.arm(reached)


def main(words: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    arm()
    globals()[words[0]](*words[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
