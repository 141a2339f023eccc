"""Where a number comes from: its query, its rows, their files; and the short code that is printed beside it."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.summaries.compiling import Query

# Letters and digits in turn, so that no code is a word; no O, 0, I, 1: it is read from a picture and typed by hand.
ALPHABETS = ("ABCDEFGHJKLMNPQRSTUVWXYZ", "23456789")
SHORTEST = 4


@dataclass(frozen=True)
class File:
    """An imported file by its name and content."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Origin:
    """The rows behind a figure: their ids in order, and how many come from which import."""

    ids: tuple[int, ...]
    imports: Counter[int]

    @property
    def sha256(self) -> str:
        """The hash of the row ids, one a line; a corrected row is a new id, so it also tells of corrections."""
        return hashlib.sha256("\n".join(map(str, self.ids)).encode()).hexdigest()


def origin(rows: Sequence[tuple[int, int]]) -> Origin:
    """The origin of rows given as (id, import id)."""
    return Origin(tuple(row for row, _source in rows), Counter(source for _row, source in rows))


def runs(ids: Sequence[int]) -> list[list[int]]:
    """Ids in order as [first, last] of each unbroken run: the rows of one file are few of these."""
    found: list[list[int]] = []
    for one in ids:
        if found and one == found[-1][1] + 1:
            found[-1][1] = one
        else:
            found.append([one, one])
    return found


def sources(found: Origin, files: dict[int, File]) -> list[dict[str, Any]]:
    """Each file that rows come from: name, sha256, number of rows; in the order of import."""
    return [
        {"file": files[source].name, "sha256": files[source].sha256, "rows": count}
        for source, count in sorted(found.imports.items())
    ]


def record(query: Query, found: Origin, files: dict[int, File], **more: Any) -> dict[str, Any]:
    """All that is kept of how a figure was made."""
    return {
        "query": query.sql,
        "params": list(query.params),
        "rows": {"count": len(found.ids), "sha256": found.sha256, "runs": runs(found.ids)},
        "sources": sources(found, files),
        **more,
    }


def digest(value: Any) -> str:
    """The SHA-256 of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()


def code(identity: str, taken: Callable[[str], bool]) -> str:
    """A short code for a figure, from its identity; longer where a shorter one is taken."""
    number = int(hashlib.sha256(identity.encode()).hexdigest(), 16)
    letters = ""
    while True:
        alphabet = ALPHABETS[len(letters) % 2]
        number, sign = divmod(number, len(alphabet))
        letters += alphabet[sign]
        if len(letters) >= SHORTEST and not taken(letters):
            return letters
