"""Cards drawn in a process of their own, with a deadline and a ceiling on memory.

A hostile text or a faulty template can hang, exhaust or end the drawing engine; here it takes one worker with it and
nothing else. The worker stays warm between cards. Both sides speak lengths, JSON and pictures: no code crosses.
"""

from __future__ import annotations

import atexit
import json
import os
import resource
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from struct import Struct
from threading import Lock
from typing import IO, Any

from pipeline.cards import Drawn, TextDrawn
from pipeline.errors import Refused
from publishers._sentences import Sentence, _

MEMORY = 2 << 30  # bytes of address space: a card takes 90 MB, its threads reserve the rest without using it
SECONDS = 30.0  # by the clock: the machine may be busy with films
PROCESSOR_SECONDS = 4.0  # for one card, which takes 0.03, or 0.5 with a photo from a phone
_MOST = 256 << 20  # bytes of an answer: what says more has lost its way
_ROOT = Path(__file__).parents[2]
_LENGTHS = Struct(">II")
_PASSED = ("PORTEVOIX_BRAND", "PORTEVOIX_CARDS", "PORTEVOIX_CARD_ENGINE", "PATH", "HOME")
# glibc keeps its pages: asking the kernel anew for each picture's memory costs as much as drawing it.
_KEPT = {"MALLOC_MMAP_THRESHOLD_": str(128 << 20), "MALLOC_TRIM_THRESHOLD_": str(256 << 20)}
_COMMAND = (sys.executable, "-m", "pipeline.cards.worker")


class _LateError(Exception):
    """The time is over before the answer was whole."""


class _GoneError(Exception):
    """The worker ended before its answer was whole."""


