"""A reel's sound brought to one loudness: measured by EBU R 128, then linear gain and a peak limiter.

ffmpeg's own `loudnorm` misreads short clips (0.4 LU on 11 s of speech, measured 2026-11-22); `ebur128` does not. What
counts is the encoded file: it is measured again, and the gain and the limiter corrected until it is right.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.reels.filtering import Chain
from pipeline.reels.sources import RATE

if TYPE_CHECKING:
    from pipeline.reels.filtering import Sound

TARGET = -14.0  # LUFS, what phones' players and the networks level to
PEAK = -1.0  # dBTP at most in the finished file
APART = 10.0  # LU at most between a reel's cuts: what is softer sounds like a fault
MOST_GAIN = 26.0  # dB: raising a source by more raises hiss and distant voices nobody meant to publish
SILENT = -60.0  # LUFS; what is softer is left as it is
CLOSE = 0.15  # LU: near enough to the target not to encode again; half of what is promised
_PASSES = 6
_HEADROOM = 0.6  # dB kept below PEAK before encoding: AAC overshoots
_NOTHING = -69.9  # LUFS: what ebur128 says (-70) where no block was loud enough to count


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness in LUFS and true peak in dBTP; minus infinity for silence."""

    integrated: float
    peak: float


class Meter:
    """The loudness of sound that passes through."""

    def __init__(self) -> None:
        self._chain = Chain(("ebur128", "metadata=1:peak=true"))

    def past(self, blocks: Iterable[Sound]) -> Iterator[Sound]:
        """The same blocks, heard."""
        for block in blocks:
            self._hear(block)
            yield block

    def read(self) -> Loudness:
        """The loudness of all that has passed; what is shorter than 0.4 s has none."""
        told = self._chain.told
        loud, peak = float(told.get("lavfi.r128.I", "-inf")), float(told.get("lavfi.r128.true_peak", "0"))
        return Loudness(loud if loud > _NOTHING else -math.inf, 20 * math.log10(peak) if peak > 0 else -math.inf)

    def _hear(self, block: Sound) -> None:
        self._chain.push(block)
        for _heard in self._chain.pull():
            pass


def measure(blocks: Iterable[Sound]) -> Loudness:
    """The loudness of sound in blocks."""
    meter = Meter()
    for _block in meter.past(blocks):
        pass
    return meter.read()


def raised(loud: float, loudest: float) -> float:
    """The dB by which a reel's cut of that loudness is raised, to be 10 LU below the loudest; 0 for silence."""
    floor = loudest - APART
    return min(floor - loud, MOST_GAIN) if SILENT <= loud < floor else 0.0


def levelled(
    sound: Callable[[], Iterable[Sound]], found: Loudness, write: Callable[[Iterable[Sound]], Loudness]
) -> Loudness:
    """The loudness of the written file: -14 LUFS, its true peak at most -1 dBTP; near silence is left as it is.

    `sound` gives the blocks anew each time, `found` is what they measure; `write` encodes blocks and measures the
    file. The last file written stands. What is so soft that it would need more than MOST_GAIN stays softer.
    """
    quiet = found.integrated < SILENT
    gain, ceiling = 0.0 if quiet else min(TARGET - found.integrated, MOST_GAIN), PEAK - _HEADROOM
    before, heard = 0.0, found.integrated
    for _pass in range(_PASSES):
        written = write(_limited(sound(), gain, ceiling))
        over = max(0.0, written.peak - PEAK)
        wanted = gain if quiet else min(gain + _step(before, heard, gain, written.integrated), MOST_GAIN)
        if not over and abs(wanted - gain) <= CLOSE:
            break
        before, heard = gain, written.integrated
        gain, ceiling = wanted, ceiling - (over + 0.1 if over else 0.0)
    return written


def _step(before: float, heard: float, gain: float, loud: float) -> float:
    """The dB still to be added: where the limiter works hard, one dB more makes less than one LU."""
    moved = (loud - heard) / (gain - before) if abs(gain - before) > CLOSE else 1.0
    return (TARGET - loud) / min(1.0, max(0.25, moved))


def _limited(blocks: Iterable[Sound], gain: float, ceiling: float) -> Iterator[Sound]:
    """The blocks so many dB louder, no peak above the ceiling: oversampled, to find those between samples."""
    limit = f"limit={10 ** (ceiling / 20):.5f}:level=false:latency=true"
    volume = ("volume", f"{gain:.4f}dB:precision=float")
    return Chain(volume, ("aresample", f"{4 * RATE}"), ("alimiter", limit), ("aresample", f"{RATE}")).through(blocks)
