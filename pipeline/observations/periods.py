"""The month that a file or sheet is named after, and whether its rows are of that month."""

from __future__ import annotations

import re

from pipeline.observations.datasets import fold
from pipeline.observations.times import MONTHS

WORDS = "|".join(sorted((name for name in MONTHS if len(name) > 3), key=len, reverse=True))
IN_WORDS = re.compile(rf"(?:^|[^a-z])({WORDS})(?:[^a-z]|$)(?:.*?\b((?:19|20)\d\d)\b)?")
IN_NUMBERS = re.compile(r"(?<!\d)((?:19|20)\d\d)[ -]?(0[1-9]|1[0-2])(?![ -]?\d)")


def named_month(name: str) -> str:
    """The month of a name as "2026-10", as "-10" where it names no year, or "" where it names none."""
    said = fold(re.sub(r"\.\w{2,4}$", "", name))
    if match := IN_NUMBERS.search(said):
        return f"{match[1]}-{match[2]}"
    found = list(IN_WORDS.finditer(said))
    if len(found) != 1:  # "octobre à décembre" is no month
        return ""
    year = found[0][2] or next(iter(re.findall(r"\b((?:19|20)\d\d)\b", said)), "")
    return f"{year}-{MONTHS[found[0][1]]:02d}"
