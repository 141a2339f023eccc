"""What an ODS hides from its values, as `structure` tells it of an XLSX; scanned as bytes, without an XML parser."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape

from pipeline.observations.report import Alarm
from pipeline.observations.structure import MOST_SCANNED, Hidden, commented, letter_of

TABLE = re.compile(rb'<table:table\b[^>]*\btable:name="([^"]*)"[^>]*>')
# A column, a row or a cell: what it is, its attributes.
PIECE = re.compile(rb"<table:(table-column|table-row|table-cell|covered-table-cell)\b([^>]*)>")
REPEATED = re.compile(rb'\btable:number-(?:columns|rows)-repeated="(\d+)"')
UNSEEN = re.compile(rb'\btable:visibility="(?:collapse|filter)"')
SPANNED = re.compile(rb'\btable:number-(columns|rows)-spanned="(\d+)"')
SAID = re.compile(rb"<text:p>([^<]{1,20})")
FILLER = 1000  # repeated this often, rows or columns are the empty rest of a sheet
MARKS = (b'value-type="error"', b'table:visibility="', b"-spanned=")


def scan(content: bytes) -> tuple[dict[str, Hidden], list[Alarm]]:
    """For each sheet of an ODS what it hides, and what the workbook as a whole loses; nothing of any other file."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if "content.xml" not in archive.namelist():
            return {}, []
        with archive.open("content.xml") as part:
            xml = part.read(MOST_SCANNED)
    return _sheets(xml), [commented()] if b"<office:annotation" in xml else []


def _sheets(xml: bytes) -> dict[str, Hidden]:
    if not any(mark in xml for mark in MARKS):
        return {}
    starts = [*TABLE.finditer(xml)]
    ends = [*(one.start() for one in starts[1:]), len(xml)]
    return {
        unescape(one[1].decode("utf-8", "replace")): _sheet(xml, one.end(), end)
        for one, end in zip(starts, ends, strict=True)
    }


def _sheet(xml: bytes, start: int, end: int) -> Hidden:
    found, rows, columns, merged = Hidden(), list[int](), list[str](), list[str]()
    row = above = column = title = 0  # the row that is read, counted from 1; the rows so far; the cell; the column
    for piece in PIECE.finditer(xml, start, end):
        kind, told = piece[1], piece[2]
        times = int(again[1]) if (again := REPEATED.search(told)) else 1
        if kind == b"table-column":
            if UNSEEN.search(told) and times < FILLER:
                columns += [letter_of(number) for number in range(title, title + times)]
            title += times
        elif kind == b"table-row":
            row, column, above = above + 1, 0, above + times
            if UNSEEN.search(told) and times < FILLER:
                rows += range(row, row + times)
        else:
            if b'value-type="error"' in told:
                said = SAID.search(xml, piece.end(), piece.end() + 400)
                found.cells[row - 1, column] = said[1].decode("utf-8", "replace") if said else "#N/A!"
            if wide := {one[1]: int(one[2]) for one in SPANNED.finditer(told) if int(one[2]) > 1}:
                last = letter_of(column + wide.get(b"columns", 1) - 1)
                merged.append(f"{letter_of(column)}{row}:{last}{row + wide.get(b'rows', 1) - 1}")
            column += times
    found.rows, found.columns, found.merged = tuple(rows), tuple(columns), tuple(merged)
    return found
