"""What a film's codecs say of themselves in their configuration boxes: chroma, interlacing, kind and rate of the sound.

ISO/IEC 14496-15 (avcC, hvcC), 14496-1 and -3 (esds), the VP9 and AV1 bindings (vpcC, av1C), ITU-T H.264 7.3.2.1.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Chroma = Literal["4:0:0", "4:2:0", "4:2:2", "4:4:4"]
CHROMA: tuple[Chroma, ...] = ("4:0:0", "4:2:0", "4:2:2", "4:4:4")
_WITH_CHROMA = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135}
_RATES = (96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350)


@dataclass
class Pixels:
    """How a film's pictures are laid down; what its box does not say is None."""

    chroma: Chroma | None = None
    interlaced: bool | None = None


@dataclass
class Sound:
    """What kind of AAC or MP3 an mp4a track is."""

    codec: str = "aac"
    profile: str | None = None  # LC, else the number of the object type
    rate: int | None = None


class _Bits:
    def __init__(self, content: bytes) -> None:
        self._left = int.from_bytes(content, "big")
        self._count = len(content) * 8

    def read(self, count: int) -> int:
        self._count -= count
        if self._count < 0:
            raise IndexError
        return self._left >> self._count & ((1 << count) - 1)

    def golomb(self) -> int:
        """An unsigned number as H.264 writes it (9.1)."""
        zeros = 0
        while not self.read(1):
            zeros += 1
        return (1 << zeros) - 1 + self.read(zeros)


def pixels(kind: bytes, box: bytes) -> Pixels:
    """What a configuration box says; nothing for another box. Raises IndexError where it is cut short."""
    if kind == b"avcC":
        return _h264(box)
    if kind == b"hvcC":
        return Pixels(CHROMA[box[16] & 3], bool(box[6] & 0x40) and not box[6] & 0x80)
    if kind == b"vpcC":
        return Pixels(("4:2:0", "4:2:0", "4:2:2", "4:4:4")[min(box[6] >> 1 & 7, 3)])
    if kind == b"av1C":
        mono, across, down = box[2] >> 4 & 1, box[2] >> 3 & 1, box[2] >> 2 & 1
        return Pixels("4:0:0" if mono else "4:2:0" if down else "4:2:2" if across else "4:4:4")
    return Pixels()


def _h264(box: bytes) -> Pixels:
    length = int.from_bytes(box[6:8], "big")
    told = box[8 : 8 + length].replace(b"\0\0\3", b"\0\0")  # emulation prevention
    bits = _Bits(told[4:])
    chroma = 1
    bits.golomb()
    if told[1] in _WITH_CHROMA:
        chroma = bits.golomb()
        _skip_to_transform(bits, chroma)
    bits.golomb()  # log2_max_frame_num
    _skip_order(bits)
    bits.golomb()  # max_num_ref_frames
    bits.read(1)
    bits.golomb(), bits.golomb()  # size in macroblocks
    return Pixels(CHROMA[chroma & 3], not bits.read(1))


def _skip_to_transform(bits: _Bits, chroma: int) -> None:
    if chroma == 3:
        bits.read(1)
    bits.golomb(), bits.golomb()  # bit depths
    bits.read(1)
    if not bits.read(1):
        return
    for index in range(12 if chroma == 3 else 8):
        if bits.read(1):
            _skip_scaling(bits, 16 if index < 6 else 64)


def _skip_scaling(bits: _Bits, size: int) -> None:
    last = following = 8
    for _entry in range(size):
        if following:
            told = bits.golomb()
            following = (last + (told + 1 >> 1) * (1 if told & 1 else -1)) % 256
        last = following or last


def _skip_order(bits: _Bits) -> None:
    kind = bits.golomb()
    if kind == 0:
        bits.golomb()
    elif kind == 1:
        bits.read(1)
        bits.golomb(), bits.golomb()
        for _frame in range(bits.golomb()):
            bits.golomb()


def sound(esds: bytes) -> Sound:
    """What an `esds` box says of its track. Raises IndexError where it is cut short."""
    at = _inside(esds, 4, 3) + 3  # ES_Descriptor: its number and flags
    config = _inside(esds, at, 4)
    kind = esds[config]
    if kind in (0x69, 0x6B):
        return Sound("mp3")
    special = _Bits(esds[_inside(esds, config + 13, 5) :][:8])
    profile = special.read(5)
    profile = 32 + special.read(6) if profile == 31 else profile
    index = special.read(4)
    rate = special.read(24) if index == 15 else _RATES[index]
    return Sound("aac", "LC" if profile == 2 else str(profile), rate)


def _inside(content: bytes, at: int, tag: int) -> int:
    """Where the content of the descriptor at `at` begins; IndexError unless it has that tag."""
    if content[at] != tag:
        raise IndexError
    at += 1
    while content[at] & 0x80:
        at += 1
    return at + 1
