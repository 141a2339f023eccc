"""What one month, or one place in a table, adds to a figure: kept so that parts of it can be put together exactly.

Counts and sums add up. Distinct values, medians and extremes do not, so their parts hold the values themselves.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from itertools import accumulate
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
    ranged: int = 0  # cells with an upper end
    over: int = 0  # how far these ends lie above what is summed
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
        self.ranged += other.ranged
        self.over += other.over
        if other.least is not None and other.most is not None:
            self.least = other.least if self.least is None else min(self.least, other.least)
            self.most = other.most if self.most is None else max(self.most, other.most)
        if other.distinct:
            self.distinct |= other.distinct
        if not self.values:
            self.values = dict(other.values)
            return
        for value, times in other.values.items():
            self.values[value] = self.values.get(value, 0) + times

    def as_json(self) -> list[Any]:
        """A list that `from_json` reads back."""
        counted = [self.selected, self.known, self.uncertain, self.total, self.ranged, self.over]
        return [*counted, self.least, self.most, sorted(self.distinct), sorted(self.values.items())]

    @classmethod
    def from_json(cls, stored: Sequence[Any]) -> Part:
        """The part that `as_json` wrote."""
        part = cls(*stored)
        part.distinct, part.values = set(part.distinct), dict(part.values)
        return part


def drawn(part: Part, metric: Metric, scale: int) -> Drawn:
    """The figure that a part amounts to; `scale` is how many steps of its column make one."""
    value, upper = _value(part, metric, scale), _upper(part, scale)
    return Drawn(value, part.selected, part.known, part.uncertain, _hits(part, metric), upper)


def _upper(part: Part, scale: int) -> Decimal | None:
    """What a sum is at most: known where every row is, and each cell that is no plain number has an upper end."""
    whole = part.ranged and part.known == part.selected and part.ranged == part.uncertain
    return Decimal(part.total + part.over) / scale if whole else None


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
    ordered = sorted(values)
    passed = list(accumulate(map(values.__getitem__, ordered)))  # how many stand up to each value
    low, high = (ordered[bisect_right(passed, place)] for place in ((passed[-1] - 1) // 2, passed[-1] // 2))
    return Decimal(low + high) / 2


def rounded(value: Decimal, places: int) -> Decimal:
    """The value to so many decimals, a half away from zero."""
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
