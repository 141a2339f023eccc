"""A book read as one dataset: header found, columns mapped, rows typed, each refused cell explained.

The rule: a missing or wrong cell in a required column rejects its row; a wrong cell in any other column is told and
kept as unknown. Rows that hold no record (totals, repeated headers, notes, ids filled down) are ignored and counted;
rows without any sign are not rows. So read = kept + rejected + ignored.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from operator import itemgetter

from pydantic import ValidationError

from pipeline.errors import Refused
from pipeline.observations import headers, records, remarks
from pipeline.observations.columns import UNKNOWN, Entry, Typed, typed
from pipeline.observations.datasets import Dataset, fold
from pipeline.observations.headers import Header, Wishes
from pipeline.observations.reading import Book, Sheet
from pipeline.observations.report import Alarm, Mapped, Problem
from pipeline.observations.times import date_of
from pipeline.observations.values import Bad, Cell, clean
from publishers._sentences import Sentence, _

TOTAL = re.compile(r"(?:sous |grand )?(?:total|totaux|somme|sum)(?: general| du mois| mois)?")
HINTS_AT_TOTAL = re.compile(r"(?i)tota|somme|sum")
DIGITS = frozenset(["", *"0123456789"])
TOTAL_OF = re.compile(r"(?:sous |grand )?(?:total|totaux|somme)\b.*")
TOTAL_OF_PLACE = re.compile(r"(?:sous |grand )?(?:total|totaux)\b.*")  # Somme-Suippe is a town


@dataclass
class Part:
    """One sheet of the table: its columns' cells by row, counted from the row under the header; which rows are kept."""

    sheet: Sheet
    header: Header
    columns: dict[str, Typed]
    kept: list[int] = field(default_factory=list)

    def number(self, row: int) -> int:
        """The row's number as the spreadsheet shows it."""
        return self.header.last + row + 2

    def numbers(self, rows: list[int]) -> tuple[int, ...]:
        """The rows' numbers as the spreadsheet shows them."""
        return tuple(self.number(row) for row in rows)


@dataclass
class Table:
    """A book typed; filled sheet by sheet while it is built."""

    dataset: Dataset
    parts: list[Part] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    mapping: list[Mapped] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    rejected: int = 0

    @property
    def kept(self) -> int:
        """How many rows are records."""
        return sum(len(part.kept) for part in self.parts)

    @property
    def read(self) -> int:
        """How many rows there were: kept, rejected and ignored."""
        return self.kept + self.rejected + self.ignored.total()


def build(book: Book, dataset: Dataset, name: str, wishes: Wishes | None = None) -> Table:
    """The typed table of a book. Raises Refused when no header matches or no row stands under it."""
    table, incomplete, wished = Table(dataset, alarms=list(book.alarms)), [], wishes or Wishes()
    for sheet in book.sheets:
        header = headers.find(sheet, dataset, wished.folded())
        absent = _absent_columns(header, dataset) if header else []
        if header and not absent:
            for piece, its_header in headers.pieces(sheet, header, dataset, wished.folded()):
                _fill(table, piece, its_header, wished, name, epoch=book.epoch)
        elif any(any(row) for row in sheet.rows):
            table.alarms.append(remarks.sheet_skipped(sheet, header, absent, dataset))
            incomplete += [remarks.lacks(header, absent, dataset)] if header else []
        if header and absent:
            table.mapping += headers.mapping(sheet, header, dataset)
    if not table.parts:
        said = incomplete[0] if incomplete else remarks.no_header(book, dataset, name)
        raise Unmapped(said, tuple(table.mapping))
    if not table.read:
        raise Refused(_("{name} has a header and no row under it: choose the file that holds the rows.", name=name))
    remarks.merge_spellings(table)
    remarks.derive(table)
    return table


class Unmapped(Refused):
    """No sheet has the columns that the dataset needs; `mapping` is what was found, for a person to settle."""

    def __init__(self, sentence: Sentence, mapping: tuple[Mapped, ...]) -> None:
        super().__init__(sentence)
        self.mapping = mapping


def _absent_columns(header: Header, dataset: Dataset) -> list[str]:
    return [n for n, column in dataset.columns.items() if column.required and n not in header.columns.values()]


# ------------------------------------------------------------------------------------------------------- rows


