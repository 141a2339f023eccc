"""The clock: APScheduler wakes the pipeline every two seconds. It holds no state; the database is the truth."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

TICK_SECONDS = 2
JUMP_SECONDS = 5

log = logging.getLogger("portevoix.scheduler")


def clock(workers: int) -> Any:
    """A background scheduler with the ticks of so many workers on it, not yet started.

    A memory store, coalesced and never more than one tick of a worker at a time: as a job store APScheduler 3.11 loses
    what was in flight when it is killed (docs/decisions.md), as a clock there is nothing to lose.
    """
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    scheduler = BackgroundScheduler(
        timezone="UTC",
        executors={"default": ThreadPoolExecutor(workers + 2)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for number in range(workers):
        scheduler.add_job(Worker(number), "interval", seconds=TICK_SECONDS, id=f"tick {number}")
    return scheduler


class Worker:
    """One line of work of this process; the first also watches the machine’s clock."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.trouble = ""

    def __call__(self) -> None:
        """One tick. A database that cannot be used is said once, in one line, until it can be used again."""
        from django.db import DatabaseError, connections

        from pipeline import delivery
        from pipeline.delivery import clock, recover

        try:
            if self.number == 0 and (jumped := clock.watch()) is not None:
                log.error("The machine's clock jumped by %s: everything is on hold until somebody releases it.", jumped)
            delivery.tick(worker=recover.worker_name(self.number))
        except (DatabaseError, OSError) as error:
            self._say(str(error).splitlines()[0])
            connections.close_all()
        else:
            self._say("")

    def _say(self, trouble: str) -> None:
        if trouble and not self.trouble:
            log.error(
                "Nothing goes out, the database or a disk refused: %s. It is tried again every few seconds.", trouble
            )
        elif self.trouble and not trouble:
            log.warning("The database answers again: what was due goes on.")
        self.trouble = trouble


def run(stop: threading.Event, workers: int | None = None) -> None:
    """Ticks with so many workers (PORTEVOIX_WORKERS by default) until `stop` is set, then lets the running ticks end.

    The clock's next tick is a wall time: after the machine's clock is set back it would wait that long, so a jump
    starts the clock anew.
    """
    from django.conf import settings

    scheduler = clock(workers or settings.PORTEVOIX_WORKERS)
    scheduler.start()
    ahead = time.time() - time.monotonic()
    try:
        while not stop.wait(TICK_SECONDS):
            now = time.time() - time.monotonic()
            if abs(now - ahead) > JUMP_SECONDS:
                for job in scheduler.get_jobs():
                    job.reschedule("interval", seconds=TICK_SECONDS)
            ahead = now
    finally:
        scheduler.shutdown(wait=True)
