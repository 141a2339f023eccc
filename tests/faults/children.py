"""Forked processes that do one thing on a store and may be killed at a checkpoint, and what the parent sees of them."""

from __future__ import annotations

import json
import os
import random
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

PATIENCE = 60.0  # seconds of real time for one child; the longest planned fault takes three


@dataclass(frozen=True)
class Kill:
    """Where to die: at the nth passing of a checkpoint of that name, or of any checkpoint."""

    name: str | None
    nth: int


@dataclass
class Ended:
    """How a child ended: its result, or where it was killed, or its own failure; and the checkpoints it passed."""

    hits: list[str] = field(default_factory=list)
    result: Any = None
    killed_at: str | None = None
    error: str | None = None


@dataclass
class Child:
    """A running child, from the parent's side."""

    pid: int
    out: int
    heard: bytes = b""

    def wait(self, patience: float = PATIENCE) -> Ended:
        """What became of it; one that takes too long is killed, and that is an error."""
        end = time.monotonic() + patience
        while True:
            ready, _w, _x = select.select([self.out], [], [], max(end - time.monotonic(), 0.0))
            if not ready:
                os.kill(self.pid, signal.SIGKILL)
                return self._ended("it did not end in time")
            chunk = os.read(self.out, 65536)
            if not chunk:
                return self._ended()
            self.heard += chunk

    def until(self, word: str, patience: float = PATIENCE) -> bool:
        """Whether the child said so before it ended."""
        end = time.monotonic() + patience
        while word.encode() not in self.heard:
            ready, _w, _x = select.select([self.out], [], [], max(end - time.monotonic(), 0.0))
            chunk = os.read(self.out, 65536) if ready else b""
            if not chunk:
                return False
            self.heard += chunk
        return True

    def _ended(self, error: str | None = None) -> Ended:
        _pid, status = os.waitpid(self.pid, 0)
        os.close(self.out)
        ended = Ended(error=error)
        for line in self.heard.decode().splitlines():
            word, _space, rest = line.partition(" ")
            if word == "hit":
                ended.hits.append(rest)
            elif word == "killed":
                ended.killed_at = rest
            elif word == "done":
                ended.result = json.loads(rest)
            elif word == "error":
                ended.error = json.loads(rest)
        died = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        if error is None and died != (ended.killed_at is not None):
            ended.error = ended.error or f"it ended with status {status} and not where it was meant to"
        return ended


def fork(act: Callable[[], Any], *, now: datetime, seed: int, kill: Kill | None = None) -> Child:
    """A child that lives at `now` of the simulated time, does `act`, and dies at `kill` if it gets there."""
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return Child(pid, read)
    try:
        os.close(read)
        random.seed(seed)
        _live(act, now, kill, write)
    except BaseException:
        _say(write, "error " + json.dumps(traceback.format_exc()[-4000:]))
    finally:
        sys.stdout.flush()
        os._exit(0)  # nothing of the parent's is to be cleaned up here


def _live(act: Callable[[], Any], now: datetime, kill: Kill | None, write: int) -> None:
    import time_machine
    from django.db import connections

    from pipeline.delivery import checkpoints

    checkpoints.arm(_hook(kill, write))
    with time_machine.travel(now, tick=True):
        try:
            result = act()
        finally:
            connections.close_all()
    _say(write, "done " + json.dumps(result, default=str))


def _hook(kill: Kill | None, write: int) -> Callable[[str], None]:
    left = kill.nth if kill else 0

    def reached(name: str) -> None:
        nonlocal left
        _say(write, f"hit {name}")
        if kill and kill.name in (None, name):
            left -= 1
            if left == 0:
                _say(write, f"killed {name}")
                os.kill(os.getpid(), signal.SIGKILL)

    return reached


def _say(write: int, line: str) -> None:
    data = f"{line}\n".encode()
    while data:
        data = data[os.write(write, data) :]
