"""Voices made hard to know again: lower or higher by an amount of the footage's own. A disguise, never anonymity.

Pitch and formants move together, by a resampling that a filter puts back to its length; what is above 5 kHz goes,
where much of a voice's own colour is. Words, accent, rhythm and what is said stay, and whoever guesses the amount can
turn it back: where somebody is at risk, mute the cut and write captions.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.reels.hearing import tempo
from pipeline.reels.sources import RATE

if TYPE_CHECKING:
    from pipeline.reels.filtering import Step

LOWER, HIGHER = (0.74, 0.86), (1.16, 1.30)  # times the pitch: less is known again, more is not understood
_BRIGHTEST = 5000  # Hz


def steps(seed: bytes) -> list[Step]:
    """The filters that disguise the voices of one piece of footage; the same seed, the same disguise."""
    ratio = shift(seed)
    back = tempo(1 / ratio)
    return [("asetrate", f"{round(RATE * ratio)}"), ("aresample", f"{RATE}"), *back, ("lowpass", f"f={_BRIGHTEST}")]


def shift(seed: bytes) -> float:
    """How many times the pitch: within LOWER or HIGHER, drawn from the seed."""
    drawn = hmac.new(seed, b"porte-voix voice", hashlib.sha256).digest()
    low, high = HIGHER if drawn[0] & 1 else LOWER
    ratio = low + (high - low) * int.from_bytes(drawn[1:5], "big") / 2**32
    return round(RATE * ratio) / RATE


def seed_of(clip: Path) -> bytes:
    """A seed from the clip's own bytes, where no store gives one: nobody has it who has not the clip itself."""
    with clip.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").digest()
