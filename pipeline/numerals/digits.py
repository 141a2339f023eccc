"""Numbers written in digits of any script: 98, ٩٨, ۹۸, ９８, ፺፰, ½, "1 234,5"."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

import regex

from pipeline.rendering.languages import language, languages

SPACES = "\u00a0\u202f\u2009"
SIGN = r"[\p{N}〇一二三四五六七八九十百千万]"
RUN = regex.compile(rf"{SIGN}+(?:[.,٫٬،'’ {SPACES}]{SIGN}+)*")
PIECE = regex.compile(rf"({SIGN}+)|[^\p{{N}}]")
# What may stand before digits without a space: "and", "with", "for" in Arabic and Persian, prepositions in Tigrinya.
CLITIC = regex.compile(r"(?:[وبلفك][ـ]?|ال|بال|وال|[\p{Ethiopic}]{1,2})")
LETTERS = regex.compile(r"[\p{L}\p{M}_]+")
THOUSANDS = ("k", "K", "M", "m", "Md", "bn", "G")
ETHIOPIC = {"፻": 100, "፼": 10000}


@dataclass(frozen=True)
class Written:
    """A number in digits; `value` is None where the language does not write numbers so."""

    start: int
    end: int
    value: Decimal | None


def written(text: str, lang: str) -> Iterator[Written]:
    """The numbers in digits of a text, in order, read as the language writes them."""
    for run in RUN.finditer(text):
        for start, end in _numbers(run[0], run.start(), lang):
            yield _with_letters(text, start, end, _value(text[start:end], lang))


def _numbers(run: str, at: int, lang: str) -> list[tuple[int, int]]:
    """A run of digits as one number where it is written as one, else number by number at its spaces.

    Where a part could be thousands of another it stays whole: "1 226 12" is no 226. So does a telephone number.
    """
    parts = run.split(" ")
    if _value(run, lang) is not None or any(len(part) == 3 for part in parts[1:]) or not 1 < len(parts) < 4:
        return [(at, at + len(run))]
    found, start = [], 0
    for part in parts:
        found.append((at + start, at + start + len(part)))
        start += len(part) + 1
    return found


def _with_letters(text: str, start: int, end: int, value: Decimal | None) -> Written:
    """Digits with the letters that stand against them: A16 is no number, ٩٨ in و٩٨ is one."""
    before = regex.search(r"[\p{L}\p{M}_]+\Z", text[max(0, start - 30) : start])
    if before and not CLITIC.fullmatch(before[0]):
        return Written(start - len(before[0]), end, None)
    after = LETTERS.match(text, end)
    if after and after[0] in THOUSANDS:
        return Written(start, after.end(), None)
    return Written(start, end, value)


def _value(text: str, lang: str) -> Decimal | None:
    """What the language reads there; None for a form that it does not have, as "1.234" in French."""
    pieces = regex.split(rf"([.,٫٬،'’ {SPACES}])", text)
    numbers, marks = pieces[::2], pieces[1::2]
    if not marks:
        return _plain(text)
    if not all(unicodedata.category(sign) == "Nd" for part in numbers for sign in part):
        return None
    digits = ["".join(str(unicodedata.digit(sign)) for sign in part) for part in numbers]
    groups, decimals = _marks(lang)
    fraction = digits.pop() if marks[-1] in decimals and not (marks[-1] in groups and len(digits[-1]) == 3) else None
    grouped = marks[: len(digits) - 1]
    if len(set(grouped)) > 1 or any(mark not in groups for mark in grouped):
        return None
    if grouped and not (1 <= len(digits[0]) <= 3 and all(len(part) == 3 for part in digits[1:])):
        return None
    return Decimal("".join(digits) + (f".{fraction}" if fraction else ""))


def _marks(lang: str) -> tuple[str, str]:
    """The marks that part thousands, and those before decimals, in a language."""
    spoken = language(lang) if lang in languages() else language("fr")
    spaces = SPACES + (" " if spoken.group in SPACES else "")
    return spoken.group + spaces, spoken.decimal + ("." if spoken.digits != "latn" else "")


def _plain(text: str) -> Decimal | None:
    if all(unicodedata.category(sign) == "Nd" for sign in text):
        return Decimal("".join(str(unicodedata.digit(sign)) for sign in text))
    if all(0x1369 <= ord(sign) <= 0x137C for sign in text):
        return Decimal(_ethiopic(text))
    return Decimal(str(unicodedata.numeric(text))) if len(text) == 1 else None


def _ethiopic(text: str) -> int:
    """፩ to ፼: tens and units are added, a hundred and ten thousand multiply what stands before them."""
    total = part = 0
    for sign in text:
        if times := ETHIOPIC.get(sign):
            part = max(part, 1) * times
            if sign == "፼":
                total, part = (total + part), 0
        elif part >= 100:
            total, part = total + part, int(unicodedata.numeric(sign))
        else:
            part += int(unicodedata.numeric(sign))
    return total + part
