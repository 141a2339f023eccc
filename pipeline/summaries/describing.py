"""The long description of a card and the table of its chart, made from exactly the data that was drawn.

Four levels are told apart (Lundgard and Satyanarayan, 2021): what the picture is, its numbers and extremes, its trend,
what it means. The first three are said here, the fourth is the text's; the short form is an editor's wording
(`showing.alt_text`). No number stands here that is not drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from html import escape
from typing import Any

from pipeline.rendering.formats import number
from pipeline.rendering.languages import Language, language
from pipeline.summaries.words.cardinals import capital

LARGE = ("title", "headline", "quote", "qualifier", "figure", "label")  # what cards print large, in reading order
POINTS = ("bars", "trend", "rows", "points", "parts")  # charts of one value each
LONGEST = 1500  # characters; what screen readers and networks still take as a description


def long_alt(data: Mapping[str, Any], lang: str) -> str:
    """What the card shows, in sentences: its words, each bar, the lowest and the highest, its source.

    Over 1,500 characters the bars are left to the table; the extremes stay.
    """
    spoken = language(lang)
    head = ", ".join(str(data[name]) for name in ("tag", "place") if data.get(name)) + "."
    figure = " ".join(str(data[name]) for name in LARGE if data.get(name)) + "."
    words = [head, capital(figure), data.get("body", ""), *_chart(data, spoken), data.get("source", "")]
    whole = " ".join(filter(None, words))
    return whole if len(whole) <= LONGEST else " ".join(filter(None, [*words[:3], _extremes(data, spoken), words[-1]]))


def _chart(data: Mapping[str, Any], lang: Language) -> list[str]:
    rows = table(data, lang.code)
    if not rows:
        return []
    told = lang.words["semicolon"].join(f"{period} {value}" for period, value in rows)
    return [lang.words["bars"].replace("{n}", told), _extremes(data, lang)]


def _extremes(data: Mapping[str, Any], lang: Language) -> str:
    """The lowest and the highest bar; of equal ones the first."""
    known = [(Decimal(str(value)), name) for name, value in _bars(data) if value is not None]
    if len(known) < 2:
        return ""
    (least, then), (most, when) = min(known, key=lambda one: one[0]), max(known, key=lambda one: one[0])
    text = lang.words["extremes"]
    for place, said in {"{a}": number(least, lang), "{b}": then, "{c}": number(most, lang), "{d}": when}.items():
        text = text.replace(place, said)
    return text


def table(data: Mapping[str, Any], lang: str) -> list[tuple[str, str]]:
    """The bars of the card as (period, value), oldest first; nothing for a card without bars."""
    spoken = language(lang)
    return [
        (name, spoken.words["not_known"] if value is None else number(Decimal(str(value)), spoken))
        for name, value in _bars(data)
    ]


def _bars(data: Mapping[str, Any]) -> list[tuple[str, float | None]]:
    """Each value of the card's chart by its label and year: the year is drawn where it begins, and holds on."""
    found, year = [], ""
    for bar in (bar for chart in POINTS for bar in data.get(chart) or ()):
        year = bar.get("year") or year
        found.append((" ".join(filter(None, (str(bar["label"]), str(year)))), bar.get("value")))
    found += [(row["label"], row["value"]) for row in (data.get("units") or {}).get("rows", ())]
    return found + _compared(data)


def _compared(data: Mapping[str, Any]) -> list[tuple[str, float | None]]:
    """Each value of a chart that compares two times, by what was counted and when."""
    lines, groups = data.get("lines") or {}, data.get("groups") or {}
    found = [
        (f"{month} {one['name']}", value)
        for one in lines.get("series", ())
        for month, value in zip(lines["months"], one["values"], strict=False)
    ]
    return found + [
        (f"{group['label']} {name}", value)
        for group in groups.get("groups", ())
        for name, value in zip(groups["series"], group["values"], strict=False)
    ]


def table_html(data: Mapping[str, Any], lang: str) -> str:
    """The table as HTML, to be pasted beside the picture on a page; "" for a card without bars."""
    rows = table(data, lang)
    if not rows:
        return ""
    named = (data.get("label") or data.get("title"), data.get("place"))
    caption = escape(", ".join(filter(None, named)))
    cells = "".join(f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>' for name, value in rows)
    return f'<table lang="{lang}" dir="{language(lang).dir}"><caption>{caption}</caption><tbody>{cells}</tbody></table>'
