"""The air of a place without its voices, for cards that stand after a cut."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pipeline.reels.sources import RATE

if TYPE_CHECKING:
    import numpy as np

    from pipeline.reels.filtering import Sound

_PIECE = RATE // 20  # samples of the pieces among which the quietest are looked for
_TONE_MOST = 0.1  # of the strength of the sound that it follows
_TAIL = 0.8  # seconds in which a room tone falls to nothing
_ROUND = 10 * RATE  # samples after which it comes again: noise out of a Fourier transform goes round without a seam


def room_tone(blocks: Sequence[Sound], samples: int) -> Iterator[Sound]:
    """Noise as loud and as coloured as the quietest tenth of the blocks, in blocks: `samples` of it all in all.

    It falls to nothing at its end. Nothing said can be heard in it: of the sound only the strength of each pitch is
    kept. Silent where the blocks are.
    """
    import numpy as np

    heard = np.concatenate(blocks) if blocks else np.zeros((0, 2), np.float32)
    pieces = len(heard) // _PIECE
    tone = _tone(heard, pieces, min(samples, _ROUND)) if pieces else np.zeros(min(samples, _ROUND), np.float32)
    for at in range(0, samples, RATE):
        block = tone[at % _ROUND :][: min(RATE, samples - at)]
        fall = np.clip((samples - at - np.arange(len(block))) / (_TAIL * RATE), 0, 1) ** 2
        yield np.repeat((block * fall)[:, None], 2, axis=1).astype(np.float32)


def _tone(heard: Sound, pieces: int, samples: int) -> np.ndarray[Any, Any]:
    """So many samples of the noise, not fading."""
    import numpy as np

    cut = heard[: pieces * _PIECE].mean(axis=1).reshape(pieces, _PIECE)
    order = np.argsort((cut**2).mean(axis=1))[: max(1, pieces // 10)]
    colour = np.sqrt((np.abs(np.fft.rfft(cut[order] * np.hanning(_PIECE), axis=1)) ** 2).mean(axis=0))
    white = np.fft.rfft(np.random.default_rng(samples).standard_normal(samples))
    tone = np.fft.irfft(
        white * np.interp(np.linspace(0, 1, len(white)), np.linspace(0, 1, len(colour)), colour), samples
    )
    quiet, whole = np.sqrt((cut[order] ** 2).mean()), np.sqrt((cut**2).mean())
    strength = min(quiet, whole * _TONE_MOST) / max(float(np.sqrt((tone**2).mean())), 1e-12)
    return np.asarray(tone * strength, np.float32)
