"""Music under a reel: as loud as was asked for, lower under speech, begun anew where it is short, gone at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import Refused
from pipeline.reels import hearing, loudness
from pipeline.reels.parts import Music
from pipeline.reels.sources import RATE
from pipeline.reels.speech import HOP
from publishers._sentences import _

if TYPE_CHECKING:
    import numpy as np

    from pipeline.reels.filtering import Sound

SHORTEST = 2.0  # seconds of music; a shorter one begun anew again and again is a machine
_SEAM = RATE // 2  # samples in which the end of the music and its new beginning lie over each other
_IN = 0.3  # seconds in which it comes
_LISTENED = 180  # seconds at most from which its loudness is taken


class Bed:
    """Music ready to be laid under a reel of so many samples; `lowered` in dB for each look of `speech`."""

    def __init__(self, music: Music, gain: float, lowered: np.ndarray[Any, Any], samples: int) -> None:
        self._music, self._gain, self._lowered, self._samples = music, gain, lowered, samples

    def under(self, blocks: Iterable[Sound]) -> Iterator[Sound]:
        """The blocks of the reel with the music."""
        music, held, at = looped(self._music.file, self._music.start), None, 0
        for block in blocks:
            held = _enough(held, music, len(block))
            yield block + held[: len(block)] * self._strength(at, len(block))
            held, at = held[len(block) :], at + len(block)

    def _strength(self, at: int, count: int) -> np.ndarray[Any, Any]:
        import numpy as np

        places = np.arange(at, at + count) + 0.5
        looks = (np.arange(len(self._lowered)) + 0.5) * HOP
        down = np.interp(places, looks, self._lowered) if len(looks) else 0.0
        goes = max(_IN, min(self._music.fade, self._samples / RATE / 2)) * RATE
        ends = np.minimum(places / (_IN * RATE), (self._samples - places) / goes)
        return np.asarray(10 ** ((self._gain - down) / 20) * np.clip(ends, 0, 1), np.float32)[:, None]


def prepared(music: Music, voices: float, lowered: np.ndarray[Any, Any], samples: int) -> Bed:
    """The music of a reel whose voices are so loud (LUFS); `Refused` where it cannot be read or is too short.

    Its own level is counted for voices at the target: the whole is brought there afterwards.
    """
    heard = loudness.measure(_beginning(music)).integrated
    wanted = voices + music.level - loudness.TARGET
    gain = min(wanted - heard, loudness.MOST_GAIN) if heard > loudness.SILENT else 0.0
    return Bed(music, gain, lowered, samples)


def looped(path: Path, start: float) -> Iterator[Sound]:
    """The music from `start` seconds on, without end: over its last half second lies its beginning."""
    import numpy as np

    rise = np.sin(np.linspace(0, np.pi / 2, _SEAM, dtype=np.float32))[:, None]
    pieces = _after(hearing.of_music(path), round(start * RATE))
    while True:
        tail: Sound = np.zeros((0, 2), np.float32)
        for piece in pieces:
            tail = np.concatenate([tail, piece])
            if len(tail) > _SEAM:
                yield tail[:-_SEAM]
                tail = tail[-_SEAM:]
        again = hearing.of_music(path)
        head = _enough(None, again, _SEAM)
        seam = len(tail)
        pieces = chain([tail * rise[::-1][:seam] + head[:seam] * rise[:seam], head[seam:]], again)


def _after(pieces: Iterator[Sound], samples: int) -> Iterator[Sound]:
    for piece in pieces:
        yield piece[samples:]
        samples = max(0, samples - len(piece))


def _enough(held: Sound | None, more: Iterator[Sound], samples: int) -> Sound:
    """At least so many samples, where there are: what is held and what follows it."""
    import numpy as np

    found = [] if held is None else [held]
    count = sum(map(len, found))
    while count < samples and (piece := next(more, None)) is not None:
        found.append(piece)
        count += len(piece)
    return np.concatenate(found)


def _beginning(music: Music) -> Iterator[Sound]:
    """What is heard of it first; `Refused` where too little is left after its start."""
    count = 0
    for piece in _after(hearing.of_music(music.file), round(music.start * RATE)):
        yield piece
        count += len(piece)
        if count > _LISTENED * RATE:
            return
    if count < SHORTEST * RATE:
        words = {"name": music.file.name, "seconds": SHORTEST}
        raise Refused(_("{name} is too short to be music: choose one of {seconds} seconds or more.", **words))
