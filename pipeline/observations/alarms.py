"""What looks wrong with a file as a whole although each cell may be right; before anything is counted."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from statistics import median

from pipeline.observations import privacy, repeats, series
from pipeline.observations.cells import parse
from pipeline.observations.columns import Typed
from pipeline.observations.periods import named_month
from pipeline.observations.reading import Book, text_of
from pipeline.observations.report import Alarm
from pipeline.observations.tables import Part, Table
from pipeline.observations.times import SERIAL, SLASHED
from pipeline.observations.values import Bad, Cell, clean
from publishers._sentences import _

FAR = 180  # days between a date and every other one of a monthly file, from which a slip in the year is likely
MOST_SHIFTED = 5000  # rows looked at for shifted cells; more are no slip
DAY_MADE = re.compile(r"\d{4}-\d\d-(\d\d)(?: |$)")  # how a cell that is a date says itself
FEW, MONTHS = 3, 12  # dates of each kind before they tell of a country; the highest number of a month
DEGREES = 2.0  # how much nearer to the middle of all places a swapped pair has to come


def raised(book: Book, table: Table, today: date, file: str = "", period: str = "") -> list[Alarm]:
    """The structural alarms of a typed book; `period` is the month that all rows should be of (2026-10)."""
    found: list[Alarm] = []
    for part in table.parts:
        found += series.dragged(part, table)
        found += _open_quotes(book, part)
        found += _shifted(part, table, epoch=book.epoch)
        found += _parts(part, table)
        found += _swapped(part, table)
        found += _dates(part, table, today, period or named_month(part.sheet.name) or named_month(file))
        found += _turned(book, part)
        found += _serial(book, part)
        found += privacy.told(part)
        found += _hidden(part)
    return [*found, *repeats.told(table)]


def _hidden(part: Part) -> Iterator[Alarm]:
    """A sheet that nobody sees and that holds records: often last year's, or a copy."""
    if part.sheet.hidden and part.kept:
        yield Alarm(
            "hidden_sheet",
            part.numbers(part.kept[:1]),
            _("Sheet {sheet} is hidden; its rows were read like the others ({n}). Take it out of the file if it is an "
              "old copy.", sheet=part.sheet.name, n=len(part.kept)),
            len(part.kept),
            part.sheet.name,
        )  # fmt: skip


# ------------------------------------------------------------------------------------------------------ quotes


def _open_quotes(book: Book, part: Part) -> Iterator[Alarm]:
    """A quotation mark that is not closed swallows the rows after it into one cell."""
    width = len(part.header.columns) - 1
    if book.kind != "csv" or width < 1:
        return
    rows = [
        at
        for at, row in enumerate(part.sheet.rows[part.header.last + 1 :])
        for cell in row
        if isinstance(cell, str) and "\n" in cell and any(_full(line, book, width) for line in cell.split("\n"))
    ]
    if rows:
        yield Alarm(
            "open_quote",
            part.numbers(rows),
            _("A cell of these rows holds whole rows: a quotation mark is not closed. Correct it and import again."),
            len(rows),
            part.sheet.name,
        )


def _full(line: str, book: Book, width: int) -> bool:
    return line.count(book.delimiter) >= width


# ------------------------------------------------------------------------------------------------ shifted cells


def _shifted(part: Part, table: Table, *, epoch: date | None) -> Iterator[Alarm]:
    """Rows in which several cells are refused, and would not be one column further."""
    wrong: Counter[int] = Counter()
    for column in part.columns.values():
        if column.name in table.dataset.columns:
            codes = {code for code, entry in enumerate(column.entries) if isinstance(entry, Bad)}
            wrong.update(column.rows_of(codes))
    doubtful = [row for row, number in wrong.items() if number >= 2][:MOST_SHIFTED]
    rows = sorted(row for row in doubtful if _fits_beside(part, table, row, epoch))
    if rows:
        yield Alarm(
            "column_shift",
            part.numbers(rows),
            _("The cells of these rows seem to have shifted by one column ({n}): they fit their neighbours' titles.",
              n=len(rows)),
            len(rows),
            part.sheet.name,
        )  # fmt: skip


def _fits_beside(part: Part, table: Table, row: int, epoch: date | None) -> bool:
    cells = [text_of(cell) for cell in part.sheet.rows[part.header.last + 1 + row]]
    here, before, behind = (_fit(part, table, cells, by, epoch) for by in (0, -1, 1))
    return max(before, behind) > max(here, 0)


def _fit(part: Part, table: Table, cells: list[str], by: int, epoch: date | None) -> int:
    """How many cells are right, less those that are wrong, if each stood so many columns further."""
    fit = 0
    for index, name in part.header.columns.items():
        column = table.dataset.columns[name]
        if column.type == "text" or not 0 <= index - by < len(cells):
            continue
        entry = parse(cells[index - by], column, missing=table.dataset.markers(name), epoch=epoch)
        fit += isinstance(entry, Cell) - isinstance(entry, Bad)
    return fit


