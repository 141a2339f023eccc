"""The sound of a whole reel: its cuts, music under them, one loudness, encoded to last exactly as its pictures.

It is made apart from the pictures and joined to them at the end. Work files of raw sound stand beside the result while
it is made, so that memory does not grow with the reel's length. The same cut list gives the same bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from pipeline.reels import hearing, loudness, voice
from pipeline.reels.air import room_tone
from pipeline.reels.cutlist import Cut, CutList
from pipeline.reels.loudness import Loudness, Meter, levelled
from pipeline.reels.music import prepared
from pipeline.reels.sources import FPS, RATE, Probe, probe
from pipeline.reels.speech import HOP, Listener, eased

if TYPE_CHECKING:
    import numpy as np
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

    from pipeline.reels.filtering import Sound

SOUND_BITS = 160_000  # a second
PRIMING = 1024  # samples of silence that the AAC encoder puts before the sound
A_FRAME = RATE // FPS  # samples
FADE = RATE // 100  # samples at each end of a cut: without it a cut clicks
UNDER = 14.0  # LU of a ducked cut below the loudest of the others: heard as a place, not as speech
Voices = Literal["keep", "mute", "disguise"]
HEARD = ("keep", "disguise")  # the cuts whose voices are meant to be followed
_AIR = 30 * RATE  # samples at most, of the last cut, in which its room tone is looked for
_MUXER = {"movflags": "+faststart", "fflags": "+bitexact", "use_editlist": "0", "empty_hdlr_name": "1"}


@dataclass(frozen=True)
class Taken:
    """A cut's own sound in the work file: where it begins, how long it is, how loud; `gain` in dB is still to come."""

    cut: Cut
    at: int
    samples: int
    loud: float
    gain: float = 0.0


def make(reel: CutList, out: Path, *, seeds: Mapping[Path, bytes] | None = None) -> Loudness:
    """The loudness of the reel's sound, written to `out`: AAC, 48 kHz stereo, in MP4, 1,600 samples a picture.

    `seeds` say by how much the voices of each clip are disguised; without them the clips' own bytes do. Raises
    `Refused` for a clip or music that cannot be read.
    """
    with TemporaryDirectory(prefix=".sound-", dir=out.parent) as folder:
        dry, mixed = Path(folder, "dry"), Path(folder, "mixed")
        taken, spoken = _take(reel, dry, seeds or {})
        found = _kept(_mix(reel, dry, taken, spoken), mixed)
        return levelled(lambda: _raw(mixed), found, lambda blocks: encode(blocks, out))


def of_film(clip: Probe, frames: int, out: Path, *, voices: Voices = "keep", seed: bytes = b"") -> Loudness:
    """The loudness of a film's own sound, as loud as it was, written to `out` as `make` does, for so many pictures."""
    return of_stretch(clip, 0.0, frames, out, voices=voices, seed=seed)


def of_stretch(
    clip: Probe, start: float, frames: int, out: Path, *, speed: float = 1.0, voices: Voices = "keep", seed: bytes = b""
) -> Loudness:
    """The same of what a film lets hear from `start` seconds on, `speed` times as fast, for so many pictures."""
    samples = frames * A_FRAME
    if voices == "mute":
        return encode(hearing.silence(samples), out)
    steps = voice.steps(seed or voice.seed_of(clip.path)) if voices == "disguise" else []
    return encode(hearing.of_clip(clip, start, samples, speed=speed, steps=steps), out)


def encode(blocks: Iterable[Sound], out: Path) -> Loudness:
    """The loudness of the file written: AAC in MP4, with nothing else in it.

    Without an edit list the encoder's priming is heard: dropping as much keeps sound and picture together.
    """
    import av
    from av.codec.context import Flags

    with av.open(str(out), "w", format="mp4", options=_MUXER) as file:
        stream = file.add_stream("aac", rate=RATE, layout="stereo")
        stream.bit_rate = SOUND_BITS
        stream.codec_context.flags |= Flags.bitexact
        at = -PRIMING
        for block in blocks:
            piece, at = block[max(0, -at) :], at + len(block)
            if len(piece):
                _into(file, stream, piece, at - len(piece))
        _into(file, stream, None, at)
    return measure_file(out)


def measure_file(path: Path) -> Loudness:
    """The loudness of a finished file's sound, as a player decodes it."""
    return loudness.measure(hearing.of_music(path))


# ---------------------------------------------------------------------------------------------------------- the cuts