def _fill(table: Table, sheet: Sheet, header: Header, wishes: Wishes, file: str, *, epoch: date | None) -> None:
    rows = sheet.rows[header.last + 1 :]
    width = max([len(row) for row in rows], default=0)
    width = max(width, max(header.columns, default=0) + 1)
    for row in rows:
        if len(row) < width:  # rows of a CSV may be shorter than their header
            row.extend([""] * (width - len(row)))
    part = Part(sheet, header, {})
    table.parts.append(part)
    table.mapping += headers.mapping(sheet, header, table.dataset)
    for index, name in header.columns.items():
        cells, title = list(map(itemgetter(index), rows)), header.titles[index]
        order, asked = remarks.order_of(index, cells, part, table, wishes, file)
        table.alarms += asked
        part.columns[name] = typed(name, index, title, cells, table.dataset, epoch=epoch, order=order)
        table.alarms += remarks.years_added(part, part.columns[name], file, order)
    table.alarms += remarks.about_titles(part, table.mapping)
    passed_over = _pass_over(table, part, rows)
    _keep(table, part, rows, passed_over)


def _pass_over(table: Table, part: Part, rows: list[list[object]]) -> set[int]:
    """The rows that hold no record: blank ones, and those that are ignored, which are counted and told."""
    ignored: dict[str, list[int]] = {}
    ids = sum(table.dataset.columns[name].id for name in part.columns)
    filled = [len(row) - row.count("") for row in rows]
    again = _repeated(part, rows)
    doubtful = {row for row, number in enumerate(filled) if number <= max(1, ids)} | _flagged(part) | again
    passed_over = set()
    for row in sorted(doubtful):
        texts = _texts(rows[row])
        if not texts:
            passed_over.add(row)
        elif kind := "header_rows" if row in again else _no_record(texts, part, row, table.dataset):
            ignored.setdefault(kind, []).append(row)
    for kind, numbers in ignored.items():
        _ignore(table, part, kind, numbers)
        passed_over |= set(numbers)
    return passed_over


def _ignore(table: Table, part: Part, kind: str, rows: list[int]) -> None:
    table.ignored[kind] += len(rows)
    table.alarms.append(remarks.ignored(kind, part.sheet.name, part.numbers(rows)))


def _texts(row: list[object]) -> dict[int, str]:
    """The cells of a row in which anything stands, by index."""
    found = Sheet("", [row]).texts(0)
    return {index: text.strip() for index, text in enumerate(found) if text.strip()}


def _says_total(row: list[object]) -> bool:
    """Whether any cell, also under a title that is not read, says no more than "total"."""
    return any(TOTAL.fullmatch(fold(text)) for text in _texts(row).values())


def _flagged(part: Part) -> set[int]:
    """Rows with a cell that may make them no record: only spaces, a word for a total, a title of its own column."""
    rows: set[int] = set()
    for place, column in enumerate(part.columns.values()):
        codes = {code for code, raw in enumerate(column.raws) if raw.isspace()}
        if not column.column.measured and HINTS_AT_TOTAL.search("\n".join(column.raws)):
            codes |= {code for code, raw in enumerate(column.raws) if HINTS_AT_TOTAL.search(raw)}
        if place < 2:
            words = [(code, raw) for code, raw in enumerate(column.raws) if raw[-1:] not in DIGITS and len(raw) < 100]
            codes |= {code for code, raw in words if fold(clean(raw)) == fold(column.title)}
        rows |= set(column.rows_of(codes))
    return rows


def _repeated(part: Part, rows: list[list[object]]) -> set[int]:
    """Rows that say just what one of several rows of titles says."""
    width = max(map(len, rows), default=0)
    titles = [[*row, *[""] * (width - len(row))] for row in part.header.rows(part.sheet)]
    return {at for at, row in enumerate(rows) if row in titles} if len(titles) > 1 else set()


def _no_record(filled: dict[int, str], part: Part, row: int, dataset: Dataset) -> str | None:
    """Why a filled row is no record, or None."""
    header = part.header
    named = {header.columns[index]: text for index, text in filled.items() if index in header.columns}
    dated = _dated(part, row, dataset)
    if _is_total(named, dated, dataset):
        return "total_rows"
    first = list(named.items())[:2]
    if len(first) == 2 and all(name in [n for _rank, n in dataset.titled(clean(text))] for name, text in first):
        return "header_rows"
    if filled and all(index in header.columns and dataset.columns[header.columns[index]].id for index in filled):
        return "id_rows" if len(header.columns) > len(filled) else None
    return "note_rows" if _is_note(filled, named, dated, dataset) else None


def _dated(part: Part, row: int, dataset: Dataset) -> str | None:
    """How exactly a row is dated, by the cell as its column was read; None where it is not."""
    column = part.columns.get(dataset.date)
    if column is None:
        return None
    if (cell := column.cell(row)) is not None:
        return str(cell.max or "day")
    told = date_of(clean(column.raw(row)))  # one that the column refuses, as too early, is a date all the same
    return told[1] if told else None


