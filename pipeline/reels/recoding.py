"""A finished film encoded once more, where nothing better than the film itself is at hand."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pipeline.errors import Refused
from pipeline.protection.tracks import Track
from pipeline.reels import sound
from pipeline.reels.encoding import PictureWriter
from pipeline.reels.joining import join
from pipeline.reels.masking import count_of, covered
from pipeline.reels.picture import Fitter, Window
from pipeline.reels.planes import BLACK, planes
from pipeline.reels.segments import LATE
from pipeline.reels.sources import FPS, Frames, probe

if TYPE_CHECKING:
    import numpy as np

    from pipeline.reels.sound import Voices

USUAL_MOST = 12_000_000  # bits a second: more than a reel of ours has without being told


def stretch(
    source: Path, out: Path, tracks: Sequence[Track], *, start: float, frames: int, speed: float, voices: Voices,
    seed: bytes, before: int, after: int, tell: Callable[[float], None],
) -> tuple[int, int]:  # fmt: skip
    """The first picture that was written and how many were, of `frames` of a film from `start` seconds on.

    They are upright, in the film's own size, its tracks covered. It runs `speed` times as fast, 30 pictures a second,
    with its sound as `voices` and `seed` say (see `sound`). The first `before` and the last `after` are only to trim
    with: where the film is damaged there, they are left out. `Refused` where another cannot be read.
    """
    clip = probe(source)
    with TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
        heard, pictures = Path(folder, "sound.mp4"), Path(folder, "pictures.mp4")
        times = [start + index / FPS * speed + LATE for index in range(frames)]

        def written(first: int) -> int:
            with closing(Frames(clip)) as read:
                there = _there(read, times[first:], frames - first - after)
                return covered(read, pictures, tracks, there, lambda index: tell(index / frames))

        first, count = _first_that_holds(written, (0, before) if before else (0,))
        begins = start + first / FPS * speed
        sound.of_stretch(clip, begins, count, heard, speed=speed, voices=voices, seed=seed)
        join([pictures], heard, out)
    return first, count


def _first_that_holds(written: Callable[[int], int], tries: Sequence[int]) -> tuple[int, int]:
    """The first of these pictures to begin with from which on all could be written, and how many were."""
    *earlier, last = tries
    for first in earlier:
        with suppress(Refused):
            return first, written(first)
    return last, written(last)


def _there(read: Frames, times: Sequence[float], needed: int) -> Iterator[float]:
    """The times up to the first one without a picture; raises `Refused` where that is one of the `needed` first."""
    for index, seconds in enumerate(times):
        try:
            read.at(seconds)
        except Refused:
            if index < needed:
                raise
            return
        yield seconds


def recode(
    source: Path, out: Path, size: tuple[int, int], *, bit_rate: int | None = None, voices: Voices = "keep",
    seed: bytes = b"",
) -> int:  # fmt: skip
    """How long the film at `out` lasts, in milliseconds: the whole picture of `source` within `size` (even pixels).

    Pictures come 30 a second, the sound as it was unless its voices are muted or disguised (by `seed`, see `voice`).
    `Refused` where the film cannot be read.
    """
    clip = probe(source)
    count, (width, height) = count_of(clip), clip.turned
    within = _within((width * clip.turned_aspect, height), size)
    fit = Fitter(clip, Window(0, 0, width // 2 * 2, height // 2 * 2), within, "yuv420p")
    frames = Frames(clip)
    try:
        with TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as folder:
            sound.of_film(clip, count, heard := Path(folder, "sound.mp4"), voices=voices, seed=seed)
            with PictureWriter(pictures := Path(folder, "pictures.mp4"), size, bit_rate=bit_rate) as writer:
                for index in range(count):
                    writer.add(_on_black(fit(frames.at(index / FPS)), within, size))
            join([pictures], heard, out)
    finally:
        frames.close()
    return round(count * 1000 / FPS)


def _within(shape: tuple[float, float], size: tuple[int, int]) -> tuple[int, int]:
    """The largest even size of that shape within another."""
    share = min(size[0] / shape[0], size[1] / shape[1])
    return max(2, round(shape[0] * share / 2) * 2), max(2, round(shape[1] * share / 2) * 2)


def _on_black(picture: np.ndarray[Any, Any], within: tuple[int, int], size: tuple[int, int]) -> np.ndarray[Any, Any]:
    """The picture in the middle of a black one of the wanted size."""
    import numpy as np

    if within == size:
        return picture
    whole = np.empty((size[1] * 3 // 2, size[0]), np.uint8)
    left, top = (size[0] - within[0]) // 4 * 2, (size[1] - within[1]) // 4 * 2
    for index, (to, held) in enumerate(zip(planes(whole, "yuv420p"), planes(picture, "yuv420p"), strict=True)):
        half = 1 if index == 0 else 2
        to[:] = BLACK[index]
        high, wide = held.shape[:2]
        to[top // half : top // half + high, left // half : left // half + wide] = held
    return whole
