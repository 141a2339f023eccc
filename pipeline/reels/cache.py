"""Finished parts of reels, kept by their address: what was made once is not made again.

They lie by the clip that they show, so that they go with it, and are dropped when they are old or too many.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import stat
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from hashlib import file_digest, sha256
from pathlib import Path
from time import time
from typing import Any

from pipeline.errors import NotHere
from publishers._sentences import _

SOUNDS = "sounds"  # of whole reels: many clips may be heard in one
HASHES = "hashes"  # of clips, by their place in the file system
HANDED = "handed"  # what was handed on to other programs, with clips of many
PLANS = "plans"  # which parts a reel has
SEEN = ".seen"  # beside a part's pictures: how many faces are still seen in them, in which frames one is cut
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

    def known(self, clip: Path, name: str, ask: Callable[[], Any]) -> Any:
        """What `ask` answered (plain JSON data) about a file of these bytes, asked once, wherever the file stands.

        It goes with the clip's parts.
        """
        place = self.place(self._content(clip), name, "json")
        if not self.has(place):
            answer = ask()
            with appearing(place) as part:
                part.write_text(json.dumps(answer), "ascii")
        return json.loads(place.read_text("ascii"))

    def _content(self, clip: Path) -> str:
        """The SHA-256 of a file's bytes, read once as long as the file system says that it is the same file."""
        state = clip.stat()
        told = repr((str(clip.resolve()), state.st_ino, state.st_mtime_ns, state.st_ctime_ns, state.st_size))
        place = self.place(HASHES, sha256(told.encode()).hexdigest(), "txt")
        if not self.has(place):
            with clip.open("rb") as stream:
                found = file_digest(stream, "sha256").hexdigest()
            with appearing(place) as part:
                part.write_text(found, "ascii")
        return place.read_text("ascii")

    def forget(self, belongs: str) -> None:
        """Nothing; no part of that clip is left, nor any sound or hand-over in which it may be heard or seen."""
        for name in (belongs, SOUNDS, HANDED):
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def prune(self, most_bytes: int, oldest: timedelta, keep: Collection[Path] = ()) -> None:
        """Nothing; what was not used for so long is dropped, then the least used until the rest is small enough.

        What is in `keep` stays whatever it weighs.
        """
        weight = 0
        for path, state in sorted(self._states(), key=lambda one: (one[0] not in keep, -one[1].st_mtime)):
            age, weight = time() - state.st_mtime, weight + state.st_size
            half = path.name.startswith(".") and age > _HALF_AGE
            if path not in keep and (half or age > oldest.total_seconds() or weight > most_bytes):
                _drop(path, state, half)
                weight -= state.st_size

    def _states(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Everything that is there, but for what another process renames or drops meanwhile."""
        for path in self.folder.glob("*/*"):
            with suppress(FileNotFoundError):
                yield path, path.stat()


def _drop(path: Path, state: os.stat_result, half: bool) -> None:
    """Drops a file, or a folder of work files whose process is gone; one at work still writes to its own."""
    if not stat.S_ISDIR(state.st_mode):
        path.unlink(missing_ok=True)
    elif half:
        shutil.rmtree(path, ignore_errors=True)


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
