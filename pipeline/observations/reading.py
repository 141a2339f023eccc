"""A spreadsheet file as sheets of cells, whatever wrote it: CSV in any usual encoding, XLSX, XLS or ODS.

A CSV's cells are its text; a workbook's are what it stores, and `text_of` says each as a person would have typed it
("01000" keeps its zero, "10-15" is no date). Typing is the business of `cells`.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.errors import Refused
from pipeline.observations import opendocument, structure
from pipeline.observations.encoding import DELIMITERS, delimiter_of, encoding_of, read_once, samples_of
from pipeline.observations.report import Alarm
from pipeline.observations.times import EPOCH
from publishers._sentences import Sentence, _

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

MOST_BYTES = 200 * 1024 * 1024  # ten years of daily records are a few megabytes
MOST_UNPACKED = 1024 * 1024 * 1024  # a zip bomb's promise, read from its index before anything is unpacked
LONGEST_FIELD = 1_000_000  # characters of a CSV cell; a spreadsheet's own limit is 32,767
OTHER_FORMATS = {
    b"%PDF": "PDF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"\x1f\x8b": "gzip",
    b"{\\rtf": "RTF",
    b"Rar!": "RAR",
}
OLE = b"\xd0\xcf\x11\xe0"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the stream in which a workbook with a password lies
LOCK = re.compile(r"\.~lock\..*#|~\$.*")
COPY = re.compile(r"(?i)(?:\b|_)(?:copie|copy|old|ancien(?:ne)?s?|backup|sauvegarde|ok)(?:\b|_)|\(\d\d?\)")
ASIDE = re.compile(r"(?i)(?:\b|_)(?:copies?|old|anciens?|anciennes?|vieux|backups?|sauvegardes?|archives?)(?:\b|_)")
Raw = object  # str, int, float, bool, date, datetime, time or timedelta


@dataclass(frozen=True)
class Sheet:
    """One sheet; row N of the spreadsheet is `rows[N - 1]`. A CSV is one sheet without a name."""

    name: str
    rows: list[list[Raw]]
    hidden: bool = False

    def texts(self, at: int) -> tuple[str, ...]:
        """The cells of a row, counted from 0, as text."""
        return tuple(text_of(cell) for cell in self.rows[at])


@dataclass(frozen=True)
class Book:
    """A file read: `kind` is csv or workbook; encoding, delimiter and sample lines only for CSV."""

    kind: str
    sheets: tuple[Sheet, ...]
    encoding: str = ""
    delimiter: str = ""
    samples: tuple[str, ...] = ()
    alarms: tuple[Alarm, ...] = ()
    epoch: date | None = None  # the day from which a workbook counts days


def read(content: bytes, name: str, folder: str = "") -> Book:
    """The sheets of a file in `folder`. Raises Refused when it is empty, cut off, locked or no spreadsheet."""
    if LOCK.fullmatch(name):
        raise Refused(
            _("{name} is the mark that a spreadsheet leaves while a file is open: choose the file itself.", name=name)
        )
    if not content.strip(b"\0 \r\n\t"):
        raise Refused(_("{name} is empty: choose the file that holds the rows.", name=name))
    if len(content) > MOST_BYTES:
        raise Refused(_("{name} is larger than 200 MB: split it by year and import each part.", name=name))
    for magic, kind in OTHER_FORMATS.items():
        if content.startswith(magic):
            raise Refused(_not_a_spreadsheet(name, kind))
    if content.startswith((b"PK", OLE)):
        return _workbook(content, name, folder)
    return _text_table(content, name, folder)


def _not_a_spreadsheet(name: str, kind: str | Sentence) -> Sentence:
    return _(
        "{name} is not a spreadsheet ({kind}): save the table as CSV or XLSX and import that file.",
        name=name,
        kind=kind,
    )


def _about_name(name: str, folder: str) -> list[Alarm]:
    if COPY.search(name.rpartition(".")[0]):
        return [Alarm("copy_name", (), _("{name} looks like a copy by its name: is it the current file?", name=name))]
    if ASIDE.search(folder):
        said = _("{name} lies in the folder “{folder}”: is it the current file?", name=name, folder=folder)
        return [Alarm("copy_name", (), said)]
    return []


# ------------------------------------------------------------------------------------------------------ text


def _decoded(content: bytes, name: str) -> tuple[str, str]:
    encoding = encoding_of(content)
    try:
        text = content.decode(encoding, errors="strict" if encoding.startswith("utf") else "replace")
    except UnicodeDecodeError as error:
        raise Refused(_("{name} is cut off or damaged: copy it again from its source.", name=name)) from error
    if "\0" in text:
        raise Refused(_not_a_spreadsheet(name, _("zero bytes, which no text has")))
    if sum(text[:10_000].count(chr(n)) for n in (*range(1, 9), *range(14, 32))) > 5:
        raise Refused(_not_a_spreadsheet(name, _("binary signs")))
    if text.lstrip().lower().startswith(("<!doctype", "<html", "<?xml")):
        raise Refused(_not_a_spreadsheet(name, _("web page")))
    return text, encoding


def _text_table(content: bytes, name: str, folder: str) -> Book:
    text, encoding = _decoded(content, name)
    text, mended = read_once(text)
    if encoding.startswith("utf"):
        text = text.replace("\x85", "\n")  # NEL, the line end of mainframes
    declared = text[:5].lower().startswith("sep=") and len(text) > 5 and text[4] in DELIMITERS
    # A spreadsheet does not show the line "sep=;", so the rows under it count from 1.
    body = text.split("\n", 1)[-1] if declared else text
    csv.field_size_limit(LONGEST_FIELD)
    try:
        delimiter = text[4] if declared else delimiter_of(text)
        rows: list[list[Raw]] = list(csv.reader(io.StringIO(body, newline=""), delimiter=delimiter))  # type: ignore[arg-type]
    except csv.Error as error:
        raise Refused(
            _(
                "{name} has a quotation mark that is never closed: open it in a spreadsheet and save it again.",
                name=name,
            )
        ) from error
    alarms = [*_about_name(name, folder), *([_encoded_twice(mended)] if mended else [])]
    return Book("csv", (Sheet("", rows),), encoding, delimiter, samples_of(text), tuple(alarms))


def _encoded_twice(number: int) -> Alarm:
    return Alarm(
        "encoded_twice",
        (),
        _("Signs that were encoded twice (“Ã©” for “é”) were set right: {n}. Look at the sample lines.", n=number),
    )


# -------------------------------------------------------------------------------------------------- workbooks


def _locked(name: str) -> Sentence:
    return _("{name} is locked with a password: save a copy without one and import that.", name=name)


def _workbook(content: bytes, name: str, folder: str) -> Book:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    if content.startswith(OLE) and ENCRYPTED in content:
        raise Refused(_locked(name))
    _unpacks_reasonably(content, name)
    hidden, alarms, epoch = _hidden_side(content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        sheets = tuple(Sheet(one.name, _rows(book, one.name), one.visible != SheetVisibleEnum.Visible)
                       for one in book.sheets_metadata)  # fmt: skip
    except PasswordError as error:
        raise Refused(_locked(name)) from error
    except CalamineError as error:
        raise Refused(
            _("{name} cannot be opened: it is cut off or not a spreadsheet. Save it again as XLSX.", name=name)
        ) from error
    for sheet in sheets:
        if one := hidden.get(sheet.name):
            _put_back(sheet.rows, one)
            alarms += structure.told(sheet.name, one)
    return Book("workbook", sheets, alarms=(*_about_name(name, folder), *alarms), epoch=epoch)


def _rows(book: CalamineWorkbook, title: str) -> list[list[Raw]]:
    """The sheet's cells, equal ones as one object: a third of the memory. (True is no 1, so such rows stay apart.)"""
    same: dict[Raw, Raw] = {}
    once, sheet = same.setdefault, book.get_sheet_by_name(title)
    before: list[Raw] = [""] * (sheet.start[1] if sheet.start else 0)  # columns on the left in which nothing stands
    return [[*before, *(row if bool in map(type, row) else map(once, row, row))] for row in sheet.iter_rows()]


