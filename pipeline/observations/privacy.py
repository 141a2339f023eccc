"""Phone numbers, number plates and addresses in free words: warned of, never repeated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pipeline.observations.report import Alarm
from publishers._sentences import Sentence, _

if TYPE_CHECKING:
    from pipeline.observations.tables import Part

PRIVATE: tuple[tuple[Sentence, re.Pattern[str]], ...] = (
    (_("phone numbers"), re.compile(
        r"(?<![\w+])(?:(?:\+|00)\d{2,3}[ .\-]?(?:\(0\))?\d(?:[ .\-]?\d){7,10}|0[1-9](?:[ .\-]?\d\d){4})(?!\d)")),
    (_("number plates"), re.compile(
        r"(?i)\b(?:[a-hj-np-tv-z]{2}[ \-]\d{3}[ \-][a-hj-np-tv-z]{2}|\d{2,4}[ \-][a-z]{2,3}[ \-](?:\d{2}|2[ab]))\b")),
    (_("mail addresses"), re.compile(r"@(?<=[\w.+\-]@)[\w\-]{1,63}\.[\w.\-]{2,63}")),
    (_("badge numbers (RIO)"), re.compile(r"(?i)\b(?:rio|matricule)\W{0,3}\d{4,9}\b")),
)  # fmt: skip


def found_in(text: str) -> list[Sentence]:
    """The kinds of private data that a text holds."""
    return [kind for kind, pattern in PRIVATE if pattern.search(text)]


def told(part: Part) -> Iterator[Alarm]:
    """For each column of free words and each kind the rows that hold it."""
    for column in part.columns.values():
        if not column.column.private:
            continue
        kinds = [found_in(raw) for raw in column.raws]
        for kind, _pattern in PRIVATE:
            rows = column.rows_of({code for code, found in enumerate(kinds) if kind in found})
            if rows:
                yield Alarm(
                    "personal_data",
                    part.numbers(rows),
                    _("{column}: these rows seem to hold {kind}. The column never leaves the store; take out what "
                      "nobody needs.", column=column.title, kind=kind),
                    sheet=part.sheet.name,
                )  # fmt: skip
