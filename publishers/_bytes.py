"""The bytes of a sealed file, hashed once more just before they leave."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import IO

from publishers._base import File, Files, Rejected
from publishers._sentences import _


def sealed_bytes(files: Files, file: File) -> bytes:
    """The bytes of `file`; Rejected if they are gone or are not the ones that were approved."""
    try:
        held = files.path(file).read_bytes()
    except FileNotFoundError:
        held = b""
    if hashlib.sha256(held).hexdigest() != file.sha256:
        raise _changed(file)
    return held


def _changed(file: File) -> Rejected:
    return Rejected(
        _("The file {name} is missing or was changed after approval: render it and ask again.", name=file.name)
    )


CHUNK = 1 << 18  # bytes: what is held of a large file at a time


def sealed_file(files: Files, file: File) -> IO[bytes]:
    """The file, open at its beginning, its bytes proved to be the approved ones; for what is too large for memory."""
    try:
        opened = files.path(file).open("rb")
    except FileNotFoundError:
        raise _changed(file) from None
    if hashlib.file_digest(opened, "sha256").hexdigest() != file.sha256:
        opened.close()
        raise _changed(file)
    opened.seek(0)
    return opened


def copy_sealed(files: Files, file: File, target: IO[bytes]) -> None:
    """Writes the file into `target` piece by piece; Rejected if what was written is not what was approved."""
    digest = hashlib.sha256()
    try:
        opened = files.path(file).open("rb")
    except FileNotFoundError:
        raise _changed(file) from None
    with opened:
        for piece in pieces(opened, 0):
            digest.update(piece)
            target.write(piece)
    if digest.hexdigest() != file.sha256:
        raise _changed(file)


def pieces(opened: IO[bytes], offset: int) -> Iterator[bytes]:
    """The bytes of an open file from `offset` to its end, piece by piece."""
    opened.seek(offset)
    while piece := opened.read(CHUNK):
        yield piece


class Slice:
    """A stretch of an open file that reads like a file of its own; httpx sends it piece by piece."""

    def __init__(self, opened: IO[bytes], start: int, end: int) -> None:
        self._opened, self._start, self._end = opened, start, end
        self._at = start

    def read(self, count: int = -1) -> bytes:
        """The next bytes, `count` at most; empty at the end."""
        left = self._end - self._at
        self._opened.seek(self._at)
        found = self._opened.read(left if count < 0 else min(count, left))
        self._at += len(found)
        return found

    def seek(self, offset: int, whence: int = 0) -> int:
        """The place after moving there, counted from the beginning of the stretch."""
        base = {0: self._start, 1: self._at, 2: self._end}[whence]
        self._at = min(max(base + offset, self._start), self._end)
        return self.tell()

    def tell(self) -> int:
        """The place, counted from the beginning of the stretch."""
        return self._at - self._start
