"""Where the samples of an MP4 track lie, and when they are shown (ISO 14496-12, 8.6 and 8.7)."""

from __future__ import annotations

import struct
from itertools import pairwise

from pipeline.gate.finding import Span, broken
from publishers._sentences import _

WHERE = "moov/trak/mdia/minf/stbl"
TOLERANCE = 0.1  # seconds between the lengths that an index states; encoders round to their own clocks


def _table(body: Span, width: int, versions: tuple[int, ...] = (0,), header: int = 8) -> list[tuple[int, ...]]:
    """The rows of a table of `width` 32-bit numbers a row; raises UnreadableError unless it has just its rows."""
    if body.number(0, 1) not in versions or body.number(1, 3):
        raise broken(WHERE, _("a part with unexpected values"))
    rows = body.part(header)
    if body.number(header - 4, 4) * 4 * width != len(rows):
        raise broken(WHERE, _("bytes that the video does not use"))
    return list(struct.iter_unpack(f">{width}I", rows.content()))


def _sizes(body: Span) -> list[int]:
    """The size in bytes of each sample (stsz)."""
    same, count = body.number(4, 4), body.number(8, 4)
    if not same:
        return [size for (size,) in _table(body, 1, header=12)]
    if body.number(0, 4) or len(body) != 12 or same * count > len(body.data):
        raise broken(WHERE)
    return [same] * count


def _offsets(track: dict[bytes, Span]) -> list[int]:
    """Where each chunk begins (stco, or co64 in large files)."""
    if (b"stco" in track) == (b"co64" in track):
        raise broken(WHERE)
    if b"stco" in track:
        return [offset for (offset,) in _table(track[b"stco"], 1)]
    return [(high << 32) + low for high, low in _table(track[b"co64"], 2)]


def _chunk_lengths(track: dict[bytes, Span], chunks: int) -> list[int]:
    """How many samples each chunk holds (stsc)."""
    rows = _table(track[b"stsc"], 3)
    firsts = [first for first, _count, _entry in rows] + [chunks + 1]
    ordered = firsts[0] == 1 and all(one < two for one, two in pairwise(firsts))
    if not ordered or any(entry != 1 or not count for _first, count, entry in rows):
        raise broken(WHERE)
    return [
        count for (first, count, _entry), after in zip(rows, firsts[1:], strict=True) for _chunk in range(first, after)
    ]


def samples(file: Span, track: dict[bytes, Span]) -> list[Span]:
    """The bytes of every sample of a track in order; raises UnreadableError where the tables disagree."""
    sizes, offsets = _sizes(track[b"stsz"]), _offsets(track)
    lengths = _chunk_lengths(track, len(offsets))
    if sum(lengths) != len(sizes) or 0 in sizes:
        raise broken(WHERE)
    _same_count(track, len(sizes))
    found, remaining = [], iter(sizes)
    for offset, length in zip(offsets, lengths, strict=True):
        position = offset
        for _sample in range(length):
            found.append(file.part(position, next(remaining)))
            position = found[-1].end
    return found


def _same_count(track: dict[bytes, Span], count: int) -> None:
    """Raises UnreadableError where a table speaks of more or fewer samples than there are."""
    counts = [sum(run for run, _value in _table(track[b"stts"], 2))]
    if b"ctts" in track:
        counts.append(sum(run for run, _value in _table(track[b"ctts"], 2, versions=(0, 1))))
    if b"sbgp" in track:
        if b"sgpd" not in track or track[b"sbgp"].part(4, 4).content() != b"roll":
            raise broken(WHERE, _("a part of unknown use"))
        counts.append(sum(run for run, _value in _table(track[b"sbgp"], 2, header=12)))
    keys = [number for (number,) in _table(track[b"stss"], 1)] if b"stss" in track else []
    if set(counts) != {count} or keys != sorted(set(keys)) or any(not 1 <= key <= count for key in keys):
        raise broken(WHERE, _("bytes that the video does not use"))


def times_agree(movie: dict[bytes, Span], track: dict[bytes, Span]) -> bool:
    """Whether the sum of the samples' times, the media's, the track's and the film's stated lengths agree."""
    scale, length = track[b"mdhd"].number(12, 4), track[b"mdhd"].number(16, 4)
    film_scale, film_length = movie[b"mvhd"].number(12, 4), movie[b"mvhd"].number(16, 4)
    shown = sum(run * step for run, step in _table(track[b"stts"], 2))
    if not scale or not film_scale or abs(shown - length) > scale * TOLERANCE:
        return False
    stated = track[b"tkhd"].number(20, 4) / film_scale
    return abs(stated - length / scale) <= TOLERANCE and stated <= film_length / film_scale + TOLERANCE