def _is_total(named: dict[str, str], dated: str | None, dataset: Dataset) -> bool:
    """A cell that says only "total", or begins so where a place stands; in a row without a date, any that begins so."""
    words = {
        name: fold(text)
        for name, text in named.items()
        if HINTS_AT_TOTAL.search(text) and not dataset.columns[name].measured
    }
    if not words:
        return False
    if dataset.date and dated is None:
        return any(TOTAL.fullmatch(word) or TOTAL_OF.fullmatch(word) for word in words.values())
    of_no_day = dated is not None and dated != "day"
    places = {name for name in words if dataset.columns[name].type == "category" or (of_no_day and name in dataset.key)}
    return any(
        TOTAL.fullmatch(word) or (name in places and TOTAL_OF_PLACE.fullmatch(word)) for name, word in words.items()
    )


def _is_note(filled: dict[int, str], named: dict[str, str], dated: str | None, dataset: Dataset) -> bool:
    """One cell of words in a row where several are required: a remark under the table."""
    required = sum(column.required for column in dataset.columns.values())
    if len(filled) != 1 or required < 2:
        return False
    (text,) = filled.values()
    return " " in text and (dataset.date not in named or dated is None)


# ---------------------------------------------------------------------------------------------------- records


def _keep(table: Table, part: Part, rows: list[list[object]], passed_over: set[int]) -> None:
    """The rows that are records; those that may not be kept are rejected with their problems.

    Each distinct cell is typed already: only rows with a refused or missing cell, or with cells that could contradict
    one another, are validated one by one.
    """
    validate = records.model(table.dataset).__pydantic_validator__.validate_python
    needed = {name for name, column in table.dataset.columns.items() if column.required}
    lost: set[int] = set()
    totals: list[int] = []
    for row in sorted(_doubtful(table, part, needed) - passed_over):
        given: dict[str, Entry] = {
            name: entry for name, column in part.columns.items() if (entry := column.entry(row)) is not None
        }
        try:
            validate(given)
        except ValidationError as error:
            if not needed <= given.keys() and _says_total(rows[row]):
                totals.append(row)
                lost.add(row)
            elif not _mended(table, part, row, given, error):
                table.rejected += 1
                lost.add(row)
    part.kept += [row for row in range(len(rows)) if row not in lost and row not in passed_over]
    if totals:
        _ignore(table, part, "total_rows", totals)


def _doubtful(table: Table, part: Part, needed: set[str]) -> set[int]:
    """The rows that are not right merely because each of their cells is."""
    rows: set[int] = set()
    for name, column in part.columns.items():
        wrong = {
            code
            for code, entry in enumerate(column.entries)
            if isinstance(entry, Bad) or (entry is None and name in needed)
        }
        rows |= set(column.rows_of(wrong))
    for pair in records.compared(table.dataset):
        known = [part.columns[name] for name in pair if name in part.columns]
        if len(known) == len(pair):
            rows |= {row for row, codes in enumerate(zip(*(one.codes for one in known), strict=True)) if all(codes)}
    return rows


def _mended(table: Table, part: Part, row: int, given: dict[str, Entry], error: ValidationError) -> bool:
    """Whether the row is a record without its refused cells; each is told. It is none where a required one is refused.

    Cells that contradict one another are looked at once each cell by itself is right.
    """
    validate = records.model(table.dataset).__pydantic_validator__.validate_python
    while True:
        cells = {name: entry for name, entry in given.items() if entry is not None}
        wrong = records.refused(error, cells)
        for name in sorted(wrong, key=lambda name: part.columns[name].index):
            table.problems.append(_problem(part, row, part.columns[name], wrong[name]))
            if isinstance(given.pop(name, None), Cell):
                part.columns[name].codes[row] = UNKNOWN
        if any(table.dataset.columns[name].required for name in wrong):
            return False
        try:
            validate(given)
        except ValidationError as again:
            error = again
        else:
            return True


def _problem(part: Part, row: int, column: Typed, wrong: Bad | None) -> Problem:
    why = wrong or _absent(column.title)
    place = (part.sheet.name, part.number(row), column.title, column.raw(row))
    return Problem(*place, why.reason, why.hint, column.letter)


def _absent(title: str) -> Bad:
    return Bad(
        _("“{title}” is not filled in, and no row can do without it.", title=title),
        _("Fill it in and import the file again; the rest of the row was not kept."),
    )
