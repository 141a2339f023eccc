"""A file's rows against those of the store: which are new, which changed, which are gone.

Rows are matched by key, then by equal content, then by order: people who look alike on paper stay as many.
"""

from __future__ import annotations

import gc
import hashlib
import json
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import chain
from json.encoder import encode_basestring
from pathlib import Path
from typing import TypeAlias

from pydantic import TypeAdapter, ValidationError

from pipeline.errors import Refused
from pipeline.models import Observation
from pipeline.observations.columns import unpacked
from pipeline.observations.datasets import Dataset
from pipeline.observations.report import Difference
from pipeline.observations.values import Qualifier, same
from publishers._sentences import _

Entry = tuple[int | str | bool, int | str | None, Qualifier, str]
Coded: TypeAlias = "tuple[list[Entry | None], array[int]]"  # a column's distinct cells, and the number of each row's
# The worker is not believed: what it wrote has these types, or the file is refused.
ENTRIES: TypeAdapter[list[Entry | None]] = TypeAdapter(list[Entry | None])


@dataclass(frozen=True)
class Part:
    """The rows of one sheet as columns, and how many they are."""

    columns: dict[str, Coded]
    count: int


@dataclass
class Rows:
    """The rows of a file: what each says for the store, for its key and for its content."""

    dataset: Dataset
    parts: list[Part] = field(default_factory=list)
    sheets: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    dates: list[date | None] = field(default_factory=list)
    precisions: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    id_column: str = ""

    def values(self) -> Iterator[str]:
        """The JSON of each row's cells, in order."""
        return chain.from_iterable(
            _joined([_fragments(name, *one, _as_stored) for name, one in part.columns.items()], part.count)
            for part in self.parts
        )

    @cached_property
    def contents(self) -> list[str]:
        """The hash of what each row says, but for the number that the file gives it."""
        return [_digest(text) for part in self.parts for text in self._said(part)]

    def _said(self, part: Part) -> Iterator[str]:
        plain = sorted(name for name in part.columns if not _renumbered(self.dataset, name))
        return _joined([_fragments(name, *part.columns[name], _comparable) for name in plain], part.count)

    def months(self) -> set[str]:
        """The months of which there is a row."""
        return {day.strftime("%Y-%m") for day in set(self.dates) if day}

    def add(self, sheet: str, numbers: array[int], columns: dict[str, Coded]) -> None:
        """Adds the rows of one sheet."""
        self.sheets += [sheet] * len(numbers)
        self.numbers += numbers
        self.keys += _keys(columns, self.dataset, len(numbers))
        self.parts.append(Part(columns, len(numbers)))
        self._date(columns.get(self.dataset.date), len(numbers))
        self._number(columns, len(numbers))

    def _date(self, dated: Coded | None, number: int) -> None:
        if dated is None:
            self.dates += [None] * number
            self.precisions += [""] * number
            return
        entries, codes = dated
        days = [date.fromisoformat(str(one[0])) if one else None for one in entries]
        precise = [str(one[1] or "day") if one else "" for one in entries]
        self.dates += [days[code] for code in codes]
        self.precisions += [precise[code] for code in codes]

    def _number(self, columns: dict[str, Coded], number: int) -> None:
        """The identifier that the file gives each row, where it has one that is no key."""
        named = self.dataset.columns
        name = next((one for one in columns if _renumbered(self.dataset, one) and named[one].type == "text"), None)
        if name is None:
            self.ids += [""] * number
            return
        entries, codes = columns[name]
        each = [str(one[0]) if one else "" for one in entries]
        self.ids += [each[code] for code in codes]
        self.id_column = name


