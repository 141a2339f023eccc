"""The machinery that every sandbox server shares: hosts, log, planned faults, clock, control, human page."""

from __future__ import annotations

import hashlib
import random
import re
import shutil
import tempfile
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Self

from sandbox import _faults as kinds
from sandbox._clock import Clock
from sandbox._control import control
from sandbox._faults import Fault, Faults
from sandbox._http import Listener
from sandbox._orders import Order
from sandbox._wire import MASK, Answer, Entry, HungUp, Request, Upload

SILENT_FOR = 120.0  # seconds that a silent fault holds a connection, unless the server stops before


@dataclass(frozen=True)
class Call:
    """What a request asks for: the name that faults and the log use, and the doing of it."""

    name: str
    run: Callable[[], Answer]
    streams: bool = False  # it takes a long body: others are served meanwhile


@dataclass(frozen=True)
class Ending:
    """No whole answer: the connection is closed after `sent`, or after a silence."""

    sent: bytes = b""
    silent: bool = False


class Sandbox(ABC):
    """One platform's server: its hosts share one state. Subclasses say what the platform does."""

    name: ClassVar[str]  # of the module
    label: ClassVar[str]
    platforms: ClassVar[tuple[str, ...]]  # which of our platforms speak to it
    hosts: ClassVar[tuple[str, ...]]  # the first also serves the control interface and the human page
    raw_hosts: ClassVar[frozenset[str]] = frozenset()  # where a body is bytes, whatever its type says
    secret_names: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *, at: datetime | None = None, seed: int = 1) -> None:
        self.clock = Clock(at)
        self.seed = seed
        self.lock = threading.RLock()
        self.applied = threading.Condition(self.lock)
        self.stopped = threading.Event()
        self.folder = Path(tempfile.mkdtemp(prefix=f"sandbox-{self.name}-"))
        self.urls: dict[str, str] = {}
        self.reset()

    def reset(self) -> None:
        """Forgets everything; the same seed gives the same ids again."""
        with self.lock:
            self.random = random.Random(self.seed)  # noqa: S311 - ids that repeat are wanted
            self.faults = Faults()
            self.requests: list[Entry] = []
            self.late: list[tuple[datetime, Call, Entry]] = []
            self.blobs: dict[str, Path] = {}
            self.start()

    # ------------------------------------------------------------------------------- what a platform says

    @abstractmethod
    def start(self) -> None:
        """Makes the accounts that a fresh server has."""

    @abstractmethod
    def route(self, request: Request) -> Call:
        """What a request asks for; an unknown path is a call that answers with the platform's own error."""

    @abstractmethod
    def refuse(self, fault: Fault, request: Request) -> Answer:
        """The platform's own words for a planned refusal, limit, expiry or internal error."""

    @abstractmethod
    def published(self) -> list[dict[str, Any]]:
        """What the public sees now, oldest first; see `sandbox/README.md` for the members."""

    @abstractmethod
    def facts(self) -> dict[str, str]:
        """Addresses, ids and a token to try with, by the usual names of settings."""

    @abstractmethod
    def secrets(self) -> Iterable[str]:
        """Every secret that exists here, for the mask."""

    def orders(self) -> Mapping[str, Order]:
        """The platform's own control commands by name; each raises LookupError for an unknown id or setting."""
        return {}

    def order(self, command: str, given: dict[str, Any]) -> Any:
        """What a platform's own control command gives back; LookupError for an unknown one."""
        return self.orders()[command](given)

    @abstractmethod
    def settle(self) -> None:
        """Lets what is due by the server's clock happen."""

    # ------------------------------------------------------------------------------- what tests say

    @property
    def url(self) -> str:
        """The address of the first host."""
        return self.urls[self.hosts[0]]

    def fault(self, call: str, kind: str, *, nth: int = 1, times: int = 1, applied: bool | None = None,
              **details: Any) -> Fault:  # fmt: skip
        """Plans a fault; `_faults.py` lists the kinds."""
        with self.lock:
            planned = Fault(call, kind, nth, times, applied, details)
            self.faults.append(planned)
            return planned

    def move(self, seconds: float = 0, **more: float) -> datetime:
        """Moves the server's clock: seconds, or hours=, days=."""
        with self.lock:
            now = self.clock.move(timedelta(seconds=seconds, **more))
            self.catch_up()
            return now

    def calls(self, name: str) -> list[Entry]:
        """The logged requests of that call, faults included."""
        with self.lock:
            return [one for one in self.requests if one.call == name]

    def wait(self, call: str, count: int = 1, timeout: float = 10) -> bool:
        """Whether the server came to do that call `count` times before the timeout (seconds)."""
        with self.applied:
            return self.applied.wait_for(lambda: sum(one.applied for one in self.calls(call)) >= count, timeout)

    def secrets_in_urls(self) -> list[Entry]:
        """The logged requests that carried a secret in their URL."""
        with self.lock:
            return [one for one in self.requests if any(place in ("query", "path") for _name, place in one.secrets)]

    # ------------------------------------------------------------------------------- how a request is served

    def serve(self, request: Request) -> Answer | Ending:
        """The answer to a request, or how the connection ends without one."""
        if request.host == self.hosts[0] and (request.path == "/" or request.path.startswith(("/sandbox/", "/p/"))):
            return control(self, request)
        with self.lock:
            self.catch_up()
            call = self.route(request)
            entry = self.write_down(request, call.name)
            fault = self.faults.take(request.method, call.name)
            entry.fault = fault.kind if fault else ""
            outcome = None if call.streams else self.perform(request, call, fault, entry)
        if outcome is None:
            outcome = self.perform(request, call, fault, entry)
        if isinstance(outcome, Ending) and outcome.silent:
            self.stopped.wait(SILENT_FOR)
        return outcome

    def perform(self, request: Request, call: Call, fault: Fault | None, entry: Entry) -> Answer | Ending:
        """Does what was asked, or not, and answers, or not."""
        if fault and fault.kind == kinds.CUT:
            if request.was_read:
                return Ending()
            request.cut_after = int(fault.details.get("bytes", 0))
        if fault and fault.kind == kinds.LATE:
            request.read()
            due = self.clock.now() + timedelta(seconds=float(fault.details.get("seconds", 5)))
            self.late.append((due, call, entry))
            return Ending()
        if fault and not fault.applied:
            request.read()
            return self.told(self.spoil(fault, request, None), entry)
        try:
            answer = self.do(call, entry)
        except HungUp:
            entry.error = "hung up"
            return Ending()
        return self.told(self.spoil(fault, request, answer) if fault else answer, entry)

    def do(self, call: Call, entry: Entry) -> Answer:
        """What the platform answers; the log says that it was done."""
        answer = call.run()
        with self.applied:
            entry.status = answer.status
            entry.error = self.error_of(answer)
            entry.applied = answer.status < 400
            self.applied.notify_all()
        return answer

    def spoil(self, fault: Fault, request: Request, answer: Answer | None) -> Answer | Ending:
        """What the client gets to see of a call that was struck."""
        if fault.kind == kinds.SILENCE:
            return Ending(silent=True)
        if fault.kind == kinds.HTML:
            page = b"<!DOCTYPE html><html><head><title>502</title></head><body><h1>Bad Gateway</h1></body></html>"
            return Answer(502, page, "text/html; charset=utf-8")
        if fault.kind == kinds.HALF:
            whole = answer.body if answer else b'{"id":"178'
            half = whole[: max(1, len(whole) // 2)]
            return Ending(head_of(len(whole)) + half) if fault.details.get("cut") else Answer(200, half)
        if fault.kind in (kinds.DROP, kinds.CUT):
            return Ending()
        return self.refuse(fault, request)

    def told(self, outcome: Answer | Ending, entry: Entry) -> Answer | Ending:
        """The outcome, its status written down."""
        entry.status = outcome.status if isinstance(outcome, Answer) else None
        if isinstance(outcome, Answer):
            entry.error = self.error_of(outcome)
        return outcome

    def error_of(self, answer: Answer) -> str:
        """A short form of the platform's error in an answer, for the log."""
        return "" if answer.status < 400 else f"HTTP {answer.status}"

    def catch_up(self) -> None:
        """Does late what was promised for later, then what is due."""
        now = self.clock.now()
        for promise in [one for one in self.late if one[0] <= now]:
            self.late.remove(promise)
            self.do(promise[1], promise[2])
        self.settle()

    @contextmanager
    def others_first(self) -> Iterator[None]:
        """While a platform fetches something, other requests are served: what it fetches may come from here too."""
        self.lock.release()
        try:
            yield
        finally:
            self.lock.acquire()

    # ------------------------------------------------------------------------------- the log

    def write_down(self, request: Request, call: str) -> Entry:
        """The entry of a request, masked."""
        entry = Entry(
            n=len(self.requests) + 1, at=self.clock.now().isoformat(), host=request.host, method=request.method,
            path=self.masked(request.path), call=call,
        )  # fmt: skip
        entry.headers = {key: self.shown(key, value, "header", entry) for key, value in request.headers.items()}
        entry.query = {key: self.shown(key, value, "query", entry) for key, value in request.query}
        if request.host not in self.raw_hosts:
            entry.form = {key: self.shown(key, value, "body", entry) for key, value in request.form}
            entry.files = {key: file_facts(one) for key, one in request.files.items()}
        if entry.path != request.path:
            entry.secrets.append(("access_token", "path"))
        self.requests.append(entry)
        return entry

    def shown(self, key: str, value: str, place: str, entry: Entry) -> str:
        """A value as the log may show it; a secret is noted with its place."""
        name = "access_token" if key == "authorization" else key
        if name in self.secret_names or self.masked(value) != value:
            entry.secrets.append((name if name in self.secret_names else "access_token", place))
            return f"{value.partition(' ')[0]} {MASK}" if key == "authorization" and " " in value else MASK
        return value

    def masked(self, text: str) -> str:
        """A text without any secret that exists here."""
        for secret in self.secrets():
            text = text.replace(secret, MASK)
        return text

    # ------------------------------------------------------------------------------- ids and files

    def digits(self, start: str, length: int) -> str:
        """A new numeric id of that length beginning with `start`."""
        return start + "".join(self.random.choice("0123456789") for _place in range(length - len(start)))

    def word(self, length: int, letters: str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789") -> str:
        """A new random word."""
        return "".join(self.random.choice(letters) for _place in range(length))

    def keep(self, body: bytes) -> Path:
        """Where the bytes are kept, by their hash."""
        path = self.folder / hashlib.sha256(body).hexdigest()
        if not path.exists():
            path.write_bytes(body)
        self.blobs[path.name] = path
        return path

    def adopt(self, path: Path) -> Path:
        """The same file, kept by its hash; `path` is gone afterwards."""
        digest = hashlib.sha256()
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                digest.update(piece)
        kept = path.rename(self.folder / digest.hexdigest())
        self.blobs[kept.name] = kept
        return kept

    # ------------------------------------------------------------------------------- open and close

    @contextmanager
    def serving(self, port: int = 0) -> Iterator[Self]:
        """The server while it listens on the loopback: one port for each host, from `port` on (0: free ones)."""
        listeners = []
        try:
            for n, host in enumerate(self.hosts):
                listener = Listener(self, host, port + n if port else 0)
                listeners.append(listener)
                self.urls[host] = listener.url
            yield self
        finally:
            self.stopped.set()
            for listener in listeners:
                listener.close()
            shutil.rmtree(self.folder, ignore_errors=True)


def file_facts(upload: Upload) -> dict[str, Any]:
    """A file for the log."""
    return {"name": upload.name, "mime": upload.mime, "bytes": len(upload.body), "sha256": upload.sha256}


def head_of(length: int) -> bytes:
    """The head of an answer that promises `length` bytes."""
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=UTF-8\r\nContent-Length: %d\r\n\r\n" % length


def seconds_of(text: str) -> float:
    """Seconds from "90", "90s", "5m", "2h" or "1d"."""
    match = re.fullmatch(r"(-?\d+(?:\.\d+)?)\s*([smhd]?)", text.strip())
    if not match:
        raise ValueError(text)
    return float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]]


__all__ = ["Answer", "Call", "Ending", "Fault", "Sandbox", "seconds_of"]
