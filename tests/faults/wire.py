"""The wire of the test platform: an HTTP server that can cut, dribble, halve and mislabel its answers, also in TLS."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

PLAIN, CUT, LORIS, TRUNCATED, HTML = "plain", "cut", "loris", "truncated", "html"
DRIBBLE = 0.15  # seconds between the bytes of a slow answer: less than a client waits for the next byte
PAGE = b"<!doctype html><title>Welcome</title><p>The page of somebody else entirely."


@dataclass(frozen=True)
class Answer:
    """What to say, and how to fail while saying it."""

    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    mode: str = PLAIN


class Undecided:
    """The connections whose request is not decided yet, of all ports."""

    def __init__(self) -> None:
        self.changed, self.open = threading.Condition(), set[int]()

    def enter(self, request: Any) -> None:
        with self.changed:
            self.open.add(id(request))

    def leave(self, request: Any) -> None:
        with self.changed:
            self.open.discard(id(request))
            self.changed.notify_all()

    def wait_until_only(self, number: int) -> None:
        """Waits until no more than so many are left: those who ask are of them."""
        with self.changed:
            self.changed.wait_for(lambda: len(self.open) <= number, timeout=20)


class Server:
    """One listening port, in threads of its own; each connection carries one request."""

    def __init__(
        self,
        answer: Callable[[str, str, str, dict[str, Any]], Answer],
        undecided: Undecided,
        certificate: Path | None = None,
        cut_handshake: Callable[[], bool] = lambda: False,
    ) -> None:
        handler = type("Handler", (_Handler,), {"answer": staticmethod(answer)})
        self.server = _Listener(("127.0.0.1", 0), handler)
        self.server.context = _context(certificate) if certificate else None
        self.server.cut_handshake = cut_handshake
        self.server.undecided = undecided
        self.url = f"{'https' if certificate else 'http'}://127.0.0.1:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()

    @property
    def still(self) -> float:
        """The longest that this server answered nobody, in seconds: it comes round some twenty times in one."""
        return self.server.still

    def stop(self) -> None:
        self.server.shutdown()
        self.server.server_close()


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256
    context: ssl.SSLContext | None
    cut_handshake: Callable[[], bool]
    undecided: Undecided
    looked: float = 0.0  # when this loop last came round, in seconds of the machine's own clock
    still: float = 0.0  # the longest that it did not: this process, or the whole machine, stood still

    def service_actions(self) -> None:
        """Called each time the loop comes round, which is some twenty times a second."""
        now = time.monotonic()
        self.still = max(self.still, now - (self.looked or now))
        self.looked = now

    def process_request(self, request: Any, client_address: Any) -> None:
        """In the order in which connections came: who asks for the time to move on waits for those before."""
        self.undecided.enter(request)
        super().process_request(request, client_address)

    def finish_request(self, request: Any, client_address: Any) -> None:
        """In the connection's own thread: a slow handshake keeps nobody waiting."""
        with suppress(OSError):  # the client is gone, or was killed: nobody is there to be told
            if self.context is None:
                self.RequestHandlerClass(request, request, self)
                return
            if self.cut_handshake():
                request.recv(64)
                return
            with self.context.wrap_socket(request, server_side=True) as secure:
                self.RequestHandlerClass(secure, request, self)

    def shutdown_request(self, request: Any) -> None:
        self.undecided.leave(request)
        with suppress(OSError):
            request.shutdown(socket.SHUT_RDWR)
        request.close()

    def handle_error(self, request: Any, client_address: Any) -> None:
        raise  # noqa: PLE0704 - a fault of this server must be seen


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    answer: Callable[[str, str, str, dict[str, Any]], Answer]

    def respond(self) -> None:
        parts = urlsplit(self.path)
        sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.loads(sent) if sent else dict(parse_qsl(parts.query))
        account = (self.headers.get("Authorization") or "").removeprefix("Bearer ")
        self.close_connection = True
        said = self.answer(self.command, parts.path, account, body)
        self.server.undecided.leave(self.client_address)  # finish_request names the connection so
        if said.mode != CUT:
            self.say(said)

    do_GET = do_POST = do_PUT = respond

    def say(self, said: Answer) -> None:
        content = PAGE if said.mode == HTML else json.dumps(said.body).encode()
        head = {
            "Content-Type": "text/html" if said.mode == HTML else "application/json",
            "Content-Length": str(len(content)),
            "Connection": "close",
            **said.headers,
        }
        lines = [f"HTTP/1.1 {said.status} -", *(f"{name}: {value}" for name, value in head.items()), "", ""]
        whole = "\r\n".join(lines).encode() + content
        if said.mode == LORIS:
            self.dribble(whole)
        else:
            self.wfile.write(whole[: -len(content) // 2] if said.mode == TRUNCATED else whole)

    def dribble(self, whole: bytes) -> None:
        """All of it in the end, a byte at a time: whoever waits long enough gets a sound answer."""
        for place in range(len(whole)):
            self.wfile.write(whole[place : place + 1])
            self.wfile.flush()
            time.sleep(DRIBBLE)

    def log_message(self, *_words: object) -> None:
        pass


def _context(folder: Path) -> ssl.SSLContext:
    """A TLS context with a self-signed certificate for the loopback, made once in the folder."""
    if not (folder / "cert.pem").exists():
        _certify(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


def _certify(folder: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a platform of the tests")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # The workers' clocks travel: valid well before and well after.
        .not_valid_before(now - timedelta(days=3650))
        .not_valid_after(now + timedelta(days=3650))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
