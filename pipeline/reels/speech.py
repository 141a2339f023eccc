"""Where somebody speaks: by the energy in the band of speech, against the place's own quiet and loud moments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipeline.reels import hearing
from pipeline.reels.sources import RATE, Probe

if TYPE_CHECKING:
    import numpy as np

    from pipeline.reels.filtering import Sound

HOP = RATE // 50  # samples of one look
_BAND = (300, 3400)  # Hz, the telephone's: wind and engines are mostly below
_STEADY = 6.0  # dB between the quiet and the loud moments of a place where nobody speaks: speech moves more
_AT = 0.35  # of the way from the quiet to the loud moments, where speech is taken to begin
_LEAST = -55.0  # dB of full scale; what is softer is no speech that music could cover
_AHEAD, _HOLD = 8, 20  # looks: music is down before the first word, and stays down between two


def somebody_speaks(clip: Probe, start: float, end: float) -> bool:
    """Whether anything between two times of a clip sounds like speech: half a second of it, all in all."""
    listener, samples = Listener(), max(0, round((end - start) * RATE))
    for block in hearing.of_clip(clip, start, samples):
        listener.hear(block)
    return int(listener.spoken(samples // HOP).sum()) * HOP >= RATE // 2


class Listener:
    """The energy in the band of speech of sound that passes through, one figure for each look."""

    def __init__(self) -> None:
        self._levels: list[np.ndarray[Any, Any]] = []
        self._rest: Sound | None = None

    def hear(self, block: Sound) -> None:
        """Takes the next block in."""
        import numpy as np

        whole = block if self._rest is None else np.concatenate([self._rest, block])
        looks = len(whole) // HOP
        self._rest = whole[looks * HOP :].copy()
        if looks:
            mono = whole[: looks * HOP].mean(axis=1).reshape(looks, HOP)
            low, high = (edge * HOP // RATE for edge in _BAND)
            strength = np.abs(np.fft.rfft(mono, axis=1)[:, low:high]) ** 2
            self._levels.append(10 * np.log10(2 * strength.sum(axis=1) / HOP**2 + 1e-12))

    def spoken(self, looks: int) -> np.ndarray[Any, Any]:
        """Whether somebody speaks, for so many looks from the beginning on."""
        import numpy as np

        found = np.zeros(looks, bool)
        levels = np.concatenate(self._levels)[:looks] if self._levels else np.zeros(0)
        heard = levels[levels > _LEAST]
        if not len(heard):
            return found
        quiet, loud = np.percentile(heard, [10, 95])
        if loud - quiet >= _STEADY:
            found[: len(levels)] = levels > max(_LEAST, quiet + _AT * (loud - quiet))
        return found


def eased(spoken: np.ndarray[Any, Any], down: float) -> np.ndarray[Any, Any]:
    """The dB by which music is lowered at each look: `down` under speech, 0 elsewhere, falling fast, rising slowly."""
    import numpy as np

    wanted = np.convolve(spoken, np.ones(_AHEAD + _HOLD + 1), "full")[_AHEAD : _AHEAD + len(spoken)] > 0
    fall, rise = down / 8, down / 40  # 0.16 s and 0.8 s
    found, at = np.zeros(len(wanted)), 0.0
    for index, under in enumerate(wanted):
        at = min(down, at + fall) if under else max(0.0, at - rise)
        found[index] = at
    return found
