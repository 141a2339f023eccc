"""How the whole picture moves from frame to frame: a face goes with it where nobody looked for faces.

Between two searched pictures a mask goes in a straight line. Where the camera shakes, it goes off that line as far as
the whole picture does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import hypot
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from av.video.frame import VideoFrame

    Picture = np.ndarray[Any, Any]

LINES = 90  # shorter side of the pictures that are compared, in pixels
SURE = 0.65  # of 1: how sharp the correlation's peak is. Blur, a cut and what moves through the picture make it flat
# Their first plane is brightness, a byte each: of other kinds nothing is said, and every picture is searched.
_PLAIN = {"yuv420p", "yuvj420p", "yuv422p", "yuvj422p", "yuv444p", "yuvj444p", "nv12", "gray"}


@dataclass(frozen=True)
class Shift:
    """How far the picture moved, in its stored pixels, and how sure that is (0 to 1)."""

    x: float
    y: float
    sure: float = 1.0

    @property
    def length(self) -> float:
        """How far, whichever way."""
        return hypot(self.x, self.y)

    def turned(self, turn: int, *, mirrored: bool = False) -> Shift:
        """The same in the picture mirrored, where it is, and turned clockwise by so many degrees."""
        x = -self.x if mirrored else self.x
        upright = {90: (-self.y, x), 180: (-x, -self.y), 270: (self.y, -x)}
        return Shift(*upright.get(turn, (x, self.y)), self.sure)


def off_the_line(shifts: Sequence[tuple[float, Shift]]) -> list[Shift]:
    """How far each picture but the last is off the straight line from the one before the first to the last.

    `shifts` are the seconds since the picture before it, and how far it moved since.
    """
    ends = [*accumulate(seconds for seconds, _shift in shifts)]
    across, down = ([*accumulate(moved)] for moved in zip(*((s.x, s.y) for _seconds, s in shifts), strict=True))
    return [
        Shift(x - across[-1] * end / ends[-1], y - down[-1] * end / ends[-1])
        for end, x, y in zip(ends[:-1], across[:-1], down[:-1], strict=True)
    ]


class Movement:
    """Looks at the frames of one clip one after the other."""

    def __init__(self) -> None:
        self._before: Picture | None = None
        self._window: Picture | None = None

    def __call__(self, frame: VideoFrame) -> Shift | None:
        """How far the picture moved since the frame before; None for the first, and where it cannot be told."""
        import cv2

        before, self._before = self._before, _small(frame)
        if before is None or self._before is None or before.shape != self._before.shape:
            return None
        height, width = before.shape
        if self._window is None or self._window.shape != before.shape:
            self._window = cv2.createHanningWindow((width, height), cv2.CV_32F)
        (x, y), sure = cv2.phaseCorrelate(before, self._before, self._window)
        return Shift(x * frame.width / width, y * frame.height / height, sure) if sure >= SURE else None


def _small(frame: VideoFrame) -> Picture | None:
    """The frame's brightness, much smaller."""
    import cv2
    import numpy as np

    share = min(frame.width, frame.height) // LINES
    if frame.format.name not in _PLAIN or not share:
        return None
    plane = frame.planes[0]
    whole = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[: frame.height, : frame.width]
    size = frame.width // share // 2 * 2, frame.height // share // 2 * 2
    small: Picture = cv2.resize(whole, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    return small
