"""Where a post's figures come from, in the reader's words: summary, period, metrics, files."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from django.utils import timezone

from pipeline.errors import Refused
from pipeline.models import Figure, Summary
from pipeline.rendering.languages import language
from pipeline.summaries import periods, words
from pipeline.summaries.definitions import Definition, load


@dataclass(frozen=True)
class SourceView:
    """A file that rows of a figure come from; `sha256` is that of its content, shortened."""

    file: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class FigureView:
    """One figure with the noun that its summary counts."""

    figure: Figure
    noun: str
    sources: list[SourceView]


@dataclass(frozen=True)
class SourcesView:
    """The summary of a post, titled as an editor titled it, and its figures."""

    title: str
    summary: Summary
    figures: list[FigureView]


def sources_view(summary: Summary | None, lang: str) -> SourcesView | None:
    """What the page says of the summary, in `lang`; names and codes where its definition is gone or was renamed."""
    if summary is None:
        return None
    definition = _definition(summary)
    figures = [
        FigureView(figure, _noun(figure, definition, lang), _sources(figure))
        for figure in summary.figures.order_by("pk")
    ]
    return SourcesView(_title(summary, definition, lang), summary, figures)


def figure_view(figure: Figure, lang: str) -> FigureView:
    """One figure with its noun, in `lang`."""
    return FigureView(figure, _noun(figure, _definition(figure.summary), lang), _sources(figure))


def _definition(summary: Summary) -> Definition | None:
    try:
        return load(summary.name)
    except Refused:
        return None


def _title(summary: Summary, definition: Definition | None, lang: str) -> str:
    if definition is None or lang not in definition.title:
        return f"{summary.name}, {summary.period}"
    try:
        period = periods.asked(summary.period, definition.period, timezone.localdate(summary.computed_at))
    except Refused:  # the definition counts in other periods now
        return f"{definition.title[lang].replace('{period}', summary.period)}"
    return definition.title[lang].replace("{period}", period.named(language(lang)))


def _noun(figure: Figure, definition: Definition | None, lang: str) -> str:
    metric = definition.metrics.get(figure.name) if definition else None
    if metric is None or lang not in metric.noun:
        return figure.name
    forms = metric.noun[lang]
    form = forms["other"] if figure.value is None else words.noun(forms, Decimal(figure.value), lang)
    return form.replace("#", "").strip()


def _sources(figure: Figure) -> list[SourceView]:
    return [
        SourceView(source["file"], source["rows"], source["sha256"][:8])
        for source in figure.provenance.get("sources", [])
    ]
