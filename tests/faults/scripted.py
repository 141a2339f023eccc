"""Platforms that do as they are told and keep their own list: what they were asked to publish, and what is out.

Three of them, one for each way of finding out after a lost answer: by an id that was saved before, by repeating with
the same key, and not at all.
"""

from __future__ import annotations

import hashlib
import secrets
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.utils import timezone
from pydantic import BaseModel, ConfigDict

from publishers import registry
from publishers._base import (
    Absent,
    Check,
    File,
    MetricValue,
    More,
    OutcomeUnknown,
    Pending,
    Prepared,
    Problem,
    Publisher,
    Receipt,
    Reconciliation,
    Rejected,
    Sentence,
    Submission,
    TryLater,
    Unauthorized,
    Unclear,
)
from publishers._limits import check

# What the next request meets. "late": taken 90 seconds after the answer was lost, within the time that is waited for.
MOODS = (
    "takes",
    "loses the answer",
    "loses the request",
    "late",
    "later",
    "rejects",
    "unauthorised",
    "pending",
    "slow",
)
LATE = timedelta(seconds=90)


@dataclass(frozen=True)
class Request:
    """One irreversible request as it arrived: the very text and the very bytes."""

    channel: str
    key: str
    submission: str
    files: dict[str, str]  # name -> SHA-256 of the bytes that were handed over, computed here
    at: datetime
    out_at: datetime | None  # when readers see it; None: never


@dataclass
class Platform:
    """What the scripted networks know of themselves, across channels."""

    moods: deque[str] = field(default_factory=deque)
    asked: list[Request] = field(default_factory=list)

    def mood(self, *those: str) -> str:
        """The next mood, used up, if it is one of those; else `takes`."""
        return self.moods.popleft() if self.moods and self.moods[0] in those else "takes"

    def out(self, key: str = "") -> list[Request]:
        """What readers see now."""
        now = timezone.now()
        return [r for r in self.asked if r.out_at and r.out_at <= now and key in ("", r.key)]

    def receive(self, request: Request) -> None:
        self.asked.append(request)


class Credentials(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    password: str = ""


class Scripted(Publisher):
    """A network that saves an id before it is asked, and can be asked about it."""

    platform: ClassVar[str] = "scripted_lookup"
    label: ClassVar[str] = "Scripted"
    reconciliation: ClassVar[Reconciliation] = Reconciliation.LOOKUP
    Credentials: ClassVar[type[BaseModel]] = Credentials
    there: ClassVar[Platform] = Platform()

    @classmethod
    def network(cls, credentials: BaseModel) -> str:
        return "bluesky"

    def validate(self, submission: Submission) -> list[Problem]:
        return check(submission, "bluesky")

    def prepare(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        if "key" not in saved:
            key = {"key": secrets.token_hex(8), "submission": submission.model_dump_json()}
            slow = self.there.mood("slow") == "slow"
            return More(saved=key, not_before=timezone.now() + timedelta(minutes=2) if slow else None)
        return Prepared(saved=saved)

    def commit(self, prepared: Prepared) -> Receipt | Pending:
        mood = self.there.mood(*MOODS)
        refusals = {
            "later": TryLater(Sentence("Not now.")),
            "rejects": Rejected(Sentence("Never.")),
            "unauthorised": Unauthorized(Sentence("Who are you?")),
        }
        if mood in refusals:
            raise refusals[mood]
        now = timezone.now()
        out_at = {"loses the request": None, "late": now + LATE}.get(mood, now)
        request = self._request(prepared.saved, now, out_at)
        if not self._repeated(request):
            self.there.receive(request)
        if mood in {"loses the answer", "loses the request", "late"}:
            raise OutcomeUnknown(Sentence("The answer was lost."))
        if mood == "pending":
            return Pending(saved=prepared.saved)
        return self._receipt(request.key)

    def _request(self, saved: dict[str, Any], now: datetime, out_at: datetime | None) -> Request:
        submission = Submission.model_validate_json(saved["submission"])
        files = {f.name: hashlib.sha256(self._bytes(f)).hexdigest() for f in submission.files()}
        return Request(submission.channel, saved["key"], saved["submission"], files, now, out_at)

    def _bytes(self, file: File) -> bytes:
        return self.files.path(file).read_bytes()

    def _repeated(self, request: Request) -> bool:
        return False

    def _receipt(self, key: str) -> Receipt:
        return Receipt(id=key, url=f"https://scripted.example/{key}")

    def check(self, pending: Pending) -> Pending | Receipt:
        return self._receipt(pending.saved["key"])

    def find(self, submission: Submission, saved: dict[str, Any]) -> Receipt | Absent | Unclear:
        found = "key" in saved and self.there.out(saved["key"])
        return self._receipt(saved["key"]) if found else Absent()

    def resolve_mention(self, handle: str) -> str | None:
        return f"did:plc:{handle}"

    def remove(self, receipt: Receipt) -> None:
        raise NotImplementedError

    def metrics(self, receipt: Receipt) -> list[MetricValue]:
        return []

    def doctor(self) -> list[Check]:
        return [Check(name="scripted", ok=True, sentence=Sentence("Scripted."))]


class Repeatable(Scripted):
    """A network where the same key never makes a second post."""

    platform: ClassVar[str] = "scripted_exactly_once"
    reconciliation: ClassVar[Reconciliation] = Reconciliation.EXACTLY_ONCE

    def _repeated(self, request: Request) -> bool:
        return any(r.key == request.key and r.out_at for r in self.there.asked)


class Mute(Scripted):
    """A network that never tells what became of a request."""

    platform: ClassVar[str] = "scripted_none"
    reconciliation: ClassVar[Reconciliation] = Reconciliation.NONE

    def find(self, submission: Submission, saved: dict[str, Any]) -> Receipt | Absent | Unclear:
        return Unclear(reason="nobody knows")


KINDS = (Scripted, Repeatable, Mute)


@contextmanager
def installed(platform: Platform | None = None) -> Iterator[Platform]:
    """The platform behind the scripted networks, which are known to the tool meanwhile."""
    Scripted.there = platform or Platform()
    registry().update({kind.platform: kind for kind in KINDS})
    try:
        yield Scripted.there
    finally:
        for kind in KINDS:
            registry().pop(kind.platform)
