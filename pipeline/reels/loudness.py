"""A reel's sound brought to one loudness: measured by EBU R 128, then linear gain and a peak limiter.

ffmpeg's own `loudnorm` misreads short clips (0.4 LU on 11 s of speech, measured 2026-11-22); `ebur128` does not.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.reels.sources import RATE

if TYPE_CHECKING:
    import numpy as np

TARGET = -14.0  # LUFS, what phones' players and the networks level to
PEAK = -1.0  # dBTP at most in the finished file
APART = 10.0  # LU at most between a reel's cuts: what is softer sounds like a fault
_HEADROOM = 0.8  # dB kept below PEAK before encoding: AAC overshoots
_SILENT = -60.0  # LUFS; raising what is softer would raise hiss
_MOST_GAIN = 30.0  # dB
_PASSES = 3
_PIECE = RATE // 20  # samples of the pieces among which the quietest are looked for
_TONE_MOST = 0.1  # of the strength of the sound that it follows
_TAIL = 0.8  # seconds in which a room tone falls to nothing
_RAW = ("-f", "f32le", "-ar", str(RATE), "-ac", "2")
_FIGURES = re.compile(r"I:\s+(-?[\d.]+|-inf|nan) LUFS.*Peak:\s+(-?[\d.]+|-inf) dBFS", re.DOTALL)


@dataclass(frozen=True)
class Loudness:
    """Integrated loudness in LUFS and true peak in dBTP."""

    integrated: float
    peak: float


def level(sound: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The sound at -14 LUFS with its true peak below -1 dBTP; near silence is left as it is."""
    found = measure(sound)
    if found.integrated < _SILENT:
        return sound
    gain, loud = 0.0, sound
    for _pass in range(_PASSES):
        if abs(TARGET - found.integrated) < 0.1 and found.peak <= PEAK - _HEADROOM:
            break
        gain = min(gain + TARGET - found.integrated, _MOST_GAIN)
        loud = _limited(sound * 10 ** (gain / 20))
        found = measure(loud)
    return loud


def evened(cuts: Sequence[np.ndarray[Any, Any]]) -> list[np.ndarray[Any, Any]]:
    """The sounds of a reel's cuts, soft ones raised to 10 LU below the loudest; silence is left as it is.

    A cut too short to be measured (0.4 s) is left as it is too.
    """
    found = [measure(cut).integrated for cut in cuts]
    floor = max(found) - APART
    return [
        cut * 10 ** (min(floor - loud, _MOST_GAIN) / 20) if _SILENT <= loud < floor else cut
        for cut, loud in zip(cuts, found, strict=True)
    ]


def room_tone(heard: np.ndarray[Any, Any], samples: int) -> np.ndarray[Any, Any]:
    """The air of a place without its voices: noise as loud and as coloured as the quietest tenth of `heard`.

    Float32, shape (samples, 2); it falls to nothing at its end. Nothing said can be heard in it: of the sound only the
    strength of each pitch is kept. Silent where `heard` is.
    """
    import numpy as np

    pieces = len(heard) // _PIECE
    if not pieces:
        return np.zeros((samples, 2), np.float32)
    cut = heard[: pieces * _PIECE].mean(axis=1).reshape(pieces, _PIECE)
    order = np.argsort((cut**2).mean(axis=1))[: max(1, pieces // 10)]
    colour = np.sqrt((np.abs(np.fft.rfft(cut[order] * np.hanning(_PIECE), axis=1)) ** 2).mean(axis=0))
    white = np.fft.rfft(np.random.default_rng(samples).standard_normal(samples))
    tone = np.fft.irfft(
        white * np.interp(np.linspace(0, 1, len(white)), np.linspace(0, 1, len(colour)), colour), samples
    )
    quiet, whole = np.sqrt((cut[order] ** 2).mean()), np.sqrt((cut**2).mean())
    strength = min(quiet, whole * _TONE_MOST) / max(float(np.sqrt((tone**2).mean())), 1e-12)
    fall = np.clip(np.arange(samples, 0, -1) / (_TAIL * RATE), 0, 1) ** 2
    return np.repeat((tone * strength * fall)[:, None], 2, axis=1).astype(np.float32)


def measure(sound: np.ndarray[Any, Any]) -> Loudness:
    """The loudness of float32 sound, shape (samples, 2), 48 kHz."""
    said = _ffmpeg((*_RAW, "-i", "pipe:0", "-af", "ebur128=peak=true", "-f", "null", "-"), sound).stderr
    return _read(said.decode("utf-8", "replace"))


def measure_file(path: Path) -> Loudness:
    """The loudness of a finished video's sound."""
    said = _ffmpeg(("-i", f"file:{path.resolve()}", "-vn", "-af", "ebur128=peak=true", "-f", "null", "-")).stderr
    return _read(said.decode("utf-8", "replace"))


def _read(said: str) -> Loudness:
    summary = _FIGURES.search(said[said.rindex("Summary:") :])
    assert summary is not None
    return Loudness(float(summary[1]), float(summary[2]))


def _limited(sound: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    import numpy as np

    # Four times oversampled, so that peaks between samples are caught too.
    ceiling = 10 ** ((PEAK - _HEADROOM) / 20)
    chain = f"aresample={4 * RATE},alimiter=limit={ceiling:.4f}:level=false:latency=true,aresample={RATE}"
    out = _ffmpeg((*_RAW, "-i", "pipe:0", "-af", chain, *_RAW, "pipe:1"), sound).stdout
    limited = np.frombuffer(out, np.float32).reshape(-1, 2)
    found = np.zeros_like(sound)
    kept = min(len(found), len(limited))
    found[:kept] = limited[:kept]
    return found


def _ffmpeg(words: Sequence[str], sound: np.ndarray[Any, Any] | None = None) -> subprocess.CompletedProcess[bytes]:
    from imageio_ffmpeg import get_ffmpeg_exe

    data = b"" if sound is None else sound.astype("<f4").tobytes()
    command = [get_ffmpeg_exe(), "-hide_banner", "-nostats", *words]
    return subprocess.run(command, input=data, capture_output=True, check=True, timeout=600)
