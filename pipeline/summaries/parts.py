"""What one month, or one place in a table, adds to a figure: kept so that parts of it can be put together exactly.

Counts and sums add up. Distinct values, medians and extremes do not, so their parts hold the values themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from pipeline.summaries.definitions import Metric
from pipeline.summaries.tables import Drawn


@dataclass(slots=True)
class Part:
    """Rows selected, cells known and uncertain among them; and by metric the sum, hits, extremes or values."""

    selected: int = 0
    known: int = 0
    uncertain: int = 0
    total: int = 0  # a sum in the column's own steps, or how many rows a share holds for
    least: int | None = None
    most: int | None = None
    distinct: set[str] = field(default_factory=set)
    values: dict[int, int] = field(default_factory=dict)  # how often each stands there

    def add(self, other: Part) -> None:
        """Takes in what another part holds."""
        self.selected += other.selected
        self.known += other.known
        self.uncertain += other.uncertain
        self.total += other.total
        if other.least is not None and other.most is not None:
            self.least = other.least if self.least is None else min(self.least, other.least)
            self.most = other.most if self.most is None else max(self.most, other.most)
        if other.distinct:
            self.distinct |= other.distinct
        for value, times in other.values.items():
            self.values[value] = self.values.get(value, 0) + times

    def as_json(self) -> list[Any]:
        """A list that `from_json` reads back."""
        plain = [self.selected, self.known, self.uncertain, self.total, self.least, self.most]
        return [*plain, sorted(self.distinct), sorted(self.values.items())]

    @classmethod
    def from_json(cls, stored: Sequence[Any]) -> Part:
        """The part that `as_json` wrote."""
        selected, known, uncertain, total, least, most, distinct, values = stored
        return cls(selected, known, uncertain, total, least, most, set(distinct), dict(values))


def drawn(part: Part, metric: Metric, scale: int) -> Drawn:
    """The figure that a part amounts to; `scale` is how many steps of its column make one."""
    return Drawn(_value(part, metric, scale), part.selected, part.known, part.uncertain, _hits(part, metric))


def _hits(part: Part, metric: Metric) -> int:
    return part.total if metric.how == "share" else 0


def _value(part: Part, metric: Metric, scale: int) -> Decimal | None:
    """None where rows are there and nothing of them is known, or too little for a share, mean or median."""
    if metric.how == "count":
        return Decimal(part.selected)
    if metric.kind == "count":
        if part.selected and not part.known:
            return None
        return Decimal(len(part.distinct)) if metric.how == "distinct" else Decimal(part.total) / scale
    if not part.known or part.known < metric.base:
        return None
    return rounded(_level(part, metric) / (1 if metric.how == "share" else scale), metric.places)


def _level(part: Part, metric: Metric) -> Decimal:
    if metric.how == "share":
        return Decimal(part.total) * 100 / part.known
    if metric.how == "mean":
        return Decimal(part.total) / part.known
    if metric.how == "median":
        return median(part.values)
    found = part.least if metric.how == "min" else part.most
    assert found is not None  # a cell is known
    return Decimal(found)


def median(values: Mapping[int, int]) -> Decimal:
    """The middle value, or the mean of the two in the middle, of values and how often each stands there."""
    count, passed, middle = sum(values.values()), 0, []
    places = {(count - 1) // 2, count // 2}
    for value, times in sorted(values.items()):
        middle += [value] * sum(passed <= place < passed + times for place in places)
        passed += times
    return Decimal(sum(middle)) / len(middle)


def rounded(value: Decimal, places: int) -> Decimal:
    """The value to so many decimals, a half away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
