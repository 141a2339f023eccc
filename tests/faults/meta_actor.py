"""A real process that delivers to Meta's sandbox on a real home, and dies where it is told (see test_meta_kills.py).

python -m tests.faults.meta_actor prepare           make a store with one publication that is due; META says on what
python -m tests.faults.meta_actor tick [KILL_AT]    two ticks; SIGKILL itself at that checkpoint
python -m tests.faults.meta_actor settle            ticks now and at the later times at which something is due
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import django

LATER = (0, 0.2, 6, 6.2, 6.4, 12, 13, 14, 30)  # minutes


def prepare() -> None:
    from django.utils import timezone

    from pipeline import channels, planning, review, setup
    from pipeline.models import Publication
    from tests.worlds import World

    setup.prepare()
    world = World(Path(os.environ["PORTEVOIX_HOME"]))
    platform, given = json.loads(os.environ["META"])
    post = world.draft(channel=channels.add("live", platform, given, by=world.administrator))
    post.variants.update(first_comment="Source : la note")
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
    delivery.tick()
    delivery.tick()


def settle() -> None:
    import time_machine
    from django.utils import timezone

    from pipeline import delivery
    from pipeline.models import Publication

    began = timezone.now()
    for minutes in LATER:
        with time_machine.travel(began + timedelta(minutes=minutes), tick=True):
            delivery.tick()
    print(Publication.objects.get().state)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    {"prepare": prepare, "tick": lambda: tick(sys.argv[2] if len(sys.argv) > 2 else ""), "settle": settle}[
        sys.argv[1]
    ]()
