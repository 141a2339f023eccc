"""What dead workers held: claims go back to the queue, announced requests become doubts."""

from __future__ import annotations

import os
import socket
from functools import lru_cache
from pathlib import Path

from django.db.models import Q, QuerySet
from django.utils import timezone

from pipeline.delivery.checkpoints import checkpoint
from pipeline.delivery.claims import grown
from pipeline.models import Publication, PublicationState

S = PublicationState
PROC = Path("/proc")


def worker_name(number: int = 0, pid: int | None = None) -> str:
    """A worker as others on the machine can check that it lives: machine, process id, start, number in the process."""
    process = pid or os.getpid()
    return f"{_machine()}:{process}:{_start_of(process)}:{number}"


def take_back(own: str) -> int:
    """How many rows were taken back: their lease ran out, or their worker on this machine is gone.

    `own` is the worker that begins anew: what it holds, it let fall when the database failed it.
    """
    lost = left_behind(own)
    if not lost.exists():
        return 0
    checkpoint("before taking back")
    freed = {"fence": grown(), "lease_until": None, "worker": ""}
    back = lost.filter(state__in=[S.CLAIMED, S.PREPARED]).update(state=S.SCHEDULED, **freed)
    checkpoint("after taking back")
    doubted = lost.filter(state=S.COMMITTING).update(
        state=S.UNCERTAIN, next_try_at=None, looks=0, doubt_since=timezone.now(), **freed
    )
    checkpoint("after taking back a request")
    return back + doubted + lost.update(**freed)


def left_behind(own: str = "") -> QuerySet[Publication]:
    """The rows in hands that do not work any more: the lease ran out, or its worker here is gone or begins anew."""
    held = Publication.objects.filter(lease_until__isnull=False)
    workers = list(held.values_list("worker", flat=True).distinct())
    if not workers:
        return held.none()
    gone = [name for name in workers if name == own or not _alive(name)]
    return held.filter(Q(lease_until__lte=timezone.now()) | Q(worker__in=gone))


def _alive(worker: str) -> bool:
    """False only for a process of this very machine that is certainly gone; others are judged by their lease."""
    machine, process, started = [*worker.rsplit(":", 3), "", "", ""][:3]
    if machine != _machine() or not process.isdigit():
        return True
    return _started(int(process)) == started


@lru_cache
def _start_of(pid: int) -> str:
    return _started(pid)


@lru_cache
def boot() -> str:
    """This machine since it was last started: its name and, where the system tells, the id of the boot."""
    parts = [socket.gethostname()]
    if PROC.is_dir():
        parts.append((PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()[:8])
    return "/".join(parts)


@lru_cache
def _machine() -> str:
    """Name, boot and process namespace: two containers of one name, or one after a restart, are not the same."""
    parts = [boot()]
    if PROC.is_dir():
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
