"""A computed summary into the store: the row there is for these rows and this definition, or a new one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from pipeline.hours import midnight
from pipeline.models import Figure, Import, Observation, Summary
from pipeline.summaries import columns, provenance, words
from pipeline.summaries.checks import Check
from pipeline.summaries.compiling import NONE
from pipeline.summaries.definitions import By, Definition
from pipeline.summaries.disclosure import allowing
from pipeline.summaries.drawing import Reader
from pipeline.summaries.facts import Fact
from pipeline.summaries.periods import Period
from pipeline.summaries.provenance import File
from pipeline.summaries.tables import Protected
from pipeline.summaries.tracing import Traced


@dataclass(frozen=True)
class Draft:
    """Everything that is kept of a summary."""

    definition: Definition
    span: Period
    facts: dict[str, Fact]
    traced: Mapping[str, Traced]
    sentences: dict[str, dict[str, str]]
    series: tuple[tuple[Period, Decimal | None], ...]
    tables: list[dict[str, Any]]
    checks: tuple[Check, ...]


def stored(draft: Draft) -> Summary:
    """The summary's row, with its figures."""
    definition, span = draft.definition, draft.span
    series = [{"period": period.code, "value": None if value is None else float(value)}
              for period, value in draft.series]  # fmt: skip
    rows = {name: [str(one.drawn.value), one.origin.sha256] for name, one in draft.traced.items()}
    told = [one.as_json() for one in draft.checks]
    shown = {name: [str(one.value), one.suppressed, one.withheld] for name, one in draft.facts.items()}
    fingerprint = provenance.digest(
        [definition.sha256, span.code, draft.sentences, series, rows, draft.tables, told, shown]
    )  # fmt: skip
    if known := Summary.objects.filter(fingerprint=fingerprint).first():
        return known
    row = Summary.objects.create(
        name=definition.summary,
        period=span.code,
        definition_sha256=definition.sha256,
        fingerprint=fingerprint,
        computed_at=timezone.now(),
        publish_from=_publish_from(definition, span),
        sentences=draft.sentences,
        series=series,
        tables=draft.tables,
        checks=told,
    )
    imports = {source for one in draft.traced.values() for source in one.origin.imports}
    row.imports.set(imports)
    files = {one.pk: File(one.file_name, one.sha256) for one in Import.objects.filter(pk__in=imports)}
    allowed = allowing.shown_by_name(definition.summary, span.code)
    for name, fact in draft.facts.items():
        applied = {"threshold": definition.protect.threshold, "applied": fact.suppressed or fact.withheld}
        _figure(row, name, fact, draft.traced[name], files, definition, applied | allowed.get(name, {}))
    return row


def _publish_from(definition: Definition, span: Period) -> datetime | None:
    """When what it tells of is old enough; the records as a whole are of no day."""
    return None if span.unit == "all" else midnight(span.end + timedelta(days=definition.protect.delay_days))


def _figure(
    row: Summary,
    name: str,
    fact: Fact,
    traced: Traced,
    files: dict[int, File],
    definition: Definition,
    suppression: dict[str, Any],
) -> Figure:
    drawn = traced.drawn
    return Figure.objects.create(
        summary=row,
        name=name,
        value=fact.value,
        text=words.shown(fact, "fr", definition.protect.threshold),
        suppressed=fact.suppressed or fact.withheld,
        code=provenance.code(f"{row.fingerprint}:{name}", lambda code: Figure.objects.filter(code=code).exists()),
        provenance=provenance.record(
            traced.query,
            traced.origin,
            files,
            definition={"name": definition.summary, "sha256": definition.sha256},
            cells={"selected": drawn.selected, "known": drawn.known, "uncertain": drawn.uncertain},
            **({"upper": str(fact.upper)} if fact.upper is not None else {}),
            floor=fact.floor,
            unit="%" if fact.kind == "share" else "",
            suppression=suppression,
        ),
    )


# ----------------------------------------------------------------------------------------------------- tables


def told(reader: Reader, span: Period, guarded: Protected) -> list[dict[str, Any]]:
    """The protected tables as the row keeps them: dimensions with their values as spelled, cells by key.

    {metric, dimensions: [name], labels: [{value: spelling}], cells: [[key, value, suppressed]]}; null in a key is all.
    """
    labels = {by.dimensions: _spelled(reader, by, span) for by in reader.definition.by}
    return [
        {
            "metric": table.metric,
            "dimensions": list(table.dimensions),
            "labels": labels[table.dimensions],
            "cells": [
                [list(key), None if one.value is None else float(one.value), one.suppressed]
                for key, one in sorted(table.cells.items(), key=lambda item: [value or "" for value in item[0]])
            ],
        }
        for table in guarded.tables
    ]


def _spelled(reader: Reader, by: By, span: Period) -> list[dict[str, str]]:
    """Each dimension's values as their first row spells them; columns hold them folded."""
    return [
        _spellings(reader, dimension, found)
        for dimension, found in zip(by.dimensions, reader.labels(by, span), strict=True)
    ]


def _spellings(reader: Reader, dimension: str, rows: Mapping[str, int]) -> dict[str, str]:
    dataset = reader.definition.rows
    said = "" if dimension.startswith("date.") else columns.kind(dataset, dimension)
    if said == "set":
        spelled = {columns.fold(one): one for one in dataset.columns[dimension].synonyms}
        return {value: spelled.get(value, value) for value in rows if value != NONE}
    if said not in {"text", "category"}:
        return dict(zip(rows, rows, strict=True))
    cells = dict(Observation.objects.filter(pk__in=rows.values()).values_list("pk", "values"))
    told = {pk: one[dimension]["value"] for pk, one in cells.items() if dimension in one}
    return {value: str(told.get(row, value)) for value, row in rows.items()}
