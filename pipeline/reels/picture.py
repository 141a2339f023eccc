"""From a decoded frame to the reel's frame: cropped to fill, scaled, turned upright, as BT.709 planes or RGB."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from pipeline.reels import tones
from pipeline.reels.sources import Probe
from pipeline.reels.tones import CURVES

if TYPE_CHECKING:
    import numpy as np
    from av.filter import Graph
    from av.video.frame import VideoFrame

_TURNS = {90: [("transpose", "clock")], 180: [("hflip", ""), ("vflip", "")], 270: [("transpose", "cclock")]}
# AVCOL_SPC_BT709, _BT470BG, _SMPTE170M, _SMPTE240M, _BT2020_NCL and _BT2020_CL.
_MATRICES = {1: "bt709", 5: "bt601", 6: "bt601", 7: "smpte240m", 9: "bt2020", 10: "bt2020"}
BT709 = 1
_BT601 = 6
_HD_LINES = 720  # players take an untagged picture for BT.709 from here on, for BT.601 below
_FULL_RANGE = 2  # AVCOL_RANGE_JPEG


@dataclass(frozen=True)
class Window:
    """The part of the upright picture that fills the reel, in stored pixels, all even."""

    x: int
    y: int
    width: int
    height: int


def _even(value: float) -> int:
    return int(value) // 2 * 2


def _stored(part: Window, clip: Probe) -> Window:
    """The same part where it is in the stored picture, before that is turned upright and mirrored."""
    found = _before_turning(part, clip)
    if not clip.mirrored:
        return found
    return Window(_even(clip.width - found.x - found.width), found.y, found.width, found.height)


def _before_turning(part: Window, clip: Probe) -> Window:
    right, below = clip.width - part.y - part.height, clip.height - part.x - part.width
    if clip.turn == 90:
        return Window(part.y, _even(below), part.height, part.width)
    if clip.turn == 270:
        return Window(_even(right), part.x, part.height, part.width)
    if clip.turn == 180:
        x, y = clip.width - part.x - part.width, clip.height - part.y - part.height
        return Window(_even(x), _even(y), part.width, part.height)
    return part


class Fitter:
    """Turns frames of one clip into arrays of one size, through one libavfilter graph.

    `pixels` is a name of libavutil: yuv420p, rgb24 or bgr24; `scaler` one of libswscale: area takes half of bicubic's
    time. `matrix`: by which one yuv420p is made of colours.
    """

    def __init__(
        self, clip: Probe, part: Window, size: tuple[int, int], pixels: str = "rgb24", scaler: str = "bicubic",
        matrix: int = BT709,
    ) -> None:  # fmt: skip
        self._clip, self._size, self._pixels, self._scaler = clip, size, pixels, scaler
        self._matrix = _MATRICES[matrix]
        self._part = _stored(part, clip)
        self._graph: Graph | None = None

    def __call__(self, frame: VideoFrame) -> np.ndarray[Any, Any]:
        """The frame as an array: uint8, (height, width, 3), or planes one below the other (see `planes`)."""
        if self._graph is None:
            self._graph = self._build(frame)
        self._graph.push(frame)
        out: np.ndarray[Any, Any] = self._graph.vpull().to_ndarray()
        return out

    def _build(self, frame: VideoFrame) -> Graph:
        from av.filter import Graph

        graph, part = Graph(), self._part
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
        )
        crop = graph.add("crop", f"{part.width}:{part.height}:{part.x}:{part.y}")
        with TemporaryDirectory() as folder:  # for a table of tones, which is read while the graph is built
            mirror = [("hflip", "")] if self._clip.mirrored else []
            turn = _TURNS.get(self._clip.turn, [])
            steps = [*self._scaling(frame, Path(folder)), *mirror, *turn, ("buffersink", "")]
            chain = [source, crop, *(graph.add(name, words or None) for name, words in steps)]
            graph.link_nodes(*chain).configure()
        return graph

    def _scaling(self, frame: VideoFrame, folder: Path) -> list[tuple[str, str]]:
        """Scaled before it is turned: there are mostly fewer pixels to turn then."""
        width, height = self._size if self._clip.turn in (0, 180) else self._size[::-1]
        given = f"{width}:{height}:flags={self._scaler}:in_color_matrix={_matrix(frame)}:in_range={_range(frame)}"
        curve = CURVES.get(frame.color_trc)
        wanted = f":out_color_matrix={self._matrix}:out_range=tv" if self._pixels == "yuv420p" else ""
        if curve is None:
            return [("scale", given + wanted), ("format", self._pixels)]
        table = tones.write(curve, folder)
        ready = [("lut3d", f"file={table}:interp=tetrahedral"), ("scale", wanted.removeprefix(":"))]
        return [("scale", given), ("format", "gbrp10le"), *ready, ("format", self._pixels)]


def nearest_matrix(frame: VideoFrame) -> int:
    """Its own matrix where players take it for what it is, BT.601 or BT.709: nothing is to be converted then."""
    return _BT601 if _matrix(frame) == "bt601" else BT709


def _matrix(frame: VideoFrame) -> str:
    """By which matrix the frame became Y, Cb and Cr, as libavfilter calls it."""
    if frame.colorspace in _MATRICES:
        return _MATRICES[frame.colorspace]
    return "bt709" if min(frame.width, frame.height) >= _HD_LINES else "bt601"


def _range(frame: VideoFrame) -> str:
    return "pc" if frame.color_range == _FULL_RANGE or frame.format.name.startswith("yuvj") else "tv"
