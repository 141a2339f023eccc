"""The clock: APScheduler wakes the pipeline every two seconds. It holds no state; the database is the truth."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

TICK_SECONDS, MAIL_SECONDS, WATCH_SECONDS = 2, 20, 60
NUMBERS_SECONDS = 60
JUMP_SECONDS = 5

log = logging.getLogger("portevoix.scheduler")


def clock(workers: int) -> Any:
    """A background scheduler with the ticks of so many workers on it, and the mails, not yet started.

    A memory store, coalesced and never more than one run of a job at a time: as a job store APScheduler 3.11 loses
    what was in flight when it is killed (docs/decisions.md), as a clock there is nothing to lose. Mails have jobs of
    their own, and so has the reading of numbers, so that a slow server makes no post late; without workers they are
    all that there is.
    """
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    from pipeline import metrics, notices, planning

    scheduler = BackgroundScheduler(
        timezone="UTC",
        executors={"default": ThreadPoolExecutor(workers + 4)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    for number in range(workers):
        scheduler.add_job(Job(_tick(number)), "interval", seconds=TICK_SECONDS, id=f"tick {number}")
    scheduler.add_job(Job(notices.watch), "interval", seconds=WATCH_SECONDS, id="watch")
    scheduler.add_job(Job(planning.warn), "interval", seconds=WATCH_SECONDS, id="deadlines")
    scheduler.add_job(Job(notices.send_due), "interval", seconds=MAIL_SECONDS, id="mails")
    if workers:
        scheduler.add_job(Job(metrics.collect), "interval", seconds=NUMBERS_SECONDS, id="numbers")
    return scheduler


def _tick(number: int) -> Callable[[], object]:
    """One worker's tick on a store that belongs to its home; the first worker also watches the machine's clock."""

    def tick() -> None:
        from pipeline import backup, delivery
        from pipeline.delivery import clock, recover

        if not backup.check_epoch():
            log.error("The database was put back from a copy: everything is on hold until what may be out is settled.")

        if number == 0 and (jumped := clock.watch()) is not None:
            log.error("The machine's clock jumped by %s: everything is on hold until somebody releases it.", jumped)
        delivery.tick(worker=recover.worker_name(number))

    return tick


class Job:
    """Some work to be done again and again. A database that cannot be used is said once, in one line, until it can."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.work = work
        self.trouble = ""

    def __call__(self) -> None:
        """One run; a fault of the program goes on up, to the log with everything that is known of it."""
        from django.db import DatabaseError, connections

        try:
            self.work()
        except (DatabaseError, OSError) as error:
            self._say(str(error).splitlines()[0])
            connections.close_all()
        else:
            self._say("")

    def _say(self, trouble: str) -> None:
        if trouble and not self.trouble:
            log.error("Nothing goes out: the database or a disk refused (%s). Trying again every few seconds.", trouble)
        elif self.trouble and not trouble:
            log.warning("The database answers again: what was due goes on.")
        self.trouble = trouble


def run(stop: threading.Event, workers: int | None = None) -> None:
    """Ticks with so many workers until `stop` is set, then lets what runs end. PORTEVOIX_WORKERS unless told; 0: mails.

    The clock's next tick is a wall time: after the machine's clock is set back it would wait that long, so a jump
    starts the clock anew.
    """
    from django.conf import settings

    scheduler = clock(settings.PORTEVOIX_WORKERS if workers is None else workers)
    scheduler.start()
    ahead = time.time() - time.monotonic()
    try:
        while not stop.wait(TICK_SECONDS):
            now = time.time() - time.monotonic()
            if abs(now - ahead) > JUMP_SECONDS:
                for job in scheduler.get_jobs():
                    job.reschedule("interval", seconds=job.trigger.interval_length)
            ahead = now
    finally:
        scheduler.shutdown(wait=True)
