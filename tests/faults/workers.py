"""Several workers let loose on one store at the same moment."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.faults import children
from tests.faults.platform import CLASSES
from tests.faults.store import DUE
from tests.faults.story import OUT, Told, look

CHANNELS = 5  # of each class
WORKING = 240.0  # seconds of real time for all of it
PATIENT_WITH = 10  # failures of one worker, each of which is an error of the suite
LATENCY = 0.002  # seconds that the platform takes for a publishing request, so that two at once would show


def workers(bench: Any) -> None:
    """`--cases` publications on twenty accounts, and for each of `--workers` so many processes, released at once."""
    posts_each = bench.options.cases // (CHANNELS * len(CLASSES))
    bench.model("crowd", channels_each=CHANNELS, posts_each=posts_each, **PATIENT)
    for case in bench.wanted(len(bench.options.workers)):
        number, began = bench.options.workers[case], time.monotonic()
        raced = race(bench, number)
        told, shares = raced.told, raced.shares
        seconds = round(time.monotonic() - began, 1)
        seen = {"working": seconds, "still": raced.still, "not out": raced.not_out}
        bench.note(case, told, workers=number, shares=shares, **seen)
        bench.summary["cases"] = bench.summary.get("cases", 0) + raced.cases
        bench.summary.setdefault("shares", {})[number] = shares
        bench.summary.setdefault("working", {})[number] = seconds


@dataclass(frozen=True)
class Raced:
    """What came of one release of the workers."""

    told: Told
    shares: list[int]  # how many publications each worker took
    cases: int
    still: float  # seconds for which the platform's process answered nobody: a machine may stand still
    not_out: list[dict[str, Any]]  # the rows that are not out, as the store tells them


def race(bench: Any, number: int) -> Raced:
    """Releases so many workers on a fresh store, and judges what they did."""
    told, name, now = Told(), bench.store.fresh("crowd"), DUE + timedelta(seconds=1)
    bench.platform.ask("reset", latency=LATENCY)
    bench.platform.ask("clock", now=now.timestamp())
    ends = _released(bench, name, number, now)
    for ended in ends:
        told.errors += [ended.error] if ended.error else ended.result["failures"]
    rows = children.fork(lambda: bench.store.use(name) or look(), now=now, seed=0).wait().result
    said = bench.platform.ask("late")
    _judge(told, rows, said)
    shares = [ended.result["handled"] if ended.result else 0 for ended in ends]
    return Raced(told, shares, len(rows), said["still"], [row for row in rows if row["state"] not in OUT])


# On a machine with two cores and eight workers an answer may take a while, and a virtual machine may stand still for
# half a minute (seen twice, with 20 seconds here: a post that cannot be asked about was rightly handed to a person).
# Nothing here is about lost answers.
PATIENT = {"patience": 100.0, "deadline": 120.0}


def _released(bench: Any, name: str, number: int, now: Any) -> list[children.Ended]:
    """How the workers ended that all began when the gate was opened."""
    gate, opening = os.pipe()

    def work() -> dict[str, Any]:
        os.close(opening)
        bench.store.use(name)
        if bench.patch:
            bench.patch()
        os.read(gate, 1)  # until the other end is closed
        return deliver_all()

    running = [children.fork(work, now=now, seed=bench.options.seed + place, mute=True) for place in range(number)]
    os.close(gate)
    os.close(opening)
    return [child.wait(patience=WORKING) for child in running]


def deliver_all() -> dict[str, Any]:
    """How many publications this worker took, ticking until nothing is left to be sent, and what failed."""
    from django.db import DatabaseError

    from pipeline import delivery
    from pipeline.models import Publication

    end, handled, failures = time.monotonic() + WORKING, 0, list[str]()
    waiting = Publication.objects.exclude(state__in=[*OUT, "needs_human", "failed", "missed"])
    while waiting.exists() and len(failures) < PATIENT_WITH:
        if time.monotonic() > end:
            raise TimeoutError("there is still something to be sent")
        try:
            handled += len(delivery.tick().handled)
        except DatabaseError as error:
            failures.append(str(error))
    return {"handled": handled, "failures": failures}


def _judge(told: Told, rows: list[dict[str, Any]], said: dict[str, Any]) -> None:
    """Every post is out once, and no account ever had two publishing requests at the same time."""
    out: dict[tuple[str, str], int] = {}
    for post in said["posts"]:
        place = (post["account"], post["text"])
        out[place] = out.get(place, 0) + 1
    told.doubled = sum(times - 1 for times in out.values())
    told.lost = sum(not out.get((row["account"], row["text"])) for row in rows)
    told.wrong = sum(row["state"] not in OUT for row in rows)
    if said["overlaps"]:
        told.errors.append(f"{said['overlaps']} times an account had two publishing requests at once")
