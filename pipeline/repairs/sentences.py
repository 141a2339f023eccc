"""Where the sentences of a text end, in every language that posts speak; pure.

A cut is only ever made at such an end: never inside a character, a link, a mention or an abbreviation.
"""

from __future__ import annotations

import regex

from publishers._facets import find_facets

# Arabic, Persian and Sorani ask with U+061F; Pashto and Urdu also stop with U+06D4; Tigrinya has its own stops.
_STOP = r"(?:[.!?…‽؟۔]+|[።፧፨])"
_CLOSING = r"(?:[\u00a0\u202f ]?»|[\u00a0\u202f]?[”’\"')\]›])*"
_END = regex.compile(rf"(?P<stop>{_STOP})(?P<closing>{_CLOSING})(?![\p{{M}}\u200d])|(?P<line>\n+)")
_OPENING = " \u00a0\u202f\t\n«“‘\"'([‹„¿¡-–—•"
_INITIAL = regex.compile(r"(?<![\p{L}\p{M}\p{N}])[\p{Lu}\p{Lo}]\p{M}*$")
_LETTER = regex.compile(r"(?<!\p{L})\p{L}$")  # "z. B.": German abbreviates so, French writes "à 9 h."
_ABBREVIATED = regex.compile(
    r"(?<![\p{L}\p{N}])(?:MM|Mr|Mrs|Ms|Mme|Mlle|Dr|Pr|Prof|St|Ste|art|al|av|cf|env|ex|éd|fig|hab|min|no|nr|num|p|pp|"
    r"resp|tél|vol|vs|approx|Inc|e\.g|i\.e|z\.\s?B|d\.\s?h|u\.\s?a|bzw|ca|Abs|Art|Nr|Str|usw|sog|vgl|د|م|ش)$",
    regex.IGNORECASE,
)
_MARK = regex.compile(r"(?:https?://\S+|[#@＃][\p{L}\p{M}\p{N}_.@-]+|[\s·|,–-])+")


def ends(text: str, lang: str) -> list[int]:
    """The places in a text at which a sentence or a line is over, in order; the end of the text is the last."""
    kept = _kept_whole(text)
    found = [m.end() for m in _END.finditer(text) if _is_end(text, m, lang) and not _inside(m.end(), kept)]
    return sorted({*found, len(text)}) if text else []


def tail(text: str) -> str:
    """The last lines of a text that hold nothing but links, tags and mentions: they belong to any part of it."""
    lines = text.rstrip().split("\n")
    first = len(lines)
    while first > 0 and (not lines[first - 1].strip() or _MARK.fullmatch(lines[first - 1])):
        first -= 1
    return "\n".join(lines[first:]).strip() if first else ""


def _is_end(text: str, match: regex.Match[str], lang: str) -> bool:
    if match["line"]:
        return True
    stop, after = match["stop"], text[match.end() :]
    if stop[0] in "።፧፨" or not after:
        return True
    if not after[0].isspace():
        return False
    following = after.lstrip(_OPENING)[:1]
    if following.islower() and "\n" not in after[: len(after) - len(after.lstrip())]:
        return False  # "« Quoi ? » demande-t-il", "art. trois"
    return stop != "." or not _is_abbreviation(text[: match.start()], lang)


def _is_abbreviation(before: str, lang: str) -> bool:
    ordinal = lang == "de" and before[-1:].isdigit() and before[-3:].lstrip("0123456789")[:1] in ("", " ")
    letter = lang == "de" and _LETTER.search(before)
    return bool(ordinal or letter or _INITIAL.search(before) or _ABBREVIATED.search(before))


def _kept_whole(text: str) -> list[tuple[int, int]]:
    """The links, tags and mentions of a text, as places between which nothing is cut."""
    raw = text.encode()
    return [
        (len(raw[: one.start].decode()), len(raw[: one.end].decode()))
        for one in find_facets(text, lambda handle: handle)
    ]


def _inside(place: int, spans: list[tuple[int, int]]) -> bool:
    return any(start < place < end for start, end in spans)
