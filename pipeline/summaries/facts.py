"""A figure as it may be worded: its value, what it may be compared with, and how it stands in the stored history.

The names that sentences, cards and alt texts build on:

`Fact`: value, suppressed, withheld, floor, kind, decimals, unknown, base, previous, last_year, mean, record, streak,
first.
`Setting`: span, over, n_days, coverage, previous, last_year, mean (the periods compared with, None where none may be).

A comparison is only there where it is honest: both periods are over, the store holds publishable rows of both, both
reach the declared coverage, neither has a gap of days longer than the declared one, and neither value is hidden.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from pipeline.summaries.definitions import Kind
from pipeline.summaries.periods import Period


@dataclass(frozen=True)
class Record:
    """How rare a value is: the `most` or the `least` since `since`; `ever` where nothing stored since then reaches it.

    `since` is the last earlier period that reached the value, or with `ever` the first one that it was compared with.
    `compared` is how many earlier periods that are.
    """

    kind: Literal["most", "least"]
    since: Period
    ever: bool
    compared: int


@dataclass(frozen=True)
class Fact:
    """A figure before it is worded. `value` is None when it is not known or must not be shown.

    `suppressed` may be said as "fewer than five"; `withheld` is hidden because it would give such a number away.

    Shares are in hundredths (61 is 61 %), so their change is in points. `unknown` is how many of the rows have no
    known cell, `upper` what a sum of ranges is at most, `base` the rows (or cells) that a share, mean or median is
    drawn from. `streak` counts the periods that a rise (above zero) or a fall (below) has lasted; `first` says that
    it never happened in the stored history before.
    """

    value: Decimal | None
    floor: bool = False
    suppressed: bool = False
    previous: Decimal | None = None
    last_year: Decimal | None = None
    mean: Decimal | None = None
    kind: Kind = "count"
    decimals: int = 0
    unknown: int = 0
    base: int | None = None
    record: Record | None = None
    streak: int = 0
    first: bool = False
    withheld: bool = False
    upper: Decimal | None = None


@dataclass(frozen=True)
class Coverage:
    """Which part of the rows the team saw, in hundredths, and of how many rows; `enough` by the declared minimum."""

    share: Decimal
    base: int
    enough: bool


@dataclass(frozen=True)
class Setting:
    """What all figures of a summary share. `mean` lists the periods of the mean, oldest first."""

    span: Period
    over: bool
    n_days: int
    coverage: Coverage | None = None
    previous: Period | None = None
    last_year: Period | None = None
    mean: tuple[Period, ...] = ()
