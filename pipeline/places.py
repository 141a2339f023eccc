"""Folders and files that are being made: locked while somebody works on them, cleared away once nobody does."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import Refused
from publishers._sentences import Sentence


@contextmanager
def locked(path: Path, busy: Sentence | None = None) -> Iterator[None]:
    """Keeps a file or folder to this process; waits for another one, or is `Refused` at once where `busy` is given.

    The lock is the process's: a killed one has none, so what it left behind can be told from work under way.
    """
    handle = os.open(path, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
        except BlockingIOError:
            assert busy is not None
            raise Refused(busy) from None
        yield
    finally:
        os.close(handle)


def clear(folder: Path, pattern: str) -> None:
    """Removes what killed processes left in the folder; what is locked is somebody's work and stays."""
    for path in folder.glob(pattern):
        try:
            handle = os.open(path, os.O_RDONLY)
        except FileNotFoundError:  # another process has just finished it
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            remove(path)
        except BlockingIOError:
            continue
        finally:
            os.close(handle)


def remove(path: Path) -> None:
    """Removes a file or a whole folder, read-only files in it too; one that is gone already is no error."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Waits until a file's bytes, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
