"""A tar inside an age file, streamed both ways: no plain copy on a disk, and memory that does not grow with it."""

from __future__ import annotations

import os
import tarfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from pipeline.errors import Refused
from publishers._sentences import _

CHUNK = 1 << 20  # bytes
BLOCK = tarfile.BLOCKSIZE


def header(name: str, size: int, at: float) -> bytes:
    """The tar header of a file; names no owner."""
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, int(at), 0o600
    return info.tobuf(format=tarfile.GNU_FORMAT)  # sizes over 8 GB, and never a second header


def padding(size: int) -> bytes:
    """What fills the last block of a file."""
    return bytes(-size % BLOCK)


END = bytes(2 * BLOCK)


class _Pull:
    """A stream of chunks as a file that pyrage reads, 8 KB at a time; what failed is kept, pyrage only names it."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks, self._held = iter(chunks), memoryview(b"")
        self.failure: Exception | None = None

    def read(self, size: int) -> bytes:
        try:
            while not self._held:
                self._held = memoryview(next(self._chunks))
        except StopIteration:
            return b""
        except (OSError, Refused) as error:
            self.failure = error
            raise
        given, self._held = self._held[:size], self._held[size:]
        return bytes(given)


class _Push:
    """The file that pyrage writes into; what failed is kept, pyrage only names it."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self.failure: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._out.write(data)
        except OSError as error:
            self.failure = error
            raise

    def flush(self) -> None:
        self._out.flush()


def encrypt(chunks: Iterable[bytes], out: BinaryIO, recipients: list[Any]) -> None:
    """Writes the chunks into `out`, encrypted to the recipients; raises what reading or writing raised."""
    import pyrage

    source, target = _Pull(chunks), _Push(out)
    try:
        pyrage.encrypt_io(source, target, recipients)
    except (pyrage.EncryptError, OSError) as error:
        raise source.failure or target.failure or error from None


@contextmanager
def opened(path: Path, identities: list[Any]) -> Iterator[Iterator[tuple[tarfile.TarInfo, BinaryIO]]]:
    """The members of the archive, one after the other; `Refused` at the end, too, where a byte was not as written.

    Decrypting runs in a second thread, with a pipe between: pyrage pushes, tarfile pulls. Nothing read from it may be
    believed before the block is left without an error.
    """
    reading, writing = os.pipe()
    pouring = _Pouring(path, identities, writing)
    pouring.start()
    try:
        try:
            with os.fdopen(reading, "rb") as stream, tarfile.open(fileobj=stream, mode="r|") as tar:
                yield _members(tar)
                while stream.read(CHUNK):
                    pass  # to the last byte: age proves the end of a file too
        finally:
            pouring.join()
    except (tarfile.TarError, EOFError):
        raise pouring.refusal() or damaged() from None
    if refusal := pouring.refusal():
        raise refusal


def _members(tar: tarfile.TarFile) -> Iterator[tuple[tarfile.TarInfo, BinaryIO]]:
    """Only plain files; a link, a device or a folder is no part of a backup of ours."""
    for member in tar:
        content = tar.extractfile(member) if member.type == tarfile.REGTYPE else None
        if content is None:
            raise damaged()
        yield member, content  # type: ignore[misc]  # typeshed: IO[bytes]
        tar.members = []  # type: ignore[attr-defined]  # else it remembers each of them


class _Pouring(threading.Thread):
    """Decrypts a file into a pipe."""

    def __init__(self, path: Path, identities: list[Any], writing: int) -> None:
        super().__init__(daemon=True)
        self._path, self._identities, self._writing = path, identities, writing
        self._failure: Exception | None = None

    def run(self) -> None:
        import pyrage

        try:
            with os.fdopen(self._writing, "wb") as out, self._path.open("rb") as source:
                pyrage.decrypt_io(source, out, self._identities)
        except (pyrage.DecryptError, OSError) as error:
            self._failure = error

    def refusal(self) -> Refused | None:
        """Why the file could not be decrypted, once the thread has ended."""
        if self._failure is None:
            return None
        if "matching keys" in str(self._failure):
            return Refused(_("This identity does not open {name}: use that of one of its recipients.",
                             name=self._path.name))  # fmt: skip
        return damaged()


def damaged() -> Refused:
    """What is said of a backup that is not what was written."""
    return Refused(_("This backup is damaged or not whole: use another copy, or the backup before it."))
