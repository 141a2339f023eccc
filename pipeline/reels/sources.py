"""Field clips opened with PyAV: what they are, their frames by presentation time, their sound.

MoviePy's own reader (2.2.1) loses a phone's rotation and picks wrong frames where the frame rate varies; here frames
are taken by their own time stamps and turned by the display matrix.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import chain
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import NotHere, Refused
from pipeline.reels import decoding
from publishers._sentences import _

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

FPS = 30  # frames a second of every reel: what Instagram, Facebook, LinkedIn and Bluesky all take
RATE = 48_000  # samples a second of every reel
PATIENCE = 0.5  # seconds that the last frame may stand where a clip's picture ends before its stated length
# A frame asked for at its very time must be found: its stamp is rounded to a tick, which is a thousandth of a second
# in Matroska and a six-hundredth with some telephones.
_MOST_EARLY = 1e-3  # seconds
_FLOAT = 1e-6  # seconds
# Seconds before a picture from which on it is looked for: an index may lead too late, most of all where there is none.
_EARLIER = (0.05, 2.0, 10.0, inf)

# Never a playlist: such a file could make the reader open other files or the network.
_OPTIONS = {"protocol_whitelist": "file", "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts"}
SOUND_OPTIONS = {
    "protocol_whitelist": "file",
    "format_whitelist": f"{_OPTIONS['format_whitelist']},mp3,wav,flac,ogg,aac,aiff",
}


@dataclass(frozen=True)
class Probe:
    """What a clip is. `width` and `height` in stored pixels; `turn` is how far the picture is turned, clockwise.

    `tick` are the seconds to which its time stamps are rounded; `mirrored`: left and right of the stored picture change
    places before it is turned, as with some telephones' front cameras.
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
    mirrored: bool = False

    @property
    def turned(self) -> tuple[int, int]:
        """Width and height in stored pixels once the picture stands upright."""
        return (self.height, self.width) if self.turn in (90, 270) else (self.width, self.height)

    @property
    def turned_aspect(self) -> float:
        """Width over height of one pixel once the picture stands upright."""
        return float(1 / self.pixel_aspect if self.turn in (90, 270) else self.pixel_aspect)


def open_clip(path: Path, *, threads: bool = True) -> InputContainer:
    """The opened container; raises `Refused` where it is no video that can be read.

    Without `threads` one picture is decoded at a time, which costs less in all, and does not begin with those after it.
    """
    import av

    if not path.exists():
        raise gone(path)
    try:
        container = av.open(f"file:{path.resolve()}", options=dict(_OPTIONS))
    except (av.FFmpegError, OSError):
        raise _unreadable(path) from None
    shown = pictures(container)
    if not shown or is_transparent(shown[0]):
        container.close()
        raise transparent() if shown else _unreadable(path)
    if threads:
        moving(container).thread_type = "AUTO"
    else:
        moving(container).codec_context.thread_count = 1
    return container


def moving(container: InputContainer) -> VideoStream:
    """The stream of moving pictures that players show: never a cover, which some telephones put first."""
    return pictures(container)[0]


def pictures(container: InputContainer) -> list[VideoStream]:
    """The streams of moving pictures, those first that players show by themselves; covers are left out."""
    from av.stream import Disposition

    found = [stream for stream in container.streams.video if not stream.disposition & Disposition.attached_pic]
    return sorted(found, key=_is_switched_off)


def sounds(container: InputContainer) -> list[AudioStream]:
    """The streams of sound, those first that players play by themselves."""
    return sorted(container.streams.audio, key=_is_switched_off)


def _is_switched_off(stream: Stream) -> bool:
    from av.stream import Disposition

    return not stream.disposition & Disposition.default


def is_transparent(stream: VideoStream) -> bool:
    """Whether something may be hidden under transparency in its pictures: no decoder here would leave it out."""
    shown = getattr(stream.codec_context, "format", None)  # there is no context where no decoder knows the stream
    alpha = shown is not None and not shown.has_palette and any(part.is_alpha for part in shown.components)
    return alpha or "1" in (stream.metadata.get("ALPHA_MODE"), stream.metadata.get("alpha_mode"))


def transparent() -> Refused:
    """What is said of such a film."""
    return Refused(
        _("This film is transparent in places, and what is hidden there would show: save it as an MP4 and bring that.")
    )


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
    """What the clip is, from its header and its first frame; raises `Refused`.

    That frame is decoded once while the file stays as it is: of 4K it costs 0.2 s, and 100 MB for as long.
    """
    if not path.exists():
        raise gone(path)
    state = path.stat()
    return _probed(path, (state.st_ino, state.st_mtime_ns, state.st_ctime_ns, state.st_size))


@lru_cache(maxsize=64)
def _probed(path: Path, _state: tuple[int, ...]) -> Probe:
    with open_clip(path, threads=False) as container:
        frame = next(decoding.good(container, moving(container), []), None)
        if frame is None:
            raise _unreadable(path)
        stream, mirrored = moving(container), _is_mirrored(frame)
        # The angle is told of where the stored picture's left goes: to the other side in a mirror.
        angle = frame.rotation + (180 if mirrored else 0)
        return Probe(
            path=path,
            width=frame.width,
            height=frame.height,
            turn=-round(angle / 90) * 90 % 360,
            pixel_aspect=stream.sample_aspect_ratio or Fraction(1),
            seconds=_length(container),
            start=float(frame.time or 0.0),
            has_sound=bool(container.streams.audio),
            tick=float(stream.time_base or 0),
            mirrored=mirrored,
        )


