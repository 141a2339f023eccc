"""The file given back as XLSX with its refused cells marked, and a sheet that explains each of them.

The process that opens the file imports this module: nothing here touches the store.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.observations import reading
from pipeline.observations.reading import Raw, Sheet
from pipeline.observations.report import ImportReport, Problem
from pipeline.observations.structure import index_of
from pipeline.rendering.limited import run_limited
from pipeline.spreadsheet import FORMULA
from publishers._sentences import _

if TYPE_CHECKING:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.workbook.workbook import Workbook
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

MARK = "FFF4C20D"  # the brand's yellow; the comment says it in words
HEADS = (
    _("sheet"), _("row"), _("column"), _("title"), _("value"), _("why"), _("what to type instead"),
)  # fmt: skip
LONGEST = 32_767  # characters of an XLSX cell
SECONDS = 120.0


def write(path: Path, report: ImportReport, out: Path, lang: str, seconds: float = SECONDS) -> None:
    """Writes the marked workbook to `out`; the file is opened by the limited process. Raises Refused."""
    problems = [one.as_json() for one in report.problems]
    run_limited(_mark, str(path.resolve()), report.file, problems, str(out.resolve()), lang, seconds=seconds)


def _mark(path: str, name: str, problems: Sequence[Mapping[str, Any]], out: str, lang: str) -> None:
    """What the worker does: reads the file again and writes it, marked."""
    from openpyxl import Workbook

    found = [Problem.from_json(one) for one in problems]
    book = reading.read(Path(path).read_bytes(), name)
    marked = Workbook(write_only=True)
    _explain(marked, found, lang)
    for sheet in book.sheets:
        mine = {(one.row, index_of(one.letter)): one for one in found if one.sheet == sheet.name}
        _copy(marked.create_sheet(_titled(sheet.name, name, marked)), sheet, mine, lang)
    marked.save(out)


def _titled(sheet: str, file: str, marked: Workbook) -> str:
    """A sheet's title as XLSX takes it: 31 characters without []:*?/\\ and no other's."""
    plain = "".join(" " if sign in "[]:*?/\\" else sign for sign in sheet or Path(file).stem)[:31].strip("' ") or "1"
    return plain if plain.casefold() not in {one.casefold() for one in marked.sheetnames} else plain[:28] + " (2)"


def _explain(marked: Workbook, problems: Iterable[Problem], lang: str) -> None:
    from openpyxl.styles import Font

    sheet = marked.create_sheet(_("Refused cells").text(lang))
    for letter, width in zip("ABCDEFG", (14, 8, 8, 22, 28, 50, 60), strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.freeze_panes = "A2"
    heads = [_cell(sheet, head.text(lang)) for head in HEADS]
    for head in heads:
        head.font = Font(bold=True)
    sheet.append(heads)
    for one in problems:
        said: tuple[Raw, ...] = (one.sheet, one.row, one.letter, one.column, one.value, *_why(one, lang))
        sheet.append([_cell(sheet, value) for value in said])


def _why(problem: Problem, lang: str) -> tuple[str, str]:
    return problem.reason.text(lang), problem.hint.text(lang)


def _copy(target: WriteOnlyWorksheet, sheet: Sheet, problems: Mapping[tuple[int, int], Problem], lang: str) -> None:
    marked_rows = {row for row, _column in problems}
    for number, cells in enumerate(sheet.rows, start=1):
        if number not in marked_rows:
            target.append([_plain(target, cell) for cell in cells])
        else:
            target.append(list(_row(target, number, cells, problems, lang)))


def _row(
    target: WriteOnlyWorksheet,
    number: int,
    cells: Sequence[Raw],
    problems: Mapping[tuple[int, int], Problem],
    lang: str,
) -> Iterator[WriteOnlyCell]:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    for index, value in enumerate(cells):
        cell = _cell(target, value)
        if problem := problems.get((number, index)):
            cell.fill = PatternFill("solid", fgColor=MARK)
            cell.comment = Comment("\n".join(_why(problem, lang)), "Porte-voix", height=120, width=320)
        yield cell


def _plain(target: WriteOnlyWorksheet, value: Raw) -> Any:
    """A value as it may stand in a sheet; only text that a spreadsheet would calculate needs more than itself."""
    if isinstance(value, str):
        return _cell(target, value) if value.lstrip(" ").startswith(FORMULA) or len(value) > LONGEST else value or None
    return value


def _cell(target: WriteOnlyWorksheet, value: Raw) -> WriteOnlyCell:
    """A cell that is what it says: text is never calculated, in Excel not even after it was edited."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils.exceptions import IllegalCharacterError

    try:
        cell = WriteOnlyCell(target, value[:LONGEST] if isinstance(value, str) else value)
    except IllegalCharacterError:
        cell = WriteOnlyCell(target, "".join(sign for sign in str(value)[:LONGEST] if sign.isprintable()))
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value.lstrip(" ").startswith(FORMULA)
    return cell
