"""Hand-off: for networks that grant no interface, a person puts the post up from a kit and pastes its address.

The kit is a folder with every text, file and description in order, and a checklist. Its appearing is the one step that
cannot be taken back; from then on the post is pending until somebody pastes the address, or says that it was not
posted.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator

from publishers import _kit, _kit_checks
from publishers._base import (
    Absent,
    Check,
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
    Submission,
    TryLater,
    Unclear,
)
from publishers._folders import new_key, place
from publishers._kit_plans import Settings, plan
from publishers._limits import check, limits
from publishers._sentences import Sentence, _

LOOK = timedelta(hours=1)  # how often a kit that waits for its person is looked for
NAMES = {"newsletter": _("Newsletter"), "press": _("Press")}  # mails, whose name is a word


class Credentials(BaseModel):
    """What is put up by hand, and what its kits say of the channel. Nothing here is secret."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: Literal["linkedin", "youtube", "newsletter", "press"] = Field(description="what is put up by hand")
    page: str = Field("", description="where it is put up: an https address", examples=["https://example.org/page"])
    sender: str = Field("", description="newsletter: who it comes from, name and address", validate_default=True)
    contact: str = Field("", description="press: name, telephone and mail for journalists", validate_default=True)
    tags: str = Field("", description="YouTube: standing tags, with commas between them")

    @field_validator("page")
    @classmethod
    def _https(cls, page: str) -> str:
        if page and not page.startswith("https://"):
            raise ValueError("an https address is needed")
        return page

    @field_validator("sender", "contact")
    @classmethod
    def _given(cls, value: str, info: ValidationInfo) -> str:
        needed = {"sender": "newsletter", "contact": "press"}[str(info.field_name)]
        if info.data.get("profile") == needed and not value.strip():
            raise ValueError(f"a {needed} needs it")
        return value.strip()


class Handoff(Publisher):
    """A channel whose posts a person puts up."""

    platform: ClassVar[str] = "handoff"
    label: ClassVar[str] = "Hand-off"
    reconciliation: ClassVar[Reconciliation] = Reconciliation.EXACTLY_ONCE
    lead: ClassVar[timedelta] = timedelta(0)  # a kit that is there before its time would be put up before its time
    by_hand: ClassVar[bool] = True
    Credentials: ClassVar[type[BaseModel]] = Credentials

    @classmethod
    def network(cls, credentials: BaseModel) -> str:
        """The network on which the person puts it up."""
        assert isinstance(credentials, Credentials)
        return credentials.profile

    def validate(self, submission: Submission) -> list[Problem]:
        """What the network would refuse from a person's hand."""
        profile = self.credentials.profile
        found = [*check(submission, profile), *_kit_checks.problems(profile, submission, self.credentials.tags)]
        found += _kit_checks.documents(profile, submission, self.files)
        # A mail shows files and a link beside each other, as no network does.
        return [_named(one, profile) for one in found if not (one.code == "link_card" and profile in NAMES)]

    def prepare(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        """The kit's name, chosen once, and the whole submission."""
        if "key" in saved:
            return Prepared(saved=saved)
        try:
            self.files.kits().mkdir(parents=True, exist_ok=True)
        except OSError:
            raise self._cannot_write() from None
        return Prepared(saved={"key": new_key(datetime.now(UTC)), "submission": submission.model_dump(mode="json")})

    def commit(self, prepared: Prepared) -> Receipt | Pending:
        """Has the kit appear; one that is there already is the same kit and stays as it is."""
        return self._pending(prepared.saved)

    def check(self, pending: Pending) -> Pending | Receipt:
        """Still pending: only a person ends it. A kit that somebody threw away is written anew."""
        return self._pending(pending.saved)

    def find(self, submission: Submission, saved: dict[str, Any]) -> Pending | Absent | Unclear:
        """Whether the kit is there."""
        if "key" not in saved:
            return Absent()
        if self._place(saved).exists():
            return Pending(saved=saved, not_before=datetime.now(UTC) + LOOK)
        return Absent() if self.files.kits().exists() else Unclear(reason="the folder of hand-offs is missing")

    def pasted(self, link: str) -> Receipt:
        """The receipt of the post at that address. Raises Rejected."""
        return _kit_checks.receipt(self.credentials.profile, link)

    def remove(self, receipt: Receipt) -> None:
        """Raises Rejected: who put it up takes it down."""
        raise Rejected(_("Take this post down by hand: {url}", url=receipt.url))

    def metrics(self, receipt: Receipt) -> list[MetricValue]:
        """Nothing: the network gives us no numbers."""
        return []

    def doctor(self) -> list[Check]:
        """Whether kits can be written, and whether they say where to go."""
        root = self.files.kits()
        nearest = next(path for path in (root, *root.parents) if path.exists())
        ok = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
        good = _(
            "Kits are written; a person puts them up on {network}.", network=limits(self.credentials.profile).label
        )
        return [Check(name="folder", ok=ok, sentence=good if ok else self._cannot_write().sentence)]

    def _pending(self, saved: dict[str, Any]) -> Pending:
        final = self._place(saved)
        if not final.exists():
            self._write(final, Submission.model_validate(saved["submission"]))
        return Pending(saved=saved, not_before=datetime.now(UTC) + LOOK)

    def _write(self, final: Path, submission: Submission) -> None:
        given = self.credentials
        own = Settings(page=given.page, sender=given.sender, contact=given.contact, tags=given.tags)
        try:
            _kit.write(final, plan(given.profile, submission, own), self.files)
        except OSError:
            # The rename was done and only its sync failed: it is looked for first.
            failed = OutcomeUnknown(_("The kit stands there, but the disk did not confirm it: it is looked for first."))
            failure = failed if final.exists() else self._cannot_write()
        else:
            return
        raise failure

    def _place(self, saved: dict[str, Any]) -> Path:
        return place(self.files.kits(), saved["submission"]["channel"], saved["key"])

    def _cannot_write(self) -> TryLater:
        return TryLater(_("The folder of hand-offs cannot be written: free some room or mend its rights."))


def _named(problem: Problem, profile: str) -> Problem:
    """The problem with its network's name as a word of the reader's language, where it is one."""
    if profile not in NAMES or "network" not in problem.sentence.values:
        return problem
    said = Sentence(problem.sentence.msgid, {**problem.sentence.values, "network": NAMES[profile]})
    return problem.model_copy(update={"sentence": said})
