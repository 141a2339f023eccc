"""One figure of a summary as its page shows it: value, what it is compared with, how rare it is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from pipeline.rendering.languages import Language, language
from pipeline.summaries import SummaryResult, words
from pipeline.summaries.definitions import Definition, Metric
from pipeline.summaries.facts import Fact
from pipeline.summaries.periods import Period


@dataclass(frozen=True)
class FigureView:
    """`value` is None where it is not known; `steps` are pairs of what it is compared with and that value."""

    name: str
    noun: str
    value: str | None
    suppressed: bool
    code: str
    rows: int
    unknown: int
    base: int | None
    steps: list[tuple[str, str]]
    record: tuple[str, str] | None  # most or least, and since when


def title_of(definition: Definition, span: Period, lang: str) -> str:
    """The summary's title with its period, in the reader's language or the first there is."""
    said = definition.title.get(lang) or next(iter(definition.title.values()))
    return said.replace("{period}", span.named(language(lang)))


def figure_views(result: SummaryResult, lang: str) -> list[FigureView]:
    """Every figure of a summary, in its order."""
    return [_view(result, name, lang) for name in result.definition.metrics]


def _view(result: SummaryResult, name: str, lang: str) -> FigureView:
    metric, fact, spoken = result.definition.metrics[name], result.facts[name], language(lang)
    figure = result.figures[name]
    return FigureView(
        name,
        _noun(metric, fact, name, lang),
        None if fact.value is None else _written(fact.value, fact, spoken),
        fact.suppressed,
        figure.code,
        sum(one["rows"] for one in figure.sources),
        fact.unknown,
        fact.base,
        _steps(result, fact, spoken),
        (fact.record.kind, fact.record.since.named(spoken)) if fact.record else None,
    )


def _noun(metric: Metric, fact: Fact, name: str, lang: str) -> str:
    """The noun alone; the metric's name where it has none in this language."""
    if lang not in metric.noun:
        return name
    form = words.noun(metric.noun[lang], fact.value if fact.value is not None else Decimal(2), lang)
    return (form if "#" in form else metric.noun[lang]["other"]).replace("#", "").replace("%", "").strip()


def _written(value: Decimal, fact: Fact, lang: Language) -> str:
    number = words.number(value, lang)
    return f"{number}\u00a0%" if fact.kind == "share" else number


def _steps(result: SummaryResult, fact: Fact, lang: Language) -> list[tuple[str, str]]:
    """The periods compared with, each with its value; a mean of several by how many they are."""
    setting, found = result.setting, []
    for period, value in ((setting.previous, fact.previous), (setting.last_year, fact.last_year)):
        if period is not None and value is not None:
            found.append((period.named(lang), _written(value, fact, lang)))
    if setting.mean and fact.mean is not None:
        between = f"{setting.mean[0].named(lang)} – {setting.mean[-1].named(lang)}"
        found.append((f"⌀ {between}", _written(fact.mean, fact, lang)))
    return found
