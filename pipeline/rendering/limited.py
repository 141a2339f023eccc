"""One call in a process of its own, with an end to its time and memory: for reading files that strangers made.

What comes back is JSON text, read as data: a worker that a hostile file has taken over can lie, but run nothing here.
Files and network stay open to the worker; its function must see to it that the file names nothing else to open.
"""

from __future__ import annotations

import json
import math
import os
import resource
import sys
from collections.abc import Callable
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Timer
from time import monotonic
from typing import Any

from pipeline.errors import Refused
from publishers._sentences import Said, Sentence, _

MEMORY = 3 << 30  # bytes of address space: numpy, PyAV and their threads map far more than they touch
LONGEST_ANSWER = 16 << 20  # bytes of JSON


Tell = Callable[[float], None]


def run_limited(
    function: Callable[..., Any], *args: Any, seconds: float, memory_bytes: int = MEMORY, tell: Tell | None = None
) -> Any:
    """What an importable top-level function returns (plain JSON data), computed in a fresh process.

    `seconds` bounds the time by the clock (start of the process included, about 0.3 s) and on every processor;
    `memory_bytes` bounds its address space (Linux; macOS does not enforce it). Raises what the function said as
    `Refused`, and `Refused` when the time is over, memory runs out or the process dies.

    With `tell` the function gets one more argument, called `tell` too: what it is told there (0 to 1) is passed on.
    """
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    worker = context.Process(
        target=_work, args=(sender, seconds, memory_bytes, function, args, tell is not None), daemon=True
    )
    deadline = Timer(seconds, worker.kill)  # not only a limit on waiting: an answer can be begun and never ended
    started = monotonic()
    worker.start()
    sender.close()
    deadline.start()
    try:
        return _answer(receiver, lambda: monotonic() - started >= seconds, tell)
    finally:
        deadline.cancel()
        deadline.join()
        worker.kill()
        worker.join()
        worker.close()
        receiver.close()


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
        raise Refused(
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


def _work(
    sender: Connection, seconds: float, memory_bytes: int, function: Callable[..., Any], args: tuple[Any, ...],
    telling: bool,
) -> None:  # fmt: skip
    without_core_dump()
    processor_seconds = math.ceil(seconds * (os.cpu_count() or 1)) + 1  # decoders use every processor at once
    resource.setrlimit(resource.RLIMIT_CPU, (processor_seconds, processor_seconds + 1))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    try:
        told = {"tell": lambda share: sender.send_bytes(json.dumps({"done": share}).encode())} if telling else {}
        answer = {"result": function(*args, **told)}
    except Said as said:
        answer = {"said": said.sentence.as_json()}
    except MemoryError:
        answer = {"said": _("This file needs more memory than it may have: try a smaller copy.").as_json()}
    sender.send_bytes(json.dumps(answer, allow_nan=False).encode())


def without_core_dump() -> None:
    """Keeps pictures of people from ending in a core file when this process dies."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
