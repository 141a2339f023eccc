"""What happens to a stranger's file in a process of its own: read, typed, looked at; nothing here touches the store.

The answer is the account of the file; its typed rows are written beside it as lines of JSON, one for each column.
"""

from __future__ import annotations

import gc
import json
from array import array
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import compress
from pathlib import Path
from typing import Any

from pipeline.observations import alarms, datasets, headers, reading, tables
from pipeline.observations.columns import Typed, packed
from pipeline.observations.datasets import Dataset
from pipeline.observations.headers import Wishes
from pipeline.observations.reading import Book
from pipeline.observations.report import Alarm, Mapped
from pipeline.observations.tables import Part, Table
from pipeline.observations.values import Cell
from publishers._sentences import _

MOST_PROBLEMS = 5000  # told one by one; a file with more has one cause, and the first ones show it


def examine(path: str, name: str, dataset: str, options: Mapping[str, Any], out: str) -> dict[str, Any]:
    """The account of a file as plain JSON data; its typed rows are written to `out`. Raises Refused.

    `options`: today, period, folder (where the file lies), titles, orders (what a person settled) and shapes (what was
    settled for files like it).
    """
    gc.disable()  # millions of small things without a cycle among them, in a process that ends with its answer
    declared = datasets.load(dataset)
    book = reading.read(Path(path).read_bytes(), name, options.get("folder", ""))
    wishes = _settled(book, declared, options)
    try:
        table = tables.build(book, declared, name, wishes)
    except tables.Unmapped as refusal:
        return {"refused": refusal.sentence.as_json(), "mapping": [_plain(one) for one in refusal.mapping]}
    table.alarms += alarms.raised(book, table, date.fromisoformat(options["today"]), name, options.get("period", ""))
    with Path(out).open("w", encoding="utf-8") as file:
        for part in table.parts:
            file.writelines(json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n" for line in _lines(part))
    return _account(book, table, wishes)


def _plain(one: Mapped) -> dict[str, Any]:
    return {**vars(one), "samples": list(one.samples)}


def _settled(book: Book, dataset: Dataset, options: Mapping[str, Any]) -> Wishes:
    """What a person settled now, over what was settled for the shape of this file before."""
    titles, orders = dict(options.get("titles", {})), dict(options.get("orders", {}))
    for shape, kept in options.get("shapes", {}).items():
        wished = Wishes({**kept["titles"], **titles}, {**kept["orders"], **orders})
        for sheet in book.sheets:
            header = headers.find(sheet, dataset, wished.folded())
            if header and header.shape == shape:
                return wished
    return Wishes(titles, orders)


def _account(book: Book, table: Table, wishes: Wishes) -> dict[str, Any]:
    more = len(table.problems) - MOST_PROBLEMS
    raised = [*table.alarms, *([_more(more)] if more > 0 else [])]
    return {
        "kind": book.kind,
        "encoding": book.encoding,
        "delimiter": book.delimiter,
        "samples": list(book.samples),
        "headers": {part.sheet.name: part.header.last + 1 for part in table.parts},
        "shape": table.parts[0].header.shape,
        "titles": dict(wishes.titles),
        "orders": dict(wishes.orders),
        "read": table.read,
        "kept": table.kept,
        "rejected": table.rejected,
        "ignored": table.ignored.total(),
        "problems": [one.as_json() for one in table.problems[:MOST_PROBLEMS]],
        "alarms": [one.as_json() for one in raised],
        "mapping": [_plain(one) for one in table.mapping],
    }


def _more(number: int) -> Alarm:
    return Alarm("more_problems", (), _("{n} further cells were refused; the first ones are listed.", n=number))


def _lines(part: Part) -> Iterator[Any]:
    """The kept rows of a sheet: their numbers, then for each column the number of each row's cell, and the cells."""
    rows = array("I", part.numbers(part.kept))
    yield {"sheet": part.sheet.name, "rows": packed(rows), "columns": len(part.columns)}
    every = len(part.kept) == len(next(iter(part.columns.values())).codes)
    kept = bytearray(max(part.kept, default=-1) + 1)
    for row in part.kept:
        kept[row] = 1
    for name, column in part.columns.items():
        codes = column.codes if every else array("I", compress(column.codes, kept))
        yield {"name": name, "codes": packed(codes)}
        yield [_entry(one) for one in _entries(column)]


def _entries(column: Typed) -> Iterator[Cell | None]:
    return (one if isinstance(one, Cell) else None for one in column.entries)


def _entry(cell: Cell | None) -> list[Any] | None:
    return None if cell is None else [cell.value, cell.max, cell.qual, cell.raw]
