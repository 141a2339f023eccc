"""What a Graph server remembers: apps and people, accounts and tokens, containers, posts, films and comments."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox._media import Film, Picture
from sandbox.graph.errors import GraphError

A_DAY = timedelta(hours=24)


@dataclass
class App:
    """An app that people log in to."""

    id: str
    secret: str
    name: str
    redirects: list[str] = field(default_factory=list)


@dataclass
class Person:
    """Somebody with a role on pages."""

    id: str
    name: str


@dataclass
class Page:
    """A Facebook page."""

    id: str
    name: str
    instagram: str = ""  # the id of the linked professional account
    restricted: GraphError | None = None
    tasks: tuple[str, ...] = ("ADVERTISE", "ANALYZE", "CREATE_CONTENT", "MESSAGING", "MODERATE", "MANAGE")


@dataclass
class Account:
    """An Instagram professional account."""

    id: str
    username: str
    name: str
    page: str
    restricted: GraphError | None = None


@dataclass
class Token:
    """An access token. Pages and accounts outside `targets` do not exist for it."""

    value: str
    kind: str  # USER, PAGE or APP
    app: str
    person: str
    scopes: frozenset[str]
    issued: datetime
    expires: datetime | None  # None: never
    page: str = ""
    targets: frozenset[str] = frozenset()
    broken: int | None = None  # the subcode of error 190 with which it fails


@dataclass
class Code:
    """An authorisation code of the login dialog."""

    value: str
    app: str
    person: str
    redirect: str
    scopes: frozenset[str]
    targets: frozenset[str]
    issued: datetime
    challenge: str = ""
    used: bool = False


@dataclass
class Transfer:
    """Bytes on their way to the upload host."""

    path: Path
    token_kind: str = ""
    size: int | None = None
    received: int = 0
    complete: bool = False
    fetched: bool = False  # the platform took them from an address


@dataclass
class Comment:
    """A comment."""

    id: str
    parent: str
    text: str
    by: str
    at: datetime
    gone: bool = False


@dataclass
class Container:
    """An Instagram media container."""

    id: str
    account: str
    media_type: str
    created: datetime
    ready: datetime | None = None  # None: its bytes are still to come
    caption: str = ""
    alt: str = ""
    carousel_item: bool = False
    children: list[str] = field(default_factory=list)
    look: Picture | Film | None = None
    cover: Picture | None = None
    options: dict[str, Any] = field(default_factory=dict)
    error: GraphError | None = None
    transfer: Transfer | None = None
    media: str = ""  # the id of what was published of it
    spent: bool = False  # a carousel took it

    def status(self, now: datetime) -> str:
        """IN_PROGRESS, FINISHED, ERROR, EXPIRED or PUBLISHED."""
        if self.media:
            return "PUBLISHED"
        if now >= self.created + A_DAY:
            return "EXPIRED"
        if self.ready is None or now < self.ready:
            return "IN_PROGRESS"
        return "ERROR" if self.error else "FINISHED"


@dataclass
class Media:
    """A published Instagram post."""

    id: str
    account: str
    container: str
    at: datetime
    shortcode: str
    media_type: str  # IMAGE, VIDEO, CAROUSEL_ALBUM
    product: str  # FEED, REELS, STORY
    caption: str = ""
    alt: str = ""
    look: Picture | Film | None = None
    cover: Picture | None = None
    children: list[Media] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)
    gone: bool = False
    insights: dict[str, Any] = field(default_factory=dict)


@dataclass
class Photo:
    """A photo on a page; unpublished until something shows it."""

    id: str
    page: str
    look: Picture
    created: datetime
    caption: str = ""
    alt: str = ""
    published: bool = False
    temporary: bool = False
    post: str = ""
    gone: bool = False


@dataclass
class Post:
    """A post on a page, shown or not yet."""

    id: str
    page: str
    kind: str  # text, link, image, carousel, video, reel, story
    created: datetime
    message: str = ""
    title: str = ""
    link: str = ""
    photos: list[str] = field(default_factory=list)
    video: str = ""
    published: datetime | None = None
    scheduled: datetime | None = None
    content_type: str = ""
    gone: bool = False
    insights: dict[str, Any] = field(default_factory=dict)


@dataclass
class Video:
    """A film on a page, of an upload in phases or at once."""

    id: str
    page: str
    kind: str  # video, reel, story
    created: datetime
    transfer: Transfer
    session: str = ""
    look: Film | None = None
    thumb: Picture | None = None
    message: str = ""
    title: str = ""
    state: str = ""  # DRAFT, SCHEDULED or PUBLISHED, once finished
    finished: datetime | None = None  # when the last phase was called
    ready: datetime | None = None  # when processing ends
    scheduled: datetime | None = None
    error: str = ""
    post: str = ""
    subtitles: dict[str, str] = field(default_factory=dict)  # locale -> hash of the file
    gone: bool = False
