"""Whether a definition fits its dataset and itself: names exist, values can occur, every language has its words.

Column names become SQL, so what is let through here is a declared name of plain letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from pipeline.errors import Refused
from pipeline.observations.cells import NO, YES
from pipeline.observations.datasets import Column, Dataset, fold
from pipeline.rendering.languages import languages
from pipeline.summaries.definitions.conditions import Condition
from pipeline.summaries.definitions.metrics import Metric
from pipeline.summaries.definitions.mistakes import Mistake, Place, unknown
from pipeline.summaries.definitions.model import CALENDAR, Definition, spoken
from publishers._sentences import Sentence, _

NUMBERS = {"count", "decimal", "amount", "age"}
ADDS_UP = {"count", "decimal", "amount"}


def mistakes(definition: Definition, name: str) -> Iterator[Mistake]:
    """Everything that is wrong with it, in the order of the file."""
    if definition.summary != name:
        yield Mistake(("summary",), _("write {name}, as the file is called", name=name))
    yield from _speaks(definition)
    try:
        dataset = definition.rows
    except Refused as refused:
        yield Mistake(("dataset",), refused.sentence)
        return
    if not dataset.date and definition.period.unit != "all":
        yield Mistake(("period", "unit"), _("the rows of {name} have no date: write all", name=definition.dataset))
    yield from _narrows(("where",), definition.where, dataset)
    for metric in definition.metrics:
        yield from _metric(definition, metric, dataset)
    yield from _crosses(definition, dataset)
    yield from _names(definition)
    yield from _wordings(definition)
    if definition.coverage:
        yield from _narrows(("coverage", "share"), definition.coverage.share, dataset)


# ------------------------------------------------------------------------------------------------------ words


def _speaks(definition: Definition) -> Iterator[Mistake]:
    wanted = set(definition.languages)
    for lang in sorted(wanted - set(languages())):
        yield Mistake(("languages",), _("{lang} is not in config/languages.toml", lang=lang))
    for place, texts in spoken(definition).items():
        missing = sorted(set.union(set(), *(wanted - set(text) for text in texts)))
        if missing:
            yield Mistake(tuple(place.split(".")), _("the words in {languages} are missing", languages=missing))


def _wordings(definition: Definition) -> Iterator[Mistake]:
    """Places, conditions and forms that stand for nothing, and outputs of sentences that there are not."""
    from pipeline.summaries.words.naming import Named, strange  # it knows the definition's parts

    if set(definition.languages) <= set(languages()):
        for place, sentence in strange(Named(definition.sha256, definition)):
            yield Mistake(place, sentence)
    for name, output in definition.outputs.items():
        for part in output.parts:
            if part not in definition.say:
                yield Mistake(("outputs", name, "parts"), unknown(part, definition.say, _("the sentence")))


# ---------------------------------------------------------------------------------------------------- metrics


def _metric(definition: Definition, name: str, dataset: Dataset) -> Iterator[Mistake]:
    metric, place = definition.metrics[name], ("metrics", name)
    if metric.column:
        yield from _column(dataset, metric.column, (*place, metric.how), _measured(metric))
    for column in metric.columns:
        yield from _column(dataset, column, (*place, "columns"), frozenset())
    yield from _narrows((*place, "where"), metric.where, dataset)
    yield from _narrows((*place, "share"), metric.share or {}, dataset)
    for word in ("rate", "per", "part_of"):
        said = getattr(metric, word)
        if said and not (word == "per" and said == "day"):
            yield from _metric_named(definition, said, (*place, word), derived=False)


def _measured(metric: Metric) -> frozenset[str]:
    """The types of column that can be counted so; none named: any."""
    if metric.how == "distinct":
        return frozenset()
    return frozenset(ADDS_UP if metric.how == "sum" else NUMBERS)


def _metric_named(definition: Definition, name: str, place: Place, *, derived: bool = True) -> Iterator[Mistake]:
    if name not in definition.metrics:
        yield Mistake(place, unknown(name, definition.metrics, _("the metric")))
    elif not derived and definition.metrics[name].how == "rate":
        yield Mistake(place, _("{name} is itself one figure per another: name one that is counted", name=name))


def _column(dataset: Dataset, name: str, place: Place, types: frozenset[str]) -> Iterator[Mistake]:
    known = {*dataset.columns, *dataset.derived}
    if name not in known or not re.fullmatch(r"[a-z](?:_?[a-z0-9])*", name):
        yield Mistake(place, unknown(name, known, _("the column")))
    elif types and (name in dataset.derived or dataset.columns[name].type not in types):
        yield Mistake(place, _("the column {name} holds no numbers to take a {how} of", name=name, how=place[-1]))


def _names(definition: Definition) -> Iterator[Mistake]:
    """Metrics and sentences that other parts name."""
    checks, records, series = definition.checks, definition.records, definition.series
    named: list[tuple[Place, str]] = [(("checks", "max_change", one), one) for one in checks.max_change]
    named += [(("checks", "bounds", one), one) for one in checks.bounds]
    named += [(("records", "metrics"), one) for one in (records.metrics if records else ())]
    named += [(("series", "metric"), series.metric)] if series else []
    named += [(("cards", name, "figure"), card.figure) for name, card in definition.cards.items()]
    for place, metric in named:
        yield from _metric_named(definition, metric, place)
    for name, card in definition.cards.items():
        if card.source not in definition.say or not any(one.required for one in definition.say[card.source]):
            yield Mistake(("cards", name, "source"), _("it names a sentence of “say” that is required"))
    if definition.internal and definition.cards:
        yield Mistake(("cards",), _("an internal summary has no cards: they would leave"))


# ------------------------------------------------------------------------------------------------- dimensions


def _crosses(definition: Definition, dataset: Dataset) -> Iterator[Mistake]:
    for number, by in enumerate(definition.by):
        for dimension in by.dimensions:
            place: Place = ("by", number, "dimensions")
            if dimension in CALENDAR and dataset.date:
                continue
            if dimension.startswith("date."):
                yield Mistake(place, unknown(dimension, CALENDAR, _("the part of the date")))
                continue
            found = list(_column(dataset, dimension, place, frozenset()))
            yield from found
            if not found and not definition.internal and _never(definition, dataset, dimension):
                yield Mistake(place, _("{name} never leaves the store: nothing is crossed by it, except in a summary "
                                       "that is internal", name=dimension))  # fmt: skip
        for metric in by.metrics:
            yield from _metric_named(definition, metric, ("by", number, "metrics"), derived=False)
    for column in (*definition.protect.never, *filter(None, [definition.protect.smallest_area])):
        yield from _column(dataset, column, ("protect", "never"), frozenset())


def _never(definition: Definition, dataset: Dataset, column: str) -> bool:
    declared = dataset.columns.get(column)
    return column in definition.protect.never or (declared is not None and declared.sensitive)


# ------------------------------------------------------------------------------------------------- conditions


def _narrows(place: Place, conditions: Mapping[str, Condition], dataset: Dataset) -> Iterator[Mistake]:
    for name, condition in conditions.items():
        found = list(_column(dataset, name, (*place, name), frozenset()))
        yield from found
        for value in () if found else (*condition.values, *filter(None, (condition.least, condition.most))):
            if wrong := _cannot_be(value, name, dataset, ranged=condition.ranged):
                yield Mistake((*place, name), wrong)


def _cannot_be(value: str, name: str, dataset: Dataset, *, ranged: bool) -> Sentence | None:
    """Why no cell of the column can hold the value, or None."""
    if name in dataset.derived:
        known = set(dataset.derived[name].values.values())
        return None if value in known else unknown(value, known, _("the value"))
    column = dataset.columns[name]
    if column.type == "yes_no":
        said = value.casefold() in YES | NO
        return None if said else unknown(value, ("oui", "non"), _("the value"))
    if (column.closed or column.type == "set") and fold(value) not in column.spellings:
        return unknown(value, column.synonyms, _("the value"))
    if column.type in NUMBERS | {"weekday"} and not _is_number(value):
        return _("{value} is no number", value=value)
    if column.type == "date" and not _is_date(value):
        return _("{value} is no date: write it as 2026-10-14", value=value)
    return _no_order(name) if ranged and not _ordered(column) else None


def _no_order(name: str) -> Sentence:
    return _("the column {name} has no order to compare by: name values", name=name)


def _ordered(column: Column) -> bool:
    return column.type in NUMBERS | {"date", "time", "weekday"}


def _is_number(text: str) -> bool:
    try:
        return Decimal(text).is_finite()
    except InvalidOperation:
        return False


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
