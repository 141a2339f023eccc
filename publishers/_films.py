"""What an MP4 says of itself in its boxes, and what a network would refuse of it. Reads the index, never a picture.

ISO/IEC 14496-12 for the boxes, _codecs.py for what the codecs say in them. What needs decoding (closed groups of
pictures, constant frame rate under a lying index) is not seen here.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from publishers._base import Files, Media, Problem, Submission
from publishers._codecs import Pixels, Sound, pixels, sound
from publishers._known import Limits
from publishers._pictures import at_hand
from publishers._sentences import Sentence, _

INDEX = 64_000_000  # bytes: no honest index of a short film is larger
_SOUND, _PICTURE = 44, 94  # where the boxes within a sample entry begin, counted from the list of entries
_INSIDE = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"})
_VIDEO = {b"avc1": "h264", b"avc3": "h264", b"hvc1": "hevc", b"hev1": "hevc", b"vp09": "vp9", b"av01": "av1"}


@dataclass
class Film:
    """What the index says; what it does not say is None."""

    index_first: bool = False
    edit_list: bool = False
    video_codec: str | None = None
    frame_rate: float | None = None  # average, per second
    audio_codec: str | None = None
    audio_rate: int | None = None  # per second
    audio_channels: int | None = None
    audio_profile: str | None = None  # LC, or another kind of AAC
    seconds: float | None = None
    chroma: str | None = None
    interlaced: bool | None = None


@dataclass
class _Track:
    kind: bytes = b""
    scale: int = 0
    lasts: int = 0
    frames: int = 0
    codec: bytes = b""
    sound: tuple[int, int] = (0, 0)  # channels, rate
    told: Sound = field(default_factory=Sound)
    pixels: Pixels = field(default_factory=Pixels)
    edits: int = 0


def film(path: Path) -> Film | None:
    """What the file's index says, or None for what is no MP4."""
    try:
        first, index = _index(path)
    except (OSError, struct.error):
        return None
    if index is None:
        return None
    tracks: list[_Track] = []
    try:
        _read(index, tracks)
    except (struct.error, IndexError):
        return None
    return _film(first, tracks)


def _index(path: Path) -> tuple[bool, bytes | None]:
    """Whether the index stands before the pictures, and its content."""
    with path.open("rb") as stream:
        at, end, media = 0, path.stat().st_size, False
        while at + 8 <= end:
            stream.seek(at)
            size, kind = struct.unpack(">I4s", stream.read(8))
            head = 8
            if size == 1:
                size, head = struct.unpack(">Q", stream.read(8))[0], 16
            size = size or end - at
            if at == 0 and kind not in (b"ftyp", b"moov", b"mdat", b"free", b"wide", b"skip"):
                return False, None
            if kind == b"moov" and head <= size <= INDEX:
                return not media, stream.read(size - head)
            media |= kind == b"mdat"
            if size < head:
                return False, None
            at += size
    return False, None


def _boxes(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, at)
        if size < 8:
            return
        yield kind, content[at + 8 : at + size]
        at += size


def _read(content: bytes, tracks: list[_Track]) -> None:
    for kind, inside in _boxes(content):
        if kind == b"trak":
            tracks.append(_Track())
        if kind in _INSIDE:
            _read(inside, tracks)
        elif tracks:
            _note(tracks[-1], kind, inside)


