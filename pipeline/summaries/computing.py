"""The figures of a period: drawn from the store, checked, protected, worded, and kept with their provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from pipeline.errors import Refused
from pipeline.models import Summary
from pipeline.summaries import asking, checks, definitions, disclosure, keeping, periods, stating, tracing
from pipeline.summaries.checks import Check
from pipeline.summaries.definitions import Definition
from pipeline.summaries.drawing import Reader, vendor
from pipeline.summaries.facts import Fact, Setting
from pipeline.summaries.history import History, reaches_back_to
from pipeline.summaries.periods import Period
from pipeline.summaries.speaking import spoken
from pipeline.summaries.tables import Drawn, Protected
from pipeline.summaries.tracing import Traced
from publishers._sentences import _

Series = tuple[tuple[Period, Decimal | None], ...]


@dataclass(frozen=True)
class Shown:
    """One figure as it may be shown: `text` in French, `sources` the files behind it, `code` printed on the card."""

    value: int | float | None
    text: str
    suppressed: bool
    sources: tuple[dict[str, Any], ...]
    code: str


@dataclass(frozen=True)
class SummaryResult:
    """A summary computed and stored (`row`), with what cards and alt texts are worded from."""

    row: Summary
    name: str
    period: str
    figures: dict[str, Shown]
    sentences: dict[str, dict[str, str]]
    definition: Definition
    span: Period
    facts: dict[str, Fact]
    series: Series
    setting: Setting
    tables: tuple[dict[str, Any], ...]
    checks: tuple[Check, ...]

    def as_json(self) -> dict[str, Any]:
        """The shape of `portevoix summary --json`."""
        return {
            "name": self.name,
            "period": self.period,
            "figures": {
                name: {"value": one.value, "text": one.text, "suppressed": one.suppressed, "sources": list(one.sources)}
                for name, one in self.figures.items()
            },
            "sentences": self.sentences,
        }


def compute(name: str, period: str | None = None, *, today: date | None = None) -> SummaryResult:
    """The summary `name` of a period ("2026-10"; by default the last complete one), stored with its provenance.

    The same rows and the same definition give the stored Summary again. Raises Refused for a period without rows, a
    figure that cannot be, a required sentence that cannot be said, or an unknown name.
    """
    return of(definitions.load(name), period, today=today)


def of(definition: Definition, period: str | None = None, *, today: date | None = None) -> SummaryResult:
    """The same of a definition that is already read."""
    today = today or timezone.localdate()
    span = periods.asked(period, definition.period, today)
    with transaction.atomic():
        reader = _reader(definition, span)
        span = reader.bounded(span)
        _refuse_empty(reader, span)
        history = History(reader, span, today)
        drawn, named = _drawn(reader, history)
        tables = reader.tables(span)
        fired = checks.run(reader, history, drawn, tables)
        guarded = history.protected[span] = disclosure.guard(definition, span, drawn, tables)
        setting = history.setting()
        facts = stating.facts(history, setting, drawn, guarded)
        draft = keeping.Draft(
            definition, span, facts, _traced(definition, span, drawn, named), spoken(definition, setting, facts),
            _series(history), keeping.told(reader, span, guarded), tuple(fired),
        )  # fmt: skip
        row = keeping.stored(draft)
        disclosure.note(row, definition, _told(history, setting))
        reader.keep()
    return _result(row, draft, setting)


def sql_text(name: str, period: str | None = None, *, today: date | None = None) -> str:
    """The statements that a summary runs, one for each figure, for a person to read."""
    definition = definitions.load(name)
    span = periods.asked(period, definition.period, today or timezone.localdate())
    return "\n\n".join(f"-- {name}\n{query.shown()}" for name, query in tracing.statements(definition, span).items())


def _reader(definition: Definition, span: Period) -> Reader:
    start = reaches_back_to(definition, span)
    if start is None:
        return Reader.of(definition, None, None)
    return Reader.of(definition, start, span.end)


def _refuse_empty(reader: Reader, span: Period) -> None:
    census, definition = reader.census(span), reader.definition
    if not census.held:
        raise Refused(
            _(
                "The store holds no row of {dataset} for {period}: import the records of that period first.",
                dataset=definition.dataset,
                period=span.code,
            )
        )
    if not census.usable:
        published = definition.rows.publishable
        raise Refused(
            _(
                "None of the {n} rows of {period} may be published: their {column} must be {values}.",
                n=census.held,
                period=span.code,
                column=published.column if published else "",
                values=", ".join(published.values) if published else "",
            )
        )


def _drawn(reader: Reader, history: History) -> tuple[dict[str, Drawn], dict[str, tuple[int, ...]]]:
    """The figures of the span, before protection, and the rows that sql metrics name themselves."""
    drawn, named = dict(history.figures(history.span)), {}
    for name, metric in reader.definition.metrics.items():
        if metric.how == "sql":
            drawn[name], named[name] = asking.answered(reader.definition, name, history.span, vendor())
    return drawn, named


def _traced(
    definition: Definition, span: Period, drawn: Mapping[str, Drawn], named: Mapping[str, tuple[int, ...]]
) -> dict[str, Traced]:
    queries, origins = tracing.statements(definition, span), tracing.origins(definition, span, named)
    nothing = Drawn(None, 0, 0)
    return {name: Traced(drawn.get(name, nothing), queries[name], origins[name]) for name in definition.metrics}


def _series(history: History) -> Series:
    """The main figure's periods, oldest first; None where the store holds no publishable row, which is not zero."""
    series, span = history.reader.definition.series, history.span
    if series is None:
        return ()
    every = [span.before(number) for number in reversed(range(series.length))]
    return tuple(
        (one, history.shown(one, series.metric) if history.reader.census(one).usable else None) for one in every
    )


def _told(history: History, setting: Setting) -> dict[Period, tuple[Protected, str]]:
    """The periods of which figures are told, with "" or the one metric that is: the chart's."""
    series = history.reader.definition.series
    compared = [one for one in (setting.span, setting.previous, setting.last_year, *setting.mean) if one]
    bars = [setting.span.before(number) for number in range(series.length)] if series else []
    found = {one: (history.guarded(one), series.metric if series else "") for one in bars}
    return found | {one: (history.guarded(one), "") for one in compared}


def _result(row: Summary, draft: keeping.Draft, setting: Setting) -> SummaryResult:
    figures = {
        one.name: Shown(
            value=_plain(one.value),
            text=one.text,
            suppressed=one.suppressed,
            sources=tuple(one.provenance["sources"]),
            code=one.code,
        )
        for one in row.figures.order_by("pk")
    }
    return SummaryResult(
        row, draft.definition.summary, draft.span.code, figures, draft.sentences, draft.definition, draft.span,
        draft.facts, draft.series, setting, tuple(draft.tables), draft.checks,
    )  # fmt: skip


def _plain(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
