"""Reels: a cut list and brand templates become a finished video."""

from __future__ import annotations

from pipeline.reels.cutlist import CutList, schema
from pipeline.reels.drawn import fingerprint
from pipeline.reels.making import Rendered, render
from pipeline.reels.reading import check, check_text, load
from pipeline.reels.recoding import USUAL_MOST, recode
from pipeline.reels.sound import SOUND_BITS, Voices

__all__ = [
    "SOUND_BITS", "USUAL_MOST", "CutList", "Rendered", "Voices", "check", "check_text", "fingerprint", "load", "recode",
    "render", "schema",
]  # fmt: skip
