"""The sound of clips and music, read as a stream: every sample at its time, silence where there is none.

Whatever the file holds (mono, 5.1, another rate, gaps in its time stamps, damage), what comes out is 48 kHz stereo
without a sample more or less than asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import Refused
from pipeline.reels.filtering import Chain, Step
from pipeline.reels.sources import RATE, SOUND_OPTIONS, Probe, open_clip, sounds
from publishers._sentences import _

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.container import InputContainer

    from pipeline.reels.filtering import Sound

JITTER = RATE // 50  # samples: phones' time stamps are off by less; more is a real gap or overlap
_EARLY = 0.5  # seconds: a decoder that begins in the middle needs some sound to settle
_SLOWEST = 0.5  # the least that one atempo takes
_MORE = RATE // 5  # samples: a filter that stretches sound gives its last ones only when more follows


def of_clip(
    clip: Probe, start: float, samples: int, *, speed: float = 1.0, steps: Iterable[Step] = ()
) -> Iterator[Sound]:
    """A clip's sound from `start` seconds on, exactly `samples` of it, in blocks.

    `speed` 2 tells twice as much in the same time, at the same pitch; `steps` are filters that keep the length.
    """
    if not clip.has_sound:
        return silence(samples)
    chain = [*steps, *tempo(speed)]
    found = _of_clip(clip, start, round(samples * speed) + (_MORE if chain else 0))
    return exactly(Chain(*chain).through(found) if chain else found, samples)


def tempo(speed: float) -> list[Step]:
    """The filters that make sound so many times faster and keep its pitch."""
    steps: list[Step] = []
    while speed < _SLOWEST:
        steps.append(("atempo", f"{_SLOWEST}"))
        speed /= _SLOWEST
    return [*steps, ("atempo", f"{speed:.9f}")] if abs(speed - 1) > 1e-9 else steps


def silence(samples: int) -> Iterator[Sound]:
    """Nothing to be heard, in blocks of a second."""
    import numpy as np

    for at in range(0, samples, RATE):
        yield np.zeros((min(RATE, samples - at), 2), np.float32)


def exactly(blocks: Iterable[Sound], samples: int) -> Iterator[Sound]:
    """So many samples of the blocks; silence follows where they end before."""
    left = samples
    for block in blocks:
        if not left:
            return
        yield block[:left]
        left -= min(len(block), left)
    yield from silence(left)


def of_music(path: Path) -> Iterator[Sound]:
    """The whole sound of a file; raises `Refused` where it is no sound that can be read."""
    import av

    refusal = Refused(
        _("{name} is no music that can be read: choose an MP3, M4A, WAV, FLAC or OGG file.", name=path.name)
    )
    try:
        container = av.open(f"file:{path.resolve()}", options=dict(SOUND_OPTIONS))
    except (av.FFmpegError, OSError):
        raise refusal from None
    with container:
        if not container.streams.audio:
            raise refusal
        for _at, piece in _pieces(container, 0.0):
            yield piece


def _of_clip(clip: Probe, start: float, samples: int) -> Iterator[Sound]:
    with open_clip(clip.path) as container:
        stream = sounds(container)[0]
        if start > 2 * _EARLY and stream.time_base is not None:
            place = int((start - _EARLY + clip.start) / stream.time_base)
            container.seek(place, stream=stream, backward=True)
        yield from _in_place(_pieces(container, start + clip.start), samples)


def _in_place(pieces: Iterable[tuple[int, Sound]], samples: int) -> Iterator[Sound]:
    """The pieces one after the other, silence in their gaps, what overlaps once."""
    done = 0
    for at, piece in pieces:
        if at >= samples:
            return
        if at > done:
            yield from silence(at - done)
            done = at
        rest = piece[max(0, done - at) :]
        if len(rest):
            yield rest
            done += len(rest)
        if done >= samples:
            return


def _pieces(container: InputContainer, start: float) -> Iterator[tuple[int, Sound]]:
    """The decoded sound, each piece with its place in samples from `start` seconds of the file on."""
    import numpy as np
    from av.audio.resampler import AudioResampler

    resampler, kind, cursor = AudioResampler("flt", "stereo", RATE), None, None
    for frame in _frames(container):
        shape = (frame.format.name, frame.layout.name, frame.sample_rate)
        if shape != kind:  # some recorders change in the middle
            resampler, kind = AudioResampler("flt", "stereo", RATE), shape
        at = round((float(frame.time or 0.0) - start) * RATE)
        for out in resampler.resample(frame):
            cursor = at if cursor is None or abs(at - cursor) > JITTER else cursor
            yield cursor, np.nan_to_num(out.to_ndarray().reshape(-1, 2), posinf=0.0, neginf=0.0)
            cursor += out.samples


def _frames(container: InputContainer) -> Iterator[AudioFrame]:
    """What can be decoded: damage in the sound is silent, that in the picture is refused where it is shown."""
    import av

    packets: Iterator[Any] = iter(container.demux(sounds(container)[0]))
    while True:
        try:
            packet = next(packets, None)
        except av.FFmpegError:
            return
        if packet is None:
            return
        try:
            yield from packet.decode()
        except av.FFmpegError:
            continue
