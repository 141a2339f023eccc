"""Sound for the demo's clips: wind, and a voice that says nothing, built from formants."""

from __future__ import annotations

import numpy as np

from pipeline.demo._people import Array

RATE = 48_000  # samples a second

# First three formants in Hz of a, e, i, o, u and schwa, as textbooks of phonetics give them for an adult voice.
_VOWELS = (
    (730, 1090, 2440),
    (530, 1840, 2480),
    (290, 2250, 2900),
    (500, 880, 2500),
    (310, 870, 2240),
    (500, 1500, 2500),
)
_WIDTHS = (90, 120, 180)  # Hz, how broad each formant is
_HARMONICS = 40
_TILT = 1.0  # how fast harmonics weaken: a throat and lips together lose 6 dB an octave
_MUFFLED = 5000  # Hz, above which a voice in the open air has next to nothing


def ambience(seconds: float, pitch: float | None, seed: int) -> Array:
    """Wind, and over it a voice at `pitch` Hz (None: nobody speaks): float32, shape (samples, 2), 48 kHz."""
    rng = np.random.default_rng(seed)
    count = int(seconds * RATE)
    heard = 0.02 * _wind(count, rng)
    if pitch is not None:
        heard += 0.34 * _muffled(_speech(count, pitch, rng))
    return np.repeat(heard[:, None], 2, axis=1).astype(np.float32)


def _wind(count: int, rng: np.random.Generator) -> Array:
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    found = np.fft.irfft(spectrum / (1 + (hertz / 220) ** 1.6), count)
    gusts = 0.6 + 0.4 * np.sin(2 * np.pi * 0.31 * np.arange(count) / RATE)
    return np.asarray(gusts * found / np.abs(found).max())


def _muffled(heard: Array) -> Array:
    """What is left of a sound beyond a fourth-order low-pass."""
    hertz = np.fft.rfftfreq(len(heard), 1 / RATE)
    return np.asarray(np.fft.irfft(np.fft.rfft(heard) / np.sqrt(1 + (hertz / _MUFFLED) ** 8), len(heard)))


def _speech(count: int, pitch: float, rng: np.random.Generator) -> Array:
    """Syllables of 0.14 to 0.24 s in phrases of five to eight, with the fall of a sentence and pauses for breath."""
    found, at = np.zeros(count), int(0.25 * RATE)
    while at < count - RATE // 3:
        syllables = int(rng.integers(5, 9))
        for place in range(syllables):
            size = int(rng.uniform(0.14, 0.24) * RATE)
            fall = 1.12 - 0.24 * place / syllables + rng.uniform(-0.04, 0.04)
            said = _syllable(size, pitch * fall, _VOWELS[rng.integers(len(_VOWELS))], rng)
            end = min(at + size, count)
            found[at:end] += said[: end - at]
            at = end
            if at >= count:
                return found
        at += int(rng.uniform(0.22, 0.4) * RATE)
    return found


def _syllable(size: int, pitch: float, formants: tuple[int, int, int], rng: np.random.Generator) -> Array:
    time = np.arange(size) / RATE
    phase = 2 * np.pi * np.cumsum(pitch * (1 + 0.012 * np.sin(2 * np.pi * 5.2 * time))) / RATE
    voiced = np.zeros(size)
    for number in range(1, _HARMONICS + 1):
        hertz = number * pitch
        strength = sum(
            (1 + ((hertz - f) / w) ** 2) ** -0.5 / (1 + i)
            for i, (f, w) in enumerate(zip(formants, _WIDTHS, strict=True))
        )
        voiced += strength / number**_TILT * np.sin(number * phase)
    swell = np.minimum(1, time / 0.045) * np.minimum(1, (time[-1] - time) / 0.06)
    hiss = np.diff(rng.standard_normal(size + 1)) * np.exp(-time / 0.018) * 0.16
    return np.asarray(0.35 * voiced * swell + hiss)