def _take(reel: CutList, dry: Path, seeds: Mapping[Path, bytes]) -> tuple[list[Taken], np.ndarray[Any, Any]]:
    """Every cut's sound written one after the other, with its loudness and gain; and where somebody speaks."""
    import numpy as np

    taken, spoken = [], []
    with dry.open("wb") as file:
        for cut in reel.cuts:
            meter, listener, samples = Meter(), Listener(), cut.frames * A_FRAME
            at = file.tell() // 8
            for block in meter.past(_own(cut, samples, seeds)):
                block.astype("<f4").tofile(file)
                listener.hear(block) if cut.sound in HEARD else None
            taken.append(Taken(cut, at, samples, meter.read().integrated))
            spoken.append(listener.spoken(samples // HOP))
    return _evened(taken), np.concatenate(spoken)


def _own(cut: Cut, samples: int, seeds: Mapping[Path, bytes]) -> Iterator[Sound]:
    """What a cut's clip lets hear, before anything is made louder or softer."""
    if cut.clip is None or cut.sound == "mute":
        return hearing.silence(samples)
    disguise = voice.steps(seeds.get(cut.clip) or voice.seed_of(cut.clip)) if cut.sound == "disguise" else []
    return hearing.of_clip(probe(cut.clip), cut.start, samples, speed=cut.speed, steps=disguise)


def _evened(taken: list[Taken]) -> list[Taken]:
    """The cuts with their gains: soft ones raised to 10 LU below the loudest, ducked ones 14 LU below it."""
    loudest = max((one.loud for one in taken if one.cut.sound in HEARD), default=-math.inf)
    return [replace(one, gain=_gain(one, loudest)) for one in taken]


def _gain(one: Taken, loudest: float) -> float:
    if one.cut.sound == "duck" and min(one.loud, loudest) >= loudness.SILENT:
        return min(loudest - UNDER - one.loud, loudness.MOST_GAIN)
    return loudness.raised(one.loud, loudest)


def _reference(taken: list[Taken]) -> float:
    """How loud the loudest voices are, in LUFS: music is set against them; the target where nothing is heard."""
    loudest = max((one.loud + one.gain for one in taken if one.cut.sound in HEARD), default=loudness.SILENT)
    return loudest if loudest > loudness.SILENT else loudness.TARGET


# ------------------------------------------------------------------------------------------------------------ the mix


def _mix(reel: CutList, dry: Path, taken: list[Taken], spoken: np.ndarray[Any, Any]) -> Iterator[Sound]:
    """The whole reel, cuts, end card and music, not yet at its loudness."""
    blocks = _voices(reel, dry, taken)
    if reel.music is None:
        return blocks
    samples = (reel.footage_frames + reel.end_frames) * A_FRAME
    return prepared(reel.music, _reference(taken), eased(spoken, reel.music.ducking), samples).under(blocks)


def _voices(reel: CutList, dry: Path, taken: list[Taken]) -> Iterator[Sound]:
    import numpy as np

    for one in taken:
        yield from _joined(_raw(dry, one.at, one.samples), one)
    if reel.end_frames:
        last = replace(taken[-1], at=taken[-1].at + max(0, taken[-1].samples - _AIR))
        last = replace(last, samples=min(_AIR, taken[-1].samples))
        strength = np.float32(10 ** (last.gain / 20))
        for block in room_tone(list(_raw(dry, last.at, last.samples)), reel.end_frames * A_FRAME):
            yield block * strength


def _joined(blocks: Iterable[Sound], one: Taken) -> Iterator[Sound]:
    """A cut's blocks at its gain, faded in and out over 10 ms."""
    import numpy as np

    at, strength = 0, np.float32(10 ** (one.gain / 20))
    for block in blocks:
        places = np.arange(at, at + len(block)) + 0.5
        ends = np.minimum(places, one.samples - places) / FADE
        yield block * (np.minimum(1.0, ends)[:, None].astype(np.float32) * strength)
        at += len(block)


# ------------------------------------------------------------------------------------------------------- files and AAC


def _kept(blocks: Iterable[Sound], path: Path) -> Loudness:
    """Writes the blocks as raw sound and tells their loudness."""
    meter = Meter()
    with path.open("wb") as file:
        for block in meter.past(blocks):
            block.astype("<f4").tofile(file)
    return meter.read()


def _raw(path: Path, at: int = 0, samples: int | None = None) -> Iterator[Sound]:
    """Raw sound read back, in blocks of a second."""
    import numpy as np

    left = path.stat().st_size // 8 - at if samples is None else samples
    with path.open("rb") as file:
        file.seek(at * 8)
        while left > 0:
            block = np.fromfile(file, "<f4", 2 * min(RATE, left)).reshape(-1, 2)
            left -= len(block)
            yield block


def _into(file: OutputContainer, stream: AudioStream, piece: Sound | None, at: int) -> None:
    """Encodes a piece that begins at that sample, None: what the encoder still holds."""
    import numpy as np
    from av import AudioFrame

    frame = None
    if piece is not None:
        frame = AudioFrame.from_ndarray(np.ascontiguousarray(piece.T, np.float32), format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, at, Fraction(1, RATE)
    for packet in stream.encode(frame):
        assert packet.pts is not None and packet.dts is not None
        packet.pts, packet.dts = packet.pts + PRIMING, packet.dts + PRIMING
        file.mux(packet)
