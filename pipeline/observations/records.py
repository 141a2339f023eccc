"""One row as a record: pydantic's model of a dataset, with the rules that look at several cells of a row."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, ValidationError, create_model, model_validator

from pipeline.observations.datasets import Dataset
from pipeline.observations.times import WEEKDAY_WORDS
from pipeline.observations.values import Bad, Cell, bad
from publishers._sentences import _

NIGHT, MORNING = "18:00", "08:00"  # an operation that begins after the one may end before the other, the next day


class Contradicts(ValueError):
    """Cells of one row that cannot all be right: the column to correct, and why."""

    def __init__(self, wrong: dict[str, Bad]) -> None:
        super().__init__(", ".join(wrong))
        self.wrong = wrong


class Row(BaseModel):
    """A record: each column's typed cell, or none where it is unknown."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    spans: ClassVar[Mapping[str, str]] = {}
    weekday_of: ClassVar[tuple[str, str] | None] = None

    @model_validator(mode="after")
    def _hangs_together(self) -> Row:
        wrong = {}
        for end, start in self.spans.items():
            if found := _before(getattr(self, end), getattr(self, start)):
                wrong[end] = found
        if self.weekday_of:
            name, dated = self.weekday_of
            if found := _other_day(getattr(self, name), getattr(self, dated)):
                wrong[dated] = found
        if wrong:
            raise Contradicts(wrong)
        return self


def _before(end: Cell | None, start: Cell | None) -> Bad | None:
    if end is None or start is None or str(end.max or end.value) >= str(start.value):
        return None
    if str(start.value) >= NIGHT and str(end.value) <= MORNING:
        return None
    return bad(
        _("“{end}” is before the start, {start}.", end=end.raw, start=start.raw),
        _("Correct the start or the end; were the two exchanged?"),
    )


def _other_day(weekday: Cell | None, dated: Cell | None) -> Bad | None:
    if weekday is None or dated is None or dated.max is not None:
        return None
    true = date.fromisoformat(str(dated.value)).weekday()
    if true + 1 == weekday.value:
        return None
    return bad(
        _("“{value}”: that day is a {weekday}, the row says {said}.", value=dated.raw, weekday=WEEKDAY_WORDS[true],
          said=weekday.raw),
        _("Correct the weekday or the date."),
    )  # fmt: skip


@lru_cache(maxsize=16)
def _model(name: str, required: tuple[str, ...], optional: tuple[str, ...]) -> type[Row]:
    fields: dict[str, Any] = dict.fromkeys(required, (Cell, ...))
    fields |= dict.fromkeys(optional, (Cell | None, None))
    return create_model(f"{name.title()}Record", __base__=Row, **fields)


def model(dataset: Dataset) -> type[Row]:
    """The record of a dataset, with its rules."""
    required = tuple(name for name, column in dataset.columns.items() if column.required)
    optional = tuple(name for name in dataset.columns if name not in required)
    made = _model(dataset.dataset, required, optional)
    made.spans, made.weekday_of = dataset.not_before, _weekday_of(dataset)
    return made


def _weekday_of(dataset: Dataset) -> tuple[str, str] | None:
    weekday = next((name for name, column in dataset.columns.items() if column.type == "weekday"), None)
    return (weekday, dataset.date) if weekday and dataset.date else None


def compared(dataset: Dataset) -> list[tuple[str, str]]:
    """The columns whose cells the rules of a record hold against each other, in pairs."""
    weekday = _weekday_of(dataset)
    return [*dataset.not_before.items(), *([weekday] if weekday else [])]


def refused(error: ValidationError, given: Mapping[str, Cell | Bad]) -> dict[str, Bad | None]:
    """What pydantic found, by column: why its cell is refused, or None where a required one is missing."""
    found: dict[str, Bad | None] = {}
    for one in error.errors(include_url=False):
        why = one.get("ctx", {}).get("error")
        if isinstance(why, Contradicts):
            found |= why.wrong
            continue
        name = str(one["loc"][0])
        cell = given.get(name)
        found[name] = cell if isinstance(cell, Bad) else None
    return found