def _note(track: _Track, kind: bytes, inside: bytes) -> None:
    """Notes what one box says of its track."""
    if kind == b"hdlr":
        track.kind = inside[8:12]
    elif kind == b"mdhd":
        long = inside[0] == 1
        track.scale, track.lasts = struct.unpack_from(">IQ" if long else ">II", inside, 20 if long else 12)
    elif kind == b"stts":
        count = min(struct.unpack_from(">I", inside, 4)[0], (len(inside) - 8) // 8)
        track.frames = sum(struct.unpack_from(">I", inside, 8 + 8 * entry)[0] for entry in range(count))
    elif kind == b"elst":
        track.edits = struct.unpack_from(">I", inside, 4)[0]
    elif kind == b"stsd" and len(inside) >= 16:
        track.codec = inside[12:16]
        if track.kind == b"soun":
            channels, _bits, _pre, _zero, rate = struct.unpack_from(">HHHHI", inside, 32)
            track.sound = (channels, rate >> 16)
            track.told = next((sound(box) for kind, box in _boxes(inside[_SOUND:]) if kind == b"esds"), Sound())
        elif track.kind == b"vide":
            found = (pixels(kind, box) for kind, box in _boxes(inside[_PICTURE:]))
            track.pixels = next((one for one in found if one.chroma), Pixels())


def _film(first: bool, tracks: list[_Track]) -> Film:
    found = Film(index_first=first, edit_list=any(track.edits for track in tracks))
    for track in tracks:
        lasts = track.lasts / track.scale if track.scale else 0.0
        if track.kind == b"vide" and found.video_codec is None:
            found.video_codec = _VIDEO.get(track.codec, track.codec.decode("ascii", "replace"))
            found.seconds = lasts or None
            found.frame_rate = track.frames / lasts if lasts else None
            found.chroma, found.interlaced = track.pixels.chroma, track.pixels.interlaced
        elif track.kind == b"soun" and found.audio_codec is None:
            mp4a = track.codec == b"mp4a"
            found.audio_codec = track.told.codec if mp4a else track.codec.decode("ascii", "replace")
            found.audio_channels, found.audio_rate = track.sound
            # The entry's 16 bits hold no rate over 65,535: the codec's own word goes before it.
            found.audio_rate = track.told.rate or found.audio_rate
            found.audio_profile = track.told.profile
    return found


# -------------------------------------------------------------------------------------- what a network would refuse


def film_problems(submission: Submission, files: Files, known: Limits) -> list[Problem]:
    """What a network would refuse of a post's films, by its limits; nothing where a file is not at hand."""
    found: list[Problem] = []
    for place, medium in enumerate(submission.media):
        if medium.kind == "video" and (path := at_hand(files, medium.file)):
            found += _film_problems(film(path), medium, f"media[{place}].file", submission.kind, known)
    return found


def _film_problems(seen: Film | None, medium: Media, at: str, kind: str, known: Limits) -> Iterator[Problem]:
    if seen is None:
        if medium.file.mime in ("video/mp4", "video/quicktime"):
            sentence = _("{network}: this file is no film that can be read; make it anew.", network=known.label)
            yield Problem(code="mime", field=at, sentence=sentence, fix="reencode")
        return
    for code, sentence in (*_form(seen, kind, known), *_numbers(seen, medium.file.size, kind, known)):
        yield Problem(code=code, field=at, sentence=sentence, fix="reencode")


def _form(seen: Film, kind: str, known: Limits) -> Iterator[tuple[str, Sentence]]:
    aac = f"AAC {seen.audio_profile}" if seen.audio_profile else None
    told = (("video_codec", seen.video_codec), ("audio_codec", seen.audio_codec), ("audio_profile", aac),
            ("chroma", seen.chroma))  # fmt: skip
    for what, codec in told:
        allowed = known.get(what, kind)
        if allowed and codec is not None and codec not in allowed.names:
            yield what, _("{network} does not take films encoded as {codec}: {allowed} only; render it again.",
                          network=known.label, codec=codec, allowed=", ".join(allowed.names))  # fmt: skip
    if known.get("progressive", kind) and seen.interlaced:
        yield "interlaced", _("{network} takes no interlaced film; render it again.", network=known.label)
    if known.get("video_index_first", kind) and not seen.index_first:
        yield "index_first", _("{network}: the film's index must stand at its beginning; render it again.",
                               network=known.label)  # fmt: skip
    if (most := known.get("video_edits", kind)) and seen.edit_list and most.number == 0:
        yield "edit_list", _("{network} takes no film with an edit list; render it again.", network=known.label)


def _numbers(seen: Film, size: int, kind: str, known: Limits) -> Iterator[tuple[str, Sentence]]:
    # The index gives an average over whole ticks: a film of 60 a second may read as 60.002.
    bits = size * 8 / seen.seconds if seen.seconds else None
    measured = (
        ("video_bit_rate", bits,
         _("{network}: the film has {value} Mbit a second, more than it takes; render it again.",
           network=known.label, value=round((bits or 0) / 1_000_000))),
        ("frame_rate", seen.frame_rate and round(seen.frame_rate, 1),
         _("{network}: {value} pictures a second is outside what it takes; render it again.",
           network=known.label, value=f"{seen.frame_rate or 0:.4g}")),
        ("audio_rate", seen.audio_rate,
         _("{network}: the sound has {value} samples a second, which it does not take; render it again.",
           network=known.label, value=seen.audio_rate)),
        ("audio_channels", seen.audio_channels,
         _("{network}: the sound has {value} channels, which it does not take; render it again.",
           network=known.label, value=seen.audio_channels)),
    )  # fmt: skip
    for name, value, sentence in measured:
        least, most = known.get(f"{name}_min", kind), known.get(f"{name}_max", kind)
        if value and ((least and value < least.number) or (most and value > most.number)):
            yield name, sentence
