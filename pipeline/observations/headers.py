"""Where a sheet's titles stand, and which column of the dataset each of them means."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pipeline.errors import Refused
from pipeline.observations.datasets import Dataset, fold
from pipeline.observations.reading import Raw, Sheet
from pipeline.observations.report import Mapped
from pipeline.observations.structure import letter_of
from pipeline.observations.times import Order
from pipeline.observations.values import clean
from publishers._sentences import _

HEADER_WITHIN = 25  # filled rows; titles and notes stand above it
SAMPLES = 3  # cells shown beside a title
NEAR = 0.75  # how alike a title and a synonym have to be for a suggestion (difflib's ratio)


@dataclass(frozen=True)
class Wishes:
    """What a person has settled for files of this shape: titles to columns ("" for none), and each date's order."""

    titles: Mapping[str, str] = field(default_factory=dict)
    orders: Mapping[str, Order] = field(default_factory=dict)

    def folded(self) -> dict[str, str]:
        """Folded title -> column."""
        return {fold(title): column for title, column in self.titles.items()}


@dataclass(frozen=True)
class Header:
    """Where a sheet's titles stand: rows counted from 0, column name and title by cell index."""

    first: int
    last: int
    columns: dict[int, str]
    titles: dict[int, str]

    def rows(self, sheet: Sheet) -> list[list[Raw]]:
        """The rows of the sheet that it is made of."""
        return sheet.rows[self.first : self.last + 1]

    @property
    def shape(self) -> str:
        """What files of the same make share: a hash of their titles in order."""
        titles = [fold(self.titles[index]) for index in sorted(self.titles) if self.titles[index]]
        return hashlib.sha256(json.dumps(titles).encode()).hexdigest()


def wishes_from(given: Sequence[str], dataset: Dataset) -> dict[str, str]:
    """The titles and columns of `--map 'column=Title'`. Raises Refused for a column that the dataset has not."""
    found: dict[str, str] = {}
    for one in given:
        column, sign, title = one.partition("=")
        if not sign or not title.strip():
            raise Refused(_("“{text}” names no column and title: write column=Title.", text=one))
        if column.strip() and column.strip() not in dataset.columns:
            raise Refused(
                _(
                    "There is no column {name}: choose one of {names}.",
                    name=column.strip(),
                    names=", ".join(dataset.columns),
                )
            )
        found[clean(title)] = column.strip()
    return found


def find(sheet: Sheet, dataset: Dataset, wished: Mapping[str, str]) -> Header | None:
    """The rows that name the most columns, among the first that are filled; None where no row names two.

    A second row of titles directly above or below (French and English, or a merged title) belongs to it.
    """
    candidates = {at: _mapped(sheet.texts(at), dataset, wished) for at in _first(sheet)}
    best = max(candidates, key=lambda at: len(candidates[at]), default=None)
    if best is None or len(candidates[best]) < min(2, len(dataset.columns)):
        return None
    rows = [at for at in (best - 1, best, best + 1) if at == best or _is_header_too(sheet, at, best, candidates)]
    return _joined(sheet, rows, best, dataset, wished)


def _first(sheet: Sheet) -> list[int]:
    """The first rows in which anything stands."""
    found = (at for at in range(len(sheet.rows)) if any(cell.strip() for cell in sheet.texts(at)))
    return [at for at, _n in zip(found, range(HEADER_WITHIN), strict=False)]


def _is_header_too(sheet: Sheet, at: int, best: int, candidates: Mapping[int, dict[int, str]]) -> bool:
    """Whether a row beside the header is one as well: it names two columns and hardly anything that is none.

    Or it stands under titles of several columns and names each of them, in words.
    """
    if at not in candidates:
        return False
    cells, named = sheet.texts(at), candidates[at]
    filled = [cell for cell in cells if cell.strip()]
    if len(named) >= 2 and len(named) * 2 >= len(filled):
        return True
    over = sheet.texts(best)
    spanned = any(_spans(over, index, cells) for index in range(len(over)))
    return at > best and spanned and not any(sign.isdigit() for cell in filled for sign in cell)


def _spans(cells: Sequence[str], index: int, under: Sequence[str]) -> bool:
    """Whether a title stands over two columns that have titles of their own: then it is not the first one's alone."""
    if index + 1 >= min(len(cells), len(under)):
        return False
    return bool(cells[index].strip() and under[index].strip() and under[index + 1].strip()) and not (
        cells[index + 1].strip()
    )


