"""The clock: APScheduler wakes the pipeline every two seconds. It holds no state; the database is the truth."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

TICK_SECONDS, MAIL_SECONDS, WATCH_SECONDS, TOKEN_SECONDS = 2, 20, 60, 300
NUMBERS_SECONDS = 60
FACES_SECONDS = 5
SWEEP_SECONDS = 3600
JUMP_SECONDS = 5

log = logging.getLogger("portevoix.scheduler")


def clock(workers: int, stopped: Callable[[], bool] = lambda: False) -> Any:
    """A background scheduler with the ticks of so many workers on it, and the mails, not yet started.

    A memory store, coalesced and never more than one run of a job at a time: as a job store APScheduler 3.11 loses
    what was in flight when it is killed (docs/decisions.md), as a clock there is nothing to lose. Mails, tokens and
    numbers have jobs of their own, so that a slow server makes no post late; without workers all but the numbers still
    run. When a network was last asked stands in the store: a process that starts often asks no more often.
    """
    from apscheduler.executors.pool import ThreadPoolExecutor
    from apscheduler.schedulers.background import BackgroundScheduler

    from pipeline import metrics, montages, notices, planning, removals, renewing, sweeping
    from pipeline.memory import give_back
    from pipeline.protection import searching

    scheduler = BackgroundScheduler(
        timezone="UTC",
        executors={"default": ThreadPoolExecutor(workers + 8)},
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )
    trouble = Trouble()
    for number in range(workers):
        scheduler.add_job(Job(_tick(number), trouble), "interval", seconds=TICK_SECONDS, id=f"tick {number}")
    scheduler.add_job(Job(notices.watch, trouble), "interval", seconds=WATCH_SECONDS, id="watch")
    scheduler.add_job(Job(planning.warn, trouble), "interval", seconds=WATCH_SECONDS, id="deadlines")
    scheduler.add_job(Job(notices.send_due, trouble), "interval", seconds=MAIL_SECONDS, id="mails")
    scheduler.add_job(Job(renewing.look, trouble), "interval", seconds=TOKEN_SECONDS, id="tokens")
    scheduler.add_job(Job(give_back, trouble), "interval", seconds=SWEEP_SECONDS, id="memory")
    if workers:
        scheduler.add_job(Job(removals.work, trouble), "interval", seconds=MAIL_SECONDS, id="removals")
        scheduler.add_job(Job(metrics.collect, trouble), "interval", seconds=NUMBERS_SECONDS, id="numbers")
        scheduler.add_job(Job(sweeping.sweep, trouble), "interval", seconds=SWEEP_SECONDS, id="sweep")
        look = partial(searching.work, stopped)  # new footage is searched for faces; left off when the program ends
        scheduler.add_job(Job(look, trouble), "interval", seconds=FACES_SECONDS, id="faces")
        cut = partial(montages.work, stopped)
        scheduler.add_job(Job(cut, trouble), "interval", seconds=FACES_SECONDS, id="reels")
    return scheduler


def _tick(number: int) -> Callable[[], object]:
    """One worker's tick on a store that belongs to its home; the first worker also watches the machine's clock."""

    def tick() -> None:
        from pipeline import backup, delivery
        from pipeline.delivery import clock, recover
        from pipeline.panic import pressing

        if not backup.check_epoch():
            log.error("The database was put back from a copy: everything is on hold until what may be out is settled.")

        if number == 0 and pressing.carry_through():
            log.error("Everything is shut: what a panic had begun is done.")
        if number == 0 and (jumped := clock.watch()) is not None:
            log.error("The machine's clock jumped by %s: everything is on hold until somebody releases it.", jumped)
        delivery.tick(worker=recover.worker_name(number))

    return tick


class Trouble:
    """A database or disk that cannot be used: said once, in one line, however many jobs meet it, till all can go on."""

    def __init__(self) -> None:
        self._met_by = set[object]()
        self._one_at_a_time = threading.Lock()

    def met(self, by: object, what: str) -> None:
        """A job could not go on."""
        with self._one_at_a_time:
            if not self._met_by:
                log.error(
                    "Nothing goes out: the database or a disk refused (%s). Trying again every few seconds.", what
                )
            self._met_by.add(by)

    def over(self, by: object) -> None:
        """A job went on."""
        with self._one_at_a_time:
            if by in self._met_by and not self._met_by - {by}:
                log.warning("The database answers again: what was due goes on.")
            self._met_by.discard(by)


class Job:
    """Some work to be done again and again, whatever trouble the database is in."""

    def __init__(self, work: Callable[[], object], trouble: Trouble) -> None:
        self.work, self.trouble = work, trouble

    def __call__(self) -> None:
        """One run; a fault of the program goes on up, to the log with everything that is known of it."""
        from django.db import DatabaseError, connections

        try:
            self.work()
        except (DatabaseError, OSError) as error:
            self.trouble.met(self, str(error).splitlines()[0])
            connections.close_all()
        else:
            self.trouble.over(self)


def run(stop: threading.Event, workers: int | None = None) -> None:
    """Ticks with so many workers until `stop` is set, then lets what runs end. PORTEVOIX_WORKERS unless told; 0: mails.

    The clock's next tick is a wall time: after the machine's clock is set back it would wait that long, so a jump
    starts the clock anew.
    """
    from django.conf import settings

    scheduler = clock(settings.PORTEVOIX_WORKERS if workers is None else workers, stop.is_set)
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
