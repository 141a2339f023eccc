"""What an import tells the person who brings the file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from publishers._sentences import Sentence


@dataclass(frozen=True)
class Problem:
    """A refused cell: where it stands as the spreadsheet shows it, what is wrong, what to type instead."""

    sheet: str
    row: int
    column: str
    value: str
    reason: Sentence
    hint: Sentence


@dataclass(frozen=True)
class Alarm:
    """Something about the file as a whole; `rows` are the sheet rows concerned."""

    kind: str
    rows: tuple[int, ...]
    sentence: Sentence


@dataclass(frozen=True)
class Difference:
    """Rows against what the store held: new, changed, and in the store but absent from the file."""

    new: int = 0
    changed: int = 0
    vanished: int = 0


@dataclass(frozen=True)
class ImportReport:
    """One file's account: read = kept + rejected + ignored. `import_id` is None where nothing was written."""

    file: str
    dataset: str
    read: int
    kept: int
    rejected: int
    ignored: int
    problems: tuple[Problem, ...]
    alarms: tuple[Alarm, ...]
    difference: Difference = field(default_factory=Difference)
    import_id: int | None = None

    def as_json(self, lang: str = "fr") -> dict[str, Any]:
        """The report with its sentences in `lang`: the shape of `portevoix import --json`."""
        return self._mapping(lambda sentence: sentence.text(lang))

    def stored(self) -> dict[str, Any]:
        """The report for the store, its sentences not yet in a language; `from_stored` reads it back."""
        return self._mapping(lambda sentence: sentence.as_json())

    def _mapping(self, say: Any) -> dict[str, Any]:
        return {
            "file": self.file,
            "dataset": self.dataset,
            "read": self.read,
            "kept": self.kept,
            "rejected": self.rejected,
            "ignored": self.ignored,
            "problems": [vars(one) | {"reason": say(one.reason), "hint": say(one.hint)} for one in self.problems],
            "alarms": [
                {"kind": one.kind, "rows": list(one.rows), "sentence": say(one.sentence)} for one in self.alarms
            ],
            "difference": dict(vars(self.difference)),
        }

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any], import_id: int | None = None) -> ImportReport:
        """The report that `stored` wrote."""
        heard = Sentence.from_json
        problems = (
            Problem(**{**one, "reason": heard(one["reason"]), "hint": heard(one["hint"])}) for one in stored["problems"]
        )
        alarms = (Alarm(one["kind"], tuple(one["rows"]), heard(one["sentence"])) for one in stored["alarms"])
        counts = {name: stored[name] for name in ("file", "dataset", "read", "kept", "rejected", "ignored")}
        return cls(
            **counts,
            problems=tuple(problems),
            alarms=tuple(alarms),
            difference=Difference(**stored["difference"]),
            import_id=import_id,
        )
