"""What of each face was changed between a film and its masked copy, from their pixels alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from facebench.clips import Face

CHANGED = 12  # of 255: a colour that differs by more is not the codec's doing
FLAT = 3  # of 255: a colour as near to the mask's own is under the mask, whatever was there before
ENOUGH = 0.9  # of a face's box

Picture = np.ndarray[Any, Any]


@dataclass
class Score:
    """Face-frames, those of which less than `ENOUGH` was changed, and the share of all pixels that were."""

    faces: int = 0
    uncovered: int = 0
    changed: float = 0.0  # sum of shares of pictures
    pictures: int = 0
    missed: list[tuple[str, int, tuple[float, ...], float]] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Counts the other in."""
        self.faces += other.faces
        self.uncovered += other.uncovered
        self.changed += other.changed
        self.pictures += other.pictures
        self.missed += other.missed

    @property
    def area(self) -> float:
        """The mean share of a picture that was changed."""
        return self.changed / max(1, self.pictures)


def score(
    name: str, source: Path, made: Path, faces: Sequence[Sequence[Face]], paints: Sequence[Sequence[int]]
) -> Score:
    """The score of one film; `paints` are the colours (RGB) of the masks."""
    found = Score()
    pairs = zip(_pictures(source), _by_time(made, source), faces, strict=False)
    for index, (before, after, there) in enumerate(pairs):
        changed = _changed(before, cv2.resize(after, before.shape[1::-1]), paints)
        found.pictures += 1
        found.changed += float(changed.mean())
        for face in there:
            share = _share(changed, face)
            found.faces += 1
            if share < ENOUGH:
                found.uncovered += 1
                found.missed.append((name, index, tuple(round(v) for v in face.box), round(share, 2)))
    assert found.pictures == len(faces), f"{name}: {found.pictures} pictures, {len(faces)} expected"
    return found


def _changed(before: Picture, after: Picture, paints: Sequence[Sequence[int]]) -> Picture:
    changed = np.abs(before.astype(np.int16) - after.astype(np.int16)).max(axis=2) > CHANGED
    for paint in paints:
        changed |= np.abs(after.astype(np.int16) - np.array(paint, np.int16)).max(axis=2) <= FLAT
    return changed


def _share(changed: Picture, face: Face) -> float:
    """The part of the face's box within the picture that was changed, what an object hides left out."""
    height, width = changed.shape
    x, y, wide, high = face.box
    counted = np.zeros_like(changed)
    counted[max(0, round(y)) : min(height, round(y + high)), max(0, round(x)) : min(width, round(x + wide))] = True
    if face.before is not None:
        left, _top, broad, _tall = face.before
        counted[:, max(0, round(left)) : max(0, round(left + broad) + 1)] = False
    return float(changed[counted].mean()) if counted.any() else 1.0


def _pictures(path: Path) -> Iterator[Picture]:
    with av.open(str(path)) as film:
        for frame in film.decode(video=0):
            # As people see it: our copy stands upright, whatever the source's display matrix says.
            yield np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24"), round(frame.rotation / 90)))


def _by_time(made: Path, source: Path) -> Iterator[Picture]:
    """For each frame of the source, the one that the masked copy shows at the middle of its time."""
    times = list(_times(source))
    with av.open(str(made)) as film:
        frames = film.decode(video=0)
        shown, first = next(frames), None
        following = next(frames, None)
        for at, end in zip(
            times, [*times[1:], times[-1] + (times[-1] - times[-2] if len(times) > 1 else 0)], strict=True
        ):
            first = shown.time if first is None else first
            while following is not None and following.time - first <= (at + end) / 2:
                shown, following = following, next(frames, None)
            yield shown.to_ndarray(format="rgb24")


def _times(path: Path) -> Iterator[float]:
    with av.open(str(path)) as film:
        first = None
        for frame in film.decode(video=0):
            first = frame.time if first is None else first
            yield frame.time - first
