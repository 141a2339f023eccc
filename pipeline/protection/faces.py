"""Faces found in a clip or photo with YuNet (OpenCV).

The threshold is low: what is taken for a face and is none is covered too. No automatic scheme finds every face: a
person looks before anything goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.protection.gaps import holds, unseen
from pipeline.protection.movement import Movement, Shift, off_the_line
from pipeline.protection.tracks import (
    Box,
    Carried,
    Track,
    box_at,
    grown,
    linked,
    steadied,
    still,
    straightened,
)
from pipeline.protection.yunet import Detector, rest
from pipeline.reels.sources import Frames, Probe, probe

if TYPE_CHECKING:
    import numpy as np
    from av.video.frame import VideoFrame

    Picture = np.ndarray[Any, Any]

TOOLS = {"detector": "YuNet 2023mar", "version": 4}  # raised when the same clip would give other tracks
STEP = 0.06  # seconds between two searched pictures, at least: every second one of 30 a second, each one of 10
# Searching costs by the pixel. A picture is searched whole from time to time, and in between no finer than the smallest
# face then seen needs. What comes up in between is covered by `EXTENDED` before it is first seen.
FULL = 0.4  # seconds between two pictures that are searched whole
SPARED = 0.26  # seconds between two searched pictures, at most, while it can be told how the whole picture moves
MOST_SPARED = 1  # pictures between two searched ones
CARRIED = 0.5  # of the smallest face's size: how far off the straight line faces may be carried
LINES = (320, 480, 640, 800, 1080)  # shorter sides of searched pictures, in pixels; the last is the whole
TALL = 24  # pixels: the height at which YuNet sees a face well
THRESHOLD = 0.35  # begins a track. YuNet's usual 0.6 misses faces in profile and half hidden
FAINT = 0.2  # carries a track on; alone it is shown to the person who reviews
SURE = 0.6  # what is still seen above this in a finished film or photo is counted as a face
PHOTO_LINES = (480, 960, 1920)  # a photo is searched at each of these sizes: nothing moves there to find it by

Tell = Callable[[float], None]


@dataclass(frozen=True)
class Found:
    """What the search of one file gave: tracks, faint sightings that no track covers, and stretches of tracks unseen.

    `width` and `height` in square pixels of the upright picture; `seconds` is the time of the last one that was read.
    """

    tracks: tuple[Track, ...]
    faint: tuple[Track, ...]
    bridged: tuple[Track, ...]
    width: int
    height: int
    seconds: float
    pictures: int


def search(path: Path, tell: Tell | None = None) -> Found:
    """The faces of a whole clip, each followed as long as it is there; raises `Refused`."""
    with closing(Frames(probe(path))) as frames:
        return search_frames(frames, tell)


def search_frames(frames: Frames, tell: Tell | None = None) -> Found:
    """The same of a film that is open already."""
    clip, searched, looking = frames.clip, [], _Search(frames, STEP, FAINT)
    for boxes in looking.needed():
        searched.append(boxes)
        if tell is not None and len(searched) % 5 == 0:
            tell(boxes.seconds / clip.seconds if clip.seconds else 0.0)
    until = searched[-1].seconds if searched else 0.0
    width, height = round(clip.turned[0] * clip.turned_aspect), clip.turned[1]
    return _found([one.boxes for one in searched], width, height, until, len(searched), looking)


def search_photo(path: Path) -> Found:
    """The faces of a photo, at time 0; raises `Refused`."""
    import numpy as np

    from pipeline.protection.stills import upright

    picture = np.asarray(upright(path))
    height, width = picture.shape[:2]
    return _found([in_picture(picture, FAINT)], width, height, 0.0, 1)


def in_picture(picture: Picture, threshold: float = THRESHOLD) -> list[Box]:
    """The faces of one upright picture (height, width, RGB), each once; looked for at several sizes."""
    import numpy as np

    height, width = picture.shape[:2]
    turned = np.ascontiguousarray(picture[..., ::-1])
    boxes: list[Box] = []
    for size in dict.fromkeys(_size((width, height), lines) for lines in PHOTO_LINES):
        boxes += _seen(Detector(size, threshold), _resized(turned, size), 0.0)
    return _distinct(boxes)


def _found(
    searched: Sequence[Sequence[Box]], width: int, height: int, until: float, pictures: int,
    looking: _Search | None = None,
) -> Found:  # fmt: skip
    way, carried, unsure = (looking.way, looking.carried, looking.unsure) if looking else (still, [], set[float]())
    seen = [
        replace(track, start=max(0.0, track.start), end=track.end if until else 0.0, number=number)
        for number, track in enumerate(linked(searched, THRESHOLD, way), 1)
    ]
    tracks = tuple(replace(track, boxes=straightened(steadied(track.boxes, carried, unsure))) for track in seen)
    return Found(tracks, tuple(_bare(searched, tracks)), tuple(unseen(seen)), width, height, until, pictures)


def _bare(searched: Sequence[Sequence[Box]], tracks: Sequence[Track]) -> list[Track]:
    """The faint sightings whose middle no mask covers, followed through time."""
    left = []
    for boxes in searched:
        alive = [box_at(track, boxes[0].time) for track in tracks] if boxes else []
        masks = [grown(held) for held in alive if held is not None]
        left.append([box for box in boxes if not any(holds(mask, box) for mask in masks)])
    return [
        replace(track, start=max(0.0, track.boxes[0].time), end=track.boxes[-1].time, number=number)
        for number, track in enumerate(linked(left), 1)
    ]


def find_tracks(path: Path, start: float = 0.0, end: float | None = None) -> list[Track]:
    """The faces of a clip that are covered at some time between two (seconds); raises `Refused`.

    Searching costs more than all else in a render: what was found is remembered while the file stays as it is.
    """
    state = path.stat()
    tracks = _remembered(path, (state.st_ino, state.st_mtime_ns, state.st_size))
    return [track for track in tracks if track.end >= start and (end is None or track.start <= end)]


@lru_cache(maxsize=64)
def _remembered(path: Path, _state: tuple[int, int, int]) -> tuple[Track, ...]:
    return search(path).tracks


def count_faces(path: Path, step: float = 1 / 3, threshold: float = SURE) -> int:
    """How many times a face is still seen in a film, searched every `step` seconds: 0 where all are covered."""
    # Reading fewer pictures costs half where they are looked at that far apart.
    try:
        with closing(Frames(probe(path), some=step > 2 * STEP)) as frames:
            return sum(len(one.boxes) for one in _Search(frames, step, threshold).each())
    finally:
        rest()


@dataclass(frozen=True)
class _Searched:
    seconds: float
    boxes: list[Box]


@dataclass(frozen=True)
class _Waiting:
    seconds: float
    frame: VideoFrame
    moved: Shift | None  # since the one before


class _Search:
    """Looks for the faces of pictures of one clip, at least `step` seconds apart."""

    def __init__(self, frames: Frames, step: float, threshold: float) -> None:
        self._frames, self._step, self._threshold = frames, step, threshold
        self._looks: dict[int, _Look] = {}
        self._whole_at, self._lines = -FULL, LINES[-1]
        self._smallest = 0.0  # of the faces seen when the whole picture was last searched, in pixels
        self.carried: list[Carried] = []
        self._gone: dict[float, tuple[float, float]] = {}  # how far the whole picture has moved at each time
        self._latest = 0.0
        self.unsure: set[float] = set()  # when it could not be told

    def each(self) -> Iterator[_Searched]:
        """The faces of every such picture."""
        for seconds, frame in _pictures(self._frames, self._step):
            yield self._look(_Waiting(seconds, frame, None))

    def needed(self) -> Iterator[_Searched]:
        """The same without pictures between two others as long as it can be told how the whole picture moves there."""
        movement, since, waiting = Movement(), 0.0, list[_Waiting]()
        for seconds, frame in _pictures(self._frames, self._step):
            last = _Waiting(seconds, frame, movement(frame))
            self._go(last)
            if self._is_whole_due(seconds) or seconds - since > SPARED or len(waiting) == MOST_SPARED:
                yield from () if self._carry(since, [*waiting, last]) else map(self._look, waiting)
                yield self._look(last)
                since, waiting = seconds, []
            else:
                waiting.append(last)
        yield from map(self._look, waiting)

    def _carry(self, since: float, waiting: Sequence[_Waiting]) -> bool:
        """Whether faces go with the picture in those that wait but the last; then it is noted how far."""
        times = [since, *(one.seconds for one in waiting)]
        moved = [(b - a, one.moved) for a, b, one in zip(times[:-1], times[1:], waiting, strict=True) if one.moved]
        if len(moved) < len(waiting) or times[-1] - since > SPARED:
            return False
        off = off_the_line(moved)
        if any(shift.length > CARRIED * self._smallest for shift in off):
            return False
        width, height = self._frames.clip.turned
        for one, shift in zip(waiting[:-1], map(self._upright, off), strict=True):
            self.carried.append(Carried(since, one.seconds, times[-1], shift.x / width, shift.y / height))
        return True

    def _upright(self, shift: Shift) -> Shift:
        return shift.turned(self._frames.clip.turn, mirrored=self._frames.clip.mirrored)

    def _go(self, picture: _Waiting) -> None:
        """Notes how far the whole picture has moved till then, as far as it can be told."""
        moved = self._upright(picture.moved) if picture.moved else Shift(0.0, 0.0)
        before_at = self._latest
        (width, height), before = self._frames.clip.turned, self._gone.get(before_at, (0.0, 0.0))
        self._latest = picture.seconds
        self.unsure |= set() if picture.moved or not picture.seconds else {before_at, picture.seconds}
        self._gone[picture.seconds] = before[0] + moved.x / width, before[1] + moved.y / height

    def way(self, since: float, until: float) -> tuple[float, float]:
        """How far the whole picture moved between two pictures, in parts of it."""
        (x, y), (u, v) = self._gone[since], self._gone[until]
        return u - x, v - y

    def _is_whole_due(self, seconds: float) -> bool:
        return seconds - self._whole_at >= FULL

    def _look(self, picture: _Waiting) -> _Searched:
        seconds = picture.seconds
        whole = self._is_whole_due(seconds)
        used = LINES[-1] if whole else self._lines
        if used not in self._looks:
            self._looks[used] = _Look(self._frames.clip, used, self._threshold)
        look = self._looks[used]
        boxes = look(seconds, picture.frame)
        if whole:
            self._whole_at, self._lines = seconds, _lines_for(boxes, look.size[1] / min(look.size))
            self._smallest = min((box.height for box in boxes), default=1.0) * self._frames.clip.turned[1]
        return _Searched(seconds, boxes)


def _lines_for(boxes: Sequence[Box], upright: float) -> int:
    """The fewest lines on which the smallest of these faces is still `TALL`; the least where there is none.

    `upright` is the picture's height in parts of its shorter side.
    """
    smallest = min((box.height for box in boxes), default=1.0) * upright
    return next((lines for lines in LINES if smallest * lines >= TALL), LINES[-1])


class _Look:
    """Looks at pictures of one clip at one size."""

    def __init__(self, clip: Probe, lines: int, threshold: float) -> None:
        from pipeline.reels.picture import Fitter, Window

        whole = clip.turned[0] // 2 * 2, clip.turned[1] // 2 * 2
        self.size = _size((clip.turned[0] * clip.turned_aspect, float(clip.turned[1])), lines)
        self._detector = Detector(self.size, threshold)
        self._fit = Fitter(clip, Window(0, 0, *whole), self.size, "bgr24", "area")
        # An odd last row or column is not looked at.
        self._across, self._down = whole[0] / clip.turned[0], whole[1] / clip.turned[1]

    def __call__(self, seconds: float, frame: VideoFrame) -> list[Box]:
        """The faces of a frame, in parts of the upright picture."""
        boxes = _seen(self._detector, self._fit(frame), seconds)
        return [_scaled(box, self._across, self._down) for box in boxes]


def _scaled(box: Box, across: float, down: float) -> Box:
    return replace(box, x=box.x * across, y=box.y * down, width=box.width * across, height=box.height * down)


def _size(whole: tuple[float, float], lines: int) -> tuple[int, int]:
    scale = min(1.0, lines / min(whole))
    return max(2, int(whole[0] * scale) // 2 * 2), max(2, int(whole[1] * scale) // 2 * 2)


def _pictures(frames: Frames, step: float) -> Iterator[tuple[float, VideoFrame]]:
    """The frames that are searched, with their times."""
    due = 0.0
    for frame in frames.every():
        seconds = frames.time(frame)
        if seconds >= due:
            due = seconds + step
            yield seconds, frame


def _seen(detector: Detector, picture: Picture, seconds: float) -> list[Box]:
    height, width = picture.shape[:2]
    return [
        Box(seconds, x / width, y / height, wide / width, high / height, score)
        for x, y, wide, high, score in detector(picture)
    ]


def _resized(picture: Picture, size: tuple[int, int]) -> Picture:
    import cv2

    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _distinct(boxes: Sequence[Box]) -> list[Box]:
    """Each face once, as it was seen best."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda one: -one.score):
        if all(_overlap(box, other) < 0.3 for other in kept):
            kept.append(box)
    return kept


def _overlap(one: Box, other: Box) -> float:
    """The share of what two boxes cover together that both cover."""
    across = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    down = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    both = max(0.0, across) * max(0.0, down)
    return both / (one.width * one.height + other.width * other.height - both)
