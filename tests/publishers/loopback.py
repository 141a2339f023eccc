"""A tiny HTTP server on the loopback that answers as it is told, well or badly, and keeps what it was asked."""

from __future__ import annotations

import base64
import json
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

DROP = "drop"  # read the request, then close the connection
SILENCE = "silence"  # read the request, then say nothing until the server stops
CUT = "cut"  # promise more bytes than are sent
DRIP_HEAD, DRIP_BODY = "drip head", "drip body"  # a whole answer in the end, a byte every few hundredths of a second
DROPS = 60  # bytes that drip, at 30 a second


@dataclass(frozen=True)
class Said:
    """One answer."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)
    mime: str = "application/json"


def json_answer(status: int = 200, headers: dict[str, str] | None = None, /, **body: Any) -> Said:
    return Said(status, json.dumps(body).encode(), headers or {})


@dataclass(frozen=True)
class Asked:
    """One request as it came in."""

    method: str
    name: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes
    path: str = ""  # as it came in, with its query

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode(), keep_blank_values=True).items()}


@dataclass
class Script:
    """What to answer, by the last word of the path; the last answer of a name stays."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    answers: dict[str, deque[Said | str]] = field(default_factory=dict)

    def on(self, name: str, *answers: Said | str) -> None:
        self.answers[name] = deque(answers)

    def next(self, name: str) -> Said | str:
        waiting = self.answers.get(name)
        if not waiting:
            return json_answer(501, error="MethodNotImplemented")
        return waiting.popleft() if len(waiting) > 1 else waiting[0]

    def names(self) -> list[str]:
        return [one.name for one in self.asked]


def a_token(lasts: int = 7200, scope: str = "com.atproto.appPass", mark: str = "CANARY") -> str:
    """A token of the usual shape that says how long it lasts."""
    claims = json.dumps({"iat": 1_000_000, "exp": 1_000_000 + lasts, "scope": scope}).encode()
    return f"eyJhbGciOiJub25lIn0.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.{mark}"


@contextmanager
def serving() -> Iterator[Script]:
    script = Script()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            parts = urlsplit(self.path)
            name = parts.path.rsplit("/", 1)[1].rsplit(".", 1)[-1]
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {key.lower(): value for key, value in self.headers.items()}
            script.asked.append(Asked(self.command, name, parse_qs(parts.query), headers, body, self.path))
            said = script.next(name)
            if isinstance(said, str):
                self.close_connection = True
                if said == SILENCE:
                    script.stopped.wait(30)
                if said == CUT:
                    self.wfile.write(
                        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"
                    )
                if said in (DRIP_HEAD, DRIP_BODY):
                    self.drip(said)
                return
            self.send_response(said.status)
            kind = {"Content-Type": said.mime} if said.mime else {}
            for key, value in {**kind, **said.headers}.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(said.body)))
            self.end_headers()
            self.wfile.write(said.body)

        def drip(self, part: str) -> None:
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nX: " % DROPS
            if part == DRIP_BODY:
                head += b"y\r\n\r\n"
            try:
                self.wfile.write(head)
                for _drop in range(DROPS):
                    self.wfile.write(b" ")
                    script.stopped.wait(1 / 30)
                self.wfile.write(b"y\r\n\r\n" + b" " * DROPS if part == DRIP_HEAD else b"")
            except OSError:
                script.asked.append(Asked("", "hung up", {}, {}, b""))

        do_GET = do_POST = do_PUT = do_DELETE = answer

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    script.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        script.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
