"""A real process that delivers to a sandbox on a real home, and dies where it is told (see test_adapter_kills.py).

python -m tests.faults.live_actor prepare           make a store with one publication that is due; LIVE says on what
python -m tests.faults.live_actor tick [KILL_AT]    a few ticks; SIGKILL itself at that checkpoint
python -m tests.faults.live_actor settle            ticks now and at the later times at which something is due
python -m tests.faults.live_actor decide [LINK]     a person looked: it is out there, or, without a link, it is not
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import django

COMMENT = "Source : la note"
SOON = (0, 0, 1)  # minutes; the last for networks that are given a while with a file
LATER = (0, 0.2, 6, 6.2, 6.4, 12, 13, 14, 30)  # minutes


def prepare() -> None:
    from django.utils import timezone

    from pipeline import channels, planning, review, setup
    from pipeline.models import Publication
    from publishers._limits import limits
    from tests.worlds import World

    setup.prepare()
    world = World(Path(os.environ["PORTEVOIX_HOME"]))
    platform, given = json.loads(os.environ["LIVE"])
    post = world.draft(channel=channels.add("live", platform, given, by=world.administrator))
    if limits(post.variants.get().channel.network).has("first_comment", "image"):
        post.variants.update(first_comment=COMMENT)
    review.approve(review.submit(post, by=world.intern), by=world.coordinator)
    at = planning.wall_time((timezone.now() + timedelta(minutes=5)).isoformat())
    planning.schedule(post, at, by=world.intern)
    Publication.objects.update(due_at=timezone.now() - timedelta(minutes=1))


def tick(kill_at: str) -> None:
    from pipeline import delivery
    from pipeline.delivery import checkpoints

    def reached(name: str) -> None:
        if name == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    checkpoints.arm(reached)
    later(delivery.tick, SOON)


def settle() -> None:
    from pipeline import delivery
    from pipeline.models import Publication

    later(delivery.tick, LATER)
    print(Publication.objects.get().state)


def later(act: Callable[[], object], times: tuple[float, ...]) -> None:
    """Acts now and so many minutes later."""
    import time_machine
    from django.utils import timezone

    began = timezone.now()
    for minutes in times:
        with time_machine.travel(began + timedelta(minutes=minutes), tick=True):
            act()


def decide(link: str) -> None:
    from pipeline.delivery import reconcile
    from pipeline.models import Publication, User

    assert reconcile.decide(Publication.objects.get(), by=User.objects.get(username="samira"), link=link or None)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    word = sys.argv[2] if len(sys.argv) > 2 else ""
    acts = {"prepare": prepare, "tick": lambda: tick(word), "settle": settle, "decide": lambda: decide(word)}
    acts[sys.argv[1]]()
