"""A real process that delivers on a real home, and dies where it is told: for stores with pictures and real servers.

python -m tests.faults.actor prepare              make a store with one publication that is due
python -m tests.faults.actor tick [KILL_AT]       two ticks; SIGKILL itself at that checkpoint; prints those it hit
python -m tests.faults.actor state                the publication's state and receipt, as JSON

The suites that need many kills fork instead (driver.py).
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import timedelta
from pathlib import Path

import django


def prepare() -> None:
    from django.utils import timezone

    from pipeline import channels, setup
    from pipeline.models import Publication
    from tests.worlds import World

    setup.prepare()
    world = World(Path(os.environ["PORTEVOIX_HOME"]))
    if live := os.environ.get("ACTOR_BLUESKY"):
        account = json.loads(live)
        world.channel = channels.add("live", "bluesky", account, by=world.administrator)
        world.scheduled(text=f"Été : 132 expulsions, lire https://example.org/note avec @{account['handle']} #Calais")
    else:
        world.scheduled()
    Publication.objects.update(due_at=timezone.now() - timedelta(minutes=1))


def tick(kill_at: str | None = None) -> None:
    from pipeline import delivery
    from pipeline.delivery import checkpoints

    def reached(name: str) -> None:
        print(name, flush=True)
        if name == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    checkpoints.arm(reached)
    delivery.tick()
    delivery.tick()


def state() -> None:
    from pipeline.models import Publication

    row = Publication.objects.get()
    receipt = getattr(row, "receipt", None)
    print(json.dumps({"state": row.state, "receipt": receipt.remote_id if receipt else None, "error": row.error}))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    {"prepare": prepare, "tick": tick, "state": state}[sys.argv[1]](*sys.argv[2:3])
