"""The figures of a period: drawn from the store, protected, worded, and kept with their provenance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from pipeline.errors import Refused
from pipeline.hours import midnight
from pipeline.models import Figure, Import, Summary
from pipeline.summaries import compiling, definitions, disclosure, periods, provenance, words
from pipeline.summaries.compiling import Query, Vendor
from pipeline.summaries.definitions import Definition
from pipeline.summaries.facts import Fact
from pipeline.summaries.periods import Period
from pipeline.summaries.provenance import File, Origin
from pipeline.summaries.speaking import spoken
from pipeline.summaries.tables import Drawn
from publishers._sentences import _


@dataclass(frozen=True)
class Traced:
    """One figure as the store gives it, with the query and the rows that it comes from."""

    drawn: Drawn
    query: Query
    origin: Origin


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
    series: tuple[tuple[Period, Decimal | None], ...]

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
    part larger than its whole, a required sentence that cannot be said, or an unknown name.
    """
    definition = definitions.load(name)
    today = today or timezone.localdate()
    span = periods.asked(period, definition.period, today)
    with transaction.atomic():
        _refuse_empty(definition, span)
        drawn = {metric: _draw(definition, metric, span) for metric in definition.metrics}
        _refuse_parts_larger_than_wholes(definition, drawn)
        facts = _facts(definition, span, drawn, over=span.end <= today)
        series = tuple(_series(definition, span))
        sentences = spoken(definition, span, facts)
        row = _stored(definition, span, drawn, facts, sentences, series)
    return SummaryResult(row, name, span.code, _shown(row), sentences, definition, span, facts, series)


def sql_text(name: str, period: str | None = None, *, today: date | None = None) -> str:
    """The statements that a summary runs, one for each figure, for a person to read."""
    definition = definitions.load(name)
    span = periods.asked(period, definition.period, today or timezone.localdate())
    statements = (
        f"-- {metric}\n{compiling.metric(definition, metric, span, _vendor()).shown()}" for metric in definition.metrics
    )
    return "\n\n".join(statements)


# ---------------------------------------------------------------------------------------------------- drawing


def _vendor() -> Vendor:
    return "postgresql" if connection.vendor == "postgresql" else "sqlite"


def _ask(query: Query) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query.sql, query.params)
        return list(cursor.fetchall())


def _count(query: Query) -> int:
    return int(_ask(query)[0][0])


def _refuse_empty(definition: Definition, span: Period) -> None:
    rows = _count(compiling.held(definition, span, _vendor()))
    if not rows:
        raise Refused(
            _(
                "The store holds no row of {dataset} for {period}: import the records of that period first.",
                dataset=definition.dataset,
                period=span.code,
            )
        )
    if not _count(compiling.usable(definition, span, _vendor())):
        published = definition.records.publishable
        raise Refused(
            _(
                "None of the {n} rows of {period} may be published: their {column} must be {values}.",
                n=rows,
                period=span.code,
                column=published.column if published else "",
                values=", ".join(published.values) if published else "",
            )
        )


def _draw(definition: Definition, metric: str, span: Period) -> Traced:
    query = compiling.metric(definition, metric, span, _vendor())
    rows = [(int(row), int(source)) for row, source in _ask(compiling.rows(definition, metric, span, _vendor()))]
    return Traced(_value(definition, metric, span), query, provenance.origin(rows))


def _value(definition: Definition, metric: str, span: Period) -> Drawn:
    ((selected, known, uncertain, value),) = _ask(compiling.metric(definition, metric, span, _vendor()))
    return Drawn(_counted(selected, known, value), int(selected), int(known), int(uncertain))


def _counted(selected: int, known: int, value: Any) -> Decimal | None:
    """A sum over rows of which none is known is not known either; over no row at all it is zero."""
    return None if selected and not known else Decimal(str(value or 0))


def _refuse_parts_larger_than_wholes(definition: Definition, drawn: dict[str, Traced]) -> None:
    for name, metric in definition.metrics.items():
        whole = drawn[metric.part_of].drawn.value if metric.part_of else None
        part = drawn[name].drawn.value
        if whole is not None and part is not None and part > whole:
            raise Refused(
                _(
                    "{part} ({n}) is more than {whole} ({total}) of which it is a part: correct the rows and import "
                    "them again.",
                    part=name,
                    n=part,
                    whole=metric.part_of,
                    total=whole,
                )
            )


