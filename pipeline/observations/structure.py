"""What a workbook hides from its values: hidden rows and columns, merges, formulas, errors, comments, colours, macros.

The parts of the file are scanned as bytes, without an XML parser: no entity can grow, and 50,000 rows take a tenth
of a second (openpyxl takes ten; docs/decisions.md, 2026-11-26).
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from html import unescape

from pipeline.observations.report import Alarm
from pipeline.observations.times import EPOCH
from publishers._sentences import Sentence, _

MOST_SCANNED = 256 * 1024 * 1024  # bytes of one sheet's XML; a million rows of fourteen columns are more
STYLED = 2_000_000  # bytes in which coloured cells are looked for
ROW = re.compile(rb'<(?:\w+:)?row\b(?=[^>]*\bhidden="(?:1|true)")[^>]*\br="(\d+)"')
COLUMN = re.compile(rb'<(?:\w+:)?col\b(?=[^>]*\bhidden="(?:1|true)")(?=[^>]*\bmin="(\d+)")[^>]*\bmax="(\d+)"')
MERGE = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]+\d+:[A-Z]+\d+)"')
ERROR = re.compile(rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*\br="([A-Z]+)(\d+)"[^>]*>(.*?)</(?:\w+:)?c>', re.DOTALL)
FORMULA = re.compile(
    rb'<(?:\w+:)?c\b(?![^>]*\bt="str")[^>]*\br="([A-Z]+)(\d+)"[^>]*>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*'
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
VALUE = re.compile(rb"<(?:\w+:)?v>([^<]{1,20})<")
SHEET = re.compile(rb'<(?:\w+:)?sheet\b[^>]*\bname="([^"]*)"[^>]*\b\w+:id="([^"]+)"')
RELATION = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>")
SINCE_1904 = re.compile(rb'<(?:\w+:)?workbookPr\b[^>]*\bdate1904="(?:1|true)"')
NO_RESULT = "=?"  # stands in a cell whose formula was never calculated


@dataclass
class Hidden:
    """What one sheet does not show in its values; cells by (row from 0, column from 0)."""

    rows: tuple[int, ...] = ()
    columns: tuple[str, ...] = ()
    merged: tuple[str, ...] = ()
    cells: dict[tuple[int, int], str] = field(default_factory=dict)
    coloured: bool = False
    filtered: bool = False
    unseen: bool = False


def letter_of(index: int) -> str:
    """The letters of a column counted from 0: A, B, … Z, AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def index_of(letters: str) -> int:
    """The column, counted from 0, of its letters."""
    number = 0
    for sign in letters:
        number = number * 26 + ord(sign) - 64
    return number - 1


def scan(content: bytes) -> tuple[dict[str, Hidden], list[Alarm], date]:
    """For each sheet of a workbook what it hides, what the whole loses by being read as values, and its day 0."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = {name.lower(): name for name in archive.namelist()}
        lost = list(_lost(names))
        if "xl/workbook.xml" not in names:
            return {}, lost, EPOCH
        fills = _filled_styles(_part(archive, names.get("xl/styles.xml")))
        found = {title: _sheet(archive, part, fills) for title, part in _parts(archive, names)}
        since = date(1904, 1, 1) if SINCE_1904.search(_part(archive, names["xl/workbook.xml"])) else EPOCH
    return found, lost, since


def _lost(names: Mapping[str, str]) -> Iterator[Alarm]:
    if any(name.endswith("vbaproject.bin") for name in names):
        yield _told("macros", _("The workbook holds macros: they were not run, and are not needed."))
    if any(re.search(r"(?:comments?[^/]*|annotations)\.xml$", name) for name in names):
        yield commented()


def commented() -> Alarm:
    """That comments beside cells are lost."""
    return _told(
        "comments", _("The workbook holds comments beside cells: they were not read. Put what counts into a column.")
    )


def _told(kind: str, sentence: Sentence, rows: tuple[int, ...] = (), sheet: str = "") -> Alarm:
    return Alarm(kind, rows, sentence, sheet=sheet)


def _part(archive: zipfile.ZipFile, name: str | None) -> bytes:
    """The first bytes of a part of the file, as many as are scanned; empty where there is none."""
    if name is None:
        return b""
    with archive.open(name) as part:
        return part.read(MOST_SCANNED + 1)


def _parts(archive: zipfile.ZipFile, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each sheet's title and the part that holds it."""
    relations = _part(archive, names.get("xl/_rels/workbook.xml.rels"))
    targets = {}
    for one in RELATION.findall(relations):
        name, target = re.search(rb'\bId="([^"]+)"', one), re.search(rb'\bTarget="([^"]+)"', one)
        if name and target:
            targets[name[1]] = target[1].decode("utf-8", "replace").removeprefix("/").removeprefix("xl/")
    for title, relation in SHEET.findall(_part(archive, names["xl/workbook.xml"])):
        part = names.get(f"xl/{targets.get(relation, '')}".lower())
        if part:
            yield unescape(title.decode("utf-8", "replace")), part


