"""The machine's clock, watched: a jump of the wall clock against a steady one stops everything until a person looks.

Posts go out by the wall clock. A clock that jumps ahead would send tomorrow's posts today; one that jumps back would
let today's wait. What is compared is stored, so that a jump between two processes of one boot is seen too; a sleep
of the machine is not a jump, as the steady clock counts it.
"""

from __future__ import annotations

import time
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from pipeline import audit, notices
from pipeline.delivery import hold
from pipeline.delivery.recover import boot
from pipeline.models import Beat, NoticeKind
from publishers._sentences import _

JUMP = timedelta(seconds=60)
WORTH_A_WRITE = timedelta(seconds=1)  # smaller steps add up until they are one; so a slow drift is never a jump
BEAT = "clock"


def steady() -> float:
    """Seconds of a clock that nobody sets, sleep of the machine counted where the system offers it."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def watch(wall: float | None = None, still: float | None = None) -> timedelta | None:
    """By how much the wall clock jumped since the last look, where that is more than a minute; then all is on hold.

    `wall` and `still` are the two clocks in seconds; they are read here where they are not given.
    """
    ahead = (time.time() if wall is None else wall) - (steady() if still is None else still)
    seen = {"boot": boot(), "ahead": ahead}
    last = Beat.objects.filter(name=BEAT).values_list("details", flat=True).first()
    same = last is not None and last["boot"] == seen["boot"]
    moved = timedelta(seconds=ahead - last["ahead"]) if last is not None and same else timedelta(0)
    if same and abs(moved) < WORTH_A_WRITE:
        return None
    with transaction.atomic():
        if abs(moved) > JUMP:
            held = hold.pull(by=None, why=_("The machine’s clock jumped by {seconds} seconds: check it, then release.",
                                     seconds=f"{moved.total_seconds():+.0f}"))  # fmt: skip
            notices.owe(NoticeKind.CLOCK, about=held)
            audit.append(None, "clock.jumped", "everything", seconds=round(moved.total_seconds()))
        Beat.objects.update_or_create(name=BEAT, defaults={"at": timezone.now(), "details": seen})
    return moved if abs(moved) > JUMP else None
