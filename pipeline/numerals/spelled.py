"""Numbers written in French and English words: "quatre-vingt-dix-sept", "deux cents", "une trentaine", "a dozen"."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

import regex

FR_UNITS = (
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze",
    "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
)  # fmt: skip
FR_TENS = {20: ("vingt",), 30: ("trente",), 40: ("quarante",), 50: ("cinquante",), 60: ("soixante",),
           70: ("septante",), 80: ("huitante", "octante"), 90: ("nonante",)}  # fmt: skip
EN_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
EN_NAMES = (
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
EN_TENS = dict(zip(range(20, 100, 10), EN_NAMES, strict=True))
# None: a claim about a quantity that no figure can bear out.
ROUND = {
    "fr": {"huitaine": 8, "dizaine": 10, "douzaine": 12, "quinzaine": 15, "vingtaine": 20,
           "trentaine": 30, "quarantaine": 40, "cinquantaine": 50, "soixantaine": 60, "centaine": 100, "millier": 1000,
           "dizaines": None, "douzaines": None, "vingtaines": None, "centaines": None, "milliers": None,
           "millions": None, "milliards": None, "moitié": "0.5", "tiers": None, "doublé": 2, "doublée": 2,
           "triplé": 3, "triplée": 3},
    "en": {"dozen": 12, "dozens": None, "hundreds": None, "thousands": None, "millions": None, "billions": None,
           "half": "0.5", "thirds": None, "twice": 2, "thrice": 3, "doubled": 2, "tripled": 3},
}  # fmt: skip
GREAT = {
    "fr": {"mille": 10**3, "mil": 10**3, "million": 10**6, "millions": 10**6, "milliard": 10**9, "milliards": 10**9},
    "en": {"thousand": 10**3, "million": 10**6, "billion": 10**9},
}
HUNDREDS = {"fr": ("cent", "cents"), "en": ("hundred",)}
ARTICLES = {"fr": ("un", "une"), "en": ("a", "an")}
PER = {"fr": "pour", "en": "per"}  # "pour cent": the unit of the number before it
WORD = regex.compile(r"[\p{L}\p{M}]+")
BETWEEN = regex.compile(r"[\s\u00a0\u202f-]+")


@dataclass(frozen=True)
class Spelled:
    """A number in words; `value` is None for a claim without a number in it ("des dizaines")."""

    start: int
    end: int
    value: Decimal | None
    one: bool = False  # a lone "one", which is a number only before what is counted


def spelled(text: str, lang: str) -> Iterator[Spelled]:
    """The numbers in words of a French or English text, in order; nothing in other languages."""
    if lang not in GREAT:
        return
    tokens = [(found[0].casefold(), found.start(), found.end()) for found in WORD.finditer(text)]
    at = 0
    while at < len(tokens):
        words = _adjacent(text, tokens[at:])
        used, value = _number(words, lang)
        if used and not _is_unit(tokens, at, used, lang):
            lone = words[:used] == ["one"]
            yield Spelled(tokens[at][1], tokens[at + used - 1][2], value, lone)
        at += max(used, 1)


def _adjacent(text: str, tokens: Sequence[tuple[str, int, int]]) -> list[str]:
    """The words from here on that nothing but spaces and hyphens keeps apart."""
    words, end = [], None
    for word, start, stop in tokens[:12]:  # no number that anybody writes in words is longer
        if end is not None and not BETWEEN.fullmatch(text, end, start):
            break
        words.append(word)
        end = stop
    return words


def _is_unit(tokens: Sequence[tuple[str, int, int]], at: int, used: int, lang: str) -> bool:
    """Whether this is the "cent" of "pour cent"."""
    return used == 1 and tokens[at][0] in HUNDREDS[lang] and at > 0 and tokens[at - 1][0] == PER[lang]


def _number(words: Sequence[str], lang: str) -> tuple[int, Decimal | None]:
    """How many of the first words are one number, and which; (0, None) where they are none."""
    if rounded := _rounded(words, lang):
        return rounded
    used, total = 0, Decimal(0)
    while used < len(words):
        step, part = _below_thousand(words[used:], lang)
        great = GREAT[lang].get(words[used + step]) if used + step < len(words) else None
        if great:
            total += (part if step else 1) * great
            used += step + 1
            continue
        total += part
        used += step
        break
    if used == 1 and words[0] in (*ARTICLES[lang], "un", "une"):
        return 0, None
    return used, total if used else None


def _rounded(words: Sequence[str], lang: str) -> tuple[int, Decimal | None] | None:
    """ "une trentaine", "deux douzaines", "a dozen", "des centaines", "half": with the number before it, if any."""
    if list(words[:3]) in (["half", "a", "dozen"], ["une", "demi", "douzaine"]):
        return 3, Decimal(6)
    step, times = _below_thousand(words, lang)
    if not step and words and words[0] in ARTICLES[lang]:
        step, times = 1, 1
    name = words[step] if step < len(words) else ""
    if name not in ROUND[lang] or (step and name in GREAT[lang]):  # "deux millions" is a number
        return None
    worth, single, used = ROUND[lang][name], ROUND[lang].get(name.removesuffix("s")), step + 1
    if worth is None and single is not None and step and name.endswith("s"):
        worth = single  # "deux douzaines"
    return used, None if worth is None else Decimal(times or 1) * Decimal(worth)


def _below_thousand(words: Sequence[str], lang: str) -> tuple[int, int]:
    used, value = _below_hundred(words, lang)
    article = 1 if words and words[0] in ("a", "an") and lang == "en" else 0
    at = used or article
    if at < len(words) and words[at] in HUNDREDS[lang] and (used or article or lang == "fr"):
        if used and not 1 <= value <= 99:
            return used, value
        hundreds, at = (value if used else 1) * 100, at + 1
        rest = at + 1 if lang == "en" and at < len(words) and words[at] == "and" else at
        more, small = _below_hundred(words[rest:], lang)
        return (rest + more, hundreds + small) if more else (at, hundreds)
    return used, value


def _below_hundred(words: Sequence[str], lang: str) -> tuple[int, int]:
    table = _table(lang)
    for length in range(min(5, len(words)), 0, -1):
        if (value := table.get(tuple(words[:length]))) is not None:
            return length, value
    return 0, 0


@lru_cache
def _table(lang: str) -> dict[tuple[str, ...], int]:
    """Every way to write 0 to 99 in words, by its parts."""
    spell: Callable[[int], Iterator[str]] = _french if lang == "fr" else _english
    return {tuple(text.replace("-", " ").split()): n for n in range(100) for text in spell(n)}


def _english(n: int) -> Iterator[str]:
    if n < 20:
        yield EN_UNITS[n]
    else:
        tens, unit = n - n % 10, n % 10
        yield f"{EN_TENS[tens]} {EN_UNITS[unit]}" if unit else EN_TENS[tens]


def _french(n: int) -> Iterator[str]:
    """As written in France, Belgium and Switzerland, with and without "et", with "un" and "une"."""
    tens, unit = n - n % 10, n % 10
    if n < 20:
        yield from (FR_UNITS[n], "une") if n == 1 else (FR_UNITS[n],)
    else:
        for name in FR_TENS[tens]:
            yield from _beside(name, unit)
    if 70 <= n < 80:
        yield from _beside("soixante", n - 60)
    if n >= 80:
        yield from ("quatre vingt", "quatre vingts") if n == 80 else _beside("quatre vingt", n - 80)


def _beside(tens: str, unit: int) -> Iterator[str]:
    if not unit:
        yield tens
        return
    for name in (FR_UNITS[unit], "une") if unit == 1 else (FR_UNITS[unit],):
        yield f"{tens} {name}"
        yield f"{tens} et {name}"
