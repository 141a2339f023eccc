"""Folders that are there whole or not at all: written beside their place, synced, and moved in by one rename."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from urllib.parse import quote


def new_key(now: datetime) -> str:
    """A name for a post's folder that no other has, and that sorts by time."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"


def place(root: Path, channel: str, key: str) -> Path:
    """Where a channel's post stands under `root`."""
    # A channel may have any name; "." and ".." must stay names and not become ways out of the folder.
    return root / quote(channel, safe=" ").replace(".", "%2E") / key


def appear(final: Path, fill: Callable[[Path], None]) -> None:
    """Has `fill` write a hidden folder, and moves it into its place. Raises OSError, and leaves nothing half there."""
    final.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{final.name}.", dir=final.parent))
    try:
        fill(work)
        work.chmod(0o755)
        sync(work)
        work.rename(final)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    sync(final.parent)


def write_synced(path: Path, content: bytes) -> None:
    """Writes a new file and waits until its bytes are on the disk."""
    with path.open("xb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())


def sync(folder: Path) -> None:
    """Waits until the folder's names are on the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
