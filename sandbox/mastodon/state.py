"""What a Mastodon server remembers, and how one call asks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sandbox._media import Film, Picture
from sandbox._wire import Answer, Request, json_answer

if TYPE_CHECKING:
    from sandbox.mastodon.server import Mastodon


class MastodonError(Exception):
    """An answer that is an error."""

    def __init__(self, status: int, message: str) -> None:
        self.status, self.message = status, message
        super().__init__(f"{status} {message}")

    def answer(self) -> Answer:
        """The error as it goes over the wire."""
        return json_answer({"error": self.message}, self.status)


def invalid(message: str) -> MastodonError:
    """422: a rule of the record does not hold."""
    return MastodonError(422, f"Validation failed: {message}")


def missing() -> MastodonError:
    """404: there is no such thing for this caller."""
    return MastodonError(404, "Record not found")


@dataclass
class Account:
    """Somebody who posts."""

    id: str
    username: str
    name: str


@dataclass
class Token:
    """An app's access token for an account; it does not expire by itself."""

    value: str
    account: str
    scopes: frozenset[str]
    revoked: bool = False

    def may(self, scope: str) -> bool:
        """Whether it has the scope, or the whole family of it: `write` for write:media."""
        return scope in self.scopes or scope.partition(":")[0] in self.scopes


@dataclass
class Attachment:
    """An uploaded file."""

    id: str
    account: str
    look: Picture | Film
    ready: datetime
    description: str = ""
    focus: str = ""
    status: str = ""  # the id of the post that took it

    @property
    def kind(self) -> str:
        """Image, or video."""
        return "image" if isinstance(self.look, Picture) else "video"


@dataclass
class Status:
    """A post, out or scheduled."""

    id: str
    account: str
    text: str
    at: datetime
    visibility: str
    language: str | None
    spoiler: str
    sensitive: bool
    reply_to: str | None
    media: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    scheduled: datetime | None = None  # still to come
    gone: bool = False


@dataclass
class Ask:
    """One call."""

    server: Mastodon
    request: Request
    key: str = ""
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

    def given(self) -> dict[str, Any]:
        """The parameters of the query and of a form or JSON body; `name[]` is a list."""
        told: dict[str, Any] = {}
        pairs = [*self.request.query, *([] if self.request.mime == "application/json" else self.request.form)]
        for name, value in pairs:
            if name.endswith("[]"):
                told.setdefault(name[:-2], []).append(value)
            else:
                told[name] = value
        return told | self.document()

    def document(self) -> dict[str, Any]:
        """The JSON object of the body."""
        if self.request.mime != "application/json":
            return {}
        try:
            value = json.loads(self.request.read() or b"{}")
        except ValueError:
            raise MastodonError(400, "Error occurred while parsing request parameters") from None
        return value if isinstance(value, dict) else {}


def yes(value: Any) -> bool:
    """A truth value of JSON or of a form."""
    return str(value).lower() in ("true", "1", "on")
