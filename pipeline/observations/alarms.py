"""What looks wrong with a file as a whole although each cell may be right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby, pairwise

from pipeline.observations.quantities import decimal_of
from pipeline.observations.reading import Book, Sheet
from pipeline.observations.report import Alarm
from pipeline.observations.tables import Header, Table
from pipeline.observations.values import clean, unknown
from publishers._sentences import _

SHORTEST_SERIES = 5  # rows
BY_CHANCE = 0.05  # expected number of such runs in a column, above which small counts make them by themselves


def raised(book: Book, table: Table, today: date) -> list[Alarm]:
    """The structural alarms of a typed book."""
    found: list[Alarm] = []
    for sheet in book.sheets:
        if header := table.headers.get(sheet.name):
            found += _series(sheet, header, table)
            found += _open_quotes(book, sheet, header)
    return [*found, *_future(table, today)]


# --------------------------------------------------------------------------------------------- dragged series


def _series(sheet: Sheet, header: Header, table: Table) -> Iterator[Alarm]:
    """Numbers that rise or fall by the same step: a cell dragged down by its fill handle."""
    rows = [row for row in sheet.rows if row.number > header.row.number and not row.blank]
    markers = frozenset(marker.casefold() for marker in table.dataset.missing)
    for index, name in header.columns.items():
        if not table.dataset.columns[name].measured:
            continue
        numbers = [_number(row.cells[index], markers) if index < len(row.cells) else None for row in rows]
        for first, last in fill_runs(numbers):
            yield Alarm(
                "fill_handle",
                tuple(row.number for row in rows[first : last + 1]),
                _(
                    "{column}: {n} cells follow each other in equal steps, from {start} in row {first} to {end} in row "
                    "{last}. Was a cell dragged down by mistake? Put the right values back and import again.",
                    column=header.titles[index],
                    n=last - first + 1,
                    start=clean(rows[first].cells[index]),
                    first=rows[first].number,
                    end=clean(rows[last].cells[index]),
                    last=rows[last].number,
                ),
            )


def _number(raw: str, markers: frozenset[str]) -> float | None:
    text = clean(raw)
    number = None if unknown(text, markers) else decimal_of(text)
    return None if number is None else float(number)


def fill_runs(numbers: Sequence[float | None]) -> list[tuple[int, int]]:
    """First and last index of each run of five or more numbers in equal steps that chance does not explain.

    Small counts make short runs by themselves: a run is told only if its step, as frequent as it is elsewhere in the
    column, would be expected to repeat so often less than once in twenty columns.
    """
    steps = [None if one is None or next_ is None else round(next_ - one, 9) for one, next_ in pairwise(numbers)]
    frequency = Counter(step for step in steps if step is not None)
    found, at = [], 0
    for step, group in groupby(steps):
        length = len(list(group))
        if step and length + 1 >= SHORTEST_SERIES:
            others = frequency.total() - length
            chance = (frequency[step] - length) / others if others else 0.0
            if len(steps) * chance**length < BY_CHANCE:
                found.append((at, at + length))
        at += length
    return found


# ------------------------------------------------------------------------------------------------ quotes, dates


def _open_quotes(book: Book, sheet: Sheet, header: Header) -> Iterator[Alarm]:
    """A quotation mark that is not closed swallows the rows after it into one cell."""
    width = len(header.columns) - 1
    if book.kind != "csv" or width < 1:
        return
    rows = tuple(
        row.number
        for row in sheet.rows
        if any(
            "\n" in cell and any(line.count(book.delimiter) >= width for line in cell.split("\n")) for cell in row.cells
        )
    )
    if rows:
        yield Alarm(
            "open_quote",
            rows,
            _("A cell of these rows holds whole rows: a quotation mark is not closed. Correct it and import again."),
        )


def _future(table: Table, today: date) -> Iterator[Alarm]:
    name = table.dataset.date
    rows = tuple(
        record.row
        for record in table.records
        if name and (cell := record.cells.get(name)) and str(cell.value) > today.isoformat()
    )
    if rows:
        yield Alarm(
            "future_dates",
            rows,
            _("These rows are dated after today ({today}): correct their year or day.", today=today.isoformat()),
        )
