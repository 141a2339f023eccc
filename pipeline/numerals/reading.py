"""Every numeral of a text that is a figure: digits of any script, and number words in French and English."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from decimal import Decimal

import regex

from pipeline.numerals.digits import written
from pipeline.numerals.recognised import recognised
from pipeline.numerals.spelled import spelled

SPACE = r"[\s\u00a0\u202f\u2009]*"
POINTS = regex.compile(
    rf"(?i){SPACE}(?:percentage points?|points?(?! d[’'e]| of)|Prozentpunkte?n?|نقاط مئوية|نقطة مئوية"
    rf"|واحد درصد|واحد فیصدی|سلنیز ټکي|خاڵی سەدی|ነጥቢ ሚእታዊት)(?!\p{{L}})"
)
PERCENT = regex.compile(
    rf"(?i){SPACE}(?:[%٪％﹪]|pour[\s\u00a0]cent|per[\s\u00a0]?cent|prozent|بالمئة|بالمائة|في المئة|في المائة|"
    rf"درصد|فیصد|فیصده|سلنه|لە سەدا|ካብ ሚእቲ)(?!\p{{L}})"
)
PER_MILLE = regex.compile(rf"{SPACE}‰")
GREAT = regex.compile(
    rf"(?i){SPACE}(?:(millions?|millionen|mio\.?)|(milliards?|milliarden|billions?|mrd\.?))(?!\p{{L}})"
)
WORDS = regex.compile(r"[^\p{L}\p{N}(]*\p{L}")  # and no remark in brackets: "12 (dont 3 pleines)"
ROW = regex.compile(r"(?m)^\|.*\|[ \t]*$")
SIGNED = regex.compile(r"(?:(?<=^)|(?<=[\s(«“\"]))[+\-−–±]\Z|−\Z")
UNITS = ((POINTS, "points"), (PERCENT, "%"), (PER_MILLE, "‰"))


@dataclass(frozen=True)
class Numeral:
    """A numeral as it stands in a text.

    `value` is None where no number can be read from it, `unit` "", "%", "points" or "‰", `sign` "+", "−" or "";
    `after` is what follows it, for the noun that it counts; `one` is a lone "one", a number only before such a noun.
    """

    text: str
    value: Decimal | None
    unit: str
    sign: str
    after: str
    before: str
    one: bool = False


def read(text: str, lang: str) -> list[Numeral]:
    """The numerals of a text in order; dates, times, addresses, hashtags and numbering are none."""
    plain = visible(text)
    spans = recognised(plain)
    found = [(one.start, one.end, one.value, False) for one in written(plain, lang)]
    taken = [(start, great.end() if (great := GREAT.match(plain, end)) else end) for start, end, _value, _one in found]
    found += [
        (one.start, one.end, one.value, one.one)
        for one in spelled(plain, lang)
        if not _meets(one.start, one.end, taken)
    ]
    return [
        _numeral(plain, start, end, value, one)
        for start, end, value, one in sorted(found, key=lambda each: each[:2])
        if not any(first <= start and end <= last for first, last in spans)
    ]


def visible(text: str) -> str:
    """The text without what is not seen and could part a number: marks of direction, joiners, soft hyphens."""
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf" and sign not in "\u200b\u2060\ufeff")


def _meets(start: int, end: int, spans: list[tuple[int, int]]) -> bool:
    return any(start < last and first < end for first, last in spans)


def _numeral(text: str, start: int, end: int, value: Decimal | None, one: bool) -> Numeral:
    if value is not None and (great := GREAT.match(text, end)):
        value, end = value * (10**6 if great[1] else 10**9), great.end()
    unit, stop = "", end
    for pattern, name in UNITS:
        if found := pattern.match(text, end):
            unit, stop = name, found.end()
            break
    sign = SIGNED.search(text[max(0, start - 2) : start])
    lead = "" if sign is None else "+" if sign[0][-1] == "+" else "−"
    before, after = _around(text, start, stop)
    words = lead + text[start:stop].strip()
    return Numeral(text=words, value=value, unit=unit, sign=lead, after=after, before=before, one=one)


def _around(text: str, start: int, stop: int) -> tuple[str, str]:
    """The text before and after a number; in a row “| what | how many |” what it counts stands in the cell before.

    Unless words follow the number in its own cell: “| Total | 12 tentes |”.
    """
    row = next((one for one in ROW.finditer(text) if one.start() < start and stop <= one.end()), None)
    if row is None:
        return text[max(0, start - 40) : start], text[stop : stop + 80]
    cells, own = text[row.start() + 1 : start].split("|"), text[stop : row.end()].partition("|")[0]
    if WORDS.match(own):
        return cells[-1], own
    return cells[-1], " " + cells[-2].strip() if len(cells) > 1 else ""
