"""A book read as one dataset: header found, columns mapped, rows typed, each refused cell explained.

The rule: a missing or wrong cell in a required column rejects its row; a wrong cell in any other column is told and
kept as unknown. Rows that hold no record (totals, repeated headers, notes, ids filled down) are ignored and counted;
rows without any sign are not rows. So read = kept + rejected + ignored.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from pipeline.errors import Refused
from pipeline.observations.cells import parse
from pipeline.observations.datasets import Dataset, fold
from pipeline.observations.reading import Book, Row, Sheet
from pipeline.observations.report import Alarm, Problem
from pipeline.observations.times import date_of
from pipeline.observations.values import Bad, Cell, clean
from publishers._sentences import Sentence, _

HEADER_WITHIN = 25  # rows; titles and notes stand above it
TOTAL = re.compile(r"(?:sous |grand )?(?:total|totaux|somme|sum)(?: general| du mois| mois)?")
HINTS_AT_TOTAL = re.compile(r"(?i)tota|somme|sum")
TOTAL_OF = re.compile(r"(?:sous |grand )?(?:total|totaux|somme)\b.*")
IGNORED: dict[str, Sentence] = {
    "total_rows": _("These rows are totals: they were ignored, so that nothing is counted twice."),
    "header_rows": _("These rows repeat the header: they were ignored."),
    "note_rows": _("These rows hold one remark and no record: they were ignored."),
    "id_rows": _("These rows hold only a number in the identifier column: they were ignored."),
}


@dataclass(frozen=True)
class Header:
    """Where a sheet's titles stand: column name and title by cell index."""

    row: Row
    columns: dict[int, str]
    titles: dict[int, str]


@dataclass(frozen=True)
class Record:
    """One kept row: its place and its known cells by column name."""

    sheet: str
    row: int
    cells: dict[str, Cell]


@dataclass
class Table:
    """A book typed; filled row by row while it is built."""

    dataset: Dataset
    headers: dict[str, Header] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    ignored: Counter[str] = field(default_factory=Counter)
    rejected: int = 0

    @property
    def read(self) -> int:
        return len(self.records) + self.rejected + self.ignored.total()


def build(book: Book, dataset: Dataset, name: str) -> Table:
    """The typed table of a book. Raises Refused when no header matches or no row stands under it."""
    table, incomplete = Table(dataset), []
    for sheet in book.sheets:
        header = _header(sheet, dataset)
        absent = _absent_columns(header, dataset) if header else []
        if header and not absent:
            table.headers[sheet.name] = header
            _fill(table, sheet, header, workbook=book.kind == "workbook")
        elif any(not row.blank for row in sheet.rows):
            table.alarms.append(_sheet_skipped(sheet))
            incomplete += [_lacks(header, absent, dataset)] if header else []
    if not table.headers:
        raise Refused(incomplete[0] if incomplete else _no_header(book, dataset, name))
    if not table.read:
        raise Refused(_("{name} has a header and no row under it: choose the file that holds the rows.", name=name))
    _merge_spellings(table)
    _derive(table)
    return table


# ----------------------------------------------------------------------------------------------------- header


def _header(sheet: Sheet, dataset: Dataset) -> Header | None:
    """The row that names the most columns, among the first that are filled; at least two, or all required ones."""
    candidates = [_mapped(row, dataset) for row in [r for r in sheet.rows if not r.blank][:HEADER_WITHIN]]
    best = max(candidates, key=lambda header: len(header.columns), default=None)
    return best if best and len(best.columns) >= min(2, len(dataset.columns)) else None


def _mapped(row: Row, dataset: Dataset) -> Header:
    columns: dict[int, str] = {}
    for index, title in enumerate(row.cells):
        name = dataset.column_titled(clean(title))
        if name and name not in columns.values():
            columns[index] = name
    return Header(row, columns, {index: clean(title) for index, title in enumerate(row.cells)})


