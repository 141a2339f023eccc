"""Figures, protected, as facts: with their floor and base, what they may be compared with, and how rare they are."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from pipeline.summaries.definitions import Definition, Metric
from pipeline.summaries.disclosure.shielding import FEW, finer
from pipeline.summaries.facts import Fact, Setting
from pipeline.summaries.history import History, mean
from pipeline.summaries.parts import rounded
from pipeline.summaries.periods import Period
from pipeline.summaries.tables import Drawn, Protected, Shielded

Values = Mapping[str, Decimal | None]


def facts(history: History, setting: Setting, drawn: Mapping[str, Drawn], guarded: Protected) -> dict[str, Fact]:
    """Each metric as a fact, in the order of the definition."""
    definition = history.reader.definition
    earlier = {
        "previous": _values(history, setting.previous),
        "last_year": _values(history, setting.last_year),
        "mean": _mean(definition, [_values(history, one) for one in setting.mean]),
    }
    return {
        name: _fact(history, name, drawn, guarded, {how: found.get(name) for how, found in earlier.items()})
        for name in definition.metrics
    }


def _fact(history: History, name: str, drawn: Mapping[str, Drawn], guarded: Protected,
          earlier: Mapping[str, Decimal | None]) -> Fact:  # fmt: skip
    definition = history.reader.definition
    metric = definition.metrics[name]
    one = drawn.get(name, Drawn(None, 0, 0))
    own = shielded(definition, name, guarded.figures, history.span)
    value = own.value
    record, streak, first = history.standing(name, value)
    return Fact(
        value,
        floor=metric.floor or one.uncertain > 0,
        suppressed=own.reason == FEW,
        withheld=own.suppressed and own.reason != FEW,
        kind=metric.kind,
        decimals=metric.places,
        unknown=max(one.selected - one.known, 0) if metric.unknown == "show" else 0,
        base=one.known if metric.kind in {"share", "level"} else None,
        record=record,
        streak=streak,
        first=first,
        upper=_upper(definition, history.span, name, one) if value is not None else None,
        **{how: found if value is not None else None for how, found in earlier.items()},
    )


def _upper(definition: Definition, span: Period, name: str, one: Drawn) -> Decimal | None:
    """The upper end that may be told: none where not everything was seen, nor of people finer than month and area."""
    guarded = definition.counts_people(name) and finer(definition, span, name)
    return None if guarded or definition.metrics[name].floor or one.upper == one.value else one.upper


def shielded(definition: Definition, name: str, figures: Mapping[str, Shielded], span: Period) -> Shielded:
    """A figure after protection; one figure per another is made of protected ones alone, so it tells no more."""
    metric = definition.metrics[name]
    if metric.how != "rate":
        return figures[name]
    over, under = figures[metric.rate or ""], figures.get(metric.per or "")
    if over.suppressed or (under and under.suppressed):
        return Shielded(None, suppressed=True, reason="derived")
    return Shielded(_rate(metric, over.value, under.value if under else Decimal(span.days)))


def _rate(metric: Metric, over: Decimal | None, under: Decimal | None) -> Decimal | None:
    if over is None or not under or (metric.per != "day" and under < metric.base):
        return None
    return rounded(over / under, metric.places)


def _values(history: History, period: Period | None) -> dict[str, Decimal | None]:
    """The figures of an earlier period that may be shown."""
    if period is None:
        return {}
    definition = history.reader.definition
    figures = history.guarded(period).figures
    return {name: shielded(definition, name, figures, period).value for name in definition.metrics}


def _mean(definition: Definition, found: list[dict[str, Decimal | None]]) -> dict[str, Decimal | None]:
    return {name: mean([one[name] for one in found]) for name in definition.metrics} if found else {}
