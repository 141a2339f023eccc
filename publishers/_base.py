"""The contract between delivery and the platforms: what goes out, what comes back, what can go wrong.

`Submission` is exactly what an adapter receives. It is frozen and sealed: what is not in it cannot go out, so it has
a field for everything that Instagram, Facebook, LinkedIn and Bluesky can be told about a post.
"""

from __future__ import annotations

import hashlib
import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

from publishers._keeping import Keeper, in_process
from publishers._sentences import Said, Sentence, _

if TYPE_CHECKING:
    from publishers._consent import Consent
    from publishers._mediahost import MediaChoice, MediaHost

SEAL_VERSION = 1


class Frozen(BaseModel):
    """A value that crosses a border: validated once, never changed, nothing unknown let in."""

    model_config = ConfigDict(frozen=True, extra="forbid")


# ---------------------------------------------------------------------------------------------- what goes out


class File(Frozen):
    """A file by its content; the bytes are asked from `Files` by `sha256`."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(gt=0, description="bytes")
    mime: str
    name: str = Field(pattern=r"^[A-Za-z0-9._-]{1,80}$", description="opaque, made by us; never the original's name")


class Subtitles(Frozen):
    """A caption file that travels beside a video."""

    lang: str
    format: Literal["srt", "vtt"]
    file: File


class Media(Frozen):
    """One picture, video or document of a post, in its place."""

    kind: Literal["image", "video", "document"]
    file: File
    width: int = Field(gt=0, description="pixels")
    height: int = Field(gt=0, description="pixels")
    duration_ms: int | None = Field(default=None, description="milliseconds; None for what does not move")
    lang: str = Field(description="BCP 47 language of what the picture says")
    alt: str = Field(default="", description="for people who do not see it; required by validate()")
    title: str = ""
    cover: File | None = None
    cover_offset_ms: int | None = None
    subtitles: tuple[Subtitles, ...] = ()


class Facet(Frozen):
    """A stretch of text that is more than text, in UTF-8 byte offsets as Bluesky counts them."""

    start: int = Field(ge=0)
    end: int = Field(gt=0)
    kind: Literal["link", "tag", "mention"]
    value: str = Field(description="URL, tag without '#', or the platform's id of the person or organisation")


class LinkCard(Frozen):
    """The preview under a link, resolved while composing: platforms are not left to scrape it."""

    url: str
    title: str
    description: str = ""
    thumbnail: File | None = None
    thumbnail_alt: str = ""


class Part(Frozen):
    """One message: the post itself, a further part of its thread, or the same in another language (languages_apart)."""

    text: str
    langs: tuple[str, ...] = Field(min_length=1, description="BCP 47, in the order in which they stand in the text")
    facets: tuple[Facet, ...] = ()
    media: tuple[Media, ...] = ()
    link_card: LinkCard | None = None


class Options(Frozen):
    """How a post is shared. Defaults are the platforms' own."""

    visibility: Literal["public", "connections"] = "public"
    share_to_feed: bool = True  # Instagram: a reel also in the grid
    allow_reshare: bool = True  # LinkedIn: isReshareDisabledByAuthor is its contrary
    replies: Literal["everyone", "followers", "mentioned", "nobody"] = "everyone"  # Bluesky: threadgate
    allow_quotes: bool = True  # Bluesky: postgate
    made_with_ai: bool = False  # Instagram: is_ai_generated
    location_id: str | None = None  # Facebook place id; coarse by house rule
    collaborators: tuple[str, ...] = ()  # Instagram, three at most
    labels: tuple[str, ...] = ()  # Bluesky self-labels, e.g. graphic-media
    sensitive: bool = False


