"""The figures and tables of people in a summary, taken apart into crossings whose numbers have names of their own.

A number is named by its metric and its categories, so that the same number in two tables is one, hidden in both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

from pipeline.summaries.disclosure.crossing import Crossing, Key, Level
from pipeline.summaries.tables import Drawn, Table

Name = tuple[str, frozenset[tuple[str, str]]]  # a metric, and a category of each of some dimensions
PART, REST = "part", "rest"
COARSE = frozenset({"date.month", "date.quarter", "date.year"})  # no finer than the month


@dataclass(frozen=True)
class Piece:
    """One metric crossed by dimensions, or with a `part` beside its rest in one dimension more.

    `whole` is its own total where its cells sum to more: rows may stand in several, or what is counted be met again.
    """

    metric: str
    dimensions: tuple[str, ...]
    counts: Mapping[Key, int]
    part: str | None = None
    whole: int | None = None

    def name(self, key: Key) -> Name:
        """What a number is called; the rest beside a part, which nobody is told, as a metric of its own."""
        places = zip(self.dimensions, key, strict=False)
        metric = self.metric
        if self.part is not None and (kind := key[len(self.dimensions)]) is not None:
            metric = self.part if kind == PART else f"{self.metric} - {self.part}"
        return metric, frozenset((dimension, one) for dimension, one in places if one is not None)

    def crossing(self, threshold: int, coarse: frozenset[str], fine: frozenset[str]) -> Crossing:
        """The numbers that are told of it; guarded are those finer than month and area, as `fine` metrics are alone."""
        levels = frozenset(product((True, False), repeat=len(self.dimensions) + (self.part is not None)))
        guarded = frozenset(level for level in levels if self._fine(level, coarse, fine))
        crossing = Crossing(self.counts, levels, guarded, threshold, whole=self.whole)
        crossing = replace(crossing, settled=crossing.empty)
        if self.part is None:
            return crossing
        return replace(crossing, unsaid=frozenset(key for key in crossing.numbers if key[-1] == REST))

    def _fine(self, level: Level, coarse: frozenset[str], fine: frozenset[str]) -> bool:
        named = (dimension for dimension, kept in zip(self.dimensions, level, strict=False) if kept)
        of_part = self.part in fine and level[-1]
        return self.metric in fine or of_part or any(dimension not in coarse | COARSE for dimension in named)


@dataclass(frozen=True)
class People:
    """What a summary tells of people: its metrics that add up, the part and whole of each, and its tables."""

    figures: Mapping[str, Drawn]
    wholes: Mapping[str, str]  # part -> whole, where both count people
    tables: Sequence[Table]

    def pieces(self) -> Iterator[Piece]:
        """Every piece, the figures before the tables, wide tables before those that they contain."""
        yield from self._of((), list(self.figures))
        filled = [one for one in self.tables if one.cells]
        for dimensions in sorted({one.dimensions for one in filled}, key=lambda one: (-len(one), one)):
            yield from self._of(dimensions, [one.metric for one in filled if one.dimensions == dimensions])

    def _of(self, dimensions: tuple[str, ...], metrics: Sequence[str]) -> Iterator[Piece]:
        """Each part beside its whole, then each metric by itself: what is decided by then stays so."""
        for name in metrics:
            if (whole := self.wholes.get(name)) in metrics and (both := self._pair(dimensions, str(whole), name)):
                yield both
        for name in metrics:
            yield from self._singly(dimensions, name)

    def shares(self) -> Iterator[Piece]:
        """Each percentage of people as the count that it stands for, beside the rest of its base, which is known."""
        filled = (one for one in self.tables if one.cells)
        for table in (*filled, *(_alone(name, one) for name, one in self.figures.items())):
            counts: dict[Key, int] = {}
            for key, one in table.cells.items():
                counts[(*key, PART)], counts[(*key, REST)] = one.hits, one.known - one.hits
            yield Piece(f"{table.metric} of", table.dimensions, counts, table.metric)

    def _pair(self, dimensions: tuple[str, ...], whole: str, part: str) -> Piece | None:
        """A whole and its part; None where they do not add up, cell by cell."""
        all_, some = self._cells(dimensions, whole), self._cells(dimensions, part)
        if all_ is None or some is None or any(some.get(key, 0) > all_.get(key, 0) for key in {*all_, *some}):
            return None
        counts = {(*key, PART): some.get(key, 0) for key in {**all_, **some}}
        return Piece(
            whole, dimensions, {**counts, **{(*key, REST): all_[key] - some.get(key, 0) for key in all_}}, part
        )

    def _singly(self, dimensions: tuple[str, ...], metric: str) -> Iterator[Piece]:
        if (cells := self._cells(dimensions, metric)) is not None:
            yield Piece(metric, dimensions, cells)
            return
        table = self._table[metric, dimensions]
        for place, dimension in enumerate(dimensions):
            line = _line(table, place)
            whole = min(count(table.total), sum(line.values()))
            yield Piece(metric, (dimension,), line, whole=None if whole == sum(line.values()) else whole)

    @cached_property
    def _table(self) -> dict[tuple[str, tuple[str, ...]], Table]:
        return {(one.metric, one.dimensions): one for one in self.tables}

    def _cells(self, dimensions: tuple[str, ...], metric: str) -> Mapping[Key, int] | None:
        """The cells of a metric where they add up to its margins; None where they do not."""
        if not dimensions:
            return {(): count(self.figures[metric])}
        table = self._table.get((metric, dimensions))
        if table is None or not table.additive:
            return None
        return {key: count(one) for key, one in table.cells.items()}


def _alone(metric: str, one: Drawn) -> Table:
    return Table(metric, (), {(): one}, {})


def _line(table: Table, place: int) -> dict[Key, int]:
    """The margins by one dimension; the cells where there is only one."""
    every = {**table.cells, **table.margins}
    alone = [key for key in every if key[place] is not None and sum(one is not None for one in key) == 1]
    return {(key[place],): count(every[key]) for key in alone}


def count(one: Drawn) -> int:
    """A drawn figure as a number of people; what is not known adds nothing to any total."""
    return int(one.value or 0)
