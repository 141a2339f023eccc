"""The detector as onnxruntime runs it answers as OpenCV's own does: the same faces, boxes and scores."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from pipeline.protection import yunet
from tests.reels.films import heads

Looks = Callable[[np.ndarray], list[yunet.Seen]]
SIZES = [(320, 160), (331, 247), (160, 120)]  # sides that the network takes as they are, and others


@pytest.mark.parametrize("size", SIZES)
def test_onnxruntime_sees_what_opencv_sees(size: tuple[int, int]):
    picture = cv2.resize(heads(), size)
    ours, reference = looks(picture, yunet.OnnxRuntime), looks(picture, yunet.OpenCV)
    assert reference
    assert sorted(ours) == [pytest.approx(face, abs=0.01) for face in sorted(reference)]


def test_a_detector_that_took_the_picture_for_another_size_would_be_noticed():
    picture = cv2.resize(heads(), SIZES[0])
    padded = np.pad(picture, ((0, 0), (40, 0), (0, 0)))
    ours, reference = looks(padded, yunet.OnnxRuntime), looks(picture, yunet.OpenCV)
    assert sorted(ours) != [pytest.approx(face, abs=0.01) for face in sorted(reference)]


def test_without_onnxruntime_opencv_looks(monkeypatch: pytest.MonkeyPatch):
    picture = cv2.resize(heads(), SIZES[0])
    by_onnxruntime = yunet.Detector(picture.shape[1::-1], 0.3)(picture)
    monkeypatch.setattr(yunet, "find_spec", lambda _name: None)
    monkeypatch.setattr(yunet, "OnnxRuntime", None)
    by_opencv = yunet.Detector(picture.shape[1::-1], 0.3)(picture)
    assert by_onnxruntime == [pytest.approx(face, abs=0.01) for face in by_opencv]


def looks(picture: np.ndarray, runner: Callable[[tuple[int, int], float], Looks]) -> list[yunet.Seen]:
    return runner((picture.shape[1], picture.shape[0]), 0.2)(picture)
