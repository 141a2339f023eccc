"""Field clips opened with PyAV: what they are, their frames by presentation time, their sound.

MoviePy's own reader (2.2.1) loses a phone's rotation and picks wrong frames where the frame rate varies; here frames
are taken by their own time stamps and turned by the display matrix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import NotHere, Refused
from pipeline.rendering.limited import run_limited
from publishers._sentences import _

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

FPS = 30  # frames a second of every reel: what Instagram, Facebook, LinkedIn and Bluesky all take
RATE = 48_000  # samples a second of every reel
PATIENCE = 0.5  # seconds that the last frame may stand where a clip's picture ends before its stated length
# A frame asked for at its very time must be found: its stamp is rounded to a tick, which is a thousandth of a second
# in Matroska and a six-hundredth with some telephones.
_MOST_EARLY = 1e-3  # seconds
_FLOAT = 1e-6  # seconds
_PROBING = 60.0  # seconds that opening a clip may take

# Never a playlist: such a file could make the reader open other files or the network.
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts"}
SOUND_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": f"{_OPTIONS['format_whitelist']},mp3,wav,flac,ogg,aac,aiff",
}


@dataclass(frozen=True)
class Probe:
    """What a clip is. `width` and `height` in stored pixels; `turn` is how far the picture is turned, clockwise.

    `tick` are the seconds to which its time stamps are rounded.
    """

    path: Path
    width: int
    height: int
    turn: int
    pixel_aspect: Fraction
    seconds: float
    start: float
    has_sound: bool
    tick: float = 0.0

    @property
    def turned(self) -> tuple[int, int]:
        """Width and height in stored pixels once the picture stands upright."""
        return (self.height, self.width) if self.turn in (90, 270) else (self.width, self.height)

    @property
    def turned_aspect(self) -> float:
        """Width over height of one pixel once the picture stands upright."""
        return float(1 / self.pixel_aspect if self.turn in (90, 270) else self.pixel_aspect)


def open_clip(path: Path) -> InputContainer:
    """The opened container; raises `Refused` where it is no video that can be read."""
    import av

    if not path.exists():
        raise gone(path)
    try:
        container = av.open(f"file:{path.resolve()}", options=dict(_OPTIONS))
    except (av.FFmpegError, OSError):
        raise _unreadable(path) from None
    if not _pictures(container):
        container.close()
        raise _unreadable(path)
    moving(container).thread_type = "AUTO"
    return container


def moving(container: InputContainer) -> VideoStream:
    """The stream of moving pictures: never a cover, which music players and some telephones put first."""
    return _pictures(container)[0]


def _pictures(container: InputContainer) -> list[VideoStream]:
    from av.stream import Disposition

    return [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]


def has_sound(path: Path) -> bool:
    """Whether a file, with a picture or without, holds sound that can be opened."""
    import av

    try:
        with av.open(f"file:{path.resolve()}", options=dict(SOUND_OPTIONS)) as held:
            return bool(held.streams.audio)
    except (av.FFmpegError, OSError):
        return False


def gone(path: Path) -> NotHere:
    """What is said where a clip was there and is not any more."""
    return NotHere(_("{name} is gone: put it back, then start again; what is done is kept.", name=path.name))


def _unreadable(path: Path) -> Refused:
    return Refused(_("{name} is not a video that can be read: copy it again from the phone or card.", name=path.name))


def probe(path: Path) -> Probe:
    """What the clip is, from its header and its first frame; raises `Refused`."""
    import av

    with open_clip(path) as container:
        try:
            frame = next(iter(container.decode(moving(container))), None)
        except av.FFmpegError:
            frame = None
        if frame is None:
            raise _unreadable(path)
        stream = moving(container)
        return Probe(
            path=path,
            width=frame.width,
            height=frame.height,
            turn=-round(frame.rotation / 90) * 90 % 360,
            pixel_aspect=stream.sample_aspect_ratio or Fraction(1),
            seconds=_length(container),
            start=float(frame.time or 0.0),
            has_sound=bool(container.streams.audio),
            tick=float(stream.time_base or 0),
        )


def length(path: Path) -> float:
    """How many seconds the clip lasts, read in a process of its own; raises `Refused`."""
    if not path.exists():
        raise gone(path)
    state = path.stat()
    return _length_of(path, (state.st_ino, state.st_mtime_ns, state.st_size))


@lru_cache(maxsize=256)
def _length_of(path: Path, _state: tuple[int, int, int]) -> float:
    return float(run_limited(_seconds, str(path), seconds=_PROBING))


def _seconds(path: str) -> float:
    return probe(Path(path)).seconds


def _length(container: InputContainer) -> float:
    stream = moving(container)
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / 1_000_000  # microseconds


class Frames:
    """The frames of a clip, asked for in growing order of time; going back is possible and slow."""

    def __init__(self, clip: Probe) -> None:
        self.clip = clip
        self._early = min(clip.tick / 2, _MOST_EARLY) + _FLOAT
        self._container: InputContainer | None = None
        self._decoded: Iterator[VideoFrame] = iter(())
        self._shown: VideoFrame | None = None
        self._next: VideoFrame | None = None
        self._whole = False  # whether the file was decoded to its end

    def at(self, seconds: float) -> VideoFrame:
        """The frame on screen at that time of the clip; raises `Refused` where the file is damaged or ends."""
        if self._container is None or self._shown is None or self.time(self._shown) > seconds + self._early:
            self._seek(seconds)
        while self._next is not None and self.time(self._next) <= seconds + self._early:
            self._shown, self._next = self._next, self._take()
        if self._shown is None or (self._next is None and seconds > self._end() + PATIENCE):
            words = {"name": self.clip.path.name, "time": f"{seconds:.2f}"}
            raise Refused(_("{name} has no picture that can be read at {time} s: end the cut before.", **words))
        return self._shown

    def every(self) -> Iterator[VideoFrame]:
        """Every frame of the clip, damaged ones left out."""
        self._seek(0.0)
        while self._shown is not None:
            yield self._shown
            self._shown, self._next = self._next, self._take()

    def time(self, frame: VideoFrame) -> float:
        """The frame's time in seconds, counted from the first frame of the clip."""
        return float(frame.time or 0.0) - self.clip.start

    def close(self) -> None:
        """Gives the file back."""
        if self._container is not None:
            self._container.close()
        self._container = None

    def _end(self) -> float:
        assert self._shown is not None
        return max(self.time(self._shown), self.clip.seconds if self._whole else 0.0)

    def _seek(self, seconds: float) -> None:
        import av

        if self._container is None:
            self._container = open_clip(self.clip.path)
        stream = moving(self._container)
        assert stream.time_base is not None
        target = max(0.0, seconds - 0.05) + self.clip.start
        try:
            self._container.seek(int(target / stream.time_base), stream=stream, backward=True)
        except av.FFmpegError:  # an index that names no picture to begin with
            raise _unreadable(self.clip.path) from None
        self._decoded, self._whole = iter(self._container.decode(stream)), False
        self._shown = self._take()
        self._next = self._take()

    def _take(self) -> VideoFrame | None:
        import av

        try:
            for frame in self._decoded:
                if not frame.is_corrupt and frame.pts is not None:
                    return frame
            self._whole = True
        except av.FFmpegError:
            self._decoded = iter(())
        return None
