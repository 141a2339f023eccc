"""What the servers remember, and one call."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sandbox._wire import Answer, Request, json_answer

if TYPE_CHECKING:
    from sandbox.bluesky.server import Bluesky

Key = tuple[str, str, str]  # account, collection, record key


class XrpcError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, error: str, message: str = "") -> None:
        self.status, self.error, self.message = status, error, message
        super().__init__(f"{status} {error}: {message}")

    def answer(self) -> Answer:
        """The error as it goes over the wire."""
        return json_answer({"error": self.error, "message": self.message}, self.status)


def invalid(message: str, error: str = "InvalidRequest") -> XrpcError:
    """400: what was asked cannot be done."""
    return XrpcError(400, error, message)


@dataclass
class Account:
    """One account."""

    did: str
    handle: str
    password: str
    app_passwords: dict[str, str] = field(default_factory=dict)  # password -> name
    email_confirmed: bool = True
    taken_down: bool = False


@dataclass
class Token:
    """A token of a session: an access token for two hours, or the right to renew it for 90 days."""

    value: str
    account: str
    scope: str
    ends: datetime
    next: str = ""  # of a right to renew that was used: its successor's value
    revoked: bool = False


@dataclass
class Leave:
    """A service token: what another server may do in an account's name."""

    value: str
    account: str
    audience: str
    method: str
    ends: datetime


@dataclass
class Blob:
    """An uploaded file; `record` names one that shows it, and without any it is dropped after a while."""

    cid: str
    mime: str
    path: Path
    size: int
    at: datetime
    used: bool = False

    def ref(self) -> dict[str, Any]:
        """The reference that a record carries."""
        return {"$type": "blob", "ref": {"$link": self.cid}, "mimeType": self.mime, "size": self.size}


@dataclass
class Record:
    """One record of a repository."""

    cid: str
    value: dict[str, Any]
    at: datetime
    counts: dict[str, int] = field(default_factory=dict)


@dataclass
class Job:
    """A film on its way through the video service."""

    id: str
    account: str
    ready: datetime
    blob: Blob | None  # none: it is no film
    stored: bool = False


@dataclass
class Ask:
    """One call."""

    server: Bluesky
    request: Request
    token: Token | None = None

    @property
    def now(self) -> datetime:
        """The server's time."""
        return self.server.clock.now()

    @property
    def account(self) -> Account:
        """Who asks."""
        assert self.token is not None
        return self.server.accounts[self.token.account]

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the address."""
        return dict(self.request.query)

    def param(self, name: str) -> str:
        """A parameter that must be there."""
        if name not in self.query:
            raise invalid(f'Missing required key "{name}" at $')
        return self.query[name]

    def body(self, *needed: str) -> dict[str, Any]:
        """The JSON object that was sent, with the members that it must have."""
        try:
            given = json.loads(self.request.read() or b"{}")
        except ValueError:
            raise invalid("Unexpected token in JSON") from None
        if not isinstance(given, dict):
            raise invalid("Expected object value type at $")
        for name in needed:
            if name not in given:
                raise invalid(f'Missing required key "{name}" at $')
        return given
