"""The picture that stands for a reel: one of its frames, alone or with words, taken out of the finished file.

The finished file is masked and was read by the gate: nothing is seen on the cover that the reel does not show.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pipeline.reels import work
from pipeline.reels.cutlist import CutList
from pipeline.reels.lettering import pressed, told
from pipeline.reels.overlays import lay, timed
from pipeline.reels.parts import Cover
from pipeline.reels.pressing import Spoken
from pipeline.reels.sources import FPS
from pipeline.rendering import executor

if TYPE_CHECKING:
    import numpy as np
    from PIL.Image import Image

    Array = np.ndarray[Any, Any]

_DECODING = 60.0  # seconds that one frame may take
_AROUND = 4.0  # seconds: how far from the moment asked for a frame without words is looked for


def draw(reel: CutList, film: Path) -> tuple[Image, tuple[Spoken, ...]]:
    """The cover of a reel that was made of a loaded cut list, in the size of the film, and what is written on it.

    Raises `Refused` for words that do not hold.
    """
    from PIL import Image as Pictures

    cover = reel.cover or Cover()
    picture = _frame(film, _bare(reel, cover))
    press = pressed(reel, (picture.shape[1], picture.shape[0]), "rgb24")
    if cover.text:
        label = cover.label or told(reel.when, reel.where, press.lang)
        words = press.overlay("cover", {"label": label, "title": cover.text})
        picture = lay(picture, [timed(words, 0, 1)], 0)
    return Pictures.fromarray(picture), tuple(press.texts)


def _bare(reel: CutList, cover: Cover) -> float:
    """The moment of the cover; where it bears words of its own, the nearest one at which the reel shows none."""
    lasts = (reel.footage_frames + reel.end_frames) / FPS
    if not cover.text:
        return min(cover.at, lasts - 1 / FPS)
    until = min(reel.footage_frames / FPS, lasts) - 1 / FPS
    steps = [step / 10 for step in range(round(_AROUND * 10) + 1)]
    near = [cover.at + sign * step for step in steps for sign in (1, -1)]
    worded = _worded(reel)
    free = [at for at in near if 0 <= at <= until and not any(start <= at < end for start, end in worded)]
    return free[0] if free else min(cover.at, max(until, 0.0))


def _worded(reel: CutList) -> list[tuple[float, float]]:
    """When the reel shows words: title, captions, lower thirds, dates and cards."""
    found = [(0.0, reel.title.seconds)] if reel.title else []
    if reel.captions.burned:
        found += [(one.start, one.end) for one in reel.timed_captions()]
    found += [(one.start, one.end) for one in reel.lower_thirds]
    at = 0
    for cut in reel.cuts:
        if cut.card is not None or cut.when or cut.where:
            found.append((at / FPS, (at + cut.frames) / FPS))
        at += cut.frames
    return found


def _frame(film: Path, seconds: float) -> Array:
    """One frame of a finished reel as RGB, decoded in a limited process."""
    import numpy as np

    with TemporaryDirectory() as folder, executor.LimitedExecutor(_DECODING) as worker:
        raw = Path(folder, "frame")
        width, height = worker.submit(work.frame, str(film), seconds, str(raw)).result()
        picture: Array = np.fromfile(raw, np.uint8).reshape(height, width, 3)
    return picture
