"""The pictures of a reel written: H.264 High in MP4, index first, nothing else in it."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from pipeline.reels.picture import BT709
from pipeline.reels.sources import FPS

if TYPE_CHECKING:
    import numpy as np
    from av.container import OutputContainer
    from av.packet import Packet

GOP = 2 * FPS  # frames of a closed group of pictures, at most
MUXER = {
    "movflags": "+faststart+negative_cts_offsets",
    "fflags": "+bitexact",
    "use_editlist": "0",
    "empty_hdlr_name": "1",
    "write_tmcd": "0",
}
_MPEG_RANGE = 1
# A fixed number of threads: x264's bits depend on it, and the same reel must have the same hash on every machine.
THREADS = 3


class _Writer:
    """One MP4 being written. A context: leaving it ends the file and moves its index to the front."""

    def __init__(self, path: Path) -> None:
        import av

        self._file: OutputContainer = av.open(str(path), "w", format="mp4", options=MUXER)
        self._failed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, failed: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if failed is None:
            self._finish()
        if not self._failed:
            self._file.close()

    def _finish(self) -> None:
        raise NotImplementedError

    def _mux(self, packets: Iterable[Packet[Any]]) -> None:
        """Writes the packets; nothing any more after a failure: PyAV 18.1 crashes on such a file."""
        for packet in packets:
            if self._failed:
                return
            try:
                self._file.mux(packet)
            except OSError:
                self._failed = True
                raise


def _quality(quick: bool, bit_rate: int | None) -> dict[str, str]:
    """How well x264 encodes: with one quantiser throughout it need not look ahead, which takes a third of its time.

    As many bytes as at crf 26. It cannot keep a bit rate.
    """
    if quick and bit_rate is None:
        return {"qp": "27"}
    return {"crf": "26" if quick else "20"}


class PictureWriter(_Writer):
    """The pictures of a reel or of a part of it, 30 a second.

    All that is written with the same size, `quick` and `bit_rate` may be joined without being encoded again: closed
    groups of pictures of 2 seconds at most, and the same header.
    """

    def __init__(
        self, path: Path, size: tuple[int, int], *, quick: bool = False, bit_rate: int | None = None,
        matrix: int = BT709, threads: int = THREADS,
    ) -> None:  # fmt: skip
        """`bit_rate` in bits a second: the most that the picture may have; None leaves it to the picture.

        `matrix`: by which one the planes given to `add` were made of colours. One thread costs a twentieth less than
        several, and takes longer.
        """
        super().__init__(path)
        self._matrix, self._threads = matrix, threads
        self._video = self._video_stream(size, quick, bit_rate)
        self._count = 0
        self._strip: Any = None

    def add(self, picture: np.ndarray[Any, Any]) -> None:
        """Writes the next frame: its planes as `planes` describes them."""
        from av import VideoFrame

        frame = VideoFrame.from_numpy_buffer(picture, format="yuv420p")  # the encoder copies it, once
        frame.colorspace, frame.color_range = self._matrix, _MPEG_RANGE
        frame.pts, frame.time_base = self._count, Fraction(1, FPS)
        self._count += 1
        self._stripped(self._video.encode(frame))

    def _finish(self) -> None:
        self._stripped(self._video.encode(None))
        if self._strip is not None:
            self._mux(self._strip.filter(None))

    def _video_stream(self, size: tuple[int, int], quick: bool, bit_rate: int | None) -> Any:
        from av.codec.context import Flags

        options = {
            "preset": "ultrafast" if quick else "veryfast",
            **_quality(quick, bit_rate),
            "profile": "high",
            "a53cc": "0",
            "threads": str(self._threads),
            "x264-params": f"open-gop=0:keyint={GOP}",
        }
        if bit_rate is not None:
            # Each part of a reel begins with its own buffer: half full, and small, so that many keep the limit.
            options |= {"maxrate": str(bit_rate), "bufsize": str(bit_rate // 2)}
            options["x264-params"] += ":vbv-init=0.5"
        stream = self._file.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base = Fraction(1, FPS)
        context.flags |= Flags.bitexact
        context.color_primaries = context.color_trc = BT709  # AVCOL_PRI_BT709 and AVCOL_TRC_BT709 are 1, too
        context.colorspace = self._matrix
        context.color_range = _MPEG_RANGE
        return stream

    def _stripped(self, packets: Iterable[Packet[Any]]) -> None:
        from av.bitstream import BitStreamFilterContext

        for packet in packets:
            if self._strip is None:
                # NAL type 6 is SEI: x264 writes its version and settings there.
                self._strip = BitStreamFilterContext("filter_units=remove_types=6", self._video)
            self._mux(self._strip.filter(packet))
