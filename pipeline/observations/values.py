"""What typing a cell gives: a Cell, a Bad cell with its reason, or None for what is not known."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from publishers._sentences import Sentence, _

Qualifier = Literal["exact", "at_least", "at_most", "approx", "range"]

INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
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
    """The text without what the eye does not see: NFC, plain single spaces, no direction marks."""
    if text.isascii():
        return " ".join(text.split())
    seen = MISREAD_SPACE.sub(" ", INVISIBLE.sub("", unicodedata.normalize("NFC", text)))
    return " ".join(seen.split())


@lru_cache(maxsize=65536)
def same(text: str) -> str:
    """What makes two spellings one category: case, spaces and the form of the apostrophe do not count."""
    return clean(text).casefold().replace("’", "'")


def western_digits(text: str) -> str:
    """The text with any script's decimal digits as 0-9, Arabic separators and typographic signs as ours."""
    if text.isascii():
        return text
    signs = {"٫": ",", "٬": " ", "−": "-", "’": "'"}
    return "".join(signs.get(s) or (str(unicodedata.decimal(s)) if s.isdecimal() else s) for s in text)


ERRORS = frozenset(
    {"#div/0!", "#ref!", "#name?", "#nom?", "#value!", "#valeur!", "#num!", "#nombre!", "#null!", "#nul!", "#n/a!",
     "#calc!", "#spill!", "#propagation!", "err:502", "err:508", "err:509", "err:511"}
)  # fmt: skip


def unknown(text: str, missing: frozenset[str] = frozenset()) -> bool:
    """Whether a cleaned cell says that nothing is known; `missing` are the dataset's own markers, case-folded."""
    said = text.casefold().replace("’", "'")
    return said in UNKNOWN or said in missing


def bad(reason: Sentence, hint: Sentence | None = None) -> Bad:
    """A Bad cell; without a hint, the general one."""
    return Bad(reason, hint or _("Correct the cell, or leave it blank if it is not known."))
