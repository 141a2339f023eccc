"""A finished film encoded once more, where nothing better than the film itself is at hand."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pipeline.errors import Refused
from pipeline.protection.tracks import Track, boxes_at
from pipeline.reels import sound
from pipeline.reels.encoding import PictureWriter
from pipeline.reels.joining import join
from pipeline.reels.masks import cover
from pipeline.reels.picture import Fitter, Window
from pipeline.reels.planes import BLACK, planes
from pipeline.reels.sources import FPS, Frames, Probe, probe
from publishers._sentences import _

if TYPE_CHECKING:
    import numpy as np

    from pipeline.reels.sound import Voices

USUAL_MOST = 12_000_000  # bits a second: more than a reel of ours has without being told


def masked(source: Path, out: Path, tracks: Sequence[Track], tell: Callable[[float], None] | None = None) -> None:
    """Writes the whole film with its tracks covered, upright, in its own size, without sound: to be watched.

    Pictures come 30 a second. `Refused` where the film cannot be read.
    """
    clip = probe(source)
    count, (width, height) = _count(clip), clip.turned
    whole = Window(0, 0, width // 2 * 2, height // 2 * 2)
    size = max(2, round(whole.width * clip.turned_aspect / 2) * 2), whole.height
    frames, fit = Frames(clip), Fitter(clip, whole, size, "yuv420p")
    try:
        with PictureWriter(out, size, quick=True) as writer:
            for index in range(count):
                frame = frames.at(index / FPS)
                picture = fit(frame)
                cover(picture, boxes_at(tracks, frames.time(frame)), clip.turned, whole, "yuv420p")
                writer.add(picture)
                if tell is not None and index % FPS == 0:
                    tell(index / count)
    finally:
        frames.close()


def _count(clip: Probe) -> int:
    """How many pictures of a reel the clip fills."""
    count = round(clip.seconds * FPS)
    if not count:
        raise Refused(_("This film is too short to be made anew: choose another one."))
    return count


def recode(
    source: Path, out: Path, size: tuple[int, int], *, bit_rate: int | None = None, voices: Voices = "keep",
    seed: bytes = b"",
) -> int:  # fmt: skip
    """How long the film at `out` lasts, in milliseconds: the whole picture of `source` within `size` (even pixels).

    Pictures come 30 a second, the sound as it was unless its voices are muted or disguised (by `seed`, see `voice`).
    `Refused` where the film cannot be read.
    """

    clip = probe(source)
    count, (width, height) = _count(clip), clip.turned
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
