"""One listening port: bytes in, bytes out. What is said is decided in `_server.py`."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

from sandbox._wire import PIECE, Answer, HungUp, Request

if TYPE_CHECKING:
    from sandbox._server import Sandbox

DRAIN = 1 << 20  # bytes of an unread body that are still read before the connection is closed instead


class Listener:
    """A host of a sandbox on a port of the loopback."""

    def __init__(self, sandbox: Sandbox, host: str, port: int) -> None:
        handler = type("Handler", (Handler,), {"sandbox": sandbox, "host": host})
        self.server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        self.server.daemon_threads = True
        self.server.block_on_close = False
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        """Stops listening."""
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Handler(BaseHTTPRequestHandler):
    """Turns a connection into requests."""

    sandbox: Sandbox
    host: str
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self) -> None:
        """Serves one request."""
        parts = urlsplit(self.path)
        self.left = int(self.headers.get("Content-Length") or 0)
        self.chunked = self.headers.get("Transfer-Encoding", "").lower() == "chunked"
        request = Request(
            self.host, self.command, unquote(parts.path), parse_qsl(parts.query, keep_blank_values=True),
            {key.lower(): value for key, value in self.headers.items()}, self.body(), self.path,
        )  # fmt: skip
        try:
            outcome = self.sandbox.serve(request)
            if isinstance(outcome, Answer):
                self.say(outcome)
            else:
                self.end(outcome.sent)
        except (HungUp, OSError):  # the client went away
            self.close_connection = True

    do_GET = do_POST = do_DELETE = do_PUT = do_PATCH = do_HEAD = do_OPTIONS = answer  # noqa: N815

    def body(self) -> Iterator[bytes]:
        """The body in pieces, whatever its framing."""
        if self.chunked:
            yield from self.chunks()
            return
        while self.left:
            piece = self.rfile.read1(min(PIECE, self.left))
            if not piece:
                raise HungUp
            self.left -= len(piece)
            yield piece

    def chunks(self) -> Iterator[bytes]:
        """The body of a chunked request."""
        while True:
            line = self.rfile.readline(100)
            if not line.strip():
                raise HungUp
            size = int(line.split(b";")[0], 16)
            piece = self.rfile.read(size)
            self.rfile.readline(100)
            if len(piece) < size:
                raise HungUp
            if not size:
                self.chunked = False
                return
            yield piece

    def say(self, answer: Answer) -> None:
        """Sends an answer; what is unread of the body is read first, or the connection closed after."""
        if self.chunked or self.left > DRAIN:
            self.close_connection = True
        elif self.left:
            for _piece in self.body():
                pass
        self.send_response(answer.status)
        for key, value in {"Content-Type": answer.mime, **answer.headers}.items():
            self.send_header(key, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer.body)
        self.wfile.flush()

    def end(self, sent: bytes) -> None:
        """Ends the connection without a whole answer."""
        self.close_connection = True
        self.wfile.write(sent)
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_words: object) -> None:
        """Nothing on the terminal."""
