"""Numbers that no one counted: cells dragged down by their handle, in equal steps or all the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from operator import eq
from typing import TYPE_CHECKING

from pipeline.observations.columns import Typed
from pipeline.observations.quantities import decimal_of
from pipeline.observations.report import Alarm
from pipeline.observations.values import clean, unknown
from publishers._sentences import _

if TYPE_CHECKING:
    from pipeline.observations.tables import Part, Table

SHORTEST_SERIES = 5  # rows
LONGEST_EQUAL = 20  # rows; more of the same number in a row are told
BY_CHANCE = 0.05  # expected number of such runs in a column, above which small counts make them by themselves


def dragged(part: Part, table: Table) -> Iterator[Alarm]:
    """Runs of equal steps and of equal numbers in the measured columns of a sheet, blank rows left out."""
    rows = _filled(part)
    for column in part.columns.values():
        if not column.column.measured or column.name not in table.dataset.columns:
            continue
        markers = table.dataset.markers(column.name)
        each = [_number(raw, markers) for raw in column.raws]
        every = [each[code] for code in column.codes]
        numbers = every if len(rows) == len(every) else [every[row] for row in rows]
        for first, last in fill_runs(numbers):
            yield _stepped(part, column, rows[first : last + 1])
        for first, last in equal_runs(numbers):
            if not _placed_alike(part, rows[first : last + 1], column):
                yield _equal(part, column, rows[first : last + 1])


def _filled(part: Part) -> list[int]:
    """The rows in which anything stands."""
    rows = part.sheet.rows[part.header.last + 1 :]
    return [at for at, row in enumerate(rows) if row.count("") < len(row)]


def _number(raw: str, markers: frozenset[str]) -> float | None:
    text = clean(raw)
    number = None if unknown(text, markers) else decimal_of(text)
    return None if number is None else float(number)


def fill_runs(numbers: Sequence[float | None]) -> list[tuple[int, int]]:
    """First and last index of each run of five or more numbers in equal steps that chance does not explain.

    Small counts make short runs by themselves: a run is told only if its step, as frequent as it is elsewhere in the
    column, would be expected to repeat so often less than once in twenty columns.
    """
    steps = [None if one is None or next_ is None else next_ - one for one, next_ in pairwise(numbers)]
    if any(one % 1 for one in set(numbers) if one):  # decimals: the steps of 0.1 are not all the same
        steps = [None if step is None else round(step, 9) for step in steps]
    return [(at, at + length) for step, at, length in _unlikely(steps, SHORTEST_SERIES - 1) if step]


def equal_runs(numbers: Sequence[float | None]) -> list[tuple[int, int]]:
    """First and last index of each run of more than twenty equal numbers (not 0) that chance does not explain."""
    return [(at, at + length - 1) for number, at, length in _unlikely(numbers, LONGEST_EQUAL + 1) if number]


def _unlikely(values: Sequence[float | None], shortest: int) -> list[tuple[float | None, int, int]]:
    """Each run of one value, at least so long, longer than its frequency elsewhere explains: value, start, length."""
    repeats = bytes(map(eq, values, islice(values, 1, None)))  # 1 where a value is that of the row before
    found = re.finditer(rb"\x01{%d,}" % (shortest - 1), repeats)
    long = [(values[one.start()], one.start(), one.end() - one.start() + 1) for one in found]
    long = [run for run in long if run[0] is not None]
    frequency = Counter(value for value in values if value is not None) if long else Counter()
    total = frequency.total()

    def by_chance(value: float, length: int) -> float:
        others = total - length
        share = (frequency[value] - length) / others if others else 0.0
        return len(values) * share**length

    return [run for run in long if run[0] is not None and by_chance(run[0], run[2]) < BY_CHANCE]


def _placed_alike(part: Part, rows: list[int], column: Typed) -> bool:
    """Whether a coordinate or amount is the same because the place or giver is: another column says so in all rows."""
    if column.column.type not in {"decimal", "amount"}:
        return False
    others = [one for one in part.columns.values() if one.column.type in {"text", "category"} and not one.column.id]
    said = [{clean(one.raw(row)).casefold() for row in rows} for one in others]
    return any(len(words) == 1 and words != {""} for words in said)


def _stepped(part: Part, column: Typed, rows: list[int]) -> Alarm:
    return Alarm(
        "fill_handle",
        part.numbers(rows),
        _(
            "{column}: {n} cells follow each other in equal steps, from {start} in row {first} to {end} in row "
            "{last}. Was a cell dragged down by mistake? Put the right values back and import again.",
            column=column.title,
            n=len(rows),
            start=clean(column.raw(rows[0])),
            first=part.number(rows[0]),
            end=clean(column.raw(rows[-1])),
            last=part.number(rows[-1]),
        ),
        len(rows),
        part.sheet.name,
    )


def _equal(part: Part, column: Typed, rows: list[int]) -> Alarm:
    return Alarm(
        "constant_run",
        part.numbers(rows),
        _(
            "{column}: {n} cells in a row say {value}, from row {first} to row {last}. Was a cell copied down by "
            "mistake?",
            column=column.title,
            n=len(rows),
            value=clean(column.raw(rows[0])),
            first=part.number(rows[0]),
            last=part.number(rows[-1]),
        ),
        len(rows),
        part.sheet.name,
    )
