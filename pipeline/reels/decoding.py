"""What can be decoded of a film's pictures, whatever is damaged in it, and where something is missing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from math import inf
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

_MOST = 1000  # packets that cannot be read in a row: then the file ends there

Gap = tuple[float, float]  # times of the last picture before damage and of the first one after it, in seconds


def every(container: InputContainer, stream: VideoStream, faults: list[bool]) -> Iterator[VideoFrame]:
    """Every picture that the decoder gives, half broken ones too, from where the container stands to its end.

    What is searched for faces must be more than what is ever shown: after damage, the pictures go on. `faults` is told
    of each packet whether `good` might leave something out.
    """
    for packet, frames in _decoded(container, stream):
        torn = packet is not None and packet.size > 0 and packet.is_corrupt
        faults.append(frames is None or torn or any(frame.is_corrupt or frame.pts is None for frame in frames))
        while frames:
            if frames[0].pts is not None:
                yield frames[0]
            del frames[0]  # nothing is held longer than it is looked at: a picture of 4K has 12 MB


def good(container: InputContainer, stream: VideoStream, gaps: list[Gap]) -> Iterator[VideoFrame]:
    """The pictures without fault. After damage they go on with the next one that is made from no other.

    Each hole is added to `gaps`; one that lasts to the end has no end.
    """
    last, torn, lost, cut_off = -inf, False, False, False
    for packet, frames in _decoded(container, stream):
        cut_off = cut_off if packet is None or not packet.size else packet.is_corrupt
        if frames is None:
            torn = lost = True
        while frames:
            torn = torn and not frames[0].key_frame
            lost = lost or torn or frames[0].is_corrupt
            if not (torn or frames[0].is_corrupt or frames[0].pts is None):
                at = float(frames[0].time or 0.0)
                if lost and last > -inf:
                    gaps.append((last, at))
                last, lost = at, False
                yield frames[0]
            del frames[0]
    if lost or cut_off:
        gaps.append((last, inf))


def _decoded(
    container: InputContainer, stream: VideoStream
) -> Iterator[tuple[Packet[Any] | None, list[VideoFrame] | None]]:
    """Each packet with the pictures that it gives; None where it cannot be read or decoded."""
    import av

    broken = 0
    while broken < _MOST:
        try:
            for packet in container.demux(stream):
                broken = 0
                yield packet, _of_packet(packet)
            return
        except av.FFmpegError:
            broken += 1
            yield None, None


def _of_packet(packet: Packet[VideoStream]) -> list[VideoFrame] | None:
    import av

    try:
        return packet.decode()
    except av.FFmpegError:
        return None


def of_whole_lines(decoded: Iterator[VideoFrame]) -> Iterator[VideoFrame]:
    """The pictures; where a camcorder wrote two moments into the lines of one, the first of them, its lines filled."""
    import av
    from av.filter import Graph

    first = next(decoded, None)
    if first is None:
        return
    if not first.interlaced_frame:
        yield first
        del first
        yield from decoded
        return
    graph = Graph()
    source = graph.add_buffer(width=first.width, height=first.height, format=first.format, time_base=first.time_base)
    filled = graph.add("bwdif", "mode=send_frame:deint=interlaced")
    graph.link_nodes(source, filled, graph.add("buffersink")).configure()
    graph.vpush(first)
    for frame in chain(decoded, [None]):
        graph.vpush(frame)
        while True:
            try:
                yield graph.vpull()
            except (av.BlockingIOError, av.EOFError):
                break
