"""Cards drawn in a process of their own, with a deadline and a ceiling on memory.

A hostile text or a faulty template can hang or exhaust the drawing engine; here it takes one worker with it and
nothing else. The worker stays warm between cards. Both sides speak lengths and JSON: no code crosses.
"""

from __future__ import annotations

import atexit
import json
import resource
import select
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from struct import Struct
from threading import Lock
from typing import IO, Any

from pipeline.cards.drawing import Drawn, TextDrawn, draw
from pipeline.errors import Refused
from publishers._sentences import Sentence, _

MEMORY = 2 << 30  # bytes of address space: a card takes 75 MB, its threads reserve the rest without using it
SECONDS = 10.0
_ROOT = Path(__file__).parents[2]
_LENGTHS = Struct(">II")
# What draws has no business with the keys in our environment. glibc keeps its pages: asking the kernel anew for each
# picture's memory costs as much as drawing it.
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "MALLOC_MMAP_THRESHOLD_": str(128 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(256 << 20),
}


class _GoneError(Exception):
    """The worker ended or ran out of time before its answer was whole."""


class Worker:
    """One warm process that draws cards, replaced when it dies or is late."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = Lock()

    def draw(
        self,
        name: str,
        data: Mapping[str, Any],
        *,
        lang: str,
        format: str,
        mime: str,
        photos: Mapping[str, bytes] | None = None,
        seconds: float = SECONDS,
    ) -> Drawn:
        """What `pipeline.cards.draw` returns; Refused also when it is not done after `seconds`."""
        lengths = {photo: len(held) for photo, held in (photos or {}).items()}
        asked = {"name": name, "data": dict(data), "lang": lang, "format": format, "mime": mime, "photos": lengths}
        request = _packed(asked, b"".join((photos or {}).values()))
        with self._lock:
            try:
                told, picture = self._ask(request, time.monotonic() + seconds)
            except (_GoneError, BrokenPipeError):
                self._stop()
                raise Refused(
                    _("This card was not drawn within {seconds} seconds: shorten its texts.", seconds=f"{seconds:g}")
                ) from None
        if "refused" in told:
            raise Refused(Sentence.from_json(told["refused"]))
        return Drawn(**{**told, "data": picture, "texts": tuple(TextDrawn(**text) for text in told["texts"])})

    def _ask(self, request: bytes, deadline: float) -> tuple[dict[str, Any], bytes]:
        process = self._started()
        assert process.stdin and process.stdout
        process.stdin.write(request)
        process.stdin.flush()
        told, picture = _LENGTHS.unpack(_read(process.stdout, _LENGTHS.size, deadline))
        said = json.loads(_read(process.stdout, told, deadline).decode("utf-8", "surrogatepass"))
        return said, _read(process.stdout, picture, deadline)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._process is None or self._process.poll() is not None:
            self._stop()
            self._process = subprocess.Popen(
                [sys.executable, "-m", "pipeline.cards.worker"],
                cwd=_ROOT,
                env=_ENVIRONMENT,
                bufsize=0,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        return self._process

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def close(self) -> None:
        """Nothing; the process is gone afterwards. The next card starts another."""
        with self._lock:
            self._stop()


def _read(pipe: IO[bytes], count: int, deadline: float) -> bytes:
    """Exactly `count` bytes, before the monotonic `deadline`."""
    parts: list[bytes] = []
    while count:
        ready, _writable, _failed = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        part = pipe.read(min(count, 1 << 20)) if ready else b""
        if not part:
            raise _GoneError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


_worker = Worker()
atexit.register(_worker.close)


def draw_in_worker(
    name: str,
    data: Mapping[str, Any],
    *,
    lang: str,
    format: str = "portrait",
    mime: str = "image/jpeg",
    photos: Mapping[str, bytes] | None = None,
    seconds: float = SECONDS,
) -> Drawn:
    """The card as `pipeline.cards.draw` draws it, in the warm worker; Refused when it is not done after `seconds`."""
    return _worker.draw(name, data, lang=lang, format=format, mime=mime, photos=photos, seconds=seconds)


def _answer(asked: dict[str, Any], held: bytes) -> bytes:
    photos, at = {}, 0
    for name, length in asked.pop("photos").items():
        photos[name], at = held[at : at + length], at + length
    try:
        drawn = draw(**asked, photos=photos)
    except Refused as refused:
        return _packed({"refused": refused.sentence.as_json()}, b"")
    return _packed({**asdict(drawn), "data": None}, drawn.data)


def _packed(told: Mapping[str, Any], held: bytes) -> bytes:
    said = json.dumps(told, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return _LENGTHS.pack(len(said), len(held)) + said + held


def serve() -> None:
    """Nothing; answers requests on standard input until it closes. Memory is limited where the system can."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    while header := sys.stdin.buffer.read(_LENGTHS.size):
        asked, held = (sys.stdin.buffer.read(length) for length in _LENGTHS.unpack(header))
        sys.stdout.buffer.write(_answer(json.loads(asked.decode("utf-8", "surrogatepass")), held))
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    serve()
