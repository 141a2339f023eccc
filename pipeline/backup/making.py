"""Making a backup: the database as it stood at one moment, then the files that it names, into one encrypted file."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection

from pipeline import audit, places
from pipeline.backup import archive, parts, snapshot
from pipeline.backup.parts import About, Entry, Manifest
from pipeline.backup.recipients import parsed
from pipeline.delivery.checkpoints import checkpoint
from pipeline.errors import Refused
from pipeline.panic import switch
from pipeline.versions import program
from publishers._sentences import _

Progress = Callable[[float], None]  # how far the whole is, 0 to 1
WORK = ".backup-work-"
UNFINISHED = ".{name}.unfinished"
MADE = "backup.made"


@dataclass(frozen=True)
class Made:
    """A finished backup."""

    path: Path
    size: int  # bytes
    manifest: Manifest
    recipients: int


@dataclass
class _Tape:
    """The tar as it streams out, and the list of what went into it."""

    home: Path
    about: About
    names: list[str]
    wanted: frozenset[str]
    database: Path
    progress: Progress
    written: list[Entry] = field(default_factory=list)
    done: int = 0

    def chunks(self) -> Iterator[bytes]:
        """The whole archive, piece by piece: what it is, the database, the files, the proof."""
        yield from self._text(parts.ABOUT, self.about.model_dump_json(indent=1))
        yield from self._file(parts.DATABASES[self.about.database], self.database)
        checkpoint("after packing the database")
        for name in self.names:
            yield from self._file(name, self.home / name)
        yield from self._text(parts.MANIFEST, self.manifest().model_dump_json(indent=1))
        yield archive.END

    def manifest(self) -> Manifest:
        """What was packed, what the database names besides, and what was no longer itself."""
        held = {entry.path for entry in self.written}
        left_out = () if self.about.originals else ("originals/",)
        missing = sorted(name for name in self.wanted - held if not name.startswith(left_out))
        damaged = [e.path for e in self.written if parts.content_of(e.path) not in {None, e.sha256}]
        return Manifest(about=self.about, files=tuple(self.written), missing=tuple(missing), damaged=tuple(damaged))

    def _text(self, name: str, text: str) -> Iterator[bytes]:
        content = text.encode()
        yield archive.header(name, len(content), self.about.made_at.timestamp())
        yield content
        yield archive.padding(len(content))

    def _file(self, name: str, path: Path) -> Iterator[bytes]:
        try:
            stream = path.open("rb")
        except FileNotFoundError:  # removed since it was listed; the manifest says so where the database names it
            return
        digest = hashlib.sha256()
        with stream:
            size = left = os.fstat(stream.fileno()).st_size
            yield archive.header(name, size, self.about.made_at.timestamp())
            while left > 0:
                chunk = stream.read(min(archive.CHUNK, left))
                if not chunk:
                    raise Refused(_("{name} became shorter while it was read: make the backup again.", name=name))
                digest.update(chunk)
                left -= len(chunk)
                yield chunk
                self._count(len(chunk))
        yield archive.padding(size)
        self.written.append(Entry(path=name, sha256=digest.hexdigest(), size=size))

    def _count(self, size: int) -> None:
        self.done += size
        self.progress(min(1.0, self.done / max(self.about.bytes, 1)))


def back_up(
    folder: Path, *, more: Iterable[str] = (), originals: bool = True, progress: Progress = lambda share: None
) -> Made:
    """The new backup in `folder`. `Refused` without a recipient, without room, or where the database is damaged."""
    if originals and switch.marked():
        raise Refused(_("Originals are closed by a panic: leave them out (--without-originals), or end it first."))
    to = parsed(more)
    home = Path(settings.PORTEVOIX_HOME)
    with _said(folder), _work_folder(home) as work:
        folder.mkdir(parents=True, exist_ok=True)
        made_at = datetime.now(UTC)
        taken = snapshot.take(work)
        checkpoint("after copying the database")
        tape = _tape(home, made_at, taken, originals, progress)
        path = _write(folder, tape, to)
    _note(path, tape.about)
    return Made(path=path, size=path.stat().st_size, manifest=tape.manifest(), recipients=len(to))


def _tape(home: Path, made_at: datetime, taken: snapshot.Snapshot, originals: bool, progress: Progress) -> _Tape:
    # Listed after the database was copied: a file is in its place before a row names it, and is never changed.
    names = list(parts.kept_files(home, originals=originals))
    if (home / parts.RECIPIENTS).is_file():
        names.append(parts.RECIPIENTS)
    about = About(
        format=parts.FORMAT,
        app=program(),
        made_at=made_at,
        database="postgresql" if connection.vendor == "postgresql" else "sqlite",
        migrations=taken.migrations,
        audit=taken.head,
        originals=originals,
        bytes=taken.database.stat().st_size + sum(_size(home / name) for name in names),
    )
    return _Tape(home, about, names, taken.wanted, taken.database, progress)


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _write(folder: Path, tape: _Tape, to: list[Any]) -> Path:
    """The backup's path: written beside its place, synced, and moved in by one rename."""
    places.clear(folder, UNFINISHED.format(name="porte-voix-*"))
    final = _free_name(folder, tape.about.made_at)
    beside = folder / UNFINISHED.format(name=final.name)
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as out, places.locked(beside):
            archive.encrypt(tape.chunks(), out, to)
            out.flush()
            os.fsync(out.fileno())
            checkpoint("before naming the backup")
            beside.replace(final)
    finally:
        beside.unlink(missing_ok=True)
    places.sync(folder)
    checkpoint("after naming the backup")
    return final


def _free_name(folder: Path, made_at: datetime) -> Path:
    stem = f"porte-voix-{made_at:%Y-%m-%dT%H%M%SZ}"
    names = (folder / f"{stem}{f'-{n}' if n else ''}.age" for n in range(1000))
    return next(name for name in names if not name.exists())


@contextmanager
def _work_folder(home: Path) -> Iterator[Path]:
    """A private folder in the home for the copy of the database: plain text does not lie where the backup goes."""
    places.clear(home, f"{WORK}*")
    work = home / f"{WORK}{os.getpid()}"
    work.mkdir(mode=0o700)
    try:
        with places.locked(work):
            yield work
    finally:
        places.remove(work)


@contextmanager
def _said(folder: Path) -> Iterator[None]:
    """A full or unwritable disk, said in a sentence; nothing half-written is left."""
    try:
        yield
    except OSError as error:
        raise Refused(
            _("No backup was made in {folder} ({why}): free some room, or choose another folder.",
              folder=str(folder), why=error.strerror or str(error))
        ) from None  # fmt: skip


def _note(path: Path, about: About, tries: int = 3) -> None:
    """Writes the backup into the log; a store so busy that it was not let in is asked again, the file is there."""
    try:
        audit.append(None, MADE, f"backup:{path.name}", audit=about.audit.seq, originals=about.originals)
    except DatabaseError as error:
        if tries > 1:
            return _note(path, about, tries - 1)
        why = str(error).splitlines()[0]
        raise Refused(_("The backup {name} is made, but the log could not note it ({why}).", name=path.name, why=why)
        ) from None  # fmt: skip


def last_made() -> datetime | None:
    """When this store last made a backup, by its log; None if it never did. The file may be gone since."""
    return audit.last(MADE)


def listed(folder: Path) -> list[Path]:
    """The finished backups in a folder, the newest first."""
    return sorted(folder.glob("porte-voix-*.age"), key=lambda path: path.stem, reverse=True)
