"""One mail to the mail server, and what is known of its fate."""

from __future__ import annotations

import smtplib
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parseaddr
from enum import StrEnum
from functools import partial
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.smtp import EmailBackend

ASKED_FOR_THE_TEXT = 354
WHOLE = 120.0  # seconds for a whole mail; a claim lasts longer


class Fate(StrEnum):
    """What became of a mail."""

    TAKEN = "taken"
    LATER = "later"  # a clear "not now": nothing was handed over
    DOWN = "down"  # the same, and the server itself is the trouble: others need not be tried now
    REFUSED = "refused"  # a clear "never"
    UNKNOWN = "unknown"  # handed over, and no clear answer
    LOST = "lost"  # somebody else has claimed it meanwhile: nothing was handed over


@dataclass(frozen=True)
class Answer:
    """A mail's fate and the server's words, on one line."""

    fate: Fate
    text: str


class _NotOurs(Exception):
    """The claim was lost before the text was handed over."""


def domain() -> str:
    """The domain that mails come from: it names us to the server and in Message-IDs, never the machine's own name."""
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"


class _Lines:
    """What replies are read from: smtplib bounds each single wait, and a server that drips would hold a mail for ever.

    A byte at a time, so that nothing is read ahead of the encryption; replies are short.
    """

    def __init__(self, sock: socket.socket, end: float) -> None:
        self._sock, self._end = sock, end

    def readline(self, limit: int) -> bytes:
        """The next line, empty where the server hung up; TimeoutError once the whole mail took too long."""
        read = b""
        while len(read) < limit and not read.endswith(b"\n"):
            left = self._end - time.monotonic()
            if left <= 0:
                raise TimeoutError("the whole mail took too long")
            self._sock.settimeout(min(settings.EMAIL_TIMEOUT, left))
            byte = self._sock.recv(1)
            if not byte:
                break
            read += byte
        return read

    def close(self) -> None:
        """Nothing of its own to close."""


class _Talk(smtplib.SMTP):
    """An SMTP connection that asks once more before the text of the mail leaves, and keeps the last word on it."""

    def __init__(self, *args: Any, line: Line, **more: Any) -> None:
        self.line = line
        self.end = time.monotonic() + WHOLE
        # Django gives the machine's own name, which would stand in every mail.
        super().__init__(*args, **{**more, "local_hostname": domain()})

    def getreply(self) -> tuple[int, bytes]:
        """The server's reply; when it asks for the text, that is noted before any of it is sent."""
        if self.file is None and self.sock is not None:
            self.file = _Lines(self.sock, self.end)
        code, text = super().getreply()
        if code == ASKED_FOR_THE_TEXT:
            try:
                self.line.handed = self.line.hand_over()
            finally:
                if not self.line.handed:
                    self.close()  # else Django would say QUIT, as the text of the mail
            if not self.line.handed:
                raise _NotOurs
        return code, text

    def data(self, msg: Any) -> tuple[int, bytes]:
        """The server's answer to the mail."""
        code, text = super().data(msg)
        self.line.answer = (code, text)
        return code, text


class _TlsTalk(_Talk, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


class Line(EmailBackend):
    """Django's way to the mail server, for one mail. `hand_over` says whether its text may leave now."""

    def __init__(self, hand_over: Callable[[], bool]) -> None:
        super().__init__(timeout=settings.EMAIL_TIMEOUT)
        self.hand_over = hand_over
        self.handed = False
        self.answer: tuple[int, bytes] | None = None

    @property
    def connection_class(self) -> Any:
        """What opens the connection."""
        return partial(_TlsTalk if self.use_ssl else _Talk, line=self)

    def close(self) -> None:
        """Hangs up; what goes wrong while saying goodbye changes nothing."""
        with suppress(OSError):
            super().close()


def send(mail: EmailMessage, hand_over: Callable[[], bool]) -> Answer:
    """What became of the mail; one connection for one mail, bounded in each step and as a whole."""
    line = Line(hand_over)
    mail.connection = line
    try:
        mail.send()
    except _NotOurs:
        return Answer(Fate.LOST, "")
    except (OSError, UnicodeError) as error:
        # smtplib's errors are OSErrors; and it can spell no name or password that is not ASCII.
        return Answer(_fate(error, line), _words(error))
    finally:
        line.close()  # Django leaves it half open where the sign-in failed
    return Answer(Fate.TAKEN, one_line(line.answer or ""))


def _fate(error: Exception, line: Line) -> Fate:
    """What an error means for the mail: only a clear answer counts as one."""
    code = _code(error)
    if isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError) and 400 <= code < 600:
        return Fate.REFUSED if code >= 500 else Fate.LATER
    return Fate.UNKNOWN if line.handed else Fate.DOWN


def _code(error: Exception) -> int:
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return next(iter(error.recipients.values()))[0]
    return error.smtp_code if isinstance(error, smtplib.SMTPResponseException) else 0


def _words(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "only ASCII can be used for the name and the password"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return one_line(next(iter(error.recipients.values())))
    if isinstance(error, smtplib.SMTPResponseException):
        return one_line((error.smtp_code, error.smtp_error))
    return one_line(str(error) or type(error).__name__)


def one_line(said: Any) -> str:
    """The text, or a code and a text, on one line of 200 characters at most."""
    code, text = said if isinstance(said, tuple) else ("", said)
    plain = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    visible = "".join(c if c.isprintable() else " " for c in f"{code} {plain}")
    return " ".join(visible.split())[:200]
