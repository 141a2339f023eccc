"""What an import tells the person who brings the file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from publishers._sentences import Sentence

ANSWER = re.compile(r"\W*(?:oui|yes)\W+(\d[\d\s.,'’\u00a0\u202f]*)\W*", re.IGNORECASE)
YES = {"fr": "oui", "en": "yes"}
COUNTS = ("file", "dataset", "read", "kept", "rejected", "ignored")


@dataclass(frozen=True)
class Problem:
    """A refused cell: where it stands as the spreadsheet shows it, what is wrong, what to type instead."""

    sheet: str
    row: int
    column: str
    value: str
    reason: Sentence
    hint: Sentence
    letter: str = ""

    def as_json(self) -> dict[str, Any]:
        """The problem, its sentences not yet in a language."""
        return vars(self) | {"reason": self.reason.as_json(), "hint": self.hint.as_json()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Problem:
        """The problem that `as_json` wrote."""
        heard = Sentence.from_json
        return cls(**{**stored, "reason": heard(stored["reason"]), "hint": heard(stored["hint"])})


@dataclass(frozen=True)
class Alarm:
    """Something about the file as a whole; `rows` are the sheet rows concerned.

    Where `number` is set, nothing is written before a person has typed "oui, NUMBER": they have seen it.
    """

    kind: str
    rows: tuple[int, ...]
    sentence: Sentence
    number: int | None = None
    sheet: str = ""

    def answer(self, lang: str) -> str | None:
        """What has to be typed for the import to go on; None where nothing has to be."""
        return None if self.number is None else f"{YES[lang]}, {self.number}"

    def as_json(self) -> dict[str, Any]:
        """The alarm, its sentence not yet in a language."""
        return {**vars(self), "rows": list(self.rows), "sentence": self.sentence.as_json()}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Alarm:
        """The alarm that `as_json` wrote."""
        said = Sentence.from_json(stored["sentence"])
        return cls(stored["kind"], tuple(stored["rows"]), said, stored.get("number"), stored.get("sheet", ""))


@dataclass(frozen=True)
class Mapped:
    """One title of a sheet's header and the dataset's column that it was read as; "" for none."""

    sheet: str
    letter: str
    title: str
    column: str
    suggested: str = ""
    samples: tuple[str, ...] = ()


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
    encoding: str = ""
    samples: tuple[str, ...] = ()
    mapping: tuple[Mapped, ...] = ()
    gone: tuple[str, ...] = ()
    unanswered: tuple[Alarm, ...] = ()

    def as_json(self, lang: str = "fr") -> dict[str, Any]:
        """The report with its sentences in `lang`: the shape of `portevoix import --json`, which scripts rely on."""
        told = self.in_detail(lang)
        for one in told["problems"]:
            del one["letter"]
        for one in told["alarms"]:
            del one["answer"]
        return {name: told[name] for name in (*COUNTS, "problems", "alarms", "difference")}

    def in_detail(self, lang: str = "fr") -> dict[str, Any]:
        """The same with all else that was found: columns' letters, answers, encoding, mapping, what is gone."""
        return {
            **self._counts(),
            "problems": [
                vars(one) | {"reason": one.reason.text(lang), "hint": one.hint.text(lang)} for one in self.problems
            ],
            "alarms": [
                {"kind": one.kind, "rows": list(one.rows), "sentence": one.sentence.text(lang),
                 "answer": one.answer(lang)}
                for one in self.alarms
            ],
            "difference": dict(vars(self.difference)),
            "encoding": self.encoding,
            "samples": list(self.samples),
            "mapping": [{**vars(one), "samples": list(one.samples)} for one in self.mapping],
            "gone": list(self.gone),
            "import": self.import_id,
        }  # fmt: skip

    def stored(self) -> dict[str, Any]:
        """The report for the store, its sentences not yet in a language; `from_stored` reads it back."""
        return {
            **self._counts(),
            "problems": [one.as_json() for one in self.problems],
            "alarms": [one.as_json() for one in self.alarms],
            "difference": dict(vars(self.difference)),
            "encoding": self.encoding,
            "mapping": [{**vars(one), "samples": []} for one in self.mapping],
        }

    def _counts(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in COUNTS}

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any], import_id: int | None = None) -> ImportReport:
        """The report that `stored` wrote."""
        counts = {name: stored[name] for name in ("file", "dataset", "read", "kept", "rejected", "ignored")}
        return cls(
            **counts,
            problems=tuple(Problem.from_json(one) for one in stored["problems"]),
            alarms=tuple(Alarm.from_json(one) for one in stored["alarms"]),
            difference=Difference(**stored["difference"]),
            import_id=import_id,
            encoding=stored.get("encoding", ""),
            mapping=tuple(Mapped(**{**one, "samples": ()}) for one in stored.get("mapping", [])),
        )

    def answered(self, answers: Sequence[str]) -> ImportReport:
        """The report with those alarms as `unanswered` for which nobody has typed their number."""
        return replace(self, unanswered=tuple(unanswered(self.alarms, answers)))


def unanswered(alarms: Iterable[Alarm], answers: Sequence[str]) -> list[Alarm]:
    """The alarms that no answer passes: "oui, 60" passes one alarm whose number is 60."""
    typed = [int(re.sub(r"\D", "", match[1])) for answer in answers if (match := ANSWER.fullmatch(answer))]
    left = []
    for alarm in alarms:
        if alarm.number is None:
            continue
        if alarm.number in typed:
            typed.remove(alarm.number)
        else:
            left.append(alarm)
    return left