class Submission(Frozen):
    """Exactly what one channel is to receive for one variant of a post."""

    version: Literal[1] = 1
    platform: str
    channel: str = Field(description="the channel's name in the tool: one account on one platform")
    kind: Literal["text", "image", "carousel", "video", "reel", "story", "document", "link", "thread"]
    parts: tuple[Part, ...] = Field(min_length=1)
    title: str = ""
    content_warning: str = ""
    first_comment: str = ""
    options: Options = Options()

    @property
    def text(self) -> str:
        """The text of the post itself (its first part)."""
        return self.parts[0].text

    @property
    def media(self) -> tuple[Media, ...]:
        """Every picture, video and document of all parts, in order."""
        return tuple(medium for part in self.parts for medium in part.media)

    def files(self) -> tuple[File, ...]:
        """Every file that would leave, covers, thumbnails and subtitles included, each once."""
        found: dict[str, File] = {}
        for part in self.parts:
            for medium in part.media:
                held = [medium.file, medium.cover, *(s.file for s in medium.subtitles)]
                found.update({f.sha256: f for f in held if f})
            if part.link_card and part.link_card.thumbnail:
                found[part.link_card.thumbnail.sha256] = part.link_card.thumbnail
        return tuple(found.values())


def canonical(value: BaseModel | Mapping[str, Any]) -> str:
    """The one JSON text of a value: keys sorted, no spaces, nothing escaped that need not be, defaults written out."""
    plain = value.model_dump(mode="json") if isinstance(value, BaseModel) else value
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def seal(submission: Submission) -> str:
    """SHA-256 (64 hex digits) over the canonical JSON of a submission and the seal's own version."""
    body = f'{{"seal_version":{SEAL_VERSION},"submission":{canonical(submission)}}}'
    return hashlib.sha256(body.encode()).hexdigest()


class Files(Protocol):
    """Where an adapter gets the bytes of a `File`; the store behind it checks the hash."""

    def path(self, file: File) -> Path:
        """A readable path to exactly those bytes."""
        ...

    def host(self, choice: MediaChoice) -> MediaHost:
        """The place on the open web that a channel's settings choose, for networks that fetch pictures themselves."""
        ...

    def kits(self) -> Path:
        """The folder in which posts stand that people put up by hand."""
        ...


# ---------------------------------------------------------------------------------------------- what comes back


class Receipt(Frozen):
    """The platform's own proof that a post is out."""

    id: str = Field(description="the platform's id: at-URI, media id, URN")
    url: str = Field(description="permalink")
    published_at: datetime | None = Field(default=None, description="UTC, as the platform tells it")
    details: dict[str, Any] = Field(default_factory=dict)


class More(Frozen):
    """`prepare` did one step and wants another, no sooner than `not_before`."""

    saved: dict[str, Any]
    not_before: datetime | None = None


class Prepared(Frozen):
    """Everything short of the irreversible call is done; `saved` is all that `commit` and `find` need."""

    saved: dict[str, Any]


class Pending(Frozen):
    """Accepted, not out yet: the platform still processes it, or a person must paste the link."""

    saved: dict[str, Any]
    not_before: datetime | None = None


class Absent(Frozen):
    """Looked for and proved not to exist."""


class Unclear(Frozen):
    """Looked for, and the answer proves nothing; `final` where it never will, so that a person is asked at once."""

    reason: str = ""
    final: bool = False


class Problem(Frozen):
    """Why a platform would refuse a submission, with the sentence for the intern."""

    code: str
    field: str = Field(description="where: 'text', 'media[0].alt', 'parts[2].text'")
    sentence: Sentence
    severity: Literal["error", "warning"] = "error"
    fix: str | None = Field(default=None, description="name of a repair that `portevoix fix` can do")


class Check(Frozen):
    """One line of `channel check`."""

    name: str
    ok: bool
    sentence: Sentence


class MetricValue(Frozen):
    """One dated count; a number that the platform does not give is left out, never zero."""

    name: str
    value: int
    at: datetime


# ---------------------------------------------------------------------------------------------- what can go wrong


class PublisherError(Said):
    """Something that the platform said or did, as a sentence."""


class Rejected(PublisherError):
    """Permanent: this submission will never be taken. Nothing was published."""


class Unauthorized(PublisherError):
    """The credentials do not work: the channel's queue waits until a person mends them. Nothing was published."""


class TryLater(PublisherError):
    """Not now; nothing was published. `retry_after` in seconds where the platform gave it."""

    def __init__(
        self, sentence: Sentence, retry_after: float | None = None, scope: Literal["call", "channel"] = "call"
    ) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after
        self.scope = scope


