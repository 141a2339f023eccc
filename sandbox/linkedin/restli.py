"""Rest.li 2.0: how keys and lists stand in addresses, and what one call asks."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from sandbox._wire import Request
from sandbox.linkedin.errors import LinkedInError, misshapen

if TYPE_CHECKING:
    from sandbox.linkedin.server import LinkedIn
    from sandbox.linkedin.state import Token

BARE = re.compile(r"[(),':]")  # signs of the protocol, which values carry only percent-encoded
URN = re.compile(r"urn:li:([a-zA-Z]+):(\(.+\)|[A-Za-z0-9_-]+)")


@dataclass
class Ask:
    """One call: who asks what of which key."""

    server: LinkedIn
    request: Request
    key: str = ""
    token: Token | None = None
    query: dict[str, str] = field(default_factory=dict)

    @property
    def now(self) -> datetime:
        """The server's time."""
        return self.server.clock.now()

    @property
    def who(self) -> Token:
        """The token of a call that has one."""
        assert self.token is not None
        return self.token

    def body(self) -> dict[str, Any]:
        """The JSON object that was sent."""
        if self.request.mime != "application/json":
            raise LinkedInError(415, f"Unsupported Media Type: {self.request.mime or 'none'}", "UNSUPPORTED_MEDIA_TYPE")
        try:
            value = json.loads(self.request.read())
        except ValueError:
            raise LinkedInError(400, "Cannot parse request entity", "BAD_REQUEST") from None
        if not isinstance(value, dict):
            raise misshapen("", "a record is expected")
        return value


def query_of(target: str) -> dict[str, str]:
    """The parameters of an address, their values as they came: still encoded."""
    pairs = (pair.partition("=") for pair in target.partition("?")[2].split("&") if pair)
    return {unquote(name): value for name, _equals, value in pairs}


def path_key(word: str) -> str:
    """A key of the path; one with bare signs of the protocol is refused."""
    if BARE.search(word):
        raise LinkedInError(400, "Syntax exception in path variables", "ILLEGAL_ARGUMENT", service=0)
    return unquote(word)


def value(query: dict[str, str], name: str, default: str | None = None) -> str:
    """One value of the query."""
    if name not in query:
        if default is None:
            raise LinkedInError(400, f"Parameter '{name}' is required", "QUERY_PARAM_NOT_ALLOWED")
        return default
    if BARE.search(query[name]):
        raise LinkedInError(400, f"Invalid query parameters passed to request: {name}", "ILLEGAL_ARGUMENT")
    return unquote(query[name])


def whole(query: dict[str, str], name: str, default: int, most: int) -> int:
    """A number of the query between 0 and `most`."""
    text = value(query, name, str(default))
    if not text.isdecimal() or int(text) > most:
        raise LinkedInError(400, f"Parameter '{name}' is invalid", "ILLEGAL_ARGUMENT")
    return int(text)


def listed(query: dict[str, str], name: str) -> list[str]:
    """The values of List(a,b), each encoded by itself."""
    found = re.fullmatch(r"List\(([^()]*)\)", query[name])
    if not found:
        raise LinkedInError(400, f"Parameter '{name}' is invalid: List(...) is expected", "ILLEGAL_ARGUMENT")
    return [value({"": one}, "") for one in found[1].split(",") if one]


def is_urn(text: Any, *kinds: str) -> bool:
    """Whether a value is a URN of one of these kinds."""
    found = URN.fullmatch(text) if isinstance(text, str) else None
    return found is not None and found[1] in kinds
