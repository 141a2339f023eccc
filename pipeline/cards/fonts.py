"""Whether the brand's fonts can write a text: a missing glyph is refused before anything is drawn."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from struct import unpack_from

from pipeline.errors import Refused
from pipeline.rendering.brand import Brand
from pipeline.rendering.typography import INVISIBLE
from publishers._sentences import _

_JOINERS = "\u200c\u200d"


def _table(data: bytes, wanted: bytes) -> bytes:
    """One table of a font file; zeros where it has none."""
    for number in range(unpack_from(">H", data, 4)[0]):
        tag, _sum, offset, length = unpack_from(">4sIII", data, 12 + 16 * number)
        if tag == wanted:
            return data[offset : offset + length]
    return bytes(16)


def _segments(table: bytes, at: int) -> Iterator[tuple[int, int]]:
    """First and last code point of each stretch that maps to glyphs: cmap formats 12 and 4, which every font has."""
    if unpack_from(">H", table, at)[0] == 12:
        for group in range(unpack_from(">I", table, at + 12)[0]):
            first, last, _glyph = unpack_from(">III", table, at + 16 + 12 * group)
            yield first, last
        return
    count = unpack_from(">H", table, at + 6)[0] // 2
    ends = unpack_from(f">{count}H", table, at + 14)
    starts, deltas, ranges = (unpack_from(f">{count}H", table, at + 16 + 2 * count * part) for part in (1, 2, 3))
    for segment, (first, last, delta, jump) in enumerate(zip(starts, ends, deltas, ranges, strict=True)):
        for code in range(first, min(last, 0xFFFE) + 1):
            where = at + 16 + 6 * count + 2 * segment + jump + 2 * (code - first)
            glyph = unpack_from(">H", table, where)[0] if jump else code + delta
            if glyph & 0xFFFF:
                yield code, code


@lru_cache
def covered(path: Path) -> frozenset[int]:
    """The code points that a font file has glyphs for.

    Read here and not by fontTools, whose import alone costs a third of a card's cold start; the tests compare the two.
    """
    table = _table(path.read_bytes(), b"cmap")
    found: set[int] = set()
    for number in range(unpack_from(">H", table, 2)[0]):
        platform, encoding, at = unpack_from(">HHI", table, 4 + 8 * number)
        if (platform == 0 or (platform == 3 and encoding in {1, 10})) and unpack_from(">H", table, at)[0] in {4, 12}:
            for first, last in _segments(table, at):
                found.update(range(first, last + 1))
    return frozenset(found)


@lru_cache
def widest(path: Path) -> int:
    """How wide a font file's letters can be set, in per cent; 100 where it has no width axis."""
    table = _table(path.read_bytes(), b"fvar")
    first, count, size = (unpack_from(">H", table, at)[0] for at in (4, 8, 10))
    for number in range(count):
        tag, _least, _usual, most = unpack_from(">4siii", table, first + size * number)
        if tag == b"wdth":
            return int(most >> 16)
    return 100


def covers(brand: Brand, family: str, char: str) -> bool:
    """Whether a family has a glyph for a character."""
    return ord(char) in covered(brand.fonts[family].path())


def _refuse(char: str, family: str, slot: str) -> Refused:
    name = unicodedata.name(char, "?").lower()
    return Refused(
        _(
            "{slot}: the font {family} has no glyph for {char} (U+{code}, {name}): write it otherwise.",
            slot=slot,
            family=family,
            char=char,
            code=f"{ord(char):04X}",
            name=name,
        )
    )


def check(text: str, family: str, brand: Brand, slot: str) -> None:
    """Nothing, if the family or its fallbacks have every glyph; else Refused, naming character and font.

    Joiners (Persian ZWNJ) and combining marks must come from the very font that draws the letter before them: where it
    lacks them the engine breaks the run and the word loses its shape.
    """
    chain, before = brand.chain(family), family
    for char in text:
        if char in INVISIBLE:
            continue
        if char in _JOINERS or unicodedata.combining(char):
            if not covers(brand, before, char):
                raise _refuse(char, before, slot)
            continue
        found = next((f for f in chain if covers(brand, f, char)), None)
        if found is None:
            raise _refuse(char, family, slot)
        before = found
