"""A column of a sheet typed once for each distinct cell: a number for every row, and what each number stands for.

Most columns of a record hold few different cells, so fifty thousand rows cost as many look-ups and few typings.
"""

from __future__ import annotations

import base64
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date

from pipeline.observations.cells import parse
from pipeline.observations.datasets import Column, Dataset
from pipeline.observations.reading import Raw, text_of
from pipeline.observations.structure import letter_of
from pipeline.observations.times import Order
from pipeline.observations.values import Bad, Cell

UNKNOWN = 0  # the number of a cell in which nothing stands
Entry = Cell | Bad | None


@dataclass
class Typed:
    """One column: `codes[row]` is the number of the row's cell, `entries` and `raws` what it is and what it says."""

    name: str
    index: int
    title: str
    column: Column
    codes: array[int]
    entries: list[Entry] = field(default_factory=list)
    raws: list[str] = field(default_factory=list)

    @property
    def letter(self) -> str:
        """The column's letters in the spreadsheet."""
        return letter_of(self.index)

    def raw(self, row: int) -> str:
        """What the row's cell says."""
        return self.raws[self.codes[row]]

    def entry(self, row: int) -> Entry:
        """What the row's cell is."""
        return self.entries[self.codes[row]]

    def cell(self, row: int) -> Cell | None:
        """The row's typed cell; None where it is unknown or refused."""
        entry = self.entry(row)
        return entry if isinstance(entry, Cell) else None

    def rows_of(self, codes: set[int]) -> list[int]:
        """The rows whose cell is one of these."""
        return [row for row, code in enumerate(self.codes) if code in codes] if codes else []


class _Codes(dict[object, int]):
    """The number of each distinct cell; what is met for the first time is typed."""

    def __init__(self, typed: Typed, parse_text: Callable[[str], Entry]) -> None:
        super().__init__({"": UNKNOWN})
        self._typed, self._parse = typed, parse_text
        typed.entries.append(None)
        typed.raws.append("")

    def __missing__(self, raw: object) -> int:
        text = text_of(raw)
        number = self[raw] = len(self._typed.entries)
        self._typed.raws.append(text)
        self._typed.entries.append(self._parse(_as_decimal(raw, text, self._typed.column)))
        return number


def _as_decimal(raw: Raw, text: str, column: Column) -> str:
    """The text of a workbook's 1.125 with a zero more, where it would else read as one thousand odd."""
    grouped = column.type in {"count", "amount", "age"} and isinstance(raw, float)
    return f"{text}0" if grouped and text[-4:-3] == "." else text


def typed(
    name: str,
    index: int,
    title: str,
    cells: Sequence[Raw],
    dataset: Dataset,
    *,
    epoch: date | None,
    order: Order = "day",
) -> Typed:
    """The column of these raw cells, typed."""
    column, missing = dataset.columns[name], dataset.markers(name)
    found = Typed(name, index, title, column, array("I"))
    codes = _Codes(found, lambda text: parse(text, column, missing=missing, epoch=epoch, order=order))
    found.codes = array("I", map(codes.__getitem__, comparable(cells)))
    return found


def comparable(cells: Sequence[Raw]) -> Sequence[Raw]:
    """The cells with TRUE and FALSE as their words: Python takes True and 1 for the same key."""
    if bool in set(map(type, cells)):
        return [text_of(cell) if isinstance(cell, bool) else cell for cell in cells]
    return cells


def packed(numbers: array[int]) -> str:
    """Whole numbers as a text that `unpacked` reads back, in a fiftieth of the time of a JSON list."""
    return base64.b64encode(numbers.tobytes()).decode()


def unpacked(text: str) -> array[int]:
    """The numbers that `packed` told. Raises ValueError or TypeError for any other text."""
    found = array("I")
    found.frombytes(base64.b64decode(text, validate=True))
    return found
