"""Reels: a cut list and brand templates become a finished video."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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

# Imported when asked for: the worker that only reads a film would else pay for cards, templates and pydantic.
_HOMES = {
    "CutList": "cutlist", "schema": "cutlist",
    "fingerprint": "drawn",
    "Rendered": "making", "render": "making",
    "check": "reading", "check_text": "reading", "load": "reading",
    "USUAL_MOST": "recoding", "recode": "recoding",
    "SOUND_BITS": "sound", "Voices": "sound",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """What the package offers under that name."""
    if name not in _HOMES:
        raise AttributeError(name)
    return getattr(import_module(f"pipeline.reels.{_HOMES[name]}"), name)
