"""Reels: a cut list and brand templates become a finished video."""

from __future__ import annotations

from pipeline.reels.cutlist import CutList
from pipeline.reels.making import Rendered, render
from pipeline.reels.reading import load

__all__ = ["CutList", "Rendered", "load", "render"]
