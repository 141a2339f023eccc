"""A film encoded once more with its tracks covered: a copy to be watched, or the pictures of a stretch.

Reached by the worker that searches footage: nothing of cut lists, sound or pydantic is imported here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path

from pipeline.errors import Refused
from pipeline.protection.tracks import Track, boxes_at
from pipeline.reels.encoding import THREADS, PictureWriter
from pipeline.reels.masks import cover
from pipeline.reels.picture import BT709, Fitter, Window, nearest_matrix
from pipeline.reels.sources import FPS, Frames, Probe, probe
from publishers._sentences import _


def masked(source: Path, out: Path, tracks: Sequence[Track], tell: Callable[[float], None] | None = None) -> None:
    """Writes the whole film with its tracks covered, upright, in its own size, without sound: to be watched.

    Pictures come 30 a second. `Refused` where the film cannot be read.
    """
    with closing(Frames(probe(source), threads=False)) as frames:
        masked_frames(frames, out, tracks, tell)


def masked_frames(
    frames: Frames, out: Path, tracks: Sequence[Track], tell: Callable[[float], None] | None = None
) -> None:
    """The same of a film that is open already."""
    count = count_of(frames.clip)

    def each_second(index: int) -> None:
        if tell is not None and index % FPS == 0:
            tell(index / count)

    covered(frames, out, tracks, (index / FPS for index in range(count)), each_second, quick=True)


def covered(
    frames: Frames, out: Path, tracks: Sequence[Track], times: Iterable[float], tell: Callable[[int], None],
    *, quick: bool = False,
) -> int:  # fmt: skip
    """How many pictures were written: of these times of a film, upright, in its own size, masked; `tell` hears each.

    What is made `quick` costs as little as it can: an older film's colours stay as they were coded (to convert them
    costs more than to code them), and one thread does it all.
    """
    clip = frames.clip
    width, height = clip.turned
    whole = Window(0, 0, width // 2 * 2, height // 2 * 2)
    size = max(2, round(whole.width * clip.turned_aspect / 2) * 2), whole.height
    matrix = nearest_matrix(frames.at(0.0)) if quick else BT709
    fit, count = Fitter(clip, whole, size, "yuv420p", matrix=matrix), 0
    with PictureWriter(out, size, quick=quick, matrix=matrix, threads=1 if quick else THREADS) as writer:
        shown = None
        for index, seconds in enumerate(times):
            frame = frames.at(seconds)
            if frame is not shown:
                shown, picture = frame, fit(frame)
                cover(picture, boxes_at(tracks, frames.time(frame)), clip.turned, whole, "yuv420p")
            writer.add(picture)
            tell(index)
            count += 1
    return count


def count_of(clip: Probe) -> int:
    """How many pictures of a reel the clip fills."""
    count = round(clip.seconds * FPS)
    if not count:
        raise Refused(_("This film is too short to be made anew: choose another one."))
    return count
