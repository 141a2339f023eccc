"""Out of a backup into an empty folder: only names that we pack ourselves, and nothing believed before it is proved."""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from pydantic import BaseModel, ValidationError

from pipeline.backup import archive, parts
from pipeline.backup.parts import About, Entry, Manifest
from pipeline.errors import Refused
from publishers._sentences import Sentence, _

TEXT_LIMIT = 256 << 20  # bytes: room for the list of a million files
Text = TypeVar("Text", bound=BaseModel)


@dataclass
class _Unpacked:
    """What has come out of the archive so far."""

    folder: Path
    progress: Callable[[float], None]
    about: About | None = None
    manifest: Manifest | None = None
    held: dict[str, Entry] = field(default_factory=dict)
    done: int = 0

    def take(self, member: tarfile.TarInfo, content: BinaryIO) -> None:
        """Takes the next member in; the archive has one order, and anything else is not ours."""
        if self.about is None:
            self.about = _read(About, parts.ABOUT, member, content)
            _refuse_what_cannot_be_taken(self.about, self.folder)
        elif self.manifest is None and member.name == parts.MANIFEST:
            self.manifest = _read(Manifest, parts.MANIFEST, member, content)
        elif self.manifest is None and parts.is_safe(member.name) and member.name not in self.held:
            self.held[member.name] = self._extract(member.name, content, max(self.about.bytes, 1))
        else:
            raise archive.damaged()

    def _extract(self, name: str, content: BinaryIO, whole: int) -> Entry:
        target, digest, size = self.folder / name, hashlib.sha256(), 0
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with target.open("xb") as out:
            while chunk := content.read(archive.CHUNK):
                digest.update(chunk)
                size += out.write(chunk)
                self.done += len(chunk)
                self.progress(min(1.0, self.done / whole))
        target.chmod(parts.FOLDERS.get(name.partition("/")[0], 0o600))
        return Entry(path=name, sha256=digest.hexdigest(), size=size)

    def proved(self) -> Manifest:
        """The list, now that it says of every file what we have found, and of no other."""
        found = (self.about, tuple(self.held.values()))
        if self.manifest is None or (self.manifest.about, self.manifest.files) != found:
            raise archive.damaged()
        return self.manifest


def unpack(backup: Path, identities: list[Any], folder: Path, progress: Callable[[float], None]) -> Manifest:
    """The backup's list, every file of it now in `folder` with the content that the list says.

    `Refused` for a wrong identity, a changed or missing byte, a name that is not ours, and for a backup that this
    program or this database cannot take; the last is said before anything is unpacked.
    """
    unpacked = _Unpacked(folder, progress)
    with archive.opened(backup, identities) as members:
        for member, content in members:
            unpacked.take(member, content)
    return unpacked.proved()


def _read(kind: type[Text], name: str, member: tarfile.TarInfo, content: BinaryIO) -> Text:
    if member.name != name or member.size > TEXT_LIMIT:
        raise archive.damaged()
    try:
        return kind.model_validate_json(content.read())
    except ValidationError:
        raise archive.damaged() from None


def _refuse_what_cannot_be_taken(about: About, folder: Path) -> None:
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    if about.format > parts.FORMAT or not set(about.migrations) <= set(known):
        raise Refused(_("This backup was made by a newer version ({app}): install that version first.", app=about.app))
    if about.database != connection.vendor:
        raise Refused(WRONG_DATABASE[about.database])
    room = shutil.disk_usage(folder).free
    if room < about.bytes:
        raise Refused(
            _("The backup needs {needed} MB and the disk has {room} MB: make room, or choose another PORTEVOIX_HOME.",
              needed=about.bytes >> 20, room=room >> 20)
        )  # fmt: skip


WRONG_DATABASE: dict[str, Sentence] = {
    "sqlite": _("This backup holds an SQLite database: restore it with DATABASE_URL unset."),
    "postgresql": _("This backup holds a PostgreSQL database: name an empty one in DATABASE_URL."),
}
