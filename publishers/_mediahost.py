"""A place on the open web for pictures that a network fetches by itself: Instagram takes pictures by address only.

A file stands there under a name that nobody can guess, only while a publication needs it, and two hours at most: what
a crash leaves behind is not shown any longer, and the next file that is put there sweeps it away.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, SecretStr

from publishers._base import TryLater
from publishers._http import HostUrl
from publishers._sentences import _

LASTS = 2 * 3600.0  # seconds
NAME = re.compile(r"[0-9a-f]{64}\.jpg")


class MediaChoice(BaseModel):
    """Where a channel puts its files: a bucket where one is named, else our own server."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    url: HostUrl | None = None
    bucket: str = ""
    endpoint: HostUrl | None = None
    region: str = ""
    key: str = ""
    secret: SecretStr = SecretStr("")


class MediaHost(Protocol):
    """A place on the open web."""

    def put(self, source: Path) -> str:
        """The address at which the JPEG can now be fetched by anyone who knows it. Raises TryLater."""
        ...

    def remove(self, url: str) -> None:
        """Takes the file away; one already gone is not an error. Raises TryLater."""
        ...


def new_name() -> str:
    """A name of 256 random bits."""
    return f"{secrets.token_hex(32)}.jpg"


class OwnServer:
    """A folder that the studio serves to everyone at `url`/media/NAME (web/public.py)."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self._url = url

    def put(self, source: Path) -> str:
        """The address at which the studio shows a copy of the file."""
        name = new_name()
        incoming = self._folder / f".{name}"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            sweep(self._folder)
            shutil.copyfile(source, incoming)
            incoming.chmod(0o644)
            os.utime(incoming)
            incoming.rename(self._folder / name)
        except OSError:
            incoming.unlink(missing_ok=True)
            raise TryLater(
                _("The folder of public files cannot be written: free some room; it is tried again later.")
            ) from None
        return f"{self._url}/media/{name}"

    def remove(self, url: str) -> None:
        """Takes the copy away."""
        name = url.rsplit("/", 1)[-1]
        if NAME.fullmatch(name):
            (self._folder / name).unlink(missing_ok=True)


def shown(folder: Path, name: str) -> Path | None:
    """The public file of that name, or None where there is none or its time is over."""
    path = folder / name
    if not NAME.fullmatch(name):
        return None
    try:
        return path if time.time() - path.stat().st_mtime < LASTS else None
    except OSError:
        return None


def sweep(folder: Path) -> int:
    """How many files whose time is over were deleted."""
    old = time.time() - LASTS
    gone = [path for path in folder.iterdir() if path.is_file() and path.stat().st_mtime < old]
    for path in gone:
        path.unlink(missing_ok=True)
    return len(gone)
