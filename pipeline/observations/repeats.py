"""Rows that stand in a file twice: pasted again, kept on two sheets, or marked by a person as doubles.

Rows that merely look alike are never merged: several people may die on one day in one place. Different rows that come
again in the same order are no chance.
"""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter

from pipeline.observations.columns import UNKNOWN
from pipeline.observations.report import Alarm
from pipeline.observations.tables import Part, Table
from publishers._sentences import _

BLOCK = 5  # different rows that come again in the same order, from which they are asked about
Place = tuple[int, int]  # part, row


def told(table: Table) -> Iterator[Alarm]:
    """What is asked of rows that come again and of those that are marked as doubles."""
    places = [(at, row) for at, part in enumerate(table.parts) for row in part.kept]
    first = _first(table, places)
    pasted = _pasted(first)
    alike = {
        one for one in first if one not in pasted and _whole(table, places[one]) == _whole(table, places[first[one]])
    }
    for at, part in enumerate(table.parts):
        if mine := [one for one in sorted(pasted) if places[one][0] == at]:
            number, (other, row) = places[mine[0]][1], places[first[mine[0]]]
            before = table.parts[other]
            yield Alarm(
                "pasted_rows",
                part.numbers([places[one][1] for one in mine]),
                _("{n} rows say in the same order what rows before them say: row {row} what row {before} of {sheet} "
                  "says. Were they pasted twice, or does one sheet repeat another? Leave one of the two out.",
                  n=len(mine), row=part.number(number), before=before.number(row), sheet=before.sheet.name or "1"),
                len(mine),
                part.sheet.name,
            )  # fmt: skip
        if rows := [places[one][1] for one in sorted(alike) if places[one][0] == at]:
            yield Alarm(
                "same_rows",
                part.numbers(rows),
                _("Each of these rows says exactly what a row before it says ({n}). All are counted: take out what was "
                  "typed twice.", n=len(rows)),
                sheet=part.sheet.name,
            )  # fmt: skip
        yield from _marked(part, table)


def _first(table: Table, places: list[Place]) -> dict[int, int]:
    """For each row, by its number among all kept ones, that says what one before it says: that one's number."""
    seen: dict[tuple[object, ...], int] = {}
    found: dict[int, int] = {}
    chosen: dict[int, tuple[tuple[str, ...], itemgetter[tuple[object, ...]]]] = {}
    for at, part in enumerate(table.parts):
        said = sorted((n, i) for i, n in part.header.columns.items() if not table.dataset.columns[n].id)
        if len(said) > 1:
            chosen[at] = tuple(name for name, _i in said), itemgetter(*(index for _n, index in said))
    for number, (at, row) in enumerate(places):
        if at in chosen:
            names, cells = chosen[at]
            part = table.parts[at]
            known = seen.setdefault((names, cells(part.sheet.rows[part.header.last + 1 + row])), number)
            if known != number:
                found[number] = known
    return found


def _pasted(first: dict[int, int]) -> set[int]:
    """The rows of blocks: each the next one after the last, as are those that it repeats."""
    found: set[int] = set()
    run: list[int] = []
    for number in [*sorted(first), -1]:
        if run and (number != run[-1] + 1 or first[number] != first[run[-1]] + 1):
            found |= set(run) if len(run) >= BLOCK else set()
            run = []
        run.append(number)
    return found


def _whole(table: Table, place: Place) -> list[object]:
    part = table.parts[place[0]]
    return part.sheet.rows[part.header.last + 1 + place[1]]


def _marked(part: Part, table: Table) -> Iterator[Alarm]:
    """Rows that a person marked as doubles: kept, and in no figure."""
    rule = table.dataset.publishable
    for name in rule.unless if rule else ():
        column = part.columns.get(name)
        if column and (rows := [row for row in part.kept if column.codes[row] != UNKNOWN and column.cell(row)]):
            yield Alarm(
                "marked_doubles",
                part.numbers(rows),
                _("{column} is filled in for these rows ({n}): they are kept, and no figure counts them.",
                  column=column.title, n=len(rows)),
                len(rows),  # asked: "original" and "not one" are written in many ways, and would leave every figure
                part.sheet.name,
            )  # fmt: skip