@contextmanager
def collecting_nothing() -> Iterator[None]:
    """Within it no cycles are looked for among millions of small things that hold none: that is half of the time."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@collecting_nothing()
def load(path: Path, dataset: Dataset) -> Rows:
    """The rows that the worker wrote. Raises Refused where they are not of the shape that they should have."""
    rows = Rows(dataset)
    try:
        with path.open("rb") as lines:
            for line in lines:
                head, columns = json.loads(line), {}
                numbers = unpacked(head["rows"])
                for _n in range(head["columns"]):
                    one, entries = json.loads(next(lines)), ENTRIES.validate_json(next(lines))
                    codes = unpacked(one["codes"])
                    if len(codes) != len(numbers) or max(codes, default=0) >= len(entries):
                        raise ValueError
                    columns[str(one["name"])] = (entries, codes)
                rows.add(str(head["sheet"]), numbers, columns)
    except (ValidationError, ValueError, LookupError, TypeError, OverflowError, StopIteration) as error:
        raise Refused(
            _("This file broke the program that reads it: it is damaged, or not what it seems. Try another copy.")
        ) from error
    return rows


def _renumbered(dataset: Dataset, name: str) -> bool:
    """Whether a column only numbers the rows: a new number is no change, unless the key is made of it."""
    return name in dataset.columns and dataset.columns[name].id and name not in dataset.key


def _comparable(entry: Entry) -> str:
    value, most, qual, _raw = entry
    return f'[{_json(same(value) if isinstance(value, str) else value)},{_json(most)},"{qual}"]'


def _as_stored(entry: Entry) -> str:
    """What models.cells.short makes of it."""
    value, most, qual, raw = entry
    if most is not None or qual != "exact":
        return f'[{_json(value)},{_json(raw)},{_json(most)},"{qual}"]'
    plain = not isinstance(value, bool) and raw == str(value)
    return _json(value) if plain else f"[{_json(value)},{_json(raw)}]"


def _json(value: int | str | bool | None) -> str:
    """What json.dumps says of a plain value, in a fifth of the time."""
    if isinstance(value, str):
        return encode_basestring(value)
    if value is None:
        return "null"
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _fragments(
    name: str, entries: list[Entry | None], codes: array[int], form: Callable[[Entry], str]
) -> tuple[list[str], array[int]]:
    """The column's part of a row's JSON object for each distinct cell, with its comma; empty where nothing is known."""
    head = _json(name) + ":"
    return [f"{head}{form(one)}," if one else "" for one in entries], codes


def _joined(columns: Sequence[tuple[list[str], array[int]]], count: int) -> Iterator[str]:
    """Each row's JSON object."""
    decoded: list[Iterator[str]] = [map(fragments.__getitem__, codes) for fragments, codes in columns]
    decoded = decoded or [iter([""] * count)]
    return ("{" + text[:-1] + "}" for text in map("".join, zip(*decoded, strict=True)))


def _keys(columns: dict[str, Coded], dataset: Dataset, number: int) -> list[str]:
    parts: list[Iterator[str]] = []
    for name in dataset.key:
        if name in columns:
            entries, codes = columns[name]
            said = [_comparable(one) if one else "null" for one in entries]
            parts.append(map(said.__getitem__, codes))
        else:
            parts.append(iter(["null"] * number))
    return [_digest("[" + ",".join(row) + "]") for row in zip(*parts, strict=True)]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# -------------------------------------------------------------------------------------------------- comparing


@dataclass
class Changes:
    """What a file would do to the store; its rows by their place in the file."""

    new: list[tuple[int, int]] = field(default_factory=list)  # place, occurrence
    changed: list[tuple[int, Observation]] = field(default_factory=list)
    unchanged: list[tuple[int, int]] = field(default_factory=list)  # place, id of the stored row
    vanished: list[Observation] = field(default_factory=list)

    def counted(self) -> Difference:
        """How many of each."""
        return Difference(len(self.new), len(self.changed), len(self.vanished))


@collecting_nothing()
def compare(dataset: Dataset, rows: Rows) -> Changes:
    """The file's rows against the live ones of the store."""
    stored: dict[str, list[Observation]] = defaultdict(list)
    held = Observation.objects.filter(dataset=dataset.dataset, live=True).order_by("occurrence", "pk")
    for observation in held.only("pk", "key", "occurrence", "content", "date", "row", "first_seen"):
        stored[observation.key].append(observation)
    changes, known = Changes(), defaultdict[str, list[int]](list)
    met: dict[str, int] = {}
    for place, key in enumerate(rows.keys):
        if key in stored:
            known[key].append(place)
        else:
            met[key] = occurrence = met.get(key, -1) + 1
            changes.new.append((place, occurrence))
    for key, places in known.items():
        _match(places, stored.pop(key), rows, changes)
    months = rows.months()
    for rest in stored.values():
        everything = dataset.each_file == "everything"
        changes.vanished += [row for row in rest if everything or (row.date and row.date.strftime("%Y-%m") in months)]
    return changes


def _match(places: list[int], held: list[Observation], rows: Rows, changes: Changes) -> None:
    free, open_places = list(held), []
    for place in places:
        if equal := next((one for one in free if one.content == rows.contents[place]), None):
            free.remove(equal)
            changes.unchanged.append((place, equal.pk))
        else:
            open_places.append(place)
    pairs = min(len(open_places), len(free))
    changes.changed += zip(open_places[:pairs], free[:pairs], strict=True)
    following = max((one.occurrence for one in held), default=-1) + 1
    changes.new += [(place, following + number) for number, place in enumerate(open_places[pairs:])]
    changes.vanished += free[pairs:]
