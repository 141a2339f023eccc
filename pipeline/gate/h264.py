"""H.264: the units of a stream against an allow-list (ITU-T H.264, 08/2021).

Parameter sets are read to their last bit, because bytes after their end are ignored by every player. Coded slices are
not decoded: bits after the end of a slice are out of reach.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.gate.finding import Finding, Span, broken
from publishers._sentences import Sentence, _

SLICE, IDR_SLICE, SEI, SPS, PPS, DELIMITER = 1, 5, 6, 7, 8, 9
HIGH_PROFILES = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}
EXTENDED_SAR = 255

_NAMES: dict[int, Sentence] = {
    SEI: _("a note inside the video stream (SEI)"),
    12: _("filler data inside the video stream"),
}


class Bits:
    """The bits of a parameter set, read from the left; raises UnreadableError past the end."""

    def __init__(self, payload: bytes, where: str) -> None:
        self.value = int.from_bytes(payload, "big")
        self.left = 8 * len(payload)
        self.where = where

    def take(self, count: int) -> int:
        """The next `count` bits as a number."""
        if count > self.left:
            raise broken(self.where)
        self.left -= count
        return (self.value >> self.left) & ((1 << count) - 1)

    def flag(self) -> bool:
        """The next bit."""
        return bool(self.take(1))

    def ue(self) -> int:
        """The next unsigned Exp-Golomb number (9.1)."""
        zeros = 0
        while not self.flag():
            zeros += 1
            if zeros > 32:
                raise broken(self.where)
        return (1 << zeros) - 1 + self.take(zeros)

    def ues(self, count: int) -> None:
        """Passes over `count` Exp-Golomb numbers; signed ones have the same length."""
        for _number in range(count):
            self.ue()

    def se(self) -> int:
        """The next signed Exp-Golomb number (9.1.1)."""
        code = self.ue()
        return (code + 1) // 2 if code % 2 else -(code // 2)

    def at_end(self) -> bool:
        """Whether only the closing 1 and the zeros that fill its byte are left (7.3.2.11)."""
        rest = self.value & ((1 << self.left) - 1)
        return 1 <= self.left <= 8 and rest == 1 << (self.left - 1)


def unit(nal: Span) -> Iterator[Finding]:
    """Every reason to refuse one NAL unit (without its length or start code)."""
    header = nal.number(0, 1)
    kind, where = header & 31, f"H.264, {nal.where}"
    if header & 0x80:
        raise broken(where)
    if kind in {SLICE, IDR_SLICE}:
        if len(nal) < 2 or nal.content().endswith(b"\0"):
            yield Finding("hidden", where, _("bytes that the video does not use"))
    elif kind in {SPS, PPS}:
        yield from _parameter_set(nal, kind)
    elif kind == DELIMITER:
        if len(nal) != 2 or nal.number(1, 1) & 31 != 16:
            yield Finding("hidden", where, _("bytes that the video does not use"))
    else:
        yield Finding("metadata", where, _NAMES.get(kind, _("an unknown unit inside the video stream")))


def _parameter_set(nal: Span, kind: int) -> Iterator[Finding]:
    where = f"H.264, {nal.where}"
    bits = Bits(nal.part(1).content().replace(b"\0\0\3", b"\0\0"), where)
    if kind == SPS:
        _sps(bits)
    else:
        _pps(bits)
    if not bits.at_end():
        yield Finding("hidden", where, _("bytes that the video does not use"))


def _sps(bits: Bits) -> None:
    """Reads a sequence parameter set up to its closing bit (7.3.2.1.1)."""
    profile = bits.take(24) >> 16
    bits.ue()
    if profile in HIGH_PROFILES:
        _sps_high(bits)
    bits.ue()
    order_type = bits.ue()
    if order_type == 0:
        bits.ue()
    elif order_type == 1:
        bits.take(1)
        bits.ues(2)
        bits.ues(min(bits.ue(), 255))
    bits.ue()
    bits.take(1)
    bits.ues(2)
    if not bits.flag():
        bits.take(1)
    bits.take(1)
    if bits.flag():
        bits.ues(4)
    if bits.flag():
        _vui(bits)


def _sps_high(bits: Bits) -> None:
    chroma = bits.ue()
    if chroma == 3:
        bits.take(1)
    bits.ues(2)
    bits.take(1)
    if bits.flag():
        _scaling_lists(bits, 12 if chroma == 3 else 8)


def _scaling_lists(bits: Bits, count: int) -> None:
    for index in range(count):
        if bits.flag():
            last = following = 8
            for _step in range(16 if index < 6 else 64):
                if following:
                    following = (last + bits.se()) % 256
                last = following or last


def _vui(bits: Bits) -> None:
    """Reads the video usability information (E.1.1)."""
    if bits.flag() and bits.take(8) == EXTENDED_SAR:
        bits.take(32)
    if bits.flag():
        bits.take(1)
    if bits.flag():
        bits.take(4)
        if bits.flag():
            bits.take(24)
    if bits.flag():
        bits.ues(2)
    if bits.flag():
        bits.take(65)
    timed = [_hrd(bits) if bits.flag() else False for _model in ("nal", "vcl")]
    if any(timed):
        bits.take(1)
    bits.take(1)
    if bits.flag():
        bits.take(1)
        bits.ues(6)


def _hrd(bits: Bits) -> bool:
    """Reads the parameters of a reference decoder (E.1.2); True, for the reader's convenience."""
    count = min(bits.ue(), 31) + 1
    bits.take(8)
    for _buffer in range(count):
        bits.ues(2)
        bits.take(1)
    bits.take(20)
    return True


def _pps(bits: Bits) -> None:
    """Reads a picture parameter set up to its closing bit (7.3.2.2); slice groups, which nobody uses, are refused."""
    bits.ues(2)
    bits.take(2)
    if bits.ue():
        raise broken(bits.where, _("an unknown unit inside the video stream"))
    bits.ues(2)
    bits.take(3)
    bits.ues(3)
    bits.take(3)
    if not bits.at_end():
        transform = bits.flag()
        if bits.flag():
            _scaling_lists(bits, 8 if transform else 6)
        bits.ue()


def configuration(avcc: Span) -> tuple[int, list[Span]]:
    """The size in bytes of a unit's length, and the parameter sets of an avcC box (ISO 14496-15, 5.3.3.1)."""
    sets, offset = [], 5
    for mask in (0x1F, 0xFF):
        count = avcc.number(offset, 1) & mask
        offset += 1
        for _set in range(count):
            length = avcc.number(offset, 2)
            sets.append(avcc.part(offset + 2, length))
            offset += 2 + length
    if avcc.number(0, 1) != 1 or not sets or sets[0].part(1, 3).content() != avcc.part(1, 3).content():
        raise broken(avcc.where)
    if avcc.number(1, 1) in HIGH_PROFILES and offset != len(avcc):
        avcc.part(offset, 4)
        if avcc.number(offset + 3, 1) != 0:
            raise broken(avcc.where, _("an unknown unit inside the video stream"))
        offset += 4
    if offset != len(avcc):
        raise broken(avcc.where, _("bytes that the video does not use"))
    return (avcc.number(4, 1) & 3) + 1, sets


def sample(span: Span, length_size: int) -> Iterator[Finding]:
    """Every reason to refuse one sample: units, each after its length in `length_size` bytes."""
    offset = 0
    while offset < len(span):
        length = span.number(offset, length_size)
        yield from unit(span.part(offset + length_size, length))
        offset += length_size + length