def _facts(definition: Definition, span: Period, drawn: dict[str, Traced], *, over: bool) -> dict[str, Fact]:
    """The figures, protected; compared with the previous period only when this one is over."""
    facts = shown(definition, span, {name: one.drawn for name, one in drawn.items()})
    before: dict[str, Fact] = {}
    if over and definition.compare and _count(compiling.usable(definition, span.before(), _vendor())):
        earlier = {name: _value(definition, name, span.before()) for name in definition.metrics}
        before = shown(definition, span.before(), earlier)
    return {
        name: replace(
            facts[name],
            floor=definition.metrics[name].floor or drawn[name].drawn.uncertain > 0,
            previous=before[name].value if name in before else None,
        )
        for name in definition.metrics
    }


def shown(definition: Definition, span: Period, drawn: dict[str, Drawn]) -> dict[str, Fact]:
    """The figures after disclosure control."""
    guarded = disclosure.protect(definition, span, drawn, ())
    return {name: Fact(one.value, suppressed=one.suppressed) for name, one in guarded.figures.items()}


def _series(definition: Definition, span: Period) -> list[tuple[Period, Decimal | None]]:
    """The main figure's periods, oldest first; None where the store holds no publishable row, which is not zero."""
    if definition.series is None:
        return []
    found = []
    for number in reversed(range(definition.series.length)):
        period = span.before(number)
        value = None
        if _count(compiling.usable(definition, period, _vendor())):
            drawn = {name: _value(definition, name, period) for name in definition.metrics}
            value = shown(definition, period, drawn)[definition.series.metric].value
        found.append((period, value))
    return found


# ---------------------------------------------------------------------------------------------------- storing


def _stored(
    definition: Definition,
    span: Period,
    drawn: dict[str, Traced],
    facts: dict[str, Fact],
    sentences: dict[str, dict[str, str]],
    series: tuple[tuple[Period, Decimal | None], ...],
) -> Summary:
    """The summary's row: the one there is for these rows and this definition, or a new one."""
    told = [{"period": period.code, "value": None if value is None else float(value)} for period, value in series]
    rows = {name: [str(one.drawn.value), one.origin.sha256] for name, one in drawn.items()}
    fingerprint = provenance.digest(
        [
            definition.sha256,
            span.code,
            sentences,
            told,
            rows,
        ]
    )
    if known := Summary.objects.filter(fingerprint=fingerprint).first():
        return known
    row = Summary.objects.create(
        name=definition.summary,
        period=span.code,
        definition_sha256=definition.sha256,
        fingerprint=fingerprint,
        computed_at=timezone.now(),
        publish_from=midnight(span.end + timedelta(days=definition.protect.delay_days)),
        sentences=sentences,
        series=told,
    )
    imports = {source for one in drawn.values() for source in one.origin.imports}
    row.imports.set(imports)
    files = {one.pk: File(one.file_name, one.sha256) for one in Import.objects.filter(pk__in=imports)}
    for name, fact in facts.items():
        _figure(row, name, fact, drawn[name], files, definition)
    return row


def _figure(
    row: Summary, name: str, fact: Fact, traced: Traced, files: dict[int, File], definition: Definition
) -> Figure:
    return Figure.objects.create(
        summary=row,
        name=name,
        value=fact.value,
        text=words.shown(fact, "fr", definition.protect.threshold),
        suppressed=fact.suppressed,
        code=provenance.code(f"{row.fingerprint}:{name}", lambda code: Figure.objects.filter(code=code).exists()),
        provenance=provenance.record(
            traced.query,
            traced.origin,
            files,
            definition={"name": definition.summary, "sha256": definition.sha256},
            cells={"selected": traced.drawn.selected, "known": traced.drawn.known, "uncertain": traced.drawn.uncertain},
            floor=fact.floor,
            suppression={"threshold": definition.protect.threshold, "applied": fact.suppressed},
        ),
    )


def _shown(row: Summary) -> dict[str, Shown]:
    return {
        one.name: Shown(
            value=_plain(one.value),
            text=one.text,
            suppressed=one.suppressed,
            sources=tuple(one.provenance["sources"]),
            code=one.code,
        )
        for one in row.figures.order_by("pk")
    }


def _plain(value: Decimal | None) -> int | float | None:
    if value is None:
        return None
    return int(value) if value == value.to_integral_value() else float(value)
