"""Finished parts of reels, kept by their address: what was made once is not made again.

They lie by the clip that they show, so that they go with it, and are dropped when they are old or too many.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from time import time

from pipeline.errors import NotHere
from pipeline.reels.sources import length as measured
from publishers._sentences import _

SOUNDS = "sounds"  # of whole reels: many clips may be heard in one
LENGTHS = "lengths"  # of clips, by their place in the file system
PLANS = "plans"  # which parts a reel has
SEEN = ".left"  # beside a part's pictures: how many faces are still seen in them
_HALF_AGE = 3600.0  # seconds after which what is half written was left by a process that was killed


class Cache:
    """A folder of parts, addressed by where they belong to (a clip's SHA-256, or a name) and their own address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def place(self, belongs: str, address: str, kind: str = "mp4") -> Path:
        """Where the part stands, or would stand."""
        return self.folder / belongs / f"{address}.{kind}"

    def has(self, path: Path) -> bool:
        """Whether the part is made; it counts as used now."""
        try:
            os.utime(path)
        except FileNotFoundError:
            return False
        return True

    def has_picture(self, belongs: str, address: str) -> bool:
        """Whether the pictures of a part are made, and were searched for faces."""
        place = self.place(belongs, address)
        return self.has(place) and self.has(place.with_suffix(SEEN))

    def length(self, clip: Path) -> float:
        """How many seconds the clip lasts, read from it once as long as it is not changed; raises `Refused`."""
        state = clip.stat() if clip.exists() else None
        told = repr((str(clip.resolve()), state and (state.st_ino, state.st_mtime_ns, state.st_size)))
        place = self.place(LENGTHS, sha256(told.encode()).hexdigest(), "txt")
        if not self.has(place):
            seconds = measured(clip)
            with appearing(place) as part:
                part.write_text(repr(seconds), "ascii")
        return float(place.read_text("ascii"))

    def forget(self, belongs: str) -> None:
        """Nothing; no part of that clip is left, nor any sound in which it may be heard."""
        for name in (belongs, SOUNDS):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def prune(self, most_bytes: int, oldest: timedelta, keep: Collection[Path] = ()) -> None:
        """Nothing; what was not used for so long is dropped, then the least used until the rest is small enough.

        What is in `keep` stays whatever it weighs.
        """
        found = [(path, path.stat()) for path in self.folder.glob("*/*")]
        weight = 0
        for path, state in sorted(found, key=lambda one: (one[0] not in keep, -one[1].st_mtime)):
            age, weight = time() - state.st_mtime, weight + state.st_size
            half = path.name.startswith(".") and age > _HALF_AGE
            if path not in keep and (half or age > oldest.total_seconds() or weight > most_bytes):
                path.unlink(missing_ok=True)
                weight -= state.st_size


@contextmanager
def appearing(out: Path) -> Iterator[Path]:
    """A place to write to, which becomes `out` in one step when nothing failed and is gone when something did."""
    out.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with room():
            yield part
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.replace(out)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def room() -> Iterator[None]:
    """`NotHere`, in one sentence, where the disk is full."""
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NotHere(_("The disk is full: make room, then start again; what is done is kept.")) from error
        raise