class Worker:
    """One warm process that draws cards, replaced when it dies or is late."""

    def __init__(self, command: Sequence[str] = _COMMAND) -> None:
        self._command = command
        self._process: subprocess.Popen[bytes] | None = None
        self._started_by: tuple[int, dict[str, str]] | None = None
        self._lock = Lock()

    def draw(
        self,
        name: str,
        data: Mapping[str, Any],
        *,
        lang: str,
        format: str,
        mime: str,
        brand: Path | None = None,
        photos: Mapping[str, bytes] | None = None,
        safe_zone: bool = False,
        seconds: float = SECONDS,
    ) -> Drawn:
        """What `pipeline.cards.draw` returns; Refused also when it is not done after `seconds` or kills two workers."""
        lengths = {photo: len(held) for photo, held in (photos or {}).items()}
        asked: dict[str, Any] = {
            "name": name,
            "data": dict(data),
            "lang": lang,
            "format": format,
            "mime": mime,
            "photos": lengths,
        }
        asked |= {"brand": str(brand) if brand else None, "safe_zone": safe_zone, "seconds": seconds}
        with self._lock:
            answer = self._answer(_request(asked, b"".join((photos or {}).values())), seconds)
        if isinstance(answer, Sentence):
            raise Refused(answer)
        return answer

    def _answer(self, request: bytes, seconds: float) -> Drawn | Sentence:
        deadline = time.monotonic() + seconds
        for _attempt in range(2):  # a worker can be killed for want of memory that another program took
            try:
                return self._ask(request, deadline)
            except _LateError:
                self._stop()
                raise _late(seconds) from None
            except (_GoneError, BrokenPipeError, ValueError, LookupError, TypeError, AttributeError):
                if self._stop() in (-signal.SIGPROF, -signal.SIGALRM):
                    raise _late(PROCESSOR_SECONDS) from None
                # Else it died, or what it says makes no sense any more.
        raise Refused(_("This card cannot be drawn: the drawing engine gave up on its text or style."))

    def _ask(self, request: bytes, deadline: float) -> Drawn | Sentence:
        process = self._started()
        assert process.stdin and process.stdout
        _write(process.stdin, request, deadline)
        told, picture = _LENGTHS.unpack(_read(process.stdout, _LENGTHS.size, deadline))
        if told + picture > _MOST:
            raise _GoneError
        said = json.loads(_read(process.stdout, told, deadline).decode("utf-8", "surrogatepass"))
        held = _read(process.stdout, picture, deadline)
        if "refused" in said:
            return Sentence.from_json(said["refused"])
        return Drawn(**{**said, "data": held, "texts": tuple(TextDrawn(**text) for text in said["texts"])})

    def _started(self) -> subprocess.Popen[bytes]:
        environment = {name: os.environ[name] for name in _PASSED if name in os.environ}
        by = (os.getpid(), environment)
        if self._started_by and self._started_by[0] != by[0]:
            self._process = None  # a fork: the process is our parent's
        if self._process is None or self._process.poll() is not None or self._started_by != by:
            self._stop()
            self._process = subprocess.Popen(
                self._command,
                cwd=_ROOT,
                # What draws has no business with the keys in our environment.
                env={"LANG": "C.UTF-8", **environment, **_KEPT},
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
            self._started_by = by
            assert self._process.stdin
            os.set_blocking(self._process.stdin.fileno(), False)
        return self._process

    def _stop(self) -> int | None:
        """How the worker ended, killed if it had not."""
        process, self._process = self._process, None
        if process is None:
            return None
        process.kill()
        process.communicate()
        return process.returncode

    def close(self) -> None:
        """Nothing; the process is gone afterwards. The next card starts another."""
        with self._lock:
            if self._started_by and self._started_by[0] == os.getpid():
                self._stop()


def _late(seconds: float) -> Refused:
    return Refused(_("This card was not drawn within {seconds} seconds: shorten its texts.", seconds=f"{seconds:g}"))


def _write(pipe: IO[bytes], held: bytes, deadline: float) -> None:
    """Nothing; all bytes are written, before the monotonic `deadline`."""
    view = memoryview(held)
    while view:
        _readable, ready, _failed = select.select([], [pipe], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise _LateError
        view = view[pipe.write(view[: 1 << 16]) or 0 :]


def _read(pipe: IO[bytes], count: int, deadline: float) -> bytes:
    """Exactly `count` bytes, before the monotonic `deadline`."""
    parts: list[bytes] = []
    while count:
        ready, _writable, _failed = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise _LateError
        part = pipe.read(min(count, 1 << 20))
        if not part:
            raise _GoneError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


_worker = Worker()
atexit.register(_worker.close)


def draw(name: str, data: Mapping[str, Any], **options: Any) -> Drawn:
    """The card, drawn in this program's one warm worker: see `Worker.draw`."""
    return _worker.draw(name, data, **options)


def _request(asked: Mapping[str, Any], held: bytes) -> bytes:
    try:
        request = _packed(asked, held)
    except (TypeError, ValueError, RecursionError):
        raise Refused(_("The data of a card are texts, numbers and lists of them by name: check it.")) from None
    if len(request) > _MOST:
        raise Refused(_("The data and photos of this card are too large: give smaller photos."))
    return request


def _packed(told: Mapping[str, Any], held: bytes) -> bytes:
    # What JSON has no word for, as a YAML date, is nothing: the slot that it was for says that it wants a text.
    said = json.dumps(told, ensure_ascii=False, default=lambda _value: None).encode("utf-8", "surrogatepass")
    return _LENGTHS.pack(len(said), len(held)) + said + held


def _drawn(asked: dict[str, Any], held: bytes) -> bytes:
    from pipeline.cards import drawing
    from pipeline.rendering import brand as brands

    photos, at = {}, 0
    for name, length in asked.pop("photos").items():
        photos[name], at = held[at : at + length], at + length
    folder = asked.pop("brand")
    try:
        drawn = drawing.draw(**asked, brand=brands.load(Path(folder)) if folder else None, photos=photos)
    except Refused as refused:
        return _packed({"refused": refused.sentence.as_json()}, b"")
    return _packed({**asdict(drawn), "data": None}, drawn.data)


def serve() -> None:
    """Nothing; answers requests on standard input until it closes. Memory is limited where the system can.

    One that is late ends by itself too: who asked may be gone.
    """
    from pipeline.cards import engine

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if engine.chosen() == "takumi":  # a browser reserves far more than it may ever use, and bounds itself
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for ending in (signal.SIGALRM, signal.SIGPROF):
        signal.signal(ending, signal.SIG_DFL)
    while header := sys.stdin.buffer.read(_LENGTHS.size):
        said, held = (sys.stdin.buffer.read(length) for length in _LENGTHS.unpack(header))
        asked = json.loads(said.decode("utf-8", "surrogatepass"))
        signal.setitimer(signal.ITIMER_REAL, asked.pop("seconds") + 1)
        signal.setitimer(signal.ITIMER_PROF, PROCESSOR_SECONDS)
        sys.stdout.buffer.write(_drawn(asked, held))
        sys.stdout.buffer.flush()
        for timer in (signal.ITIMER_REAL, signal.ITIMER_PROF):
            signal.setitimer(timer, 0)


if __name__ == "__main__":
    serve()
