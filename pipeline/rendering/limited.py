"""Calls in a process of their own, with an end to their time and memory: for reading files that strangers made.

What comes back is JSON text, read as data: a worker that a hostile file has taken over can lie, but run nothing here.
Files and network stay open to the worker; its function must see to it that the file names nothing else to open.
"""

from __future__ import annotations

import ctypes
import json
import math
import os
import resource
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import get_context, set_forkserver_preload
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, SpawnContext
from multiprocessing.process import BaseProcess
from threading import Timer
from time import monotonic
from typing import Any, ClassVar

from pipeline import memory
from pipeline.errors import Refused
from publishers._sentences import Said, Sentence, _

MEMORY = 3 << 30  # bytes of address space: numpy, PyAV and their threads map far more than they touch
LONGEST_ANSWER = 16 << 20  # bytes of JSON
_PR_SET_PDEATHSIG = 1  # of linux/prctl.h


Tell = Callable[[float], None]


def run_limited(
    function: Callable[..., Any], *args: Any, seconds: float, memory_bytes: int = MEMORY, tell: Tell | None = None
) -> Any:
    """What an importable top-level function returns (plain JSON data), computed in a fresh process.

    `seconds` bounds the time by the clock (start of the process included, 0.3 s at most) and on every processor;
    `memory_bytes` bounds its address space (Linux; macOS does not enforce it). Raises what the function said as
    `Refused`, and `Refused` when the time is over, memory runs out or the process dies.

    With `tell` the function gets one more argument, called `tell` too: what it is told there (0 to 1) is passed on.
    """
    with Limited(memory_bytes) as worker:
        return worker.call(function, *args, seconds=seconds, tell=tell)


class Died(Refused):
    """The process ended without an answer."""


def copied() -> None:
    """Lets limited processes begin, from now on, as copies of one that has loaded what reading films needs.

    For programs that stay: a process costs 0.03 s to begin then, not 0.25, and the first one as much as before. Where
    the system is not Linux nothing changes. Each is still a process of its own, but the addresses in their memory are
    those of the one that they were copied from (docs/decisions.md).
    """
    if sys.platform == "linux":
        set_forkserver_preload(["pipeline.rendering.begun"])
        Limited.context = get_context("forkserver")


class Limited:
    """A fresh process for calls one after the other, as `run_limited` describes them. A context: its end is theirs.

    Calls on files of one origin only: what has taken the process over in one call is there in the next.
    """

    context: ClassVar[SpawnContext | ForkServerContext] = get_context("spawn")

    def __init__(self, memory_bytes: int = MEMORY) -> None:
        self._connection, theirs = self.context.Pipe()
        self._started = monotonic()
        memory.large_pages()
        with theirs:
            self._process = _begun(self.context, theirs, memory_bytes)

    def call(self, function: Callable[..., Any], *args: Any, seconds: float, tell: Tell | None = None) -> Any:
        """What the function returns; see `run_limited`. After `Died`, or any error of `tell`, only `close` is left."""
        started, self._started = self._started, 0.0
        started = started or monotonic()
        # Not only a limit on waiting: an answer can be begun and never ended.
        deadline = Timer(seconds, self.kill)
        deadline.start()
        try:
            with suppress(BrokenPipeError, ConnectionResetError):  # heard as an answer that does not come
                self._connection.send((function, args, tell is not None, seconds))
            return _answer(self._connection, lambda: monotonic() - started >= seconds, tell)
        finally:
            deadline.cancel()
            deadline.join()

    def kill(self) -> None:
        """Ends the process at once; a call that waits for it is refused."""
        if self._process.is_alive():  # its number may be another's: who it is a copy of has heard of its end before us
            self._process.kill()

    def close(self) -> None:
        """Ends the process and gives back what it held."""
        self.kill()
        self._process.join()
        self._process.close()
        self._connection.close()

    def __enter__(self) -> Limited:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def _begun(context: SpawnContext | ForkServerContext, theirs: Connection, memory_bytes: int) -> BaseProcess:
    """A process that answers at the other end of `theirs`; begun anew where the one to be copied cannot be reached."""
    is_copy = isinstance(context, ForkServerContext)
    process = context.Process(target=_work, args=(theirs, memory_bytes, is_copy), daemon=True)
    try:
        process.start()
    except (OSError, EOFError):  # it was killed just now, or somebody cleared away its socket
        if not is_copy:
            raise
        return _begun(get_context("spawn"), theirs, memory_bytes)
    return process


def _answer(receiver: Connection, is_late: Callable[[], bool], tell: Tell | None) -> Any:
    try:
        answer = _heard(receiver)
        while tell is not None and "done" in answer:
            tell(min(1.0, max(0.0, float(answer["done"]))))
            answer = _heard(receiver)
        said = Sentence.from_json(answer["said"]) if "said" in answer else None
        result = answer["result"] if said is None else None
    except (EOFError, OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        if is_late():
            raise _too_late() from error
        raise Died(
            _("This file broke the program that reads it: it is damaged, or not what it seems. Try another copy.")
        ) from error
    if is_late():  # on a busy machine the answer may come before the clock that should have ended the worker
        raise _too_late()
    if said is not None:
        raise Refused(said)
    return result


def _too_late() -> Refused:
    return Refused(_("Reading this file took too long: try a shorter or smaller copy."))


def _heard(receiver: Connection) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(receiver.recv_bytes(LONGEST_ANSWER))
    return answer


def _work(connection: Connection, memory_bytes: int, is_copy: bool) -> None:
    without_core_dump()
    lean()
    if is_copy:
        _end_with_parent()
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):  # who asked is gone
        while True:
            function, args, telling, seconds = connection.recv()
            _allow(seconds)
            answer = _done(connection, function, args, telling)
            connection.send_bytes(json.dumps(answer, allow_nan=False).encode())


def _end_with_parent() -> None:
    """Lets this process be killed when the one that it is a copy of ends: nobody else would hear of its own end."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def lean() -> None:
    """Keeps glibc from holding what was freed in a pool for each thread, and numpy from waiting in threads of its own.

    Decoders and encoders have many threads already. Pictures are mapped one by one: in a pool, what one part of a film
    frees lies between what the next one asks for.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # read where numpy is first imported
    memory.pools(2, mapped_from=1 << 20)
    memory.keep(256 << 20, grow=8 << 20)


def _allow(seconds: float) -> None:
    spent = resource.getrusage(resource.RUSAGE_SELF)
    processor_seconds = math.ceil(seconds * (os.cpu_count() or 1)) + 1  # decoders use every processor at once
    allowed = math.ceil(spent.ru_utime + spent.ru_stime) + processor_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.RLIM_INFINITY))


def _done(connection: Connection, function: Callable[..., Any], args: tuple[Any, ...], telling: bool) -> dict[str, Any]:
    try:
        told = {"tell": lambda share: connection.send_bytes(json.dumps({"done": share}).encode())} if telling else {}
        return {"result": function(*args, **told)}
    except Said as said:
        return {"said": said.sentence.as_json()}
    except MemoryError:
        return {"said": _("This file needs more memory than it may have: try a smaller copy.").as_json()}


def without_core_dump() -> None:
    """Keeps pictures of people from ending in a core file when this process dies."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
