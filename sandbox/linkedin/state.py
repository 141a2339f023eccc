"""What a LinkedIn server remembers: app, people and pages, tokens, uploads, posts and comments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sandbox._media import Film, Picture
from sandbox.linkedin.littletext import Shown


@dataclass
class App:
    """An app that people log in to."""

    id: str
    secret: str
    name: str
    redirects: list[str] = field(default_factory=list)
    refreshes: bool = False  # only approved partners get tokens that renew others


@dataclass
class Person:
    """A member."""

    urn: str
    given_name: str
    family_name: str
    email: str

    @property
    def name(self) -> str:
        """The whole name."""
        return f"{self.given_name} {self.family_name}"


@dataclass
class Organization:
    """A page of an organisation, and who has which role on it."""

    urn: str
    name: str
    vanity: str
    roles: dict[str, str] = field(default_factory=dict)  # person URN -> ADMINISTRATOR...


@dataclass
class Token:
    """An access token, or one that renews others."""

    value: str
    person: str
    scopes: frozenset[str]
    issued: datetime
    expires: datetime
    refreshes: bool = False
    revoked: bool = False


@dataclass
class Code:
    """An authorisation code."""

    value: str
    person: str
    redirect: str
    scopes: frozenset[str]
    issued: datetime
    used: bool = False


@dataclass
class Part:
    """One piece of an upload: an address that takes exactly these bytes."""

    key: str
    first: int
    last: int
    etag: str = ""
    path: Path | None = None


@dataclass
class Asset:
    """A picture, film or document on its way to a post."""

    urn: str
    kind: str  # image, video, document
    owner: str
    created: datetime
    addresses_end: datetime
    size: int | None = None  # announced, of films
    parts: list[Part] = field(default_factory=list)
    token: str = ""
    look: Picture | Film | None = None
    facts: dict[str, Any] = field(default_factory=dict)  # of documents
    ready: datetime | None = None  # when processing ends; None: its bytes are still to come
    error: str = ""
    captions_key: str = ""
    captions: str = ""  # the hash of the file
    locale: str = ""
    thumbnail_key: str = ""
    thumbnail: Picture | None = None

    def status(self, now: datetime) -> str:
        """WAITING_UPLOAD, PROCESSING, AVAILABLE or PROCESSING_FAILED."""
        if self.ready is None:
            return "WAITING_UPLOAD"
        if now < self.ready:
            return "PROCESSING"
        return "PROCESSING_FAILED" if self.error else "AVAILABLE"


@dataclass
class Post:
    """A post."""

    urn: str
    author: str
    commentary: str
    shown: Shown
    created: datetime
    modified: datetime
    body: dict[str, Any]  # as it was sent
    kind: str
    statistics: dict[str, int] = field(default_factory=dict)
    gone: bool = False


@dataclass
class Comment:
    """A comment."""

    urn: str
    post: str
    actor: str
    text: str
    at: datetime
