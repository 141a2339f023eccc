"""A real mail server on the loopback. It keeps its own list of what it was handed: the oracle of these tests."""

from __future__ import annotations

import email
import email.policy
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Mail:
    """One mail as it arrived."""

    to: str
    raw: bytes
    ehlo: str

    @property
    def message(self) -> Any:
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @property
    def id(self) -> str:
        return self.message["Message-ID"]

    @property
    def subject(self) -> str:
        return self.message["Subject"]

    @property
    def body(self) -> str:
        return self.message.get_content().replace("\r\n", "\n")


class PostOffice:
    """Takes mails; `at_rcpt` and `at_data` may answer otherwise, or do worse."""

    def __init__(self, port: int | None = None, **more: Any) -> None:
        self.port = port or free_port()
        self.taken: list[Mail] = []
        self.connections = 0
        self.logins: list[tuple[bytes, bytes]] = []
        self.at_rcpt: Callable[[str], Any] = lambda address: None
        self.at_data: Callable[[SMTP, Mail], Any] = lambda server, mail: None
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, server_hostname="here", **more)

    def __enter__(self) -> PostOffice:
        self._controller.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._controller.stop(no_assert=True)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_RCPT(self, server, session, envelope, address, options):
        answer = self.at_rcpt(address)
        if hasattr(answer, "__await__"):
            answer = await answer
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = Mail(",".join(envelope.rcpt_tos), envelope.content, session.host_name)
        answer = self.at_data(server, mail)
        if answer is None or answer == "hang up":
            self.taken.append(mail)
        if answer == "hang up":
            server.transport.abort()
        return answer if answer and answer != "hang up" else "250 taken"

    def check(self, server, session, envelope, mechanism, data):
        """Lets everyone in who gives a name and a password."""
        from aiosmtpd.smtp import AuthResult

        self.logins.append((data.login, data.password))
        return AuthResult(success=True)

    def to(self, address: str) -> list[Mail]:
        return [mail for mail in self.taken if mail.to == address]


@contextmanager
def stubborn(speak: Callable[[socket.socket], None] = lambda _call: None) -> Iterator[int]:
    """A port where somebody takes each call and then only does `speak`, until the test is over."""
    calls: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            with suppress(OSError):
                while True:
                    calls.append(server.accept()[0])
                    speak(calls[-1])

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for call in calls:
                call.close()
            thread.join(5)
