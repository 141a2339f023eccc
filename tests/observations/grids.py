"""Tables as tests look at them: row by row."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date

from pipeline.observations import alarms, datasets, reading, tables
from pipeline.observations.headers import Wishes
from pipeline.observations.report import Alarm
from pipeline.observations.tables import Table
from pipeline.observations.values import Cell

TODAY = date(2026, 11, 23)


@dataclass
class Record:
    sheet: str
    row: int
    cells: dict[str, Cell]


def records(table: Table) -> list[Record]:
    """The kept rows of a table."""
    return [
        Record(
            part.sheet.name, part.number(row), {n: c for n, column in part.columns.items() if (c := column.cell(row))}
        )
        for part in table.parts
        for row in part.kept
    ]


def looked_at(
    content: bytes | str, dataset: str = "observations", name: str = "f.csv", wishes: Wishes | None = None, **how: str
) -> tuple[Table, dict[str, Alarm]]:
    """The table of a file, and its alarms by kind (the last of each)."""
    book = reading.read(content.encode() if isinstance(content, str) else content, name)
    table = tables.build(book, datasets.load(dataset), name, wishes)
    table.alarms += alarms.raised(book, table, TODAY, name, **how)
    return table, {one.kind: one for one in table.alarms}


def workbook(rows: list[list[object]], extra: list[list[object]] | None = None, change=None) -> bytes:
    """An XLSX with the sheets Suivi and Notes; `change` may do more to the openpyxl workbook."""
    from openpyxl import Workbook

    book = Workbook()
    book.active.title = "Suivi"
    for sheet, lines in ((book.active, rows), (book.create_sheet("Notes"), extra or [])):
        for line in lines:
            sheet.append(line)
    if change:
        change(book)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