# -------------------------------------------------------------------------------------------- parts and places


def _parts(part: Part, table: Table) -> Iterator[Alarm]:
    """A part that is more than its whole."""
    for name, whole in table.dataset.part_of.items():
        one, other = part.columns.get(name), part.columns.get(whole)
        if one is None or other is None:
            continue
        rows = [row for row in part.kept if _exceeds(one.cell(row), other.cell(row))]
        if rows:
            yield Alarm(
                "part_over_whole",
                part.numbers(rows),
                _(
                    "“{part}” is more than “{whole}” in {n} rows: row {row} says {few} of {all}. Correct one of the "
                    "two.",
                    part=one.title, whole=other.title, n=len(rows), row=part.number(rows[0]),
                    few=clean(one.raw(rows[0])), all=clean(other.raw(rows[0])),
                ),
                len(rows),
                part.sheet.name,
            )  # fmt: skip


def _exceeds(few: Cell | None, all_: Cell | None) -> bool:
    if few is None or all_ is None or all_.qual in {"at_least", "approx"}:
        return False
    return int(few.value) > int(all_.max or all_.value)


def _swapped(part: Part, table: Table) -> Iterator[Alarm]:
    """Places that come near the others once latitude and longitude are exchanged."""
    columns = [part.columns[name] for name in table.dataset.coordinates if name in part.columns]
    if len(columns) != 2:
        return
    places = {}
    for row in part.kept:
        latitude, longitude = (column.cell(row) for column in columns)
        if latitude and longitude:
            places[row] = float(latitude.value), float(longitude.value)
    if len(places) < 5:
        return
    middle = tuple(median(place[axis] for place in places.values()) for axis in (0, 1))

    def off(first: float, second: float) -> float:
        return abs(first - middle[0]) + abs(second - middle[1])

    rows = [row for row, (x, y) in places.items() if off(y, x) + DEGREES < off(x, y) and off(y, x) < 10]
    if rows:
        yield Alarm(
            "swapped_coordinates",
            part.numbers(rows),
            _("Latitude and longitude seem to be exchanged in these rows ({n}).", n=len(rows)),
            len(rows),
            part.sheet.name,
        )


# -------------------------------------------------------------------------------------------------------- dates


def _dates(part: Part, table: Table, today: date, month: str) -> Iterator[Alarm]:
    dated = part.columns.get(table.dataset.date)
    if dated is None:
        return
    kept = set(part.kept) if table.rejected or table.ignored else None

    def rows_of(days: set[str]) -> list[int]:
        codes = {code for code, entry in enumerate(dated.entries) if isinstance(entry, Cell) and entry.value in days}
        return [row for row in dated.rows_of(codes) if kept is None or row in kept]

    counts = _counted(part, dated)
    latest = today.isoformat()
    if rows := rows_of({day for day in counts if day > latest}):
        yield Alarm(
            "future_dates",
            part.numbers(rows),
            _("These rows are dated after today ({today}): correct their year or day ({n}).", today=latest,
              n=len(rows)),
            len(rows),
            part.sheet.name,
        )  # fmt: skip
    if table.dataset.each_file == "everything":
        return
    said = _Dated(part, dated, counts, rows_of)
    yield from _out_of_month(said, month)
    yield from _far_off(said, latest)


@dataclass(frozen=True)
class _Dated:
    """The days of a sheet's kept rows: how many rows each has, and which."""

    part: Part
    column: Typed
    counts: Counter[str]
    rows_of: Callable[[set[str]], list[int]]

    def day_of(self, row: int) -> str:
        cell = self.column.cell(row)
        assert cell is not None
        return str(cell.value)


def _counted(part: Part, dated: Typed) -> Counter[str]:
    """How many kept rows each day has."""
    counts: Counter[str] = Counter()
    for code, number in Counter(map(dated.codes.__getitem__, part.kept)).items():
        entry = dated.entries[code]
        if isinstance(entry, Cell):
            counts[str(entry.value)] += number
    return counts


def _out_of_month(said: _Dated, month: str) -> Iterator[Alarm]:
    rows = said.rows_of({day for day in said.counts if not day[:7].endswith(month)}) if month else []
    if not rows or (len(rows) * 2 > said.counts.total() and month.startswith("-")):
        return  # a file that is mostly of other months is not named after its period
    part = said.part
    yield Alarm(
        "out_of_period",
        part.numbers(rows),
        _("{n} rows are not of the month that the file or sheet is named after ({month}): row {row} is dated {day}.",
          n=len(rows), month=month.strip("-"), row=part.number(rows[0]), day=said.day_of(rows[0])),
        len(rows),
        part.sheet.name,
    )  # fmt: skip


