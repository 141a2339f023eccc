"""A file's rows against those of the store: which are new, which changed, which are gone.

Rows are matched by key, then by equal content, then by order: people who look alike on paper stay as many.
"""

from __future__ import annotations

import hashlib
import json
from array import array
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from json.encoder import encode_basestring
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from pipeline.errors import Refused
from pipeline.models import Observation
from pipeline.observations.datasets import Dataset
from pipeline.observations.report import Difference
from pipeline.observations.values import Qualifier, same
from publishers._sentences import _

Entry = tuple[int | str | bool, int | str | None, Qualifier, str]
# The worker is not believed: what it wrote has these types, or the file is refused.
ENTRIES: TypeAdapter[list[Entry | None]] = TypeAdapter(list[Entry | None])


@dataclass
class Rows:
    """The rows of a file as columns of text: what each says for the store, for its key and for its content."""

    sheets: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    contents: list[str] = field(default_factory=list)
    dates: list[date | None] = field(default_factory=list)
    precisions: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    id_column: str = ""
    _parts: list[list[tuple[list[str], array[int]]]] = field(default_factory=list)

    def values(self) -> Iterator[str]:
        """The JSON of each row's cells, in order."""
        for columns in self._parts:
            yield from _joined(columns)

    def months(self) -> set[str]:
        """The months of which there is a row."""
        return {day.strftime("%Y-%m") for day in set(self.dates) if day}

    def add(self, sheet: str, numbers: array[int], columns: dict[str, tuple[list[Entry | None], array[int]]],
            dataset: Dataset) -> None:  # fmt: skip
        """Adds the rows of one sheet."""
        self.sheets += [sheet] * len(numbers)
        self.numbers += numbers
        self.keys += _keys(columns, dataset, len(numbers))
        plain = {name: one for name, one in columns.items() if not _renumbered(dataset, name)}
        said = [_fragments(name, *plain[name], _comparable) for name in sorted(plain)]
        self.contents += [_digest(text) for text in _joined(said)]
        self._parts.append([_fragments(name, *one, _as_stored) for name, one in columns.items()])
        self._date(columns.get(dataset.date), len(numbers))
        self._number(columns, dataset, len(numbers))

    def _date(self, dated: tuple[list[Entry | None], array[int]] | None, number: int) -> None:
        if dated is None:
            self.dates += [None] * number
            self.precisions += [""] * number
            return
        entries, codes = dated
        days = [date.fromisoformat(str(one[0])) if one else None for one in entries]
        precise = [str(one[1] or "day") if one else "" for one in entries]
        self.dates += [days[code] for code in codes]
        self.precisions += [precise[code] for code in codes]

    def _number(self, columns: dict[str, tuple[list[Entry | None], array[int]]], dataset: Dataset, number: int) -> None:
        """The identifier that the file gives each row, where it has one that is no key."""
        name = next((one for one in columns if _renumbered(dataset, one) and dataset.columns[one].type == "text"), None)
        if name is None:
            self.ids += [""] * number
            return
        entries, codes = columns[name]
        each = [str(one[0]) if one else "" for one in entries]
        self.ids += [each[code] for code in codes]
        self.id_column = name


def load(path: Path, dataset: Dataset) -> Rows:
    """The rows that the worker wrote. Raises Refused where they are not of the shape that they should have."""
    rows = Rows()
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                head = json.loads(line)
                columns = {}
                for _n in range(head["columns"]):
                    one = json.loads(next(lines))
                    entries, codes = ENTRIES.validate_python(one["entries"]), _numbers(one["codes"])
                    if max(codes, default=0) >= len(entries) or min(codes, default=0) < 0:
                        raise ValueError
                    columns[str(one["name"])] = (entries, codes)
                rows.add(str(head["sheet"]), _numbers(head["rows"]), columns, dataset)
    except (ValidationError, ValueError, LookupError, TypeError, OverflowError, StopIteration) as error:
        raise Refused(
            _("This file broke the program that reads it: it is damaged, or not what it seems. Try another copy.")
        ) from error
    return rows


def _numbers(given: Any) -> array[int]:
    """A list of whole numbers in a quarter of the room."""
    if set(map(type, given)) - {int}:
        raise ValueError
    return array("I", given)


def _renumbered(dataset: Dataset, name: str) -> bool:
    """Whether a column only numbers the rows: a new number is no change, unless the key is made of it."""
    return name in dataset.columns and dataset.columns[name].id and name not in dataset.key


def _comparable(entry: Entry) -> str:
    value, most, qual, _raw = entry
    return f'[{_json(same(value) if isinstance(value, str) else value)},{_json(most)},"{qual}"]'


def _as_stored(entry: Entry) -> str:
    value, most, qual, raw = entry
    return f'{{"value":{_json(value)},"max":{_json(most)},"qual":"{qual}","raw":{_json(raw)}}}'


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
    """The column's part of a row's JSON object for each distinct cell; empty where nothing is known."""
    head = _json(name) + ":"
    return [f"{head}{form(one)}" if one else "" for one in entries], codes


def _joined(columns: Sequence[tuple[list[str], array[int]]]) -> Iterator[str]:
    """Each row's JSON object."""
    decoded = [map(fragments.__getitem__, codes) for fragments, codes in columns]
    return ("{" + ",".join(filter(None, row)) + "}" for row in zip(*decoded, strict=True))


def _keys(
    columns: dict[str, tuple[list[Entry | None], array[int]]], dataset: Dataset, number: int
) -> list[str]:  # fmt: skip
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


def compare(dataset: Dataset, rows: Rows) -> Changes:
    """The file's rows against the live ones of the store."""
    stored: dict[str, list[Observation]] = defaultdict(list)
    held = Observation.objects.filter(dataset=dataset.dataset, live=True).order_by("occurrence", "pk")
    for observation in held.only("pk", "key", "occurrence", "content", "date", "row", "first_seen"):
        stored[observation.key].append(observation)
    by_key: dict[str, list[int]] = defaultdict(list)
    for place, key in enumerate(rows.keys):
        by_key[key].append(place)
    changes = Changes()
    for key, places in by_key.items():
        _match(places, stored.pop(key, []), rows, changes)
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
