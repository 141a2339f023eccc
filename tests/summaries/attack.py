"""Someone who reads everything that is published and works out what is hidden: HiGHS, an outside solver, does the sums.

Nothing here uses our own solver. What is published becomes equations over whole unknowns; for each hidden number the
least and the greatest value that agrees with all of it is looked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import highspy

INFINITE = highspy.kHighsInf
Sum = Mapping[int, float]  # unknown -> factor


@dataclass
class Reader:
    """Unknown whole counts, and what was read of them."""

    unknowns: int
    facts: list[tuple[Sum, float, float]] = field(default_factory=list)

    def learns(self, sum_: Sum, low: float, high: float) -> None:
        self.facts.append((sum_, low, high))

    def equals(self, unknowns: Iterable[int], value: float) -> None:
        self.learns(dict.fromkeys(unknowns, 1.0), value, value)

    def change(self, before: Iterable[int], after: Iterable[int], shown: int) -> None:
        """A change rounded to a whole percentage."""
        self.percentage(after, before, 100 + shown)

    def percentage(self, part: Iterable[int], whole: Iterable[int], shown: int) -> None:
        """A percentage rounded to a whole number: (shown ± ½) % of the whole."""
        for factor, low, high in ((shown - 0.5, 0.0, INFINITE), (shown + 0.5, -INFINITE, 0.0)):
            sum_: dict[int, float] = {}
            for one in part:
                sum_[one] = sum_.get(one, 0.0) + 100.0
            for one in whole:
                sum_[one] = sum_.get(one, 0.0) - factor
            self.learns(sum_, low, high)

    def model(self, *, whole: bool) -> highspy.Highs:
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("threads", 1)
        for one in range(self.unknowns):
            solver.addVar(0.0, INFINITE)
            if whole:
                solver.changeColIntegrality(one, highspy.HighsVarType.kInteger)
        for sum_, low, high in self.facts:
            solver.addRow(low, high, len(sum_), list(sum_), list(sum_.values()))
        return solver

    def interval(self, solver: highspy.Highs, wanted: Sequence[int]) -> tuple[int, int | None]:
        """The least and greatest value of a sum; None where it has no end."""
        found: list[int | None] = []
        for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
            for one in range(self.unknowns):
                solver.changeColCost(one, 1.0 if one in wanted else 0.0)
            solver.changeObjectiveSense(sense)
            solver.run()
            status = solver.getModelStatus()
            if status == highspy.HighsModelStatus.kOptimal:
                found.append(round(solver.getInfo().objective_function_value))
            else:
                assert status in (
                    highspy.HighsModelStatus.kUnbounded,
                    highspy.HighsModelStatus.kUnboundedOrInfeasible,
                ), solver.modelStatusToString(status)
                found.append(None)
        low, high = found
        assert low is not None
        return low, high


@dataclass(frozen=True)
class Secret:
    """A hidden number: the unknowns that it adds up, and how many of its values have to stay possible."""

    unknowns: Sequence[int]
    values: int


def solved(reader: Reader, hidden: Mapping[str, Secret], *, whole: bool = False) -> list[str]:
    """The hidden numbers of which too few values are possible, with what is left of each."""
    solver = reader.model(whole=whole)
    told = []
    for name, secret in hidden.items():
        low, high = reader.interval(solver, secret.unknowns)
        if high is not None and high - low + 1 < secret.values:
            told.append(f"{name}: {low} to {high}")
    return told
