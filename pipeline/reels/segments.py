"""A reel in segments, pieces of its cuts and cards: each a frozen description, made into a file of its own.

A description holds all that shapes the file and nothing else, so that its hash is the file's address in the cache and
another machine can make it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, fields, is_dataclass
from functools import cached_property, lru_cache
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from queue import Full, Queue
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel

from pipeline.memory import give_back
from pipeline.protection.tracks import Track
from pipeline.reels.cache import appearing
from pipeline.reels.cutlist import Cut
from pipeline.reels.encoding import PictureWriter
from pipeline.reels.overlays import Overlay
from pipeline.reels.sources import FPS

if TYPE_CHECKING:
    import numpy as np

    from pipeline.reels.clips import PlanarClip

    Array = np.ndarray[Any, Any]
    _Line = Queue[Array | BaseException | None]

ENGINE = 6  # raised when the same description would give another picture
LATE = 1e-6  # seconds: asked a little late, so that float error never falls on the near side of a cut
_AHEAD = 4  # frames decoded while the encoder is busy
_STOPPED = 0.2  # seconds after which an encoder that takes nothing is asked whether it still lives

Tell = Callable[[float], None]
Part = TypeVar("Part")


class _Shows:
    @cached_property
    def address(self) -> str:
        """SHA-256 over the description, 64 hex digits: worked out once for all pieces."""
        return _digest(b"", _parts(self))


@dataclass(frozen=True)
class Stretch(_Shows):
    """What a cut shows of a field clip: its times, speed and framing. `tracks` are covered.

    `sha256` names the clip's bytes, wherever it stands.
    """

    cut: Cut
    sha256: str
    tracks: tuple[Track, ...] = ()


@dataclass(frozen=True)
class Still(_Shows):
    """A picture that stands: a card. What moves on it is laid over it."""

    picture: Array  # planes of BT.709


@dataclass(frozen=True)
class Segment:
    """A part of a reel, made and kept by itself: `frames` of what it shows from the `first` on, `size` in pixels.

    Overlays are counted from its own first frame; one that began before it has a first frame below 0.
    """

    shows: Stretch | Still
    frames: int
    size: tuple[int, int]
    overlays: tuple[Overlay, ...] = ()
    quick: bool = False
    bit_rate: int | None = None
    first: int = 0

    @property
    def source(self) -> str:
        """Whose pictures it holds: the SHA-256 of a clip, or "cards"."""
        return self.shows.sha256 if isinstance(self.shows, Stretch) else "cards"


def runs(parts: Iterable[Part], of: Callable[[Part], Segment]) -> Iterator[list[Part]]:
    """The parts as they follow one another, together those whose segments are pieces of the same cut or card."""
    return (list(run) for _shows, run in groupby(parts, key=lambda part: id(of(part).shows)))


@lru_cache
def tools() -> str:
    """The versions of all that turns a description into bytes."""
    return " ".join([str(ENGINE), *(f"{name}-{version(name)}" for name in ("av", "moviepy", "opencv-python-headless"))])


def key(segment: Segment) -> str:
    """The address of what the segment becomes: SHA-256 over its description and our tools, 64 hex digits."""
    return _digest(tools().encode(), _told(segment))


def _digest(first: bytes, pieces: Iterable[bytes]) -> str:
    digest = hashlib.sha256(first)
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def _told(value: Any) -> Iterator[bytes]:
    """The description as bytes; the place of a clip is left out, its SHA-256 is in."""
    if isinstance(value, _Shows):
        yield value.address.encode()
    elif is_dataclass(value):
        yield from _parts(value)
    elif isinstance(value, tuple):
        yield f"{len(value)}[".encode()
        for one in value:
            yield from _told(one)
    elif isinstance(value, BaseModel):
        yield value.model_dump_json(exclude={"clip"}).encode()
    elif hasattr(value, "tobytes"):
        yield f"{value.dtype}{value.shape}".encode()
        yield value.tobytes()
    else:
        yield f"{value!r},".encode()


def _parts(value: Any) -> Iterator[bytes]:
    yield f"{type(value).__name__}(".encode()
    for one in fields(value):
        yield f"{one.name}=".encode()
        yield from _told(getattr(value, one.name))


def within(overlays: Sequence[Overlay], first: int, frames: int) -> tuple[Overlay, ...]:
    """The overlays that stand over a segment which begins at frame `first` of the reel, counted from there."""
    from dataclasses import replace

    here = [one for one in overlays if one.first < first + frames and one.last > first]
    return tuple(replace(one, first=one.first - first, last=min(one.last - first, frames)) for one in here)


def make(segment: Segment, clip: PlanarClip, out: Path, hand: Executor, tell: Tell) -> Future[None]:
    """A future of the segment's pictures, whole at `out` (MP4, without sound) when it is done; raises `Refused`.

    `clip` is the segment as one (see `showing`).

    `hand`, one thread, encodes. All pictures are given to it when this returns, the last are not yet encoded: the next
    segment's are decoded meanwhile. Both run outside Python's lock.
    """
    line: _Line = Queue(_AHEAD)
    written = hand.submit(_write, segment, out, line)
    try:
        for index in range(segment.frames):
            _give(line, clip.get_planes(index / FPS + LATE), written)
            tell((index + 1) / segment.frames)
    except BaseException as error:
        _give(line, error, written)
        raise
    _give(line, None, written)
    return written


def _give(line: _Line, picture: Array | BaseException | None, written: Future[None]) -> None:
    """Puts the picture on the line; raises what has stopped the writer, where something has."""
    while True:
        try:
            return line.put(picture, timeout=_STOPPED)
        except Full:
            if written.done():
                return written.result()


def _write(segment: Segment, out: Path, line: _Line) -> None:
    """Writes the pictures of the line, up to None; nothing appears where an error comes along it."""
    with (
        appearing(out) as part,
        PictureWriter(part, segment.size, quick=segment.quick, bit_rate=segment.bit_rate) as writer,
    ):
        while (picture := line.get()) is not None:
            if isinstance(picture, BaseException):
                raise picture
            writer.add(picture)
    give_back()
