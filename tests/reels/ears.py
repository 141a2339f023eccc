"""Hearing for tests, with nothing of the product's: sound decoded, loudness by ITU-R BS.1770-4 in plain numpy."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np

RATE = 48_000
# The filters of BS.1770-4, tables 1 and 2: a shelf for the head, a high-pass (RLB); numerator, denominator.
_SHELF = ((1.53512485958697, -2.69169618940638, 1.19839281085285), (1.0, -1.69065929318241, 0.73248077421585))
_RLB = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))


def heard(path: Path) -> np.ndarray:
    """The decoded sound of a file as a player gives it: float64, shape (samples, channels)."""
    with av.open(str(path)) as file:
        frames = [frame.to_ndarray() for frame in file.decode(audio=0)]
    return np.concatenate(frames, axis=1).T.astype(float)


def lufs(wave: np.ndarray) -> float:
    """Integrated loudness: K-weighted in the frequency domain, blocks of 0.4 s, gated twice."""
    around = np.pad(wave, ((0, RATE), (0, 0)))
    turn = np.exp(-2j * np.pi * np.fft.rfftfreq(len(around), 1))
    weight = np.ones(len(turn), complex)
    for top, bottom in (_SHELF, _RLB):
        weight *= np.polyval(top[::-1], turn) / np.polyval(bottom[::-1], turn)
    weighed = np.fft.irfft(np.fft.rfft(around, axis=0) * weight[:, None], len(around), axis=0)[: len(wave)]
    starts = range(0, len(wave) - RATE * 2 // 5 + 1, RATE // 10)
    power = np.array([(weighed[at : at + RATE * 2 // 5] ** 2).mean(axis=0).sum() for at in starts])
    kept = power[power > 10 ** ((-70 + 0.691) / 10)]
    if not len(kept):
        return -np.inf
    kept = power[power > max(10 ** ((-70 + 0.691) / 10), kept.mean() / 10)]
    return float(-0.691 + 10 * np.log10(kept.mean()))


def true_peak(wave: np.ndarray) -> float:
    """The highest point between the samples too, in dBTP: eight times oversampled in the frequency domain."""
    highest = 0.0
    for at in range(0, len(wave), RATE):
        part = wave[max(0, at - 2400) : at + RATE + 2400]
        spectrum = np.fft.rfft(part, axis=0)
        dense = np.fft.irfft(spectrum, 8 * len(part), axis=0) * 8
        inner = (
            dense[8 * min(at, 2400) : len(dense) - 8 * 1200] if at + RATE < len(wave) else dense[8 * min(at, 2400) :]
        )
        highest = max(highest, float(np.abs(inner).max(initial=0.0)))
    return 20 * float(np.log10(highest)) if highest else -np.inf


def strength(wave: np.ndarray, low: float = 0.0, high: float = RATE / 2) -> float:
    """The level in dB of what lies between two pitches in Hz."""
    mono = wave.mean(axis=1) if wave.ndim == 2 else wave
    spectrum = np.abs(np.fft.rfft(mono * np.hanning(len(mono)))) ** 2
    hertz = np.fft.rfftfreq(len(mono), 1 / RATE)
    part = spectrum[(hertz >= low) & (hertz < high)].sum()
    return 10 * float(np.log10(part / len(mono) ** 2 + 1e-15))


def pitch(wave: np.ndarray, low: float = 60, high: float = 500) -> float:
    """The pitch of a voice in Hz: the strongest echo of the sound in itself, over all that is loud enough."""
    mono = wave.mean(axis=1)
    found = []
    for at in range(0, len(mono) - 4096, 2048):
        part = mono[at : at + 4096] * np.hanning(4096)
        echo = np.fft.irfft(np.abs(np.fft.rfft(part, 16_384)) ** 2)[: int(RATE / low) + 2]
        first, last = int(RATE / high), int(RATE / low)
        best = first + int(echo[first:last].argmax())
        if echo[0] > 1e-3 and echo[best] > 0.5 * echo[0]:
            found.append(RATE / best)
    return float(np.median(found))


def clip(
    path: Path, sound: np.ndarray | None, *, rate: int = RATE, layout: str = "stereo", pieces: list | None = None,
    codec: str = "pcm_f32le", size: tuple[int, int] = (64, 36),
) -> Path:  # fmt: skip
    """A film of one grey picture with that sound, (samples, channels), kept without loss.

    `pieces` lays parts of the sound at other times: (seconds, first sample, last sample).
    """
    with av.open(str(path), "w") as out:
        picture = out.add_stream("libx264", rate=30, width=size[0], height=size[1], pix_fmt="yuv420p")
        track = out.add_stream(codec, rate=rate, layout=layout) if sound is not None else None
        out.mux(picture.encode(av.VideoFrame.from_ndarray(np.full((*size[::-1], 3), 90, np.uint8), format="rgb24")))
        out.mux(picture.encode(None))
        if track is not None and sound is not None:
            packed = codec.startswith("pcm")
            for seconds, first, last in pieces or [(0.0, 0, len(sound))]:
                for at in range(first, last, 1024):
                    part = sound[at : min(at + 1024, last)].astype(np.float32)
                    shaped = part.reshape(1, -1) if packed else np.ascontiguousarray(part.T)
                    frame = av.AudioFrame.from_ndarray(shaped, format="flt" if packed else "fltp", layout=layout)
                    frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
                    frame.pts = round(seconds * rate) + at - first
                    out.mux(track.encode(frame))
            out.mux(track.encode(None))
    return path


def wave(path: Path, sound: np.ndarray, codec: str = "pcm_s16le") -> Path:
    """A file of sound alone, such as music."""
    with av.open(str(path), "w") as out:
        track = out.add_stream(codec, rate=RATE, layout="stereo")
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray((sound * 32_767).astype(np.int16).reshape(1, -1)), format="s16", layout="stereo"
        )
        frame.sample_rate, frame.pts, frame.time_base = RATE, 0, Fraction(1, RATE)
        out.mux(track.encode(frame))
        out.mux(track.encode(None))
    return path
