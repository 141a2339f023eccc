"""A reel in segments, one for each cut or card: each a frozen description, made into a file of its own.

A description holds all that shapes the file and nothing else, so that its hash is the file's address in the cache and
another machine can make it.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, fields, is_dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from pipeline.protection.tracks import Track
from pipeline.reels.cutlist import Cut
from pipeline.reels.encoding import PictureWriter
from pipeline.reels.framing import Path as Way
from pipeline.reels.framing import path
from pipeline.reels.overlays import Overlay
from pipeline.reels.panning import Pan
from pipeline.reels.sources import FPS, Probe, probe
from pipeline.reels.watching import motion

if TYPE_CHECKING:
    import numpy as np

    from pipeline.reels.clips import PlanarClip

    Array = np.ndarray[Any, Any]

ENGINE = 1  # raised when the same description would give another picture
LATE = 1e-6  # seconds: asked a little late, so that float error never falls on the near side of a cut
_AHEAD = 4  # frames decoded while the encoder is busy

Tell = Callable[[float], None]


@dataclass(frozen=True)
class Stretch:
    """What a cut shows of a field clip: its times, speed and framing. `tracks` are covered.

    `sha256` names the clip's bytes, wherever it stands.
    """

    cut: Cut
    sha256: str
    tracks: tuple[Track, ...] = ()


@dataclass(frozen=True)
class Still:
    """A picture that stands: a card. What moves on it is laid over it."""

    picture: Array  # planes of BT.709


@dataclass(frozen=True)
class Segment:
    """A part of a reel that is made and kept by itself: `frames` of it, `size` in pixels.

    Overlays are counted from its first frame; one that began before it has a first frame below 0.
    """

    shows: Stretch | Still
    frames: int
    size: tuple[int, int]
    overlays: tuple[Overlay, ...] = ()
    quick: bool = False
    bit_rate: int | None = None

    @property
    def source(self) -> str:
        """Whose pictures it holds: the SHA-256 of a clip, or "cards"."""
        return self.shows.sha256 if isinstance(self.shows, Stretch) else "cards"


@lru_cache
def tools() -> str:
    """The versions of all that turns a description into bytes."""
    return " ".join([str(ENGINE), *(f"{name}-{version(name)}" for name in ("av", "moviepy", "opencv-python-headless"))])


def key(segment: Segment) -> str:
    """The address of what the segment becomes: SHA-256 over its description and our tools, 64 hex digits."""
    digest = hashlib.sha256(tools().encode())
    for piece in _told(segment):
        digest.update(piece)
    return digest.hexdigest()


def _told(value: Any) -> Iterator[bytes]:
    """The description as bytes; the place of a clip is left out, its SHA-256 is in."""
    if is_dataclass(value):
        yield f"{type(value).__name__}(".encode()
        for one in fields(value):
            yield f"{one.name}=".encode()
            yield from _told(getattr(value, one.name))
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


def within(overlays: Sequence[Overlay], first: int, frames: int) -> tuple[Overlay, ...]:
    """The overlays that stand over a segment which begins at frame `first` of the reel, counted from there."""
    from dataclasses import replace

    here = [one for one in overlays if one.first < first + frames and one.last > first]
    return tuple(replace(one, first=one.first - first, last=min(one.last - first, frames)) for one in here)


def clip_of(segment: Segment, held: ExitStack, rgb: Sequence[Overlay] = ()) -> PlanarClip:
    """The segment as a MoviePy clip. `rgb` are its overlays drawn for RGB frames, for who asks for those."""
    from pipeline.reels.clips import Lettered

    bare = _footage(segment, held) if isinstance(segment.shows, Stretch) else _still(segment)
    written: PlanarClip = bare.with_effects([Lettered({"yuv420p": segment.overlays, "rgb24": rgb}, FPS)])
    return written


def _footage(segment: Segment, held: ExitStack) -> PlanarClip:
    from moviepy.video.fx import MultiplySpeed

    from pipeline.reels.clips import Covered, FootageClip, Panned

    assert isinstance(segment.shows, Stretch)
    cut, tracks, clip = segment.shows.cut, segment.shows.tracks, probe(segment.shows.cut.film)
    pan = Pan(_way(cut, clip, segment), clip.turned, segment.size)
    whole = FootageClip(clip, pan, held).with_effects([Covered(tracks), Panned(pan)])
    lasts = segment.frames / FPS
    shown = whole.subclipped(cut.start, cut.start + lasts * cut.speed)
    if cut.speed != 1.0:
        shown = shown.with_effects([MultiplySpeed(cut.speed)])
    made: PlanarClip = shown.with_duration(lasts)
    return made


def _way(cut: Cut, clip: Probe, segment: Segment) -> Way:
    """Where the cut looks: at its faces, else where the clip moves, else where its framing says."""
    assert isinstance(segment.shows, Stretch)
    tracks = segment.shows.tracks
    looked = not tracks and cut.framing == "auto" and not cut.keyframes
    moving = motion(clip, cut.start, cut.end or clip.seconds) if looked else ()
    return path(cut, clip.turned, segment.size, tracks, pixel_aspect=clip.turned_aspect, motion=moving)


def _still(segment: Segment) -> PlanarClip:
    from av import VideoFrame

    from pipeline.reels.clips import PlanarClip

    assert isinstance(segment.shows, Still)
    picture = segment.shows.picture

    def rgb(_at: float) -> Array:
        frame = VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.colorspace, frame.color_range = 1, 1
        return frame.to_ndarray(format="rgb24")

    return PlanarClip(rgb, lambda _at: picture, segment.size, segment.frames / FPS)


def make(segment: Segment, out: Path, tell: Tell) -> None:
    """Writes the segment's pictures to `out` (MP4), without sound; raises `Refused`."""
    with ExitStack() as held:
        clip = clip_of(segment, held)
        writer = held.enter_context(PictureWriter(out, segment.size, quick=segment.quick, bit_rate=segment.bit_rate))
        # Decoding and encoding both run outside Python's lock: a second thread lets them overlap.
        encoder = held.enter_context(ThreadPoolExecutor(max_workers=1))
        waiting: deque[Future[None]] = deque()
        for index in range(segment.frames):
            waiting.append(encoder.submit(writer.add, clip.get_planes(index / FPS + LATE)))
            if len(waiting) > _AHEAD:
                waiting.popleft().result()
            tell((index + 1) / segment.frames)
        for last in waiting:
            last.result()
