"""PNG, read chunk by chunk against an allow-list (W3C PNG, third edition).

Accepted: 8-bit pictures, not interlaced. Pixels under full or partial transparency come back on another background, so
alpha must be opaque throughout; palette entries that no pixel uses are hidden bytes.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

from pipeline.gate.finding import Finding, Span, broken, whole
from publishers._sentences import Sentence, _

SIGNATURE = b"\x89PNG\r\n\x1a\n"
MAX_PIXELS = 50_000_000
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type
PALETTE, WITH_ALPHA = 3, (4, 6)
_PICTURE = (b"IHDR", b"PLTE", b"IDAT", b"IEND")
_SHAPES = {b"gAMA": 4, b"cHRM": 32, b"sRGB": 1, b"pHYs": 9}  # bytes; colour and resolution, nothing about anybody

_NAMES: dict[bytes, Sentence] = {
    b"tEXt": _("a text chunk tEXt"),
    b"zTXt": _("a text chunk zTXt"),
    b"iTXt": _("a text chunk iTXt"),
    b"eXIf": _("EXIF data (camera, place, time)"),
    b"iCCP": _("a colour profile"),
    b"tIME": _("a date"),
    b"acTL": _("further pictures (APNG)"),
    b"fcTL": _("further pictures (APNG)"),
    b"fdAT": _("further pictures (APNG)"),
    b"tRNS": _("transparency, which can hide parts of the picture"),
    b"caBX": _("content credentials (JUMBF)"),
}


@dataclass(frozen=True)
class _Header:
    width: int
    height: int
    colour_type: int

    @property
    def row(self) -> int:
        """Bytes of a row of pixels, its filter byte included."""
        return 1 + self.width * CHANNELS[self.colour_type]


def findings(data: bytes) -> Iterator[Finding]:
    """Every reason to refuse these bytes as a PNG. Only a picture without any other finding reaches a decoder."""
    file = whole(data)
    header = _header(file)
    clean = True
    for finding in _structure(file, header):
        clean = False
        yield finding
    if clean:
        yield from _hidden_colours(data, header)


def _structure(file: Span, header: _Header) -> Iterator[Finding]:
    position, seen, pixels = len(SIGNATURE), list[bytes](), list[bytes]()
    while not seen or seen[-1] != b"IEND":
        kind, body = _chunk(file, position)
        yield from _judge(kind, body, header, seen)
        if kind == b"IDAT":
            pixels.append(body.content())
        seen.append(kind)
        position = body.end + 4
    if position != file.end:
        yield Finding("hidden", f"@{position}", _("bytes after the end of the picture"))
    yield from _pixels(pixels, header)


def _header(file: Span) -> _Header:
    kind, body = _chunk(file, len(SIGNATURE))
    if kind != b"IHDR" or len(body) != 13:
        raise broken("IHDR")
    header = _Header(body.number(0, 4), body.number(4, 4), body.number(9, 1))
    if not 0 < header.width * header.height <= MAX_PIXELS:
        raise broken("IHDR", _("a size that we never render"))
    if header.colour_type not in CHANNELS or body.number(8, 1) != 8 or body.number(10, 3) != 0:
        raise broken("IHDR", _("a picture that is not 8-bit grey or colour"))
    return header


def _chunk(file: Span, position: int) -> tuple[bytes, Span]:
    length = file.number(position, 4)
    typed = file.part(position + 4, 4 + length)
    kind = typed.part(0, 4).content()
    if file.number(position + 8 + length, 4) != zlib.crc32(typed.content()):
        raise broken(f"@{position}", _("a damaged picture"))
    return kind, typed.part(4)


def _judge(kind: bytes, body: Span, header: _Header, seen: list[bytes]) -> Iterator[Finding]:
    where = f"{kind.decode() if kind in {*_NAMES, *_SHAPES, *_PICTURE} else 'chunk'}, {body.where}"
    if kind in _SHAPES:
        if len(body) != _SHAPES[kind] or kind in seen or b"IDAT" in seen:
            yield Finding("hidden", where, _("a part with unexpected values"))
    elif kind == b"IHDR":
        if seen:
            raise broken(where, _("a part that comes twice"))
    elif kind == b"IEND":
        if len(body):
            yield Finding("hidden", where, _("bytes after the end of the picture"))
    elif kind == b"PLTE":
        if header.colour_type != PALETTE or kind in seen or len(body) % 3 or not 3 <= len(body) <= 768:
            yield Finding("hidden", where, _("a table that the picture does not use"))
    elif kind == b"IDAT":
        if b"IDAT" in seen and seen[-1] != b"IDAT":
            raise broken(where, _("a part that comes twice"))
    else:
        yield Finding("metadata", where, _NAMES.get(kind, _("a chunk of unknown use")))


def _pixels(chunks: list[bytes], header: _Header) -> Iterator[Finding]:
    """Refuses compressed data that holds more than the picture's rows; never inflates more than one byte too many."""
    expected = header.row * header.height
    inflater = zlib.decompressobj()
    try:
        rows = inflater.decompress(b"".join(chunks), expected + 1)
    except zlib.error as error:
        raise broken("IDAT", _("a damaged picture")) from error
    if len(rows) < expected:
        raise broken("IDAT")
    if len(rows) > expected or inflater.unused_data or not inflater.eof:
        yield Finding("hidden", "IDAT", _("bytes that the picture does not use"))
    if any(filter_type > 4 for filter_type in rows[: expected : header.row]):
        raise broken("IDAT", _("a damaged picture"))


def _hidden_colours(data: bytes, header: _Header) -> Iterator[Finding]:
    if header.colour_type != PALETTE and header.colour_type not in WITH_ALPHA:
        return
    from PIL import Image

    try:
        with Image.open(BytesIO(data), formats=["PNG"]) as image:
            image.load()
            if header.colour_type in WITH_ALPHA:
                hidden = image.getchannel("A").getextrema() != (255, 255)
            else:
                entries = len(image.getpalette() or ()) // 3
                hidden = not all(image.histogram()[:entries])
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise broken("IDAT", _("a damaged picture")) from error
    if hidden:
        yield Finding("hidden", "IDAT", _("colours hidden under transparency or in an unused palette"))
