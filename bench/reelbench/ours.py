"""Ours, as it runs for a person: `python -m reelbench.ours CUTLIST OUT PARTS masks|bare [unsearched]`; PARTS stays.

Unsearched, the finished parts are not looked at for faces, as nobody else does it: the edit alone.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from pipeline import reels
from pipeline.reels.cache import Cache
from pipeline.rendering.executor import LimitedExecutor
from reelbench.edit import faces


def unsearched(function: Callable[..., Any], *args: Any, **more: Any) -> Any:
    """What the function returns, in a process that finds no face in anything."""
    from pipeline.protection import faces as detector

    detector.count_faces = lambda *_args, **_more: 0
    return function(*args, **more)


class Unsearched(LimitedExecutor):
    """The workers of a reel, but that finished parts are not looked at."""

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return super().submit(unsearched, function, *args, **kwargs)


def main() -> None:
    """Nothing; the reel is written."""
    cut_list, out, parts, kind, *search = sys.argv[1:]
    reel = reels.load(Path(cut_list), cache=Cache(Path(parts)))
    masks = {cut.clip: faces() for cut in reel.cuts}
    reel = reel if kind == "masks" else reel.model_copy(update={"mask": False})
    workers = Unsearched if search else LimitedExecutor
    reels.render(reel, Path(out), parts=Path(parts), masks=masks, workers=workers)


if __name__ == "__main__":
    main()
