"""JPEG, read segment by segment against an allow-list (ITU-T T.81, JFIF 1.02): one baseline picture in one scan.

Bytes after the last coded block of the scan look like picture data. They are found by changing the scan's last bytes:
if no other ending changes the picture, the decoder does not use them. Fewer than `TAIL` such bytes, or any in a scan
shorter than `SHORT_SCAN`, cannot be told from padding. Progressive pictures and restart markers are refused because
they have many such places, where a change of real bytes may be too faint to be seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO

from pipeline.gate.finding import Finding, Span, broken, whole
from publishers._sentences import Sentence, _

SOF0, SOF2, DHT, EOI, SOS, DQT, DRI, APP0, COM = 0xC0, 0xC2, 0xC4, 0xD9, 0xDA, 0xDB, 0xDD, 0xE0, 0xFE
TAIL = 8  # bytes
SHORT_SCAN = 24  # bytes
MAX_PIXELS = 50_000_000

_SIGNED_SEGMENTS = (
    (0xE1, b"Exif\0", _("EXIF data (camera, place, time)")),
    (0xE1, b"http://ns.adobe.com/xap", _("XMP data")),
    (0xE1, b"http://ns.adobe.com/xmp", _("XMP data")),
    (0xE2, b"ICC_PROFILE\0", _("a colour profile")),
    (0xE2, b"MPF\0", _("further pictures (MPF)")),
    (0xEB, b"JP", _("content credentials (JUMBF)")),
    (0xED, b"Photoshop", _("IPTC data")),
    (0xEE, b"Adobe", _("an Adobe segment")),
)

_MARKERS: dict[int, Sentence] = {
    COM: _("a comment"),
    SOF2: _("a progressive picture, which has room for hidden bytes: save it as baseline"),
    DRI: _("restart markers, which leave room for hidden bytes: save it without"),
}


@dataclass
class _Tables:
    """The tables defined so far, and those that no scan has used yet: what nothing uses may hide anything."""

    quantisation: set[int] = field(default_factory=set)
    waiting: set[int] = field(default_factory=set)
    components: dict[int, int] = field(default_factory=dict)
    scan: Span | None = None


def findings(data: bytes) -> Iterator[Finding]:
    """Every reason to refuse these bytes as a JPEG. Only a picture without any other finding reaches a decoder."""
    tables, clean = _Tables(), True
    for finding in _structure(whole(data), tables):
        clean = False
        yield finding
    if clean and tables.scan and len(tables.scan) >= SHORT_SCAN:
        yield from _unused_bytes(data, tables.scan)
    elif clean:
        _shown(data)


def _structure(file: Span, tables: _Tables) -> Iterator[Finding]:
    position = 2
    while True:
        marker, body = _segment(file, position)
        if marker == EOI:
            break
        yield from _judge(marker, body, tables)
        position = body.end
        if marker == SOS:
            tables.scan = _scan(file, position)
            position = tables.scan.end
    yield from _after_the_end(file, body.start, tables)


def _segment(file: Span, position: int) -> tuple[int, Span]:
    if file.number(position, 1) != 0xFF:
        raise broken(f"@{position}", _("bytes between the parts of the picture"))
    marker = file.number(position + 1, 1)
    if marker == EOI:
        return marker, file.part(position + 2, 0)
    length = file.number(position + 2, 2)
    if length < 2:
        raise broken(f"@{position}")
    return marker, file.part(position + 4, length - 2)


def _judge(marker: int, body: Span, tables: _Tables) -> Iterator[Finding]:
    if marker in _READERS:
        yield from _READERS[marker](body, tables)
    else:
        yield Finding("metadata", f"{_marker_name(marker)}, @{body.start}", _segment_name(marker, body.content()))


def _marker_name(marker: int) -> str:
    return f"APP{marker - APP0}" if APP0 <= marker < APP0 + 16 else f"marker {marker:02X}"


def _segment_name(marker: int, content: bytes) -> Sentence:
    for code, signature, name in _SIGNED_SEGMENTS:
        if marker == code and content.startswith(signature):
            return name
    return _MARKERS.get(marker, _("a segment of unknown use"))


def _jfif(body: Span, tables: _Tables) -> Iterator[Finding]:
    content = body.content()
    if not content.startswith(b"JFIF\0\x01"):
        yield Finding("metadata", f"APP0, {body.where}", _("a segment of unknown use"))
    elif len(content) != 14 or content[12:] != b"\0\0" or body.start != 6:
        yield Finding("hidden", f"APP0, {body.where}", _("a thumbnail, which may show the picture before masking"))


def _dqt(body: Span, tables: _Tables) -> Iterator[Finding]:
    offset = 0
    while offset < len(body):
        precision, table = divmod(body.number(offset, 1), 16)
        body.part(offset, length := 1 + 64 * (1 + precision))
        if precision > 1 or table > 3 or table in tables.quantisation:
            yield Finding("hidden", f"DQT, {body.where}", _("a table that the picture does not use"))
        tables.quantisation.add(table)
        offset += length


def _dht(body: Span, tables: _Tables) -> Iterator[Finding]:
    offset = 0
    while offset < len(body):
        table = body.number(offset, 1)
        counts = body.part(offset + 1, 16).content()
        symbols = body.part(offset + 17, sum(counts)).content()
        # Kraft: more codes than the lengths leave room for cannot be used by any picture.
        kraft = sum(count << (15 - length) for length, count in enumerate(counts))
        if table & 0xEC or kraft > 1 << 16 or len(set(symbols)) != len(symbols) or table in tables.waiting:
            yield Finding("hidden", f"DHT, {body.where}", _("a table that the picture does not use"))
        tables.waiting.add(table)
        offset += 17 + len(symbols)


def _frame(body: Span, tables: _Tables) -> Iterator[Finding]:
    count = body.number(5, 1)
    if tables.components or body.number(0, 1) != 8 or count not in {1, 3} or len(body) != 6 + 3 * count:
        raise broken(f"SOF, {body.where}", _("a picture that is not 8-bit grey or colour"))
    height, width = body.number(1, 2), body.number(3, 2)
    if not 0 < width * height <= MAX_PIXELS:
        raise broken(f"SOF, {body.where}", _("a size that we never render"))
    for index in range(count):
        tables.components[body.number(6 + 3 * index, 1)] = body.number(8 + 3 * index, 1)
    if set(tables.components) != set(range(1, count + 1)):
        yield Finding("structure", f"SOF, {body.where}", _("a picture that is not 8-bit grey or colour"))


def _sos(body: Span, tables: _Tables) -> Iterator[Finding]:
    count = len(tables.components)
    if tables.scan or not count:
        raise broken(f"SOS, {body.where}", _("a picture under the picture"))
    if body.number(0, 1) != count or len(body) != 4 + 2 * count or body.part(1 + 2 * count).content() != b"\0\x3f\0":
        raise broken(f"SOS, {body.where}", _("a part with unexpected values"))
    for index, component in enumerate(tables.components):
        dc, ac = divmod(body.number(2 + 2 * index, 1), 16)
        tables.waiting -= {dc, 0x10 | ac}
        if body.number(1 + 2 * index, 1) != component:
            yield Finding("structure", f"SOS, {body.where}", _("a part with unexpected values"))


_READERS: dict[int, Callable[[Span, _Tables], Iterable[Finding]]] = {
    APP0: _jfif,
    DQT: _dqt,
    DHT: _dht,
    SOF0: _frame,
    SOS: _sos,
}


def _scan(file: Span, start: int) -> Span:
    """The entropy-coded bytes from `start` up to the next marker."""
    position = file.data.find(b"\xff", start)
    while position >= 0 and file.number(position + 1, 1) == 0:
        position = file.data.find(b"\xff", position + 2)
    if position < 0:
        raise broken(f"@{start}")
    return Span(file.data, start, position)


def _after_the_end(file: Span, end: int, tables: _Tables) -> Iterator[Finding]:
    if end != file.end:
        yield Finding("hidden", f"@{end}", _("bytes after the end of the picture"))
    if not tables.components:
        raise broken(f"@{end}")
    if tables.waiting or tables.quantisation != set(tables.components.values()):
        yield Finding("hidden", "DQT, DHT", _("a table that the picture does not use"))


def _unused_bytes(data: bytes, scan: Span) -> Iterator[Finding]:
    shown = _shown(data)
    if all(_shown(other) == shown for other in _other_endings(data, scan)):
        yield Finding("hidden", f"@{scan.end - TAIL}", _("bytes that the picture does not use"))


def _other_endings(data: bytes, scan: Span) -> Iterator[bytes]:
    for seed in b"123456":
        noise = hashlib.sha256(bytes([seed])).digest()[:TAIL].replace(b"\xff", b"\x7f")
        yield data[: scan.end - TAIL] + noise + data[scan.end :]


def _shown(data: bytes) -> bytes:
    """The picture's pixels as a digest; raises UnreadableError where no picture can be decoded."""
    from PIL import Image

    try:
        with Image.open(BytesIO(data), formats=["JPEG"]) as image:
            return hashlib.sha256(image.tobytes()).digest()
    except (OSError, SyntaxError, ValueError, KeyError, Image.DecompressionBombError) as error:
        raise broken("@0", _("a damaged picture")) from error
