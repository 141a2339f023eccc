"""A real process that delivers on a real home, and dies where it is told. Started by the fault suites.

python -m tests.faults.actor prepare              make a store with one publication that is due
python -m tests.faults.actor tick [KILL_AT]       one tick; SIGKILL itself at that checkpoint; prints those it hit
python -m tests.faults.actor naive [KILL_AT]      the broken variant: a lost answer is simply sent again
python -m tests.faults.actor state                the publication's state and receipt, as JSON
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


def tick(kill_at: str | None) -> None:
    from pipeline import delivery
    from pipeline.delivery import checkpoints

    def reached(name: str) -> None:
        print(name, flush=True)
        if name == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    checkpoints.arm(reached)
    delivery.tick()
    delivery.tick()


def naive(kill_at: str | None) -> None:
    """What an ordinary job queue does: whatever was not recorded as done is done again, from the start."""
    from pipeline.delivery import engine
    from pipeline.models import Publication

    Publication.objects.filter(state="committing").update(state="scheduled", saved={}, lease_until=None)
    engine.recover.dead_workers = lambda: 0
    tick(kill_at)


def state() -> None:
    from pipeline.models import Publication

    row = Publication.objects.get()
    receipt = getattr(row, "receipt", None)
    print(json.dumps({"state": row.state, "receipt": receipt.remote_id if receipt else None, "error": row.error}))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    verb, argument = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None
    {"prepare": prepare, "state": state}[verb]() if verb in {"prepare", "state"} else {"tick": tick, "naive": naive}[
        verb
    ](argument)
