"""What dead workers held: claims go back to the queue, announced requests become doubts."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from django.db.models import F, Q
from django.utils import timezone

from pipeline.models import Publication, PublicationState

S = PublicationState
PROC = Path("/proc")


@lru_cache
def worker_name(pid: int | None = None) -> str:
    """This process as others on the machine can check that it lives: machine, process id, start."""
    number = pid or os.getpid()
    return f"{_machine()}:{number}:{_started(number)}"


def dead_workers() -> int:
    """How many rows were taken back: their lease ran out, or their worker on this machine is gone."""
    held = Publication.objects.exclude(lease_until=None)
    expired = Q(lease_until__lte=timezone.now()) | Q(worker__in=_dead(held.values_list("worker", flat=True).distinct()))
    back = held.filter(expired, state__in=[S.CLAIMED, S.PREPARED]).update(
        state=S.SCHEDULED, fence=F("fence") + 1, lease_until=None, worker=""
    )
    doubted = held.filter(expired, state=S.COMMITTING).update(
        state=S.UNCERTAIN,
        fence=F("fence") + 1,
        lease_until=None,
        worker="",
        next_try_at=None,
        doubt_since=timezone.now(),
    )
    held.filter(expired, state__in=[S.UNCERTAIN, S.PENDING]).update(fence=F("fence") + 1, lease_until=None, worker="")
    return back + doubted


def _dead(workers: Iterable[str]) -> list[str]:
    return [name for name in workers if name and not _alive(name)]


def _alive(worker: str) -> bool:
    """False only for a process of this very machine that is certainly gone; others are judged by their lease."""
    machine, _colon, rest = worker.rpartition(":")[0].rpartition(":")
    started = worker.rpartition(":")[2]
    if machine != _machine() or not rest.isdigit():
        return True
    return _started(int(rest)) == started


@lru_cache
def _machine() -> str:
    """Name, boot and process namespace: two containers of one name, or one after a restart, are not the same."""
    parts = [socket.gethostname()]
    if PROC.is_dir():
        parts.append((PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8])
        parts.append(str((PROC / "self/ns/pid").readlink()).strip("pid:[]"))
    return "/".join(parts)


def _started(pid: int) -> str:
    """When the process started, in a form that a change of the wall clock leaves alone; empty if it is gone."""
    if PROC.is_dir():
        try:
            # Field 22 of stat, in clock ticks since boot; the name in brackets may hold spaces.
            return (PROC / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
        except (FileNotFoundError, ProcessLookupError):
            return ""
    import psutil

    try:
        return f"{psutil.Process(pid).create_time():.0f}"
    except psutil.NoSuchProcess:
        return ""
