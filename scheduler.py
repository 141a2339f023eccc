"""The clock: APScheduler wakes the pipeline every two seconds. It holds no state; the database is the truth."""

from __future__ import annotations

import threading
import time
from typing import Any

TICK_SECONDS = 2
JUMP_SECONDS = 5


def clock() -> Any:
    """A background scheduler with the delivery tick on it, not yet started.

    A memory store, coalesced and never more than one tick at a time: as a job store APScheduler 3.11 loses what was
    in flight when it is killed (docs/decisions.md), as a clock there is nothing to lose.
    """
    from apscheduler.schedulers.background import BackgroundScheduler

    from pipeline.delivery import tick

    scheduler = BackgroundScheduler(
        timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    scheduler.add_job(tick, "interval", seconds=TICK_SECONDS, id="tick")
    return scheduler


def run(stop: threading.Event) -> None:
    """Ticks until `stop` is set, then lets the running tick end.

    The clock's next tick is a wall time: after the machine's clock is set back it would wait that long, so a jump
    starts the clock anew.
    """
    scheduler = clock()
    scheduler.start()
    ahead = time.time() - time.monotonic()
    try:
        while not stop.wait(TICK_SECONDS):
            now = time.time() - time.monotonic()
            if abs(now - ahead) > JUMP_SECONDS:
                scheduler.reschedule_job("tick", trigger="interval", seconds=TICK_SECONDS)
            ahead = now
    finally:
        scheduler.shutdown(wait=True)
