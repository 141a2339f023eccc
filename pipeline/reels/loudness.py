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
_HEADROOM = 0.8  # dB kept below PEAK before encoding: AAC overshoots
_SILENT = -60.0  # LUFS; raising what is softer would raise hiss
_MOST_GAIN = 30.0  # dB
_PASSES = 3
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
