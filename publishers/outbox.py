"""The outbox stands for a named network and publishes into a folder, one for each post: for demos and rehearsals.

A post is there whole or not at all: it is written beside its place, synced, and moved in by one rename.
"""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

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
    Submission,
    TryLater,
    Unclear,
    canonical,
)
from publishers._bluesky_record import record_time
from publishers._bytes import sealed_bytes
from publishers._folders import appear, new_key, place, write_synced
from publishers._known import networks
from publishers._requests import calls
from publishers._rules import problems
from publishers._sentences import _

if TYPE_CHECKING:
    StandsFor = str
else:
    StandsFor = Literal[networks()]  # every network with a toml, so that a new one is there by being there
OURS = ("submission.json", "request.json", "text.txt")


class Credentials(BaseModel):
    """Which network the outbox stands for, and the folder that it writes into."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    stands_for: StandsFor = Field(description="the network whose limits and formats apply")
    folder: str = Field(description="where posts are written: an absolute path")

    @field_validator("folder")
    @classmethod
    def _absolute(cls, folder: str) -> str:
        if not Path(folder).is_absolute():
            raise ValueError("an absolute path is needed")
        return folder


class Outbox(Publisher):
    """A folder that takes posts as a network would."""

    platform: ClassVar[str] = "outbox"
    label: ClassVar[str] = "Outbox"
    reconciliation: ClassVar[Reconciliation] = Reconciliation.EXACTLY_ONCE
    lead: ClassVar[timedelta] = timedelta(0)  # there is nothing to upload
    Credentials: ClassVar[type[BaseModel]] = Credentials

    @classmethod
    def network(cls, credentials: BaseModel) -> str:
        """The network that this outbox stands for."""
        assert isinstance(credentials, Credentials)
        return credentials.stands_for

    def validate(self, submission: Submission) -> list[Problem]:
        """What the network that it stands for would refuse."""
        return problems(submission, self.files, self.credentials.stands_for)

    def prepare(self, submission: Submission, saved: dict[str, Any]) -> More | Prepared:
        """The post's folder name, chosen once, and the whole submission."""
        if "key" in saved:
            return Prepared(saved=saved)
        # There from now on: if it is missing when we look for the post, a disk is missing, not the post.
        try:
            self._root.mkdir(parents=True, exist_ok=True)
        except OSError:
            raise self._failed(self._root / "none") from None
        now = datetime.now(UTC)
        return Prepared(
            saved={
                "key": new_key(now),
                "created_at": record_time(now),
                "submission": submission.model_dump(mode="json"),
            }
        )

    def commit(self, prepared: Prepared) -> Receipt | Pending:
        """Writes the post's folder; a folder already there is the same post and stays as it is."""
        saved = prepared.saved
        submission = Submission.model_validate(saved["submission"])
        final = self._place(submission.channel, saved["key"])
        if not final.exists():
            try:
                self._write(final, submission, saved["created_at"])
            except OSError:
                failure = self._failed(final)
            else:
                return self._receipt(final, saved)
            raise failure
        return self._receipt(final, saved)

    def check(self, pending: Pending) -> Pending | Receipt:
        """Never called: a folder leaves nothing pending. Raises Rejected."""
        raise Rejected(_("The outbox leaves no post pending: nothing is to be checked."))

    def find(self, submission: Submission, saved: dict[str, Any]) -> Receipt | Absent | Unclear:
        """Whether the post's folder is there."""
        if "key" not in saved:
            return Absent()
        final = self._place(submission.channel, saved["key"])
        if final.exists():
            return self._receipt(final, saved)
        return Absent() if self._root.exists() else Unclear(reason="the outbox folder is missing")

    def remove(self, receipt: Receipt) -> None:
        """Marks the post's folder as removed; it is kept for the eyes."""
        final = self._root / receipt.details["folder"]
        if final.exists():
            final.rename(final.with_name(f"{final.name}.removed"))

    def metrics(self, receipt: Receipt) -> list[MetricValue]:
        """Nothing: nobody reads an outbox."""
        return []

    def doctor(self) -> list[Check]:
        """Whether the folder can be written."""
        nearest = next(path for path in (self._root, *self._root.parents) if path.exists())
        ok = nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)
        good = _("Posts are written into {folder}.", folder=str(self._root))
        bad = _("The folder {folder} cannot be written: choose another one.", folder=str(self._root))
        return [Check(name="folder", ok=ok, sentence=good if ok else bad)]

    @property
    def _root(self) -> Path:
        return Path(self.credentials.folder)

    def _place(self, channel: str, key: str) -> Path:
        return place(self._root, channel, key)

    def _failed(self, final: Path) -> TryLater | OutcomeUnknown:
        if final.exists():  # the rename was done, only its sync failed
            return OutcomeUnknown(
                _("The post is in the outbox, but the disk did not confirm it: it is looked for first.")
            )
        return TryLater(_("The folder {folder} cannot be written: free some room or choose another one.",
                          folder=str(self._root)))  # fmt: skip

    def _write(self, final: Path, submission: Submission, created_at: str) -> None:
        held = {name: sealed_bytes(self.files, file) for name, file in _names(submission).items()}
        request = calls(self.credentials.stands_for, submission, created_at)
        held["submission.json"] = canonical(submission).encode()
        held["request.json"] = json.dumps(request, indent=2, ensure_ascii=False).encode()
        held["text.txt"] = "\n\n".join(part.text for part in submission.parts).encode()

        def fill(work: Path) -> None:
            for name, content in held.items():
                write_synced(work / name, content)

        appear(final, fill)

    def _receipt(self, final: Path, saved: dict[str, Any]) -> Receipt:
        return Receipt(
            id=f"outbox:{self.credentials.stands_for}:{saved['key']}",
            url=final.as_uri(),
            published_at=datetime.fromisoformat(saved["created_at"]),
            details={"folder": str(final.relative_to(self._root))},
        )


def _names(submission: Submission) -> dict[str, File]:
    """Every file under its own name; under its hash too where two would meet or stand in for one of ours."""
    found: dict[str, File] = {}
    for file in submission.files():
        taken = file.name in found or file.name in OURS
        found[f"{file.sha256[:12]}-{file.name}" if taken else file.name] = file
    return found