def _far_off(said: _Dated, latest: str) -> Iterator[Alarm]:
    """Dates half a year from every other one: a slip in the year, or an old event that came in again."""
    known = {one.value for one in said.column.entries if isinstance(one, Cell) and one.max is None}  # to the day
    counts = {
        date.fromisoformat(day).toordinal(): n for day, n in said.counts.items() if day <= latest and day in known
    }
    every = sum(counts.values())
    if every < 10:
        return
    ordered = sorted(counts)
    alone = set()
    for at, day in enumerate(ordered):
        before = day - ordered[at - 1] if at else FAR + 1
        after = ordered[at + 1] - day if at + 1 < len(ordered) else FAR + 1
        if min(before, after) > FAR and (counts[day] == 1 or counts[day] * 50 <= every):
            alone.add(date.fromordinal(day).isoformat())
    rows, part = said.rows_of(alone), said.part
    if rows:
        yield Alarm(
            "far_dates",
            part.numbers(rows),
            _("{n} rows lie more than half a year from all others: row {row} is dated {day}. Check the year.",
              n=len(rows), row=part.number(rows[0]), day=said.day_of(rows[0])),
            len(rows),
            part.sheet.name,
        )  # fmt: skip


def _turned(book: Book, part: Part) -> Iterator[Alarm]:
    """Days of a text file that a spreadsheet of another country took for its own: to the 12th turned, the rest text."""
    for column in part.columns.values():
        if book.epoch is None or column.column.type != "date":
            continue
        made = {code: int(found[1]) for code, raw in enumerate(column.raws) if (found := DAY_MADE.match(raw))}
        left = [int(found[1]) for raw in column.raws if (found := SLASHED.fullmatch(clean(raw)))]
        if len(made) < FEW or len(left) < FEW or max(made.values()) > MONTHS or min(left) <= MONTHS:
            continue
        rows = column.rows_of(set(made))
        yield Alarm(
            "turned_dates",
            part.numbers(rows),
            _("{column}: {n} cells are dates of which no day is above the 12th, and those above it are text. Opening "
              "the file in a spreadsheet of another country seems to have exchanged day and month of the {n} (row "
              "{row} says {day}). Take the original file.", column=column.title, n=len(rows), row=part.number(rows[0]),
              day=column.raw(rows[0])[:10]),
            len(rows),
            part.sheet.name,
        )  # fmt: skip


def _serial(book: Book, part: Part) -> Iterator[Alarm]:
    """Days that a workbook holds as bare numbers: read, and told."""
    for column in part.columns.values():
        if book.epoch is None or column.column.type != "date":
            continue
        codes = {
            code
            for code, raw in enumerate(column.raws)
            if SERIAL.fullmatch(raw) and isinstance(column.entries[code], Cell)
        }
        if rows := column.rows_of(codes):
            shown = column.entries[min(codes)]
            assert isinstance(shown, Cell)
            yield Alarm(
                "serial_dates",
                part.numbers(rows),
                _("{column}: bare numbers were read as days ({raw} as {day}): give the cells the format of a date.",
                  column=column.title, raw=shown.raw, day=str(shown.value)),
                sheet=part.sheet.name,
            )  # fmt: skip


# ---------------------------------------------------------------------------------------------------- coverage

HISTORY = 730  # days by which gaps are judged
SHORTEST_HISTORY = 330  # days below which no gap is judged


def gaps(days: set[date], before: set[date], until: date) -> list[tuple[date, date]]:
    """First and last day of each hole among `days` that is longer than any of the two years before it, by over a day.

    `before` are the days that the store holds already; a month that is over counts to its end, at most to `until`.
    """
    known = sorted({one.toordinal() for one in days | before})
    if not days:
        return []
    first, found = min(days).toordinal(), []
    for at, (one, next_) in enumerate(zip(known, [*known[1:], _end(known[-1], until)], strict=True)):
        hole = next_ - one - 1
        if hole <= 1 or next_ < first or one < first - 31:
            continue
        earlier = known[bisect_left(known, one - HISTORY) : at + 1]
        if one - earlier[0] < SHORTEST_HISTORY:
            continue
        longest = max((b - a - 1 for a, b in pairwise(earlier)), default=0)
        if hole > longest + 1:
            found.append((date.fromordinal(one + 1), date.fromordinal(next_ - 1)))
    return found


def _end(last: int, until: date) -> int:
    """The day after the last day's month, or after `until`, whichever is earlier."""
    day = date.fromordinal(last)
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return min(following, date.fromordinal(until.toordinal() + 1)).toordinal()


def not_covered(holes: list[tuple[date, date]]) -> Iterator[Alarm]:
    """One alarm for all holes of a file."""
    if holes:
        shown = ", ".join(f"{first:%d/%m/%Y}–{last:%d/%m/%Y}" for first, last in holes[:6])
        number = sum((last - first).days + 1 for first, last in holes)
        yield Alarm(
            "day_gap",
            (),
            _("{n} days have no row, longer than any gap in the two years before: {days}. Is a part missing?",
              n=number, days=shown),
            number,
        )  # fmt: skip
