"""The tables of a summary as its page shows them: one for each entry of `by`, its metrics side by side."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from pipeline.rendering.languages import language
from pipeline.summaries import SummaryResult, words
from pipeline.summaries.compiling import NONE


@dataclass(frozen=True)
class Line:
    """One place: its words, and each metric's value; `margin` where it sums several places."""

    places: list[str]
    values: list[str]
    margin: bool


@dataclass
class Crossed:
    """One table for people."""

    dimensions: list[str]
    metrics: list[str]
    lines: list[Line] = field(default_factory=list)


def crossings(result: SummaryResult, lang: str) -> list[Crossed]:
    """Every table of a summary."""
    grouped: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for one in result.tables:
        grouped.setdefault(tuple(one["dimensions"]), []).append(one)
    return [_crossed(result, list(dimensions), tables, lang) for dimensions, tables in grouped.items()]


def _crossed(result: SummaryResult, dimensions: list[str], tables: list[dict[str, Any]], lang: str) -> Crossed:
    titles = [_title(result, one, lang) for one in dimensions]
    found = Crossed(titles, [_metric(result, one["metric"], lang) for one in tables])
    cells = [{tuple(key): (value, hidden) for key, value, hidden in one["cells"]} for one in tables]
    keys = dict.fromkeys(key for one in cells for key in one)
    labels = tables[0]["labels"]
    for key in sorted(keys, key=lambda key: [(part is None, part or "") for part in key]):
        places = [_place(part, dimensions[n], labels[n]) for n, part in enumerate(key)]
        values = [_value(one.get(key), lang) for one in cells]
        found.lines.append(Line(places, values, margin=None in key))
    return found


def _metric(result: SummaryResult, name: str, lang: str) -> str:
    noun = result.definition.metrics[name].noun.get(lang)
    return noun["other"].replace("#", "").strip() if noun else name


def _title(result: SummaryResult, dimension: str, lang: str) -> str:
    """What a dimension is called: the part of the date; in French the column's first title, else its name."""
    calendar = {
        "date.day": _("day"), "date.week": _("week of"), "date.month": _("month"), "date.quarter": _("quarter"),
        "date.year": _("year"), "date.weekday": _("day of the week"),
    }  # fmt: skip
    if dimension in calendar:
        return calendar[dimension]
    column, plain = result.definition.rows.columns.get(dimension), dimension.replace("_", " ")
    return next(iter(column.titles), plain) if column and lang == "fr" else plain


def _place(part: str | None, dimension: str, spelled: dict[str, str]) -> str:
    if part is None:
        return _("all")
    if not part:
        return _("not known")
    if part == NONE:
        return _("none")
    if dimension == "date.weekday":
        return date_format(date(2024, 1, int(part)), "l")  # the first of January 2024 was a Monday
    if dimension in {"date.week", "date.day"}:
        return date_format(date.fromisoformat(part), "j F Y")
    if dimension == "date.month":
        return date_format(date.fromisoformat(f"{part}-01"), "F Y")
    return spelled.get(part, part)


def _value(cell: tuple[float | None, bool] | None, lang: str) -> str:
    """A number; a dash where nothing is known, and a word where it may not be shown."""
    if cell is None:
        return words.number(Decimal(0), language(lang))
    value, hidden = cell
    if hidden:
        return _("withheld")
    return "–" if value is None else words.number(Decimal(str(value)), language(lang))
