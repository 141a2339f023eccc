"""What a backup is made of: which files of the home travel, under which names, and the list that proves them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field

from publishers._base import Frozen

FORMAT = 1  # grows when an older program could not read what a newer one wrote
ABOUT, MANIFEST, RECIPIENTS = "about.json", "manifest.json", "backup-recipients.txt"
DATABASES = {"sqlite": "database/porte-voix.sqlite3", "postgresql": "database/porte-voix.pgdump"}
SQLITE = Path(DATABASES["sqlite"]).name  # also its name in a home
# The folders of the home whose files are named by their content, and the rights that their files have.
FOLDERS = {"renditions": 0o440, "originals": 0o400, "imports": 0o600}
# An allow-list, for both directions: no other name is packed, and none is unpacked. The keys folder is not in it.
NAMED_BY_CONTENT = re.compile(
    r"renditions/[0-9a-f]{2}/([0-9a-f]{64})\.[a-z0-9]{2,5}|originals/[0-9a-f]{2}/([0-9a-f]{64})|imports/([0-9a-f]{64})"
)
OTHERS = {*DATABASES.values(), RECIPIENTS}


class Head(Frozen):
    """How far the audit chain goes; `ok` is false where it was already broken when the backup was made."""

    seq: int = Field(ge=0)
    hash: str
    ok: bool


class Entry(Frozen):
    """One file of the backup."""

    path: str
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    size: int = Field(ge=0, description="bytes")


class About(Frozen):
    """What must be known before anything is unpacked; the first member of the archive."""

    format: int
    app: str = Field(description="the version of the program that made it")
    made_at: datetime = Field(description="UTC, just before the database was copied")
    database: Literal["sqlite", "postgresql"]
    migrations: tuple[tuple[str, str], ...] = Field(description="every applied one: (app, name)")
    audit: Head
    originals: bool = Field(description="false where they were left out")
    bytes: int = Field(ge=0, description="about how much room the unpacked files need")

    @property
    def newest_migration(self) -> str:
        """The last of our own migrations that the database has seen."""
        return max((name for app, name in self.migrations if app == "pipeline"), default="–")


class Manifest(Frozen):
    """The proof of the whole; the last member of the archive, since files are hashed while they are packed."""

    about: About
    files: tuple[Entry, ...]
    missing: tuple[str, ...] = Field(description="files that the database names and the home did not hold")
    damaged: tuple[str, ...] = Field(description="files whose content was no longer what their name says")


def is_safe(name: str) -> bool:
    """Whether a file of that name may stand in a backup."""
    return name in OTHERS or NAMED_BY_CONTENT.fullmatch(name) is not None


def content_of(name: str) -> str | None:
    """The SHA-256 that the name promises, or None for a file that is not named by its content."""
    match = NAMED_BY_CONTENT.fullmatch(name)
    return next(filter(None, match.groups())) if match else None


def kept_files(home: Path, *, originals: bool) -> Iterator[str]:
    """The names of the home's files that go into a backup, in order; unfinished ones and links are left out."""
    for folder in FOLDERS:
        if folder == "originals" and not originals:
            continue
        for path in sorted((home / folder).rglob("*")):
            name = path.relative_to(home).as_posix()
            if content_of(name) and path.is_file() and not path.is_symlink():
                yield name
