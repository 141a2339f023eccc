"""What typing a cell gives: a Cell, a Bad cell with its reason, or None for what is not known."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from publishers._sentences import Sentence, _

Qualifier = Literal["exact", "at_least", "at_most", "approx", "range"]

# Zero-width signs, soft hyphens, marks of direction, variation selectors.
INVISIBLE = re.compile(
    r"[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb]"
)
HYPHENS = str.maketrans("\u2010\u2011\ufe63\uff0d", "----")  # a word processor's hyphens, which look like ours
# Cyrillic and Greek letters that look like Latin ones: inside a Latin word they are a slip of the keyboard's language.
LOOK_ALIKE = str.maketrans(
    "АВЕЅІЈКМНОРСТУХаеѕіјорсухԁ\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7\u03bf",
    "ABESIJKMHOPCTYXaesijopcyxdABEZHIKMNOPTYXo",
)
WORD = re.compile(r"[^\W_]+")
FOREIGN = re.compile(r"[\u0370-\u03ff\u0400-\u052f]")
# What a no-break space becomes when UTF-8 is read as Windows-1252 somewhere on its way to us.
MISREAD_SPACE = re.compile("\u00c2[\u00a0 ]")
UNKNOWN = frozenset(
    {"", "?", "??", "???", "-", "--", "–", "—", "nc", "n.c.", "n/c", "nd", "n.d.", "nsp", "n/a", "#n/a", "inconnu",
     "inconnue", "inconnus", "inconnues", "unknown", "non communiqué", "non renseigné", "non précisé", "ne sait pas",
     "pas d'info", "pas d'information", "non précisée", "pas vu", "pas su", "n/s", "unk"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """A typed cell. `value` is what enters sums (the floor of a range); `raw` what the file says.

    `max` is the upper end of a range, the precision of a date that is no day, or what belongs to each member of a set.
    """

    value: int | str | bool
    raw: str
    max: int | str | None = None
    qual: Qualifier = "exact"

    def as_json(self) -> dict[str, Any]:
        """The cell as stored: value, max, qual, raw."""
        return {"value": self.value, "max": self.max, "qual": self.qual, "raw": self.raw}


@dataclass(frozen=True, slots=True)
class Bad:
    """Why a cell is refused, and what to type instead."""

    reason: Sentence
    hint: Sentence


def clean(text: str) -> str:
    """The text as the eye sees it: NFC, plain single spaces and hyphens, nothing invisible, words in one script."""
    if text.isascii():
        return " ".join(text.split())
    seen = MISREAD_SPACE.sub(" ", INVISIBLE.sub("", unicodedata.normalize("NFC", text))).translate(HYPHENS)
    if FOREIGN.search(seen):
        seen = WORD.sub(_in_latin, seen)
    return " ".join(seen.split())


def _in_latin(word: re.Match[str]) -> str:
    """A word of Latin letters or digits among which stand others that look like them, as it looks."""
    latin = word[0].translate(LOOK_ALIKE)
    return latin if latin.isascii() and any(sign.isascii() for sign in word[0]) else word[0]


@lru_cache(maxsize=65536)
def same(text: str) -> str:
    """What makes two spellings one category: case, spaces and the form of the apostrophe do not count."""
    return clean(text).casefold().replace("’", "'")


def western_digits(text: str) -> str:
    """The text with any script's decimal digits as 0-9, Arabic separators and typographic signs as ours."""
    if text.isascii():
        return text
    signs = {"٫": ",", "٬": " ", "−": "-", "–": "-", "’": "'"}
    return "".join(signs.get(s) or (str(unicodedata.decimal(s)) if s.isdecimal() else s) for s in text)


ERRORS = frozenset(
    {"#div/0!", "#ref!", "#name?", "#nom?", "#value!", "#valeur!", "#num!", "#nombre!", "#null!", "#nul!", "#n/a!",
     "#calc!", "#spill!", "#propagation!", "err:502", "err:508", "err:509", "err:511"}
)  # fmt: skip


def unknown(text: str, missing: frozenset[str] = frozenset()) -> bool:
    """Whether a cleaned cell says that nothing is known; `missing` are the dataset's own markers, case-folded."""
    said = text.casefold().replace("’", "'")
    return said in UNKNOWN or said in missing or said.rstrip(" .!") in missing


def bad(reason: Sentence, hint: Sentence | None = None) -> Bad:
    """A Bad cell; without a hint, the general one."""
    return Bad(reason, hint or _("Correct the cell, or leave it blank if it is not known."))
