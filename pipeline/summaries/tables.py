"""Figures as drawn from the store, alone and crossed: what disclosure control looks at before anything is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

# A place in a table: one value for each dimension, in order. None stands for all of them (a margin), "" for rows whose
# cell is not known.
Key = tuple[str | None, ...]
NOT_KNOWN = ""


@dataclass(frozen=True)
class Drawn:
    """One figure as the store gives it, before protection. `value` is None where rows are there and none is known.

    `selected` counts the rows, `known` those whose cell is known, `uncertain` those with a qualifier among them.
    For a share `known` is its base and `hits` how many of these it holds for; `upper` is a range's upper end.
    """

    value: Decimal | None
    selected: int
    known: int
    uncertain: int = 0
    hits: int = 0
    upper: Decimal | None = None


@dataclass(frozen=True)
class Table:
    """One metric crossed by dimensions, for `by: [[commune], [commune, force]]` one Table of each metric and entry.

    `cells` holds the inner cells that have rows, by full key; `margins` every combination with one or more None: the
    key of Nones alone is the figure itself. `additive`: the cells of a line sum to its margin. That is not so for
    distinct counts, shares, medians, nor where a row stands in several cells (`several`, a dimension that is a set).
    """

    metric: str
    dimensions: tuple[str, ...]
    cells: Mapping[Key, Drawn]
    margins: Mapping[Key, Drawn]
    additive: bool = True
    several: frozenset[str] = frozenset()

    @property
    def total(self) -> Drawn:
        """The figure of all rows."""
        return self.margins[(None,) * len(self.dimensions)]


@dataclass(frozen=True)
class Shielded:
    """One figure after protection. `value` is None where it is hidden or not known; `reason` says by which rule.

    `known` and `hits` are what a share, mean or median rests on, for what it tells beside others; never shown.
    """

    value: Decimal | None
    suppressed: bool = False
    reason: str = ""
    known: int = field(default=0, compare=False)
    hits: int = field(default=0, compare=False)


@dataclass(frozen=True)
class ShieldedTable:
    """A table after protection: every key of its cells and margins."""

    metric: str
    dimensions: tuple[str, ...]
    cells: Mapping[Key, Shielded]


@dataclass(frozen=True)
class Protected:
    """What may be shown of a period: each figure by metric, and its tables in the order in which they were given."""

    figures: Mapping[str, Shielded]
    tables: Sequence[ShieldedTable] = field(default=())
