"""Forked processes that work on a store and may die or stop at a checkpoint, and what the parent sees of them."""

from __future__ import annotations

import faulthandler
import json
import os
import random
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

PATIENCE = 60.0  # seconds of real time for one child; the longest planned fault takes three
LAST_WORDS = 5.0  # seconds of real time in which one that takes too long says where it stands


@dataclass(frozen=True)
class Kill:
    """Where to die: at the nth passing of a checkpoint of that name, or of any checkpoint.

    After a `delay` it is wherever the worker has come to by then, in the middle of a query or of a request. A worker
    that only `stops` there goes on later, when the parent says so.
    """

    name: str | None
    nth: int
    delay: float = 0.0  # seconds of real time
    stops: bool = False


@dataclass
class Ended:
    """How a child ended: its result, or where it was killed, or its own failure; and the checkpoints it passed."""

    hits: list[str] = field(default_factory=list)
    result: Any = None
    killed_at: str | None = None
    error: str | None = None
    now: datetime | None = None  # the simulated time that it had come to


@dataclass
class Child:
    """A running child, from the parent's side."""

    pid: int
    out: int
    go: int
    heard: bytes = b""

    def resume(self, now: datetime) -> None:
        """Lets a stopped child go on at this time."""
        os.write(self.go, f"{now.timestamp()}\n".encode())

    def wait(self, patience: float = PATIENCE) -> Ended:
        """What became of it; one that takes too long says where it stands and is killed, and that is an error."""
        if self._hear(patience):
            return self._ended()
        said = len(self.heard)
        os.kill(self.pid, signal.SIGUSR1)
        self._hear(LAST_WORDS)
        os.kill(self.pid, signal.SIGKILL)
        where = self.heard[said:].decode(errors="replace")
        return self._ended(f"it did not end in {patience:.0f} s; the last that it passed: {self._last()}\n{where}")

    def _hear(self, patience: float, until: str = "") -> bool:
        """Whether it came to its end, or said so, having been listened to for so long.

        A machine that stands still, as virtual ones do, takes nothing from anybody's time: each wait counts for a
        second at most.
        """
        while patience > 0.0 and not (until and until.encode() in self.heard):
            began = time.monotonic()
            ready, _w, _x = select.select([self.out], [], [], min(patience, 1.0))
            patience -= min(time.monotonic() - began, 1.0)
            chunk = os.read(self.out, 65536) if ready else b""
            if ready and not chunk:
                return not until
            self.heard += chunk
        return bool(until) and until.encode() in self.heard

    def _last(self) -> str:
        return self.heard.decode(errors="replace").rpartition("hit ")[2].partition("\n")[0]

    def until(self, word: str, patience: float = PATIENCE) -> bool:
        """Whether the child said so before it ended."""
        return self._hear(patience, word)

    def _ended(self, error: str | None = None) -> Ended:
        _pid, status = os.waitpid(self.pid, 0)
        os.close(self.out)
        os.close(self.go)
        ended, dying = Ended(error=error), None
        finished = False
        for line in self.heard.decode().split("\n")[:-1]:  # the last one was cut off, or is empty
            word, _space, rest = line.partition(" ")
            if word == "hit":
                ended.hits.append(rest)
            elif word == "now":
                ended.now = datetime.fromisoformat(rest)
            elif word == "killed":
                ended.killed_at = rest
            elif word == "dying":
                dying = rest
            elif word == "done":
                ended.result, finished = json.loads(rest), True
            elif word == "error":
                ended.error = json.loads(rest)
        died = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
        if died and dying and not finished:
            ended.killed_at = f"soon {dying}"
        if error is None and died != (ended.killed_at is not None) and not (dying and finished):
            ended.error = ended.error or f"it ended with status {status} and not where it was meant to"
        return ended


def fork(act: Callable[[], Any], *, now: datetime, seed: int, kill: Kill | None = None, mute: bool = False) -> Child:
    """A child that lives at `now` of the simulated time, does `act`, and dies at `kill` if it gets there.

    A mute one does not tell which checkpoints it passed.
    """
    read, write = os.pipe()
    wait, go = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        os.close(wait)
        return Child(pid, read, go)
    try:
        os.close(read)
        os.close(go)
        random.seed(seed)
        faulthandler.register(signal.SIGUSR1, file=write)
        _live(act, now, None if mute else _Plug(kill, write, wait), write)
    finally:
        # Whatever went wrong is told to the parent, which decides; nothing may unwind into the parent's own code.
        try:
            if sys.exc_info()[0]:
                _say(write, "error " + json.dumps(traceback.format_exc()[-4000:]))
        finally:
            os._exit(0)  # nothing of the parent's is to be cleaned up here


_here: dict[str, Any] = {}  # in a child: its journey in time, and where it speaks to its parent


def travel(now: datetime) -> None:
    """Moves the time of this child, and tells the parent."""
    _here["journey"].move_to(now)
    _say(_here["write"], f"now {now.isoformat()}")


def _live(act: Callable[[], Any], now: datetime, plug: _Plug | None, write: int) -> None:
    import time_machine
    from django.db import connections

    from pipeline.delivery import checkpoints

    checkpoints.arm(plug)
    with time_machine.travel(now, tick=True) as journey:
        _here.update(journey=journey, write=write)
        try:
            result = act()
        finally:
            connections.close_all()
    _say(write, "done " + json.dumps(result, default=str))


class _Plug:
    """What a child does at each checkpoint: it says so, and where it is meant to, dies or waits."""

    def __init__(self, kill: Kill | None, write: int, wait: int) -> None:
        self.kill, self.write, self.wait = kill, write, wait
        self.left, self.parent = kill.nth if kill else 0, os.getppid()

    def __call__(self, name: str) -> None:
        if os.getppid() != self.parent:
            os._exit(1)  # nobody is there any more to hear how this ends
        _say(self.write, f"hit {name}")
        if not self.kill or self.kill.name not in (None, name):
            return
        self.left -= 1
        if self.left == 0 and self.kill.stops:
            _say(self.write, f"stopped {name}")
            _here["journey"].move_to(float(os.read(self.wait, 100)))
        elif self.left == 0 and self.kill.delay:
            _say(self.write, f"dying {name}")
            threading.Timer(self.kill.delay, os.kill, (os.getpid(), signal.SIGKILL)).start()
        elif self.left == 0:
            _say(self.write, f"killed {name}")
            os.kill(os.getpid(), signal.SIGKILL)


def _say(write: int, line: str) -> None:
    data = f"{line}\n".encode()
    while data:
        data = data[os.write(write, data) :]