def _unpacks_reasonably(content: bytes, name: str) -> None:
    if not content.startswith(b"PK"):
        return
    try:
        unpacked = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(content)).infolist())
    except zipfile.BadZipFile as error:
        raise Refused(_("{name} is cut off: copy it again from its source.", name=name)) from error
    if unpacked > MOST_UNPACKED:
        raise Refused(_("{name} unpacks to more than 1 GB: it is no honest spreadsheet.", name=name))


def _hidden_side(content: bytes) -> tuple[dict[str, structure.Hidden], list[Alarm], date]:
    """What the values do not say, by sheet; what the workbook as a whole loses; the day from which it counts."""
    if not content.startswith(b"PK"):
        return {}, [Alarm("old_format", (), _("An .xls file does not tell of hidden rows, errors and comments: look at "
                                              "it in a spreadsheet, or save it as XLSX."))], EPOCH  # fmt: skip
    try:
        hidden, lost, epoch = structure.scan(content)
        others, more = opendocument.scan(content)
        return hidden | others, [*lost, *more], epoch
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, zlib.error):
        # A part that only we look at is damaged; whether the values can be read is calamine's to say.
        return {}, [], EPOCH


def _put_back(rows: list[list[Raw]], hidden: structure.Hidden) -> None:
    """Cells that show an error or an uncalculated formula get its text in their place."""
    for (row, column), text in hidden.cells.items():
        if row < len(rows) and column < len(rows[row]) and rows[row][column] == "":
            rows[row][column] = text


def text_of(cell: Raw) -> str:
    """A typed workbook cell as a person would have typed it."""
    match cell:
        case str():
            return cell
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
