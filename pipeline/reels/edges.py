"""When the window of a cut goes through a masked face: what a person is told, since it cannot always be helped.

Whoever crosses the window's edge while others are followed is cut by it for a moment, whatever the window does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.protection.tracks import Box, Track, boxes_at
from pipeline.reels.framing import Crop, Path
from publishers._sentences import Sentence, _

_SLIVER = 0.02  # of a mask's side: what is cut off, or seen, by less is not noticed


def halved(way: Path, tracks: Sequence[Track], turned: tuple[int, int]) -> list[tuple[int, int]]:
    """The frames of the cut in which a mask is cut by the window's edge and not by the picture's own: runs of them.

    Each run as its first frame and the one after its last; `turned` is the upright picture in stored pixels.
    """
    runs: list[tuple[int, int]] = []
    for index in _frames(way, tracks, turned):
        if runs and runs[-1][1] == index:
            runs[-1] = runs[-1][0], index + 1
        else:
            runs.append((index, index + 1))
    return runs


def told(cut: Sequence[tuple[int, float, float]]) -> list[Sentence]:
    """What a person is told of a reel's `faces_cut`, one sentence each."""
    return [
        _(
            "Cut {number}, {start} to {end} s of the reel: the picture’s edge goes through a masked face. Let the cut "
            "look elsewhere (framing, keyframes), or leave it.",
            number=number,
            start=float(start),
            end=float(end),
        )
        for number, start, end in cut
    ]


def _frames(way: Path, tracks: Sequence[Track], turned: tuple[int, int]) -> Iterator[int]:
    for index, crop in enumerate(way.crops):
        boxes = boxes_at(tracks, way.start + index * way.step)
        if any(_cut(box, crop, turned) for box in boxes if box.kind == "face"):
            yield index


def _cut(box: Box, crop: Crop, turned: tuple[int, int]) -> bool:
    """Whether the window shows a part of the box and cuts off another that the picture has."""
    across = _shown(box.x, box.width, crop.x / turned[0], crop.width / turned[0])
    down = _shown(box.y, box.height, crop.y / turned[1], crop.height / turned[1])
    return min(across, down) > _SLIVER and min(across, down) < 1 - _SLIVER


def _shown(first: float, length: float, window: float, wide: float) -> float:
    """How much of a side of the box, as far as it lies in the picture, is in the window: 0 to 1."""
    begins, ends = max(first, 0.0), min(first + length, 1.0)
    seen = min(ends, window + wide) - max(begins, window)
    return max(0.0, seen) / (ends - begins) if ends > begins else 0.0
