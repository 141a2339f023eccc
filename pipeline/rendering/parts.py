"""Reels made with what this installation has: its cache of finished parts, and the machines that render for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from django.conf import settings

from pipeline import reels
from pipeline.reels.cache import Cache
from pipeline.reels.finding import FiguresFinder, FootageFinder
from pipeline.rendering import executor


def load(path: Path, footage: FootageFinder | None = None, figures: FiguresFinder | None = None) -> reels.CutList:
    """The cut list in a YAML file; see `reels.load`. How long a clip lasts is read from it once."""
    return reels.load(path, footage, figures, _cache().length)


def render(cut_list: reels.CutList, out: Path, **how: Any) -> reels.Rendered:
    """The reel; see `reels.render`. What was made before is not made again, and old parts are dropped."""
    made = reels.render(cut_list, out, parts=_cache().folder, workers=_workers, **how)
    _cache().prune(settings.PORTEVOIX_PARTS_BYTES, settings.PORTEVOIX_PARTS_AGE)
    return made


def forget(sha256: str) -> None:
    """Nothing; no finished part is left that shows that footage."""
    _cache().forget(sha256)


def _cache() -> Cache:
    return Cache(Path(settings.PORTEVOIX_HOME) / "parts")


def _workers(seconds: float, heard: Callable[[int, float], None]) -> Executor:
    if settings.RENDER_CLUSTER:
        return executor.ClusterExecutor(settings.RENDER_CLUSTER, seconds)
    return executor.LimitedExecutor(seconds, heard)
