"""Reels made with what this installation has: its cache of finished parts, and the machines that render for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

from pipeline import reels
from pipeline.reels.cache import Cache
from pipeline.reels.finding import FiguresFinder, FootageFinder
from pipeline.reels.problems import Problem
from pipeline.rendering import executor


def load(path: Path, footage: FootageFinder | None = None, figures: FiguresFinder | None = None) -> reels.CutList:
    """The cut list in a YAML file; see `reels.load`. What is known of a clip is read from it once."""
    return reels.load(path, footage, figures, cache())


def check(
    path: Path, footage: FootageFinder | None = None, figures: FiguresFinder | None = None
) -> tuple[reels.CutList | None, list[Problem]]:
    """The cut list and what is to be mended in it; see `reels.check`."""
    return reels.check(path, footage, figures, cache=cache())


def check_text(text: str, footage: FootageFinder, figures: FiguresFinder) -> tuple[reels.CutList | None, list[Problem]]:
    """The same of a text that names no file by its path; see `reels.check_text`."""
    return reels.check_text(text, footage, figures, cache())


def render(cut_list: reels.CutList, out: Path, **how: Any) -> reels.Rendered:
    """The reel; see `reels.render`. What was made before is not made again, and old parts are dropped."""
    made = reels.render(cut_list, out, parts=cache().folder, workers=workers, **how)
    cache().prune(settings.PORTEVOIX_PARTS_BYTES, settings.PORTEVOIX_PARTS_AGE)
    return made


def forget(sha256: str) -> None:
    """Nothing; no finished part is left that shows that footage."""
    cache().forget(sha256)


def cache() -> Cache:
    """The finished parts of this installation."""
    return Cache(Path(settings.PORTEVOIX_HOME) / "parts")


def workers(seconds: float, heard: Callable[[int, float], None]) -> executor.Crew:
    """Who renders here: a process that is held short, or the cluster that is set."""
    if settings.RENDER_CLUSTER:
        return executor.ClusterExecutor(settings.RENDER_CLUSTER, seconds)
    return executor.LimitedExecutor(seconds, heard)