def _is_mirrored(frame: VideoFrame) -> bool:
    """Whether the display matrix shows the picture as in a mirror: its determinant is negative (ISO/IEC 14496-12)."""
    held: Any = frame.side_data.get("DISPLAYMATRIX")
    if held is None:
        return False
    a, b, _u, c, d = struct.unpack("=5i", bytes(held)[:20])
    return bool(a * d - b * c < 0)


def _length(container: InputContainer) -> float:
    stream = moving(container)
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return (container.duration or 0) / 1_000_000  # microseconds


class Frames:
    """The frames of a clip, asked for in growing order of time; going back is possible and slow.

    `some`: those that others are made from, about every second one, for half of the time. The first `keep` bytes of
    pictures that `every` gave are kept, where none is damaged: going back among them costs nothing. `threads` as in
    `open_clip`.
    """

    def __init__(self, clip: Probe, *, some: bool = False, keep: int = 0, threads: bool = True) -> None:
        self.clip, self._some, self._room, self._threads = clip, some, keep, threads
        self._kept: list[VideoFrame] = []
        self._holds_all = False  # whether no picture comes after those kept
        self._early = min(clip.tick / 2, _MOST_EARLY) + _FLOAT
        self._container: InputContainer | None = None
        self._decoded: Iterator[VideoFrame] = iter(())
        self._shown: VideoFrame | None = None
        self._next: VideoFrame | None = None
        self._gaps: list[decoding.Gap] = []  # where pictures are missing

    def at(self, seconds: float) -> VideoFrame:
        """The frame on screen at that time of the clip; raises `Refused` where the file is damaged or ends."""
        if self._container is None or self._shown is None or self.time(self._shown) > seconds + self._early:
            self._seek(seconds)
        while self._next is not None and self.time(self._next) <= seconds + self._early:
            self._shown, self._next = self._next, next(self._decoded, None)
        if self._shown is None or self._is_missing(seconds):
            words = {"name": self.clip.path.name, "time": seconds}
            raise Refused(_("{name} has no picture that can be read at {time} s: end the cut before.", **words))
        return self._shown

    def every(self) -> Iterator[VideoFrame]:
        """Every frame of the clip, those too that `at` never shows because they are damaged."""
        container, stream = self._opened(-inf)
        self._shown = None
        kept, faults, room = list["VideoFrame"](), list[bool](), self._room
        for frame in decoding.of_whole_lines(decoding.every(container, stream, faults)):
            room -= sum(plane.buffer_size for plane in frame.planes) if room > 0 else 0
            if room > 0:
                kept.append(frame)
            yield frame
        if not any(faults):
            self._kept, self._holds_all = kept, room > 0

    def time(self, frame: VideoFrame) -> float:
        """The frame's time in seconds, counted from the first frame of the clip."""
        return float(frame.time or 0.0) - self.clip.start

    def close(self) -> None:
        """Gives the file back."""
        if self._container is not None:
            self._container.close()
        self._container = None

    def _is_missing(self, seconds: float) -> bool:
        """Whether what stood on screen then was lost, or the picture has ended, longer ago than may stand still."""
        at = seconds + self.clip.start
        if any(last + PATIENCE < at < first for last, first in self._gaps):
            return True
        assert self._shown is not None
        if self.time(self._shown) > seconds + PATIENCE:
            return True
        return self._next is None and seconds > max(self.time(self._shown), self.clip.seconds) + PATIENCE

    def _seek(self, seconds: float) -> None:
        self._gaps = []
        if self._holds_all or (self._kept and seconds < self.time(self._kept[-1])):
            self._decoded = chain(self._kept, self._after_kept())
        else:
            self._decoded = self._from(seconds)
        self._shown, self._next = next(self._decoded, None), next(self._decoded, None)

    def _after_kept(self) -> Iterator[VideoFrame]:
        if not self._holds_all:
            last = self.time(self._kept[-1])
            yield from (frame for frame in self._from(last) if self.time(frame) > last)

    def _from(self, seconds: float) -> Iterator[VideoFrame]:
        """Frames from one that is on screen at that time, or from the first that can be read after it."""
        for earlier in _EARLIER:
            self._gaps = []
            decoded = decoding.of_whole_lines(decoding.good(*self._opened(seconds - earlier), self._gaps))
            first = next(decoded, None)
            if first is not None and (self.time(first) <= seconds + self._early or earlier == inf):
                return chain([first], decoded)
        return iter(())

    def _opened(self, seconds: float) -> tuple[InputContainer, VideoStream]:
        """The file and its pictures, from one before that time on, mostly the last with which one can begin."""
        import av

        if self._container is None or seconds == -inf:
            self.close()
            self._container = open_clip(self.clip.path, threads=self._threads)
        stream = moving(self._container)
        assert stream.time_base is not None
        if self._some:
            stream.codec_context.skip_frame = "NONREF"
        if seconds == -inf:  # read as it lies: not every index knows its own beginning
            return self._container, stream
        target = max(0.0, seconds) + self.clip.start
        try:
            self._container.seek(int(target / stream.time_base), stream=stream, backward=True)
        except av.FFmpegError:  # an index that names no picture to begin with
            raise _unreadable(self.clip.path) from None
        return self._container, stream