class OutcomeUnknown(PublisherError):
    """The irreversible call was sent and its answer is lost: only `find` or a person can tell."""


# ---------------------------------------------------------------------------------------------- the adapter


class Reconciliation(StrEnum):
    """What an adapter can do after an unknown outcome."""

    EXACTLY_ONCE = "exactly_once"  # repeating commit with the same saved state cannot double
    LOOKUP = "lookup"  # an id saved before commit tells what became of it
    LIST = "list"  # recent posts can be listed and matched
    NONE = "none"  # only a person can tell


class Publisher(ABC):
    """One platform. A module in this folder without a leading underscore defines exactly one subclass.

    An instance is one channel's adapter: its credentials, the way to the files and to what it was given for a while. It
    keeps no state between calls; what must survive a crash is in `saved`, which the engine stores after every step.
    """

    platform: ClassVar[str]
    label: ClassVar[str]
    reconciliation: ClassVar[Reconciliation]
    # How long before its time a post may be prepared: as long as the platform keeps what no post names yet.
    lead: ClassVar[timedelta] = timedelta(minutes=20)
    # Whether a person puts its posts up: they stay pending until somebody pastes their address (`pasted`).
    by_hand: ClassVar[bool] = False
    Credentials: ClassVar[type[BaseModel]]
    # How a person lets us in by a browser; None where credentials are typed in.
    consent: ClassVar[type[Consent] | None] = None

    def __init__(self, credentials: BaseModel, files: Files, keeper: Keeper | None = None) -> None:
        self.credentials: Any = credentials
        self.files = files
        self.keeper = keeper or in_process(credentials)

    @classmethod
    def network(cls, credentials: BaseModel) -> str:
        """The platform whose limits, caption template and formats apply; an outbox stands for another one."""
        return cls.platform

    @classmethod
    def calls(cls, submission: Submission) -> list[dict[str, Any]]:
        """What the platform would be asked for a submission, for the eyes: pure, with {names} for what it will give."""
        return []

    @abstractmethod
    def validate(self, submission: Submission) -> list[Problem]:
        """What the platform would refuse, empty if nothing. No network."""

    @abstractmethod
    def prepare(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        """One step short of publishing: at most one remote call. `saved` is empty at the first step."""

    @abstractmethod
    def commit(self, prepared: Prepared) -> Receipt | Pending:
        """The one irreversible call; all that it needs is in `prepared.saved`."""

    @abstractmethod
    def check(self, pending: Pending) -> Pending | Receipt:
        """What became of an accepted post; raises `Rejected` where the platform dropped it."""

    @abstractmethod
    def find(self, submission: Submission, saved: dict[str, Any]) -> Receipt | Pending | Absent | Unclear:
        """Whether the post of this `saved` state is out; Pending where it is and `check` has something left to add.

        Read-only.
        """

    def resolve_mention(self, handle: str) -> str | None:
        """The platform's id of a handle, or None where it knows none; asked while composing, never while sending."""
        return None

    def pasted(self, link: str) -> Receipt:
        """The receipt of a post that a person put up, from its address; raises Rejected for one that cannot be it."""
        raise Rejected(_("Posts of this channel are not put up by hand: there is no address to paste."))

    @abstractmethod
    def remove(self, receipt: Receipt) -> None:
        """Takes the post down; a post already gone is not an error."""

    @abstractmethod
    def metrics(self, receipt: Receipt) -> list[MetricValue]:
        """Today's counts of a published post."""

    @abstractmethod
    def doctor(self) -> list[Check]:
        """What is missing for this channel to publish; the first line says whether we are let in at all. Read-only."""


__all__ = [
    "Absent",
    "Check",
    "Facet",
    "File",
    "Files",
    "Frozen",
    "Keeper",
    "LinkCard",
    "Media",
    "MetricValue",
    "More",
    "Options",
    "OutcomeUnknown",
    "Part",
    "Pending",
    "Prepared",
    "Problem",
    "Publisher",
    "PublisherError",
    "Receipt",
    "Reconciliation",
    "Rejected",
    "Sentence",
    "Submission",
    "Subtitles",
    "TryLater",
    "Unauthorized",
    "Unclear",
    "_",
    "canonical",
    "seal",
]
