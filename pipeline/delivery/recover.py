"""What dead workers held: claims go back to the queue, announced requests become doubts."""

from __future__ import annotations

import os
import socket
from functools import lru_cache

from django.db.models import F, Q
from django.utils import timezone

from pipeline.models import Publication, PublicationState

S = PublicationState


@lru_cache
def worker_name(pid: int | None = None) -> str:
    """This process as others on the machine can check that it lives: host, process id, start time."""
    import psutil

    number = pid or os.getpid()
    return f"{socket.gethostname()}:{number}:{psutil.Process(number).create_time():.2f}"


def dead_workers() -> int:
    """How many rows were taken back: their lease ran out, or their worker on this machine is gone."""
    held = Publication.objects.exclude(lease_until=None)
    expired = Q(lease_until__lte=timezone.now()) | Q(worker__in=_dead(held.values_list("worker", flat=True).distinct()))
    back = held.filter(expired, state__in=[S.CLAIMED, S.PREPARED]).update(
        state=S.SCHEDULED, fence=F("fence") + 1, lease_until=None, worker=""
    )
    doubted = held.filter(expired, state=S.COMMITTING).update(
        state=S.UNCERTAIN, fence=F("fence") + 1, lease_until=None, worker="", next_try_at=None
    )
    held.filter(expired, state__in=[S.UNCERTAIN, S.PENDING]).update(fence=F("fence") + 1, lease_until=None, worker="")
    return back + doubted


def _dead(workers: object) -> list[str]:
    return [name for name in workers if name and not _alive(name)]  # type: ignore[attr-defined]


def _alive(worker: str) -> bool:
    """False only for a process of this machine that is certainly gone."""
    import psutil

    host, _colon, rest = worker.partition(":")
    number, _colon, started = rest.partition(":")
    if host != socket.gethostname() or not number.isdigit():
        return True
    try:
        return f"{psutil.Process(int(number)).create_time():.2f}" == started
    except psutil.NoSuchProcess:
        return False