def _joined(sheet: Sheet, rows: list[int], best: int, dataset: Dataset, wished: Mapping[str, str]) -> Header:
    """One header of several rows: the surest row's titles first, another's where it names what that does not."""
    titles: dict[int, str] = {}
    columns: dict[int, str] = {}
    for at in sorted(rows, key=lambda row: row != best):
        cells, others = sheet.texts(at), [sheet.texts(row) for row in rows if row != at]
        groups = {index for index in range(len(cells)) if any(_spans(cells, index, one) for one in others)}
        mapped = _mapped(["" if index in groups else cell for index, cell in enumerate(cells)], dataset, wished)
        for index, cell in enumerate(cells):
            name = mapped.get(index)
            new = name is not None and index not in columns and name not in columns.values()
            if new and name:
                columns[index] = name
            if index not in groups and (new or not titles.get(index)):
                titles[index] = clean(cell)
    return Header(min(rows), max(rows), dict(sorted(columns.items())), dict(sorted(titles.items())))


def pieces(sheet: Sheet, header: Header, dataset: Dataset, wished: Mapping[str, str]) -> Iterator[tuple[Sheet, Header]]:
    """The tables of a sheet: a new one begins where titles stand again, in another order or others than before."""
    needed = {name for name, column in dataset.columns.items() if column.required}
    index = next(at for at, name in header.columns.items() if not needed or name in needed)
    for at in _titled(sheet, index, header.last + 1, dataset):
        if _bare(sheet.rows[at]) in map(_bare, header.rows(sheet)):
            continue  # a header of two rows is repeated whole: one of them alone would name other columns
        found = _joined(sheet, [at], at, dataset, wished)
        other = not found.columns.items() <= header.columns.items()
        if other and needed <= set(found.columns.values()) and len(found.columns) > 1:
            yield Sheet(sheet.name, sheet.rows[:at], sheet.hidden), header
            header = found
    yield sheet, header


def _bare(row: list[Raw]) -> list[Raw]:
    """The row without the blank cells at its end, which a text file may leave out."""
    end = len(row)
    while end and row[end - 1] == "":
        end -= 1
    return row[:end]


def _titled(sheet: Sheet, index: int, start: int, dataset: Dataset) -> list[int]:
    """The rows under a header whose cell in this column is a title of the dataset."""
    below = [row[index] if index < len(row) else "" for row in sheet.rows[start:]]
    words = {cell for cell in below if isinstance(cell, str) and 0 < len(cell) < 100}
    titles = {cell for cell in words if dataset.titled(clean(cell))}
    return [at for at, cell in enumerate(below, start) if cell in titles] if titles else []


def _mapped(cells: Sequence[str], dataset: Dataset, wished: Mapping[str, str]) -> dict[int, str]:
    """Column names by cell index; what a person settled first, then required columns, then the surest titles."""
    columns: dict[int, str] = {}
    offers: list[tuple[bool, int, int, str]] = []
    for index, cell in enumerate(cells):
        if not cell or len(cell) > 200:
            continue
        title = fold(clean(cell))
        if title in wished:
            if name := wished[title]:
                columns.setdefault(index, name)
        else:
            offers += [(not dataset.columns[name].required, rank, index, name) for rank, name in dataset.titled(title)]
    for _optional, _rank, index, name in sorted(offers):
        if index not in columns and name not in columns.values():
            columns[index] = name
    return columns


def mapping(sheet: Sheet, header: Header, dataset: Dataset) -> Iterator[Mapped]:
    """Each title with its column, the nearest one where it has none, and some cells under it."""
    for index, title in header.titles.items():
        if title:
            name = header.columns.get(index, "")
            near = "" if name else suggestion(title, dataset, header.columns.values())
            yield Mapped(sheet.name, letter_of(index), title, name, near, _samples(sheet, header, index))


def suggestion(title: str, dataset: Dataset, taken: Iterable[str]) -> str:
    """The column whose titles are nearest to an unknown one; "" where none is near or it is taken."""
    free = {known: name for known, name in dataset.known_titles.items() if name not in set(taken)}
    near = difflib.get_close_matches(fold(title), free, n=1, cutoff=NEAR)
    if near:
        return free[near[0]]
    words = set(fold(title).split())
    inside = [known for known in free if len(known) > 3 and set(known.split()) <= words]
    return free[max(inside, key=len)] if inside else ""


def _samples(sheet: Sheet, header: Header, index: int) -> tuple[str, ...]:
    found: list[str] = []
    for at in range(header.last + 1, min(len(sheet.rows), header.last + 60)):
        cells = sheet.texts(at)
        if index < len(cells) and (text := clean(cells[index])[:40]) and text not in found:
            found.append(text)
        if len(found) == SAMPLES:
            break
    return tuple(found)
