"""JPEG, read segment by segment against an allow-list (ITU-T T.81, JFIF 1.02).

Bytes after the last coded block of a scan look like picture data. They are found by changing the scan's last bytes: a
decoder that shows the same picture for three different endings does not use them. Fewer than `TAIL` such bytes in a
scan, or any in a scan shorter than `SHORT_SCAN`, cannot be told from padding.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from io import BytesIO

from pipeline.gate.finding import Finding, Span, broken, whole
from publishers._sentences import Sentence, _

SOF_BASELINE, SOF_PROGRESSIVE, DHT, RST0, RST7, SOI, EOI, SOS = 0xC0, 0xC2, 0xC4, 0xD0, 0xD7, 0xD8, 0xD9, 0xDA
DQT, DRI, APP0, COM = 0xDB, 0xDD, 0xE0, 0xFE
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


@dataclass
class _Tables:
    """The tables defined so far, and those that no scan has used yet: what nothing uses may hide anything."""

    quantisation: set[int] = field(default_factory=set)
    waiting: set[int] = field(default_factory=set)
    components: dict[int, int] = field(default_factory=dict)
    precision: dict[tuple[int, int], int] = field(default_factory=dict)

    def refined(self, coefficient: tuple[int, int], was: int, now: int) -> bool:
        """Whether a scan adds to this coefficient instead of writing over what an earlier scan showed."""
        fits = self.precision.get(coefficient, 0) == was and (coefficient in self.precision) == (was > 0)
        self.precision[coefficient] = now
        return fits and (was == 0 or now == was - 1)


def findings(data: bytes) -> Iterator[Finding]:
    """Every reason to refuse these bytes as a JPEG."""
    file, tables, scans, position = whole(data), _Tables(), list[Span](), 2
    while True:
        marker, body = _segment(file, position)
        if marker == EOI:
            break
        yield from _judge(marker, body, tables)
        position = body.end
        if marker == SOS:
            scans.append(_scan(file, position))
            position = scans[-1].end
    yield from _after_the_end(file, body.start, tables)
    yield from _unused_bytes(data, scans)


def _segment(file: Span, position: int) -> tuple[int, Span]:
    if file.number(position, 1) != 0xFF:
        raise broken(f"byte {position}", _("bytes between the parts of the picture"))
    marker = file.number(position + 1, 1)
    if marker == EOI:
        return marker, file.part(position + 2, 0)
    length = file.number(position + 2, 2)
    if length < 2:
        raise broken(f"byte {position}")
    return marker, file.part(position + 4, length - 2)


def _judge(marker: int, body: Span, tables: _Tables) -> Iterator[Finding]:
    if marker in _READERS:
        yield from _READERS[marker](body, tables)
    else:
        yield Finding("metadata", f"{_marker_name(marker)}, byte {body.start}", _segment_name(marker, body.content()))


def _marker_name(marker: int) -> str:
    return f"APP{marker - APP0}" if APP0 <= marker < APP0 + 16 else f"marker {marker:02X}"


def _segment_name(marker: int, content: bytes) -> Sentence:
    for code, signature, name in _SIGNED_SEGMENTS:
        if marker == code and content.startswith(signature):
            return name
    return _("a comment") if marker == COM else _("a segment of unknown use")


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


def _sos(body: Span, tables: _Tables) -> Iterable[Finding]:
    count = body.number(0, 1)
    if not tables.components or not 1 <= count <= 3 or len(body) != 4 + 2 * count:
        raise broken(f"SOS, {body.where}")
    first, last, bits = body.part(1 + 2 * count).content()
    for index in range(count):
        dc, ac = divmod(body.number(2 + 2 * index, 1), 16)
        tables.waiting -= {dc} if first == 0 else set()
        tables.waiting -= {0x10 | ac} if last > 0 else set()
        for coefficient in range(first, min(last, 63) + 1):
            if not tables.refined((body.number(1 + 2 * index, 1), coefficient), *divmod(bits, 16)):
                raise broken(f"SOS, {body.where}", _("a picture under the picture"))
    return ()


def _dri(body: Span, tables: _Tables) -> Iterator[Finding]:
    if len(body) != 2:
        yield Finding("structure", f"DRI, {body.where}", _("a part with unexpected values"))


_READERS: dict[int, Callable[[Span, _Tables], Iterable[Finding]]] = {
    APP0: _jfif,
    DQT: _dqt,
    DHT: _dht,
    SOF_BASELINE: _frame,
    SOF_PROGRESSIVE: _frame,
    SOS: _sos,
    DRI: _dri,
}


def _scan(file: Span, start: int) -> Span:
    """The entropy-coded bytes from `start` up to the next marker that is not a restart marker."""
    position = start
    while True:
        position = file.data.find(b"\xff", position)
        if position < 0:
            raise broken(f"byte {start}")
        following = file.number(position + 1, 1)
        if following and not RST0 <= following <= RST7:
            return Span(file.data, start, position)
        position += 2


def _after_the_end(file: Span, end: int, tables: _Tables) -> Iterator[Finding]:
    if end != file.end:
        yield Finding("hidden", f"byte {end}", _("bytes after the end of the picture"))
    if not tables.components:
        raise broken(f"byte {end}")
    if tables.waiting or tables.quantisation != set(tables.components.values()):
        yield Finding("hidden", "tables", _("a table that the picture does not use"))


def _unused_bytes(data: bytes, scans: list[Span]) -> Iterator[Finding]:
    shown = _shown(data)
    for scan in scans:
        if len(scan) >= SHORT_SCAN and all(_shown(other) == shown for other in _other_endings(data, scan)):
            yield Finding("hidden", f"byte {scan.end - TAIL}", _("bytes that the picture does not use"))


def _other_endings(data: bytes, scan: Span) -> Iterator[bytes]:
    for seed in b"123":
        noise = hashlib.sha256(bytes([seed])).digest()[:TAIL].replace(b"\xff", b"\x7f")
        yield data[: scan.end - TAIL] + noise + data[scan.end :]


def _shown(data: bytes) -> bytes:
    """The picture's pixels as a digest; raises UnreadableError where no picture can be decoded."""
    from PIL import Image

    try:
        with Image.open(BytesIO(data), formats=["JPEG"]) as image:
            return hashlib.sha256(image.tobytes()).digest()
    except (OSError, SyntaxError, ValueError, KeyError, Image.DecompressionBombError) as error:
        raise broken("file", _("a damaged picture")) from error
