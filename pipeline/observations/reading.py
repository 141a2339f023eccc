"""A spreadsheet file as sheets of text cells, whatever wrote it: CSV in any usual encoding, XLSX, XLS or ODS.

Everything stays text ("01000" keeps its zero, "10-15" is no date); typing is the business of `cells`.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.errors import Refused
from publishers._sentences import Sentence, _

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

MOST_BYTES = 200 * 1024 * 1024  # ten years of daily records are a few megabytes
MOST_UNPACKED = 1024 * 1024 * 1024  # a zip bomb's promise, read from its index before anything is unpacked
SAMPLE_RECORDS = 50
DELIMITERS = ";,\t|"
# What French text is made of, with how common each sign is; the encoding whose reading weighs most is taken.
FRENCH = {
    **dict.fromkeys("ÉÈÊËÀÂÄÙÛÜÔÖÎÏÇŒÆ€°·…«»“”‘", 1),
    **dict.fromkeys("ëâäùûüôöîïœæ–—\xa0", 2),
    **dict.fromkeys("éèêàç’", 4),
}
STRANGE = -6
OTHER_FORMATS = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"\x1f\x8b": "gzip",
    b"{\\rtf": "RTF",
    b"Rar!": "RAR",
}


@dataclass(frozen=True)
class Row:
    """One row: its number as the spreadsheet shows it, and its cells."""

    number: int
    cells: tuple[str, ...]

    @property
    def blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


@dataclass(frozen=True)
class Sheet:
    """One sheet, rows in order; a CSV is one sheet without a name."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Book:
    """A file read: `kind` is csv or workbook; encoding and delimiter only for CSV."""

    kind: str
    sheets: tuple[Sheet, ...]
    encoding: str = ""
    delimiter: str = ""


def read(content: bytes, name: str) -> Book:
    """The sheets of a file. Raises Refused when it is empty, cut off, locked or no spreadsheet."""
    if not content.strip(b"\0 \r\n\t"):
        raise Refused(_("{name} is empty: choose the file that holds the rows.", name=name))
    if len(content) > MOST_BYTES:
        raise Refused(_("{name} is larger than 200 MB: split it by year and import each part.", name=name))
    for magic, kind in OTHER_FORMATS.items():
        if content.startswith(magic):
            raise Refused(_not_a_spreadsheet(name, kind))
    if content.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
        return _workbook(content, name)
    return _text_table(content, name)


def _not_a_spreadsheet(name: str, kind: str) -> Sentence:
    return _(
        "{name} is not a spreadsheet ({kind}): save the table as CSV or XLSX and import that file.",
        name=name,
        kind=kind,
    )


# ------------------------------------------------------------------------------------------------------ text


def encoding_of(content: bytes) -> str:
    """The Python name of a text's encoding: BOM, then zero bytes (UTF-16), then strict UTF-8, then French letters."""
    for bom, encoding in (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe\0\0", "utf-32"),
        (b"\0\0\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    ):
        if content.startswith(bom):
            return encoding
    head = content[:4096]
    if head.count(0) > len(head) // 4:
        return "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        marks = content.translate(None, delete=bytes(range(128)))  # all three write a letter as one byte
        return max(("cp1252", "mac_roman", "cp850"), key=lambda encoding: _frenchness(marks, encoding))
    return "utf-8"


def _frenchness(content: bytes, encoding: str) -> int:
    """How much a reading looks like French: its own signs count for it, any other weighs against it."""
    signs = Counter(content.decode(encoding, errors="replace"))
    return sum(count * FRENCH.get(sign, STRANGE) for sign, count in signs.items())


def delimiter_of(text: str) -> str:
    """The sign that cuts the first records into the most even and widest rows."""
    return max(DELIMITERS, key=lambda sign: _evenness(text, sign))


def _evenness(text: str, delimiter: str) -> float:
    rows = csv.reader(io.StringIO(text[:500_000], newline=""), delimiter=delimiter)
    widths = [len(row) for row, _n in zip(rows, range(SAMPLE_RECORDS), strict=False) if row]
    if not widths:
        return 0.0
    width, count = Counter(widths).most_common(1)[0]
    return (count / len(widths)) ** 2 * (width - 1)


def _decoded(content: bytes, name: str) -> tuple[str, str]:
    encoding = encoding_of(content)
    try:
        text = content.decode(encoding, errors="strict" if encoding.startswith("utf") else "replace")
    except UnicodeDecodeError as error:
        raise Refused(_("{name} is cut off or damaged: copy it again from its source.", name=name)) from error
    if "\0" in text or sum(text[:10_000].count(chr(n)) for n in (*range(1, 9), *range(14, 32))) > 5:
        raise Refused(_not_a_spreadsheet(name, "binary"))
    if text.lstrip().lower().startswith(("<!doctype", "<html", "<?xml")):
        raise Refused(_not_a_spreadsheet(name, "web page"))
    return text, encoding


def _text_table(content: bytes, name: str) -> Book:
    text, encoding = _decoded(content, name)
    declared = text[:5].lower().startswith("sep=") and len(text) > 5 and text[4] in DELIMITERS
    # A spreadsheet does not show the line "sep=;", so the rows under it count from 1.
    body = text.split("\n", 1)[-1] if declared else text
    try:
        delimiter = text[4] if declared else delimiter_of(text)
        records = list(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter))
    except csv.Error as error:
        raise Refused(
            _(
                "{name} has a quotation mark that is never closed: open it in a spreadsheet and save it again.",
                name=name,
            )
        ) from error
    rows = tuple(Row(number, tuple(record)) for number, record in enumerate(records, start=1))
    return Book("csv", (Sheet("", rows),), encoding, delimiter)


# -------------------------------------------------------------------------------------------------- workbooks


def _workbook(content: bytes, name: str) -> Book:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    _unpacks_reasonably(content, name)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = tuple(Sheet(title, tuple(_rows(book, title))) for title in book.sheet_names)
    except PasswordError as error:
        raise Refused(
            _("{name} is locked with a password: save a copy without one and import that.", name=name)
        ) from error
    except CalamineError as error:
        raise Refused(
            _("{name} cannot be opened: it is cut off or not a spreadsheet. Save it again as XLSX.", name=name)
        ) from error
    return Book("workbook", sheets)


def _unpacks_reasonably(content: bytes, name: str) -> None:
    if not content.startswith(b"PK"):
        return
    try:
        unpacked = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(content)).infolist())
    except zipfile.BadZipFile as error:
        raise Refused(_("{name} is cut off: copy it again from its source.", name=name)) from error
    if unpacked > MOST_UNPACKED:
        raise Refused(_("{name} unpacks to more than 1 GB: it is no honest spreadsheet.", name=name))


def _rows(book: CalamineWorkbook, title: str) -> Iterator[Row]:
    for number, cells in enumerate(book.get_sheet_by_name(title).to_python(skip_empty_area=False), start=1):
        yield Row(number, tuple(_text(cell) for cell in cells))


def _text(cell: object) -> str:
    """A typed workbook cell as a person would have typed it."""
    match cell:
        case bool():
            return "oui" if cell else "non"
        case float():
            return str(int(cell)) if cell.is_integer() else format(Decimal(repr(cell)), "f")
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "minutes")
        case date():
            return cell.isoformat()
        case time():
            return cell.isoformat("minutes")
        case timedelta():
            return f"{int(cell.total_seconds()) // 3600}:{int(cell.total_seconds()) // 60 % 60:02d}"
        case _:
            return str(cell)