def _sheet_skipped(sheet: Sheet) -> Alarm:
    return Alarm(
        "sheet_skipped",
        (),
        _("Sheet {sheet} has no header of this dataset: none of its rows was read.", sheet=sheet.name or "1"),
    )


def _no_header(book: Book, dataset: Dataset, name: str) -> Sentence:
    first = next((row for sheet in book.sheets for row in sheet.rows if not row.blank), None)
    found = ", ".join(clean(cell)[:30] for cell in first.cells if cell.strip()) if first else ""
    expected = ", ".join(_title(dataset, column) for column in list(dataset.columns)[:8])
    return _(
        "{name} has no header of the dataset {dataset}: its first row is “{found}”, expected are columns such as "
        "{expected}. Choose another dataset, or add the titles to its file.",
        name=name,
        dataset=dataset.dataset,
        found=found[:200],
        expected=expected,
    )


def _title(dataset: Dataset, column: str) -> str:
    return next(iter(dataset.columns[column].titles), column)


def _absent_columns(header: Header, dataset: Dataset) -> list[str]:
    return [n for n, column in dataset.columns.items() if column.required and n not in header.columns.values()]


def _lacks(header: Header, absent: list[str], dataset: Dataset) -> Sentence:
    return _(
        "The column {column} is missing from the header in row {row}: add it, or correct its title.",
        column=", ".join(f"{name} ({_title(dataset, name)})" for name in absent),
        row=header.row.number,
    )


# ------------------------------------------------------------------------------------------------------- rows


def _fill(table: Table, sheet: Sheet, header: Header, *, workbook: bool) -> None:
    table.alarms += _about_titles(header, sheet)
    ignored: dict[str, list[int]] = {}
    for row in sheet.rows:
        if row.number <= header.row.number or row.blank:
            continue
        if kind := _no_record(row, header, table.dataset):
            ignored.setdefault(kind, []).append(row.number)
        else:
            _type_row(table, sheet.name, row, header, workbook=workbook)
    for kind, rows in ignored.items():
        table.ignored[kind] += len(rows)
        table.alarms.append(Alarm(kind, tuple(rows), IGNORED[kind]))


def _about_titles(header: Header, sheet: Sheet) -> Iterable[Alarm]:
    strange = [title for index, title in header.titles.items() if title and index not in header.columns]
    if strange:
        yield Alarm(
            "columns_not_read",
            (),
            _("These columns are not part of the dataset and were not read: {titles}.", titles=", ".join(strange)),
        )
    beyond = tuple(
        row.number
        for row in sheet.rows
        if row.number > header.row.number
        and any(cell.strip() for index, cell in enumerate(row.cells) if not header.titles.get(index))
    )
    if beyond:
        yield Alarm(
            "cells_without_title",
            beyond,
            _("Cells of these rows stand under no title and were not read: give their column a title."),
        )


def _no_record(row: Row, header: Header, dataset: Dataset) -> str | None:
    """Why a filled row is no record, or None."""
    filled = {index: cell.strip() for index, cell in enumerate(row.cells) if cell.strip()}
    named = {header.columns[index]: text for index, text in filled.items() if index in header.columns}
    if _is_total(named, dataset):
        return "total_rows"
    first = list(named.items())[:2]
    if len(first) == 2 and all(dataset.column_titled(text) == name for name, text in first):
        return "header_rows"
    if filled and all(index in header.columns and dataset.columns[header.columns[index]].id for index in filled):
        return "id_rows" if len(header.columns) > len(filled) else None
    return "note_rows" if _is_note(filled, named, dataset) else None


def _is_total(named: dict[str, str], dataset: Dataset) -> bool:
    """A cell that says only "total", or begins so in a row without a date."""
    words = [
        fold(text) for name, text in named.items() if HINTS_AT_TOTAL.search(text) and not dataset.columns[name].measured
    ]
    if not words:
        return False
    undated = bool(dataset.date) and date_of(clean(named.get(dataset.date, ""))) is None
    return any(TOTAL.fullmatch(word) or (undated and TOTAL_OF.fullmatch(word)) for word in words)


