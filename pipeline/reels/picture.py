"""From a decoded frame to the reel's frame: turned upright, cropped to fill, scaled, as BT.709 planes or RGB."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.reels.sources import Probe

if TYPE_CHECKING:
    import numpy as np
    from av.filter import Graph
    from av.video.frame import VideoFrame

_TURNS = {90: [("transpose", "clock")], 180: [("hflip", ""), ("vflip", "")], 270: [("transpose", "cclock")]}
_ANCHOR = {"left": 0.0, "centre": 0.5, "auto": 0.5, "right": 1.0}
_UNSPECIFIED = 2  # AVCOL_SPC_UNSPECIFIED
_HD_LINES = 720  # players take an untagged picture for BT.709 from here on, for BT.601 below


@dataclass(frozen=True)
class Window:
    """The part of the upright picture that fills the reel, in stored pixels, all even."""

    x: int
    y: int
    width: int
    height: int


def window(clip: Probe, size: tuple[int, int], framing: str, centre: float | None = None) -> Window:
    """The largest part of the clip's picture that has the reel's shape.

    `centre` (0 to 1 of the picture's width) is where the faces are; it counts for framing `auto` only.
    """
    width, height = clip.turned
    wanted = size[0] / size[1] / clip.turned_aspect
    if width > height * wanted:
        kept, room = _even(height * wanted), width
        left = (room - kept) * _ANCHOR[framing]
        if framing == "auto" and centre is not None:
            left = room * centre - kept / 2
        return Window(_even(min(max(left, 0), room - kept)), 0, kept, _even(height))
    kept = _even(width / wanted)
    return Window(0, _even((height - kept) / 2), _even(width), kept)


def _even(value: float) -> int:
    return int(value) // 2 * 2


class Fitter:
    """Turns frames of one clip into arrays of one size, through one libavfilter graph.

    `pixels` is a name of libavutil: yuv420p, rgb24 or bgr24.
    """

    def __init__(self, clip: Probe, part: Window, size: tuple[int, int], pixels: str = "rgb24") -> None:
        self._steps = [
            *_TURNS.get(clip.turn, []),
            ("crop", f"{part.width}:{part.height}:{part.x}:{part.y}"),
        ]
        self._size, self._pixels = size, pixels
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

        graph = Graph()
        matrix = "auto"
        if frame.colorspace == _UNSPECIFIED:
            matrix = "bt709" if min(frame.width, frame.height) >= _HD_LINES else "bt601"
        scale = f"{self._size[0]}:{self._size[1]}:flags=bicubic:in_color_matrix={matrix}"
        if self._pixels == "yuv420p":
            scale += ":out_color_matrix=bt709:out_range=tv"
        source = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=frame.time_base
        )
        steps = [*self._steps, ("scale", scale), ("format", self._pixels), ("buffersink", "")]
        chain = [source, *(graph.add(name, words or None) for name, words in steps)]
        graph.link_nodes(*chain).configure()
        return graph
