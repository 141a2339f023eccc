"""A proxy before the official server that spoils one write, in ten ways: the server behind it stays the judge."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx

WRITE = "com.atproto.repo.putRecord"
FAULTS = (
    "dropped before", "dropped after", "500 before", "500 after", "taken late", "429", "drip", "half a JSON", "HTML",
    "reset after",
)  # fmt: skip
HOP = {"connection", "transfer-encoding", "content-encoding", "content-length", "host", "keep-alive"}


@dataclass
class Proxy:
    """Where it listens, the fault of the next write, and what it let through late."""

    target: str
    url: str = ""
    fault: str = ""
    writes: int = 0
    late: list[httpx.Request] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def let_through(self) -> None:
        """Sends on what was kept back."""
        with httpx.Client(timeout=30) as client:
            while self.late:
                client.send(self.late.pop()).raise_for_status()


@contextmanager
def before(target: str) -> Iterator[Proxy]:
    """A proxy before the server at `target`, gone afterwards."""
    proxy = Proxy(target)
    upstream = httpx.Client(timeout=30)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {k: v for k, v in self.headers.items() if k.lower() not in HOP}
            asked = upstream.build_request(self.command, proxy.target + self.path, headers=headers, content=body)
            fault = ""
            if WRITE in self.path:
                proxy.writes += 1
                fault, proxy.fault = proxy.fault, ""
            self.spoil(fault, asked) if fault else self.answer(upstream.send(asked))

        def spoil(self, fault: str, asked: httpx.Request) -> None:
            self.close_connection = True
            if fault in ("dropped after", "500 after", "drip", "half a JSON", "HTML", "reset after"):
                done = upstream.send(asked)
                assert done.status_code == 200, done.text
            if fault == "taken late":
                proxy.late.append(asked)
            if fault.startswith("500"):
                self.say(500, b'{"error":"InternalServerError"}')
            elif fault == "429":
                self.say(429, b'{"error":"RateLimitExceeded"}', {"retry-after": "40"})
            elif fault == "HTML":
                self.say(502, b"<html>Bad Gateway</html>", {"Content-Type": "text/html"})
            elif fault == "half a JSON":
                self.say(200, b'{"uri": "at://did:')
            elif fault == "drip":
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
                while not proxy.stopped.wait(0.02):
                    try:
                        self.wfile.write(b" ")
                    except OSError:
                        return
            elif fault == "reset after":
                self.wfile.write(b"HTTP/1.1 200")

        def answer(self, got: httpx.Response) -> None:
            kept = {k: v for k, v in got.headers.items() if k.lower() not in HOP}
            self.say(got.status_code, got.content, kept)

        def say(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
            self.send_response(status)
            for key, value in {"content-type": "application/json", **(headers or {})}.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = forward

        def log_message(self, *_words: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    proxy.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield proxy
    finally:
        proxy.stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
        upstream.close()