def _is_note(filled: dict[int, str], named: dict[str, str], dataset: Dataset) -> bool:
    """One cell of words in a row where several are required: a remark under the table."""
    required = sum(column.required for column in dataset.columns.values())
    if len(filled) != 1 or required < 2:
        return False
    (text,) = filled.values()
    return " " in text and (dataset.date not in named or date_of(clean(text)) is None)


def _type_row(table: Table, sheet: str, row: Row, header: Header, *, workbook: bool) -> None:
    cells: dict[str, Cell] = {}
    refused = False
    for index, name in header.columns.items():
        column, raw = table.dataset.columns[name], row.cells[index] if index < len(row.cells) else ""
        typed = parse(raw, column, missing=table.dataset.markers(name), workbook=workbook) if raw else None
        if isinstance(typed, Cell):
            cells[name] = typed
        elif isinstance(typed, Bad) or column.required:
            wrong = typed or _absent(header.titles[index])
            table.problems.append(Problem(sheet, row.number, header.titles[index], raw, wrong.reason, wrong.hint))
            refused |= column.required
    if refused:
        table.rejected += 1
    else:
        table.records.append(Record(sheet, row.number, cells))


def _absent(title: str) -> Bad:
    return Bad(
        _("“{title}” is not filled in, and no row can do without it.", title=title),
        _("Fill it in and import the file again; the rest of the row was not kept."),
    )


# ------------------------------------------------------------------------------------------ after all rows


@lru_cache(maxsize=65536)
def same(text: str) -> str:
    """What makes two spellings one category: case, spaces and the form of the apostrophe do not count."""
    return clean(text).casefold().replace("’", "'")


def _merge_spellings(table: Table) -> None:
    """Open categories take their most frequent spelling; every merge is told."""
    for name, column in table.dataset.columns.items():
        if column.type != "category" or column.closed:
            continue
        spelled: dict[str, Counter[str]] = {}
        for record in table.records:
            if cell := record.cells.get(name):
                spelled.setdefault(same(str(cell.value)), Counter())[str(cell.value)] += 1
        chosen = {key: counts.most_common(1)[0][0] for key, counts in spelled.items()}
        for record in table.records:
            if (cell := record.cells.get(name)) and cell.value != (value := chosen[same(str(cell.value))]):
                record.cells[name] = replace(cell, value=value)
        table.alarms += _merges(table, name)


def _merges(table: Table, name: str) -> Iterable[Alarm]:
    spellings: dict[str, dict[str, list[int]]] = {}
    for record in table.records:
        cell = record.cells.get(name)
        if cell and same(cell.raw) == same(str(cell.value)):
            spellings.setdefault(str(cell.value), {}).setdefault(cell.raw, []).append(record.row)
    for value, raws in spellings.items():
        others = {raw: rows for raw, rows in raws.items() if raw != value}
        if not others or len(raws) == 1:
            continue
        rows = tuple(sorted(row for many in others.values() for row in many))
        shown = ", ".join(f"“{raw}” ({len(many)})".replace("\n", "⏎") for raw, many in others.items())
        yield Alarm(
            "merged_category",
            rows,
            _("{column}: {others} read as “{value}”.", column=name, others=shown, value=value),
        )


def _derive(table: Table) -> None:
    for name, rule in table.dataset.derived.items():
        lost: list[int] = []
        for record in table.records:
            if (cell := record.cells.get(rule.from_)) is None:
                continue
            if value := rule.values.get(str(cell.value)):
                record.cells[name] = Cell(value, cell.raw)
            else:
                lost.append(record.row)
        if lost:
            table.alarms.append(
                Alarm(
                    "not_derived",
                    tuple(lost),
                    _(
                        "{column} does not follow from {source} in these rows: add their values to the dataset's file.",
                        column=name,
                        source=rule.from_,
                    ),
                )
            )
