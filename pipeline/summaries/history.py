"""A period beside earlier ones: which of them it may be compared with, and how rare its figures are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

from pipeline.summaries import columns, disclosure
from pipeline.summaries.definitions import Definition
from pipeline.summaries.drawing import Reader
from pipeline.summaries.facts import Coverage, Record, Setting
from pipeline.summaries.periods import Period
from pipeline.summaries.tables import Drawn, Protected

LONGEST = 400  # periods that a record is looked for in


def reaches_back_to(definition: Definition, span: Period) -> date | None:
    """The first day of all that a summary looks at; None where it is every row."""
    if span.unit == "all" or (definition.records and not definition.records.since):
        return None
    starts = [span.start, span.before().start, span.before(definition.mean_of).start]
    if definition.series:
        starts.append(span.before(definition.series.length - 1).start)
    if year := span.year_before():
        starts.append(year.start)
    if definition.records:
        starts.append(_since(definition.records.since))
    return min(starts)


def _since(text: str) -> date:
    return date.fromisoformat(f"{text}-01-01"[:10] if len(text) == 4 else f"{text}-01"[:10])


@dataclass
class History:
    """The periods of one summary, each drawn and judged once. `today` says which of them are over."""

    reader: Reader
    span: Period
    today: date
    drawn: dict[Period, dict[str, Drawn]] = field(default_factory=dict)
    protected: dict[Period, Protected] = field(default_factory=dict)
    judged: dict[Period, bool] = field(default_factory=dict)

    # ------------------------------------------------------------------------------------------- comparing

    def figures(self, period: Period) -> dict[str, Drawn]:
        """The figures of a period, before protection."""
        if period not in self.drawn:
            self.drawn[period] = self.reader.figures(period)
        return self.drawn[period]

    def guarded(self, period: Period) -> Protected:
        """The figures of a period, without those that may not be shown."""
        if period not in self.protected:
            self.protected[period] = disclosure.protect(self.reader.definition, period, self.figures(period), ())
        return self.protected[period]

    def shown(self, period: Period, metric: str) -> Decimal | None:
        """One figure of a period; None where it is not known, may not be shown or is none that is counted."""
        found = self.guarded(period).figures.get(metric)
        return found.value if found else None

    def comparable(self, period: Period) -> bool:
        """Whether a period is over, has publishable rows, was seen well enough and has no gap of days."""
        if period not in self.judged:
            self.judged[period] = self._comparable(period)
        return self.judged[period]

    def _comparable(self, period: Period) -> bool:
        if period.end > self.today or not self.reader.census(period).usable:
            return False
        coverage = self.coverage(period)
        gap = self.reader.definition.checks.no_gap_days
        return (coverage is None or coverage.enough) and (gap is None or self.longest_gap(period) <= gap)

    def coverage(self, period: Period) -> Coverage | None:
        """Which part of the rows the team saw; None where the definition does not ask, or there is no row to ask of."""
        rule, found = self.reader.definition.coverage, self.reader.coverage(period)
        if rule is None or found is None or found.value is None:
            return None
        exact = Decimal(found.hits) * 100 / found.known
        return Coverage(found.value, found.known, exact >= rule.minimum)

    def longest_gap(self, period: Period) -> int:
        """The most days in a row without any row, the ends of the period among them, up to today."""
        end = min(period.end, self.today)
        days = sorted(date.fromisoformat(day) for day in self.reader.census(period).days)
        edges = [period.start - timedelta(days=1), *(day for day in days if day < end), end]
        return max((after - before).days - 1 for before, after in pairwise(edges))

    def setting(self) -> Setting:
        """What all figures share, and the periods that they may be compared with."""
        span, definition = self.span, self.reader.definition
        fit = self.comparable(span) and span.unit != "all"
        before, year = span.before(), span.year_before()
        mean = [span.before(number) for number in range(definition.mean_of, 0, -1)]
        return Setting(
            span,
            over=span.end <= self.today,
            n_days=len(self.reader.census(span).days),
            coverage=self.coverage(span),
            previous=before if fit and "previous" in definition.compare and self.comparable(before) else None,
            last_year=year if self._asks(year, fit) else None,
            mean=tuple(mean) if fit and mean and all(map(self.comparable, mean)) else (),
        )

    def _asks(self, year: Period | None, fit: bool) -> bool:
        asked = "same_last_year" in self.reader.definition.compare
        return fit and asked and year is not None and self.comparable(year)

    # --------------------------------------------------------------------------------------------- records

    def run(self) -> list[Period]:
        """The comparable periods that end just before the span, without a gap between them, oldest first."""
        records = self.reader.definition.records
        if records is None or self.span.unit in {"all", "range"} or not self.comparable(self.span):
            return []
        first = _since(records.since) if records.since else self._first_day()
        found: list[Period] = []
        period = self.span.before()
        while period.start >= first and len(found) < LONGEST and self.comparable(period):
            found.append(period)
            period = period.before()
        return found[::-1]

    def _first_day(self) -> date:
        dated = [month for month in self.reader.stamps if month]
        return date.fromisoformat(columns.month_bounds(min(dated))[0]) if dated else self.span.start

    def standing(self, metric: str, value: Decimal | None) -> tuple[Record | None, int, bool]:
        """How rare a value is: its record, for how many steps it has risen or fallen, whether it never was before."""
        records = self.reader.definition.records
        if value is None or records is None or metric not in records.metrics:
            return None, 0, False
        run = self.run()
        values = _known(run, [self.shown(period, metric) for period in run])
        first = len(values) >= records.least and value > 0 and all(one == 0 for _period, one in values)
        return record(values, value, records.least), streak([one for _period, one in values], value), first


def _known(run: Sequence[Period], values: Sequence[Decimal | None]) -> list[tuple[Period, Decimal]]:
    """The end of the run whose values are all known and may be shown."""
    found: list[tuple[Period, Decimal]] = []
    for period, value in zip(reversed(run), reversed(values), strict=True):
        if value is None:
            break
        found.append((period, value))
    return found[::-1]


def record(earlier: Sequence[tuple[Period, Decimal]], value: Decimal, least: int) -> Record | None:
    """The record that a value is after at least `least` earlier ones that do not reach it; the latest first in time."""
    for kind in ("most", "least"):
        reached = [n for n, (_p, one) in enumerate(earlier) if (one >= value if kind == "most" else one <= value)]
        beaten = len(earlier) - 1 - reached[-1] if reached else len(earlier)
        if beaten >= least:
            since = earlier[reached[-1]][0] if reached else earlier[0][0]
            return Record("most" if kind == "most" else "least", since, not reached, beaten)
    return None


def streak(earlier: Sequence[Decimal], value: Decimal) -> int:
    """Of how many steps the rise (above zero) or fall (below) is that ends with the value."""
    steps = 0
    for before, after in zip(reversed(earlier), reversed([*earlier[1:], value]), strict=False):
        sign = (after > before) - (after < before)
        if not sign or (steps and (steps > 0) != (sign > 0)):
            break
        steps += sign
    return steps


def mean(values: Sequence[Decimal | None]) -> Decimal | None:
    """The mean of values that are all known, to one decimal."""
    known = [one for one in values if one is not None]
    if not known or len(known) != len(values):
        return None
    return (sum(known, Decimal(0)) / len(known)).quantize(Decimal("0.1"))
