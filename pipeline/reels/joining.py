"""Segments and sound joined into one film by copying their packets: nothing is encoded again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from heapq import merge
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import Refused
from pipeline.reels.encoding import MUXER
from pipeline.reels.sources import FPS
from publishers._sentences import _

if TYPE_CHECKING:
    from av.packet import Packet

_FRAME = Fraction(1, FPS)


def join(pictures: Sequence[Path], sound: Path | None, out: Path) -> int:
    """How many frames the film at `out` has: the pictures one after the other, with the sound (MP4) over all of them.

    The pictures come from `PictureWriter`s of the same settings; `Refused` where their headers differ.
    """
    import av
    from av.video.stream import VideoStream

    with av.open(str(out), "w", format="mp4", options=MUXER) as film, av.open(str(pictures[0])) as first:
        video = film.add_stream_from_template(first.streams.video[0])
        assert isinstance(video, VideoStream)
        video.time_base, header = _FRAME, first.streams.video[0].codec_context.extradata
        if sound is None:
            count = _all(film, _shown(pictures, video, header))
        else:
            with av.open(str(sound)) as heard:
                audio = film.add_stream_from_template(heard.streams.audio[0])
                played = (_moved(packet, audio) for packet in heard.demux(audio=0) if packet.dts is not None)
                count = _all(film, merge(_shown(pictures, video, header), played, key=_when))
    return count


def _all(film: Any, packets: Iterator[Packet[Any]]) -> int:
    """How many of the packets, all of which are written, are pictures."""
    count = 0
    for packet in packets:
        count += packet.stream.type == "video"
        film.mux_one(packet)
    return count


def _when(packet: Packet[Any]) -> Fraction:
    assert packet.dts is not None
    return packet.dts * packet.time_base


def _moved(packet: Packet[Any], stream: Any) -> Packet[Any]:
    packet.stream = stream
    return packet


def _shown(pictures: Sequence[Path], stream: Any, header: bytes | None) -> Iterator[Packet[Any]]:
    """The packets of all segments on the film's time: the frame's number is the time stamp.

    Packets are counted rather than believed: x264 delays each segment by the same number of frames, but a segment of
    two or three frames does not show it.
    """
    import av

    at = 0
    for path in pictures:
        with av.open(str(path)) as segment:
            found = segment.streams.video[0]
            if found.codec_context.extradata != header:
                raise Refused(
                    _("Parts of this reel were made by different versions of the encoder: install the same on all.")
                )
            count = 0
            for count, packet in enumerate((one for one in segment.demux(found) if one.dts is not None), 1):
                assert packet.pts is not None
                number = round(packet.pts * packet.time_base * FPS)
                packet.time_base, packet.pts, packet.dts = _FRAME, at + number, at + count - 1 - DELAY
                packet.duration = 1
                yield _moved(packet, stream)
            at += count


DELAY = 2  # frames: how far x264 decodes ahead of what it shows, with its pyramid of B-frames
