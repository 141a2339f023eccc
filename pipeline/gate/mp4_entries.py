"""How an MP4 describes its pictures and its sound: the sample entries avc1 and mp4a (ISO 14496-12, -14 and -15)."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.gate.boxes import by_kind
from pipeline.gate.finding import Finding, Span, broken
from pipeline.gate.mp4_leaves import UNEXPECTED
from publishers._sentences import _

WHERE = "moov/trak/mdia/minf/stbl/stsd"
FIRST_MEDIA = bytes(6) + b"\0\1"  # reserved; the media are in this file
RESOLUTION = bytes.fromhex("00480000 00480000 00000000 0001")  # 72 dpi, one frame per sample
NO_COMPRESSOR_NAME = bytes(32) + bytes.fromhex("0018 ffff")
SQUARE = bytes.fromhex("00000001 00000001")
ENTRY_DESCRIPTOR, DECODER, DECODER_SETUP, SYNC = 3, 4, 5, 6  # tags of ISO 14496-1, 7.2.2.1
AAC_STREAM = bytes([0x40, 0x15])
LONGEST_AAC_SETUP = 5  # bytes


def _entry(description: Span, kind: bytes) -> Span:
    if description.part(0, 8).content() != bytes(7) + b"\1":
        raise broken(WHERE, _("more than one description of a track"))
    entry = by_kind(description.part(8), WHERE)
    if list(entry) != [kind]:
        raise broken(WHERE, _("pictures or sound other than H.264 and AAC"))
    return entry[kind]


def pictures(description: Span) -> tuple[list[Finding], Span]:
    """What is wrong with the description (stsd) of a picture track, and its avcC box; raises UnreadableError."""
    entry = _entry(description, b"avc1")
    fixed = entry.part(0, 78).content()
    found = []
    if fixed[:24] != FIRST_MEDIA + bytes(16) or fixed[28:42] != RESOLUTION or fixed[42:] != NO_COMPRESSOR_NAME:
        found.append(Finding("metadata", f"{WHERE}/avc1", UNEXPECTED))
    parts = by_kind(entry.part(78), WHERE)
    if b"avcC" not in parts:
        raise broken(WHERE, _("an index without all its parts"))
    shapes = {b"avcC": True, b"pasp": _is(parts, b"pasp", SQUARE), b"colr": _colour(parts), b"btrt": _rates(parts)}
    if not all(shapes.get(kind, False) for kind in parts):
        found.append(Finding("metadata", f"{WHERE}/avc1", _("a part of unknown use")))
    return found, parts[b"avcC"]


def _is(parts: dict[bytes, Span], kind: bytes, expected: bytes) -> bool:
    return kind in parts and parts[kind].content() == expected


def _colour(parts: dict[bytes, Span]) -> bool:
    """Whether the colours are named by numbers (nclx): a profile (prof, rICC) carries text."""
    content = parts[b"colr"].content() if b"colr" in parts else b""
    numbers = [int.from_bytes(content[i : i + 2], "big") for i in (4, 6, 8)]
    return len(content) == 11 and content[:4] == b"nclx" and max(numbers) <= 22 and content[10] in {0, 0x80}


def _rates(parts: dict[bytes, Span]) -> bool:
    return b"btrt" in parts and len(parts[b"btrt"]) == 12


def sound(description: Span) -> Iterator[Finding]:
    """Every reason to refuse the description (stsd) of a sound track."""
    entry = _entry(description, b"mp4a")
    fixed = entry.part(0, 28).content()
    plain = fixed[:16] == FIRST_MEDIA + bytes(8) and fixed[16:18] in {b"\0\1", b"\0\2"} and fixed[20:24] == bytes(4)
    if not plain or fixed[18:20] != b"\0\x10" or fixed[26:] != bytes(2):
        yield Finding("metadata", f"{WHERE}/mp4a", UNEXPECTED)
    parts = by_kind(entry.part(28), WHERE)
    if b"esds" not in parts:
        raise broken(WHERE, _("an index without all its parts"))
    if not _plain_aac(parts.pop(b"esds")) or (parts and not (list(parts) == [b"btrt"] and _rates(parts))):
        yield Finding("metadata", f"{WHERE}/mp4a", _("a part of unknown use"))


def _plain_aac(esds: Span) -> bool:
    """Whether an esds box describes AAC and nothing else, each descriptor filling the one around it."""
    tag, elementary, end = _descriptor(esds.part(4))
    if esds.number(0, 4) or tag != ENTRY_DESCRIPTOR or len(end) or elementary.number(2, 1):
        return False
    tag, decoder, after = _descriptor(elementary.part(3))
    if tag != DECODER or decoder.part(0, 2).content() != AAC_STREAM:
        return False
    setup_tag, setup, end = _descriptor(decoder.part(13))
    sync_tag, sync, last = _descriptor(after)
    small = setup_tag == DECODER_SETUP and 2 <= len(setup) <= LONGEST_AAC_SETUP
    return small and sync_tag == SYNC and sync.content() == b"\2" and not len(end) and not len(last)


def _descriptor(span: Span) -> tuple[int, Span, Span]:
    """A descriptor's tag, its content, and what follows it (ISO 14496-1, 8.3.3: lengths in groups of seven bits)."""
    length, offset, more = 0, 1, True
    while more and offset < 5:
        byte = span.number(offset, 1)
        length, more, offset = length << 7 | byte & 0x7F, byte > 0x7F, offset + 1
    return span.number(0, 1), span.part(offset, length), span.part(offset + length)
