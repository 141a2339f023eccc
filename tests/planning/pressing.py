"""Eight people press "next free slot" at the same moment, each in a process of their own on a real database.

python -m tests.planning.pressing [broken]     prints the times that they got, or what went wrong, as JSON
"""

from __future__ import annotations

import faulthandler
import json
import os
import sys
from datetime import UTC, datetime, time
from pathlib import Path

import django

PEOPLE = 8
STUCK = 100  # seconds after which each process says where it stands, and ends
MONDAY = datetime(2099, 1, 5, tzinfo=UTC)


def main(*, broken: bool) -> None:
    from django.db import connections

    from pipeline import planning, setup
    from pipeline.planning import slots
    from tests.worlds import World

    setup.prepare()
    world = World(Path(os.environ["PORTEVOIX_HOME"]))
    for day in range(7):
        slots.add(world.channel, day, time(9), by=world.intern)
    posts = [world.draft(f"Post {n}") for n in range(PEOPLE)]
    if broken:
        slots.lock_channels = lambda _pks: []  # nobody waits for anybody
    connections.close_all()
    go, together = os.pipe()
    answers, answered = os.pipe()
    children = []
    for post in posts:
        if not (pid := os.fork()):
            faulthandler.dump_traceback_later(STUCK, exit=True)
            os.close(together)
            os.read(go, 1)  # until the other end is closed, for everyone at once
            try:
                got = planning.schedule_next(post, by=world.intern, after=MONDAY)[0].due_at.isoformat()
            except Exception as error:  # noqa: BLE001 - whatever it is, it is what is tried here
                got = type(error).__name__
            os.write(answered, f"{got}\n".encode())
            os._exit(0)
        children.append(pid)
    faulthandler.dump_traceback_later(STUCK, exit=True)  # not before: a fork takes its lock along
    os.close(together)
    os.close(answered)
    for pid in children:
        os.waitpid(pid, 0)
    with os.fdopen(answers, encoding="utf-8") as told:
        print(json.dumps(told.read().split()))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    main(broken="broken" in sys.argv)
