"""Where rendered files are kept: by their content, written once, read back only if they still are what they were."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path

from django.conf import settings

from pipeline import mediahost
from publishers._base import File, Rejected
from publishers._mediahost import MediaChoice, MediaHost
from publishers._sentences import _

EXTENSIONS = {"image/jpeg": "jpg", "image/png": "png", "video/mp4": "mp4", "application/pdf": "pdf",
              "application/x-subrip": "srt", "text/vtt": "vtt"}  # fmt: skip


def sha256_of(path: Path) -> str:
    """The file's SHA-256, 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def path_of(sha256: str, mime: str) -> Path:
    """Where the rendition with that content stands."""
    return folder() / sha256[:2] / f"{sha256}.{EXTENSIONS[mime]}"


def folder() -> Path:
    """The folder of every rendition."""
    return Path(settings.PORTEVOIX_HOME) / "renditions"


def kits() -> Path:
    """The folder of what people put up by hand (publishers/handoff.py)."""
    return Path(settings.PORTEVOIX_HOME) / "handoff"


def keep(source: Path, mime: str) -> tuple[str, int]:
    """The hash and size of the file, which is moved into the store and made read-only."""
    digest, size = sha256_of(source), source.stat().st_size
    target = path_of(digest, mime)
    if target.exists() and sha256_of(target) == digest:
        source.unlink()
        return digest, size
    target.parent.mkdir(parents=True, exist_ok=True)
    incoming = target.with_suffix(f".incoming-{os.getpid()}")
    shutil.move(source, incoming)
    incoming.chmod(0o440)
    incoming.replace(target)
    return digest, size


def intact(file: File) -> bool:
    """Whether the stored bytes are still exactly those that the sealed submission names."""
    path = path_of(file.sha256, file.mime)
    return path.is_file() and path.stat().st_size == file.size and sha256_of(path) == file.sha256


class RenditionFiles:
    """The adapters' way to the files."""

    def path(self, file: File) -> Path:
        """The path of exactly those bytes; `Rejected` where they are gone or changed."""
        if not intact(file):
            raise Rejected(
                _("The file {name} is missing or was changed since it was approved: render it again.", name=file.name)
            )
        return path_of(file.sha256, file.mime)

    def host(self, choice: MediaChoice) -> MediaHost:
        """Where the channel's pictures can be fetched by its network."""
        return mediahost.chosen(choice)

    def kits(self) -> Path:
        """Where posts stand that people put up by hand."""
        return kits()
