"""Reels: a cut list and brand templates become a finished video."""

from __future__ import annotations

from pipeline.reels.cutlist import CutList
from pipeline.reels.reading import load
from pipeline.reels.render import Rendered, render

__all__ = ["CutList", "Rendered", "load", "render"]
