"""CSV as spreadsheets write and read it: UTF-8 with its mark, and no cell that a spreadsheet would calculate."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

# A cell that begins so is a formula to Excel or LibreOffice, also in their full-width forms and after a blank.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
GUARD = "'"


def guarded(cell: object) -> str:
    """The cell as text that no spreadsheet takes for a formula; numbers stay numbers, None is empty."""
    if cell is None:
        return ""
    text = str(cell)
    if isinstance(cell, int):
        return text
    return GUARD + text if text.lstrip(" ").startswith((*FORMULA, GUARD)) else text


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return text[1:] if text.startswith(GUARD) and guarded(text[1:]) == text else text


def write(heads: Sequence[str], rows: Iterable[Sequence[object]], *, lang: str) -> bytes:
    """The table as a file; with semicolons in French, as spreadsheets expect there, else with commas."""
    out = io.StringIO()
    table = csv.writer(out, delimiter=";" if lang == "fr" else ",", lineterminator="\r\n")
    table.writerow([guarded(head) for head in heads])
    table.writerows([guarded(cell) for cell in row] for row in rows)
    return out.getvalue().encode("utf-8-sig")
