"""The text stage of every template: what a typesetter does to a sentence before it is set.

`polish` gives the text as it will be read (no-break spaces, real apostrophes); `markup` gives the same text for the
engine, with what is not to be read: direction isolates. `break_lines` ends its lines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from markupsafe import Markup, escape

from pipeline.errors import Refused
from pipeline.rendering.languages import Language
from publishers._sentences import _

NBSP, NNBSP = "\u00a0", "\u202f"
LRI, RLI, PDI = "\u2066", "\u2067", "\u2069"
INVISIBLE = frozenset("\u200e\u200f\u061c\u2060" + LRI + RLI + "\u2068" + PDI)  # drawn by no font, needed by none

_SPACES = re.compile(r"[ \t\r\n\u0085\u2028\u2029]+")
# Embeddings and isolates only place a run, which this stage does itself; soft hyphens break without drawing a hyphen.
_DROPPED = re.compile("[\u202a\u202b\u202c\u2066-\u2069\u200b\u00ad\ufeff]")
_THOUSANDS = re.compile(r"(?<!\d)\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?!\d)")
_PERCENT = re.compile(r"(?<=\d)[ \u00a0]+(?=[%‰٪])")
_UNIT = re.compile(r"(?<=\d) (?=(?:h|min|s|km|m|cm|mm|kg|g|€|£|\$)(?!\w))")
_ALONE = re.compile(r"(?<![\w’'.-])([^\W\d_]) (?=\w)")
_FRENCH = (
    (re.compile(r"«[ \u00a0\u202f]*"), "«" + NBSP),
    (re.compile(r"[ \u00a0\u202f]*»"), NBSP + "»"),
    (re.compile(r"[ \u00a0]+(?=[;!?])"), NNBSP),
    (re.compile(r"(?<=[\w)\]%])(?=[;!?]+(?:\s|$))"), NNBSP),
    (re.compile(r"(?<=\d)(?=[%‰])"), NNBSP),
    (re.compile(r"[ \u202f]+(?=:)"), NBSP),
)
_NEVER = 1_000_000
_LATIN_RUN = re.compile(
    r"[#@]?[A-Za-zÀ-ɏ0-9][A-Za-zÀ-ɏ0-9’'&@#._/:+-]*(?:[ \u00a0\u202f][#@]?[A-Za-zÀ-ɏ0-9][A-Za-zÀ-ɏ0-9’'&@#._/:+-]*)*"
)
_LATIN_LETTER = re.compile(r"[A-Za-zÀ-ɏ]")
_RTL_RUN = re.compile(
    r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc][\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u200c\u200d \u00a0]*"
    r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]|[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]"
)


def _unprintable(char: str) -> bool:
    code = ord(char)
    return unicodedata.category(char) in {"Cc", "Cs", "Co", "Cn"} or char in "\u202d\u202e" or code & 0xFFFE == 0xFFFE


def clean(text: str, where: str) -> str:
    """The text in NFC on one line; control characters and direction overrides are refused, naming `where`."""
    plain = _SPACES.sub(" ", _DROPPED.sub("", text)).strip()  # in this order: a mark alone is no word
    for char in plain:
        if _unprintable(char):
            raise Refused(
                _(
                    "{slot}: the invisible character U+{code} cannot be printed: delete it.",
                    slot=where,
                    code=f"{ord(char):04X}",
                )
            )
    return unicodedata.normalize("NFC", plain)


def polish(text: str, lang: Language) -> str:
    """The text as it will be read: no-break spaces where a line must not end, apostrophes that curl."""
    text = _THOUSANDS.sub(lambda m: re.sub(r"\s", NNBSP, m[0]), text)
    text = _UNIT.sub(NBSP, _PERCENT.sub(NNBSP, text))
    if lang.script == "latn":
        text = re.sub(r"(?<=\w)'(?=\w)", "’", text)
        text = _ALONE.sub(r"\1" + NBSP, text)
    if lang.code == "fr":
        for pattern, put in _FRENCH:
            text = pattern.sub(put, text)
    return text


def isolated(text: str, lang: Language) -> str:
    """The text with each run of the other direction isolated: "#A7F3" stays "#A7F3" in an Arabic line."""
    if not lang.rtl:
        return _RTL_RUN.sub(lambda m: RLI + m[0] + PDI, text)
    return _LATIN_RUN.sub(lambda m: LRI + m[0] + PDI if _LATIN_LETTER.search(m[0]) else m[0], text)


def markup(text: str, lang: Language) -> Markup:
    """Polished text for the engine: escaped, each run of the other direction isolated.

    pytakumi 0.1.5 draws every space as wide as the plain one. A narrow one is handed on as such, so that a browser does
    the same; lines are broken here and never at it.
    """
    return escape(isolated(text, lang).replace(NNBSP, NBSP))


def break_lines(words: Sequence[str], widths: Sequence[float], space: float, width: float) -> list[list[str]] | None:
    """The words on as few lines as `width` allows, as even as can be; None where one word alone is too wide.

    Lines are broken here, at plain spaces only: pytakumi 0.1.5 ends lines at no-break spaces and before the marks of
    Arabic vowels, and no two engines balance alike. A line that ends in "of" or "à" costs, one that ends a clause pays.
    """
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]  # for the first n words: lines, cost, start of the last line
    for end in range(1, len(words) + 1):
        choices, extent = [], -space
        for start in range(end - 1, -1, -1):
            extent += widths[start] + space
            if extent > width:
                break
            lines, cost, _start = best[start]
            if lines < _NEVER:
                choices.append((lines + 1, cost + ((width - extent) / width) ** 2 + _cost(words, end), start))
        best.append(min(choices, default=(_NEVER, 0.0, 0)))
    if best[-1][0] >= _NEVER:
        return None
    lines_found: list[list[str]] = []
    end = len(words)
    while end:
        start = best[end][2]
        lines_found.insert(0, list(words[start:end]))
        end = start
    return lines_found


def _cost(words: Sequence[str], end: int) -> float:
    """What it costs the eye to end a line after `words[:end]`, in squared parts of the line's width."""
    last = words[end - 1]
    if end == len(words):
        return 0.0
    return -0.02 if last[-1] in ".,;:!?،؛።፣" else 0.03 if len(last) <= 3 else 0.0
