"""The boxes of an MP4 that hold values: what may stand in them (ISO 14496-12, 14496-14; as ffmpeg 7 and 8 write them).

A field that nothing of ours sets must hold its default: whatever else stood there would be somebody's note.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.gate.finding import Span
from publishers._sentences import Sentence, _

BRANDS = {b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"avc1", b"mp41", b"mp42"}
NAMES = {b"", b"\0", b"VideoHandler\0", b"SoundHandler\0"}
UNDETERMINED = 0x55C4  # language "und", packed (ISO 639-2/T, 5 bits a letter)
UPRIGHT = bytes.fromhex("00010000 00000000 00000000 00000000 00010000 00000000 00000000 00000000 40000000")
# ffmpeg writes this empty frame of an iTunes list even when there is nothing to say.
EMPTY_UDTA = bytes.fromhex(
    "00000035 6d657461 00000000 00000021 68646c72 00000000 00000000"
    "6d646972 6170706c 00000000 00000000 00 00000008 696c7374"
)
OWN_FILE = bytes.fromhex("00000000 00000001 0000000c 75726c20 00000001")  # dref: the media are in this file
ROLL = bytes.fromhex("01000000 726f6c6c 00000002 00000001 ffff")  # sgpd: sound needs one frame before, AAC's own

UNEXPECTED = _("a part with unexpected values")
DATE = _("a date")


def judge(kind: bytes, body: Span) -> Sentence | None:
    """What is wrong with a box's content, or None. Tables of samples are judged with the samples."""
    judges: dict[bytes, Callable[[bytes], Sentence | None]] = {
        b"ftyp": _ftyp,
        b"mvhd": _mvhd,
        b"tkhd": _tkhd,
        b"mdhd": _mdhd,
        b"hdlr": _hdlr,
        b"udta": lambda content: _exactly(content, EMPTY_UDTA, _("notes about the recording (place, title, author)")),
        b"free": lambda content: _exactly(content, b"", _("unused bytes")),
        b"vmhd": lambda content: _exactly(content, bytes.fromhex("00000001 0000000000000000")),
        b"smhd": lambda content: _exactly(content, bytes(8)),
        b"dref": lambda content: _exactly(content, OWN_FILE, _("a link to another file")),
        b"sgpd": lambda content: _exactly(content, ROLL),
    }
    return judges[kind](body.content()) if kind in judges else None


def _exactly(content: bytes, expected: bytes, otherwise: Sentence = UNEXPECTED) -> Sentence | None:
    return None if content == expected else otherwise


def _ftyp(content: bytes) -> Sentence | None:
    brands = {content[i : i + 4] for i in range(0, len(content), 4) if i != 4}
    known = 8 <= len(content) <= 48 and len(content) % 4 == 0 and brands <= BRANDS
    return None if known and content[4:8] in {bytes(4), b"\0\0\2\0"} else UNEXPECTED


def _mvhd(content: bytes) -> Sentence | None:
    if content[:12] != bytes(12):
        return DATE
    rest = bytes.fromhex("00010000 0100") + bytes(10) + UPRIGHT + bytes(24)
    return None if len(content) == 100 and content[20:96] == rest else UNEXPECTED


def _tkhd(content: bytes) -> Sentence | None:
    if content[4:12] != bytes(8):
        return DATE
    fixed = len(content) == 84 and content[:3] == bytes(3) and content[3] in {1, 3, 7}
    # Layer, alternate group, volume: zero for pictures; ffmpeg gives sound group 1 and full volume.
    group = content[32:40] in {bytes(8), bytes.fromhex("0000 0001 0100 0000"), bytes.fromhex("0000 0000 0100 0000")}
    plain = content[16:20] == bytes(4) and content[24:32] == bytes(8) and content[40:76] == UPRIGHT
    return None if fixed and group and plain else UNEXPECTED


def _mdhd(content: bytes) -> Sentence | None:
    if content[:12] != bytes(12):
        return DATE
    plain = len(content) == 24 and content[20:] == UNDETERMINED.to_bytes(2, "big") + bytes(2)
    return None if plain else _("a language or other note of a track")


def _hdlr(content: bytes) -> Sentence | None:
    plain = content[:8] == bytes(8) and content[12:24] == bytes(12) and content[24:] in NAMES
    return None if plain else _("a name given to a track")


def handler(body: Span) -> bytes:
    """What a track holds, of an hdlr box: b"vide", b"soun"..."""
    return body.part(8, 4).content()
