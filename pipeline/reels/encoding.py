"""A finished reel written: H.264 High and AAC in MP4, index first, nothing in it but picture and sound."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.reels.sources import FPS

if TYPE_CHECKING:
    import numpy as np
    from av.container import OutputContainer
    from av.packet import Packet

_GOP = 2 * FPS
_MUXER = {
    "movflags": "+faststart+negative_cts_offsets",
    "fflags": "+bitexact",
    "use_editlist": "0",
    "empty_hdlr_name": "1",
    "write_tmcd": "0",
}
_BT709 = 1  # AVCOL_PRI_BT709, AVCOL_TRC_BT709 and AVCOL_SPC_BT709
_MPEG_RANGE = 1
# A fixed number of threads: x264's bits depend on it, and the same reel must have the same hash on every machine.
_THREADS = "4"


class Writer:
    """One MP4 being written; `sound` is a file made by `sound`, copied between the pictures; None: a film without.

    A context: leaving it ends the file and moves its index to the front.
    """

    def __init__(
        self,
        path: Path,
        size: tuple[int, int],
        sound: Path | None,
        *,
        quick: bool = False,
        bit_rate: int | None = None,
    ) -> None:
        """`bit_rate` in bits a second: the most that the picture may have; None leaves it to the picture."""
        import av

        self._file: OutputContainer = av.open(str(path), "w", format="mp4", options=_MUXER)
        self._video = self._video_stream(size, quick, bit_rate)
        self._sound = None if sound is None else Copied(self._file, sound)
        self._count = 0
        self._strip: Any = None

    def add(self, picture: np.ndarray[Any, Any]) -> None:
        """Writes the next frame: BT.709 planes as `planes` describes them."""
        from av import VideoFrame

        frame = VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.colorspace, frame.color_range = _BT709, _MPEG_RANGE
        frame.pts, frame.time_base = self._count, Fraction(1, FPS)
        self._count += 1
        self._mux_video(self._video.encode(frame))
        self._add_sound(self._count / FPS)

    def __enter__(self) -> Writer:
        return self

    def __exit__(self, failed: type[BaseException] | None, *_rest: object) -> None:
        if failed is None:
            self._finish()
        self._file.close()
        if self._sound is not None:
            self._sound.close()

    def _finish(self) -> None:
        self._mux_video(self._video.encode(None))
        if self._strip is not None:
            self._mux_all(self._strip.filter(None))
        self._add_sound(math.inf)

    def _video_stream(self, size: tuple[int, int], quick: bool, bit_rate: int | None) -> Any:
        from av.codec.context import Flags

        options = {
            "preset": "ultrafast" if quick else "veryfast",
            "crf": "26" if quick else "20",
            "profile": "high",
            "a53cc": "0",
            "threads": _THREADS,
            "x264-params": f"open-gop=0:keyint={_GOP}",
        }
        if bit_rate is not None:
            options |= {"maxrate": str(bit_rate), "bufsize": str(bit_rate)}
        stream = self._file.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.time_base = Fraction(1, FPS)
        context.flags |= Flags.bitexact
        context.color_primaries = context.color_trc = context.colorspace = _BT709
        context.color_range = _MPEG_RANGE
        return stream

    def _add_sound(self, until: float) -> None:
        if self._sound is not None:
            self._mux_all(self._sound.until(until))

    def _mux_video(self, packets: Iterable[Packet[Any]]) -> None:
        from av.bitstream import BitStreamFilterContext

        for packet in packets:
            if self._strip is None:
                # NAL type 6 is SEI: x264 writes its version and settings there.
                self._strip = BitStreamFilterContext("filter_units=remove_types=6", self._video)
            self._mux_all(self._strip.filter(packet))

    def _mux_all(self, packets: Iterable[Packet[Any]]) -> None:
        for packet in packets:
            self._file.mux(packet)


class Copied:
    """The sound of a file, packet by packet, for another file that is being written."""

    def __init__(self, file: OutputContainer, source: Path) -> None:
        import av

        self._source = av.open(str(source))
        self._stream = file.add_stream_from_template(self._source.streams.audio[0])
        self._packets = (packet for packet in self._source.demux(audio=0) if packet.dts is not None)
        self._next: Packet[Any] | None = next(self._packets, None)

    def until(self, seconds: float) -> Iterator[Packet[Any]]:
        """The packets that begin before."""
        while self._next is not None and _time(self._next) < seconds:
            packet, self._next = self._next, next(self._packets, None)
            packet.stream = self._stream
            yield packet

    def close(self) -> None:
        """Gives the file back."""
        self._source.close()


def _time(packet: Packet[Any]) -> float:
    assert packet.pts is not None and packet.time_base is not None
    return float(packet.pts * packet.time_base)