def _filled_styles(styles: bytes) -> frozenset[bytes]:
    """The numbers of the cell styles that have a background."""
    formats = re.search(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", styles, re.DOTALL)
    each = re.findall(rb"<(?:\w+:)?xf\b[^>]*>", formats[0]) if formats else []
    fills = (re.search(rb'\bfillId="(\d+)"', one) for one in each)
    return frozenset(str(number).encode() for number, fill in enumerate(fills) if fill and int(fill[1]) > 1)


def _sheet(archive: zipfile.ZipFile, part: str, fills: frozenset[bytes]) -> Hidden:
    xml = _part(archive, part)
    if len(xml) > MOST_SCANNED:
        return Hidden(unseen=True)
    after = xml[max(xml.rfind(b"sheetData"), 0) :]  # filters and merges stand behind the cells
    found = Hidden(filtered=b"autoFilter" in after)
    if b'hidden="' in xml:
        found.rows = tuple(int(number) for number in ROW.findall(xml))
        found.columns = tuple(
            letter_of(number - 1)
            for first, last in COLUMN.findall(xml)
            for number in range(int(first), min(int(last), int(first) + 50) + 1)
        )
    if b"mergeCell" in after:
        found.merged = tuple(ref.decode() for ref in MERGE.findall(after))
    if b't="e"' in xml:
        found.cells |= {_place(one): _error(one[2]) for one in ERROR.findall(xml)}
    if b"<f" in xml or (b":worksheet" in xml[:4096] and b":f>" in xml):
        found.cells |= {_place(one): NO_RESULT for one in FORMULA.findall(xml)}
    body = xml[xml.find(b'r="2"') : STYLED] if fills else b""
    found.coloured = any(b' s="' + style + b'"' in body for style in fills)
    return found


def _place(found: tuple[bytes, ...]) -> tuple[int, int]:
    return int(found[1]) - 1, index_of(found[0].decode())


def _error(cell: bytes) -> str:
    value = VALUE.search(cell)
    return value[1].decode("ascii", "replace") if value else "#N/A!"


def told(sheet: str, hidden: Hidden) -> Iterator[Alarm]:
    """What a person is told of a sheet's hidden side."""
    if hidden.unseen:
        yield _told("not_scanned", _("Sheet {sheet} is too large to look for hidden rows and formulas.", sheet=sheet))
    if hidden.rows:
        yield _told(
            "hidden_rows",
            _("Hidden or filtered rows of sheet {sheet} were read like the others: {n}.", sheet=sheet,
              n=len(hidden.rows)), hidden.rows, sheet,
        )  # fmt: skip
    if hidden.columns:
        columns = ", ".join(hidden.columns[:20])
        yield _told("hidden_columns", _("Hidden columns of sheet {sheet} were read like the others: {columns}.",
                                        sheet=sheet, columns=columns), (), sheet)  # fmt: skip
    if hidden.merged:
        shown = ", ".join(hidden.merged[:10])
        yield _told("merged_cells", _("Merged cells of sheet {sheet} count for their first cell only: {cells}.",
                                      sheet=sheet, cells=shown), (), sheet)  # fmt: skip
    if hidden.coloured:
        yield _told("colours", _("Cells of sheet {sheet} are coloured: colours are not read. If one means something, "
                                 "write it into a column.", sheet=sheet), (), sheet)  # fmt: skip
