"""From a figure to its rows: which they are, from which imports, and by which statement it was drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.summaries import asking, compiling
from pipeline.summaries.compiling import Query
from pipeline.summaries.definitions import Definition
from pipeline.summaries.drawing import ask, vendor
from pipeline.summaries.periods import Period
from pipeline.summaries.provenance import Origin
from pipeline.summaries.tables import Drawn


@dataclass(frozen=True)
class Traced:
    """One figure as the store gives it, with the query and the rows that it comes from."""

    drawn: Drawn
    query: Query
    origin: Origin


def statements(definition: Definition, span: Period) -> dict[str, Query]:
    """The statement of each metric, for a person to read; of one per another the words that say so."""
    where = compiling.of_period(definition, span, vendor())
    found = {}
    for name, metric in definition.metrics.items():
        if metric.how == "rate":
            found[name] = Query(f"-- {metric.rate} / {metric.per}")
        elif metric.how == "sql":
            found[name] = asking.statement(definition, name, span, vendor())
        else:
            found[name] = compiling.grouped(definition, [name], (), where, vendor()).query
    return found


def origins(definition: Definition, span: Period, also: Mapping[str, tuple[int, ...]]) -> dict[str, Origin]:
    """The rows behind each metric, in one statement; `also` gives the ids that sql metrics named."""
    names = [name for name, metric in definition.metrics.items() if metric.how not in {"rate", "sql"}]
    chosen = {name: compiling.behind(definition, name, vendor()) for name in names}
    every = Query("1 = 1")
    distinct = list(dict.fromkeys([*chosen.values(), every]))
    told = ask(compiling.identities(definition, distinct, compiling.of_period(definition, span, vendor()), vendor()))
    by_query = {query: _ids([(row[0], row[1 + n]) for row in told]) for n, query in enumerate(distinct)}
    source_of = {one: source for source, ids in by_query[every].items() for one in ids}
    found = {name: _origin(by_query[query]) for name, query in chosen.items()}
    found |= {name: _named(ids, source_of) for name, ids in also.items()}
    for name, metric in definition.metrics.items():
        if metric.how == "rate":
            ids = {one for part in (metric.rate, metric.per) if part in found for one in found[part].ids}
            found[name] = _named(tuple(sorted(ids)), source_of)
    return {name: found[name] for name in definition.metrics}


def _ids(told: list[tuple[int, str | None]]) -> dict[int, list[int]]:
    """The ids by import."""
    return {int(source): [int(one) for one in ids.split(",")] for source, ids in told if ids}


def _origin(by_source: dict[int, list[int]]) -> Origin:
    ids = sorted(one for some in by_source.values() for one in some)
    return Origin(tuple(ids), Counter({source: len(some) for source, some in by_source.items()}))


def _named(ids: tuple[int, ...], source_of: Mapping[int, int]) -> Origin:
    return Origin(ids, Counter(source_of[one] for one in ids))
