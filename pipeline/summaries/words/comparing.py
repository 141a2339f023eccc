"""A figure beside another one: a rise is said as what it is, "deux fois plus" only where it is exactly that."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from pipeline.rendering.formats import number, percent, points
from pipeline.rendering.languages import Language
from pipeline.summaries.definitions import Kind
from pipeline.summaries.facts import Fact

BASE = 20  # no percentage of fewer than these: one case more would move it by five points or more
COMPARED = ("previous", "last_year", "mean")
TIMES = {Decimal(2): "double", Decimal(3): "triple", Decimal("0.5"): "half"}


def comparisons(name: str, fact: Fact, lang: Language) -> dict[str, str | None]:
    """What may be said of a figure beside earlier ones, by placeholder; None where it may not.

    {x.previous} is the earlier figure, {x.vs_previous} the step in words, {x.vs_previous.change} the bare step and
    {x.vs_previous.percent} its size in hundredths; the same for last_year and mean. {x.change} is that of the previous.
    """
    found: dict[str, str | None] = {}
    for other in COMPARED:
        base = getattr(fact, other)
        known = fact.value is not None and base is not None
        found[f"{name}.{other}"] = _written(base, fact.kind, lang) if known else None
        found |= _beside(f"{name}.vs_{other}", fact.value if known else None, base, fact.kind, lang)
    return {**found, f"{name}.change": found[f"{name}.vs_previous.change"]}


def _beside(
    name: str, value: Decimal | None, base: Decimal | None, kind: Kind, lang: Language
) -> dict[str, str | None]:
    if value is None or base is None:
        return {name: None, f"{name}.change": None, f"{name}.percent": None}
    share, step = _share(value, base, kind), abs(value - base)
    return {
        name: in_words(value, base, kind, lang),
        f"{name}.change": points(step, lang) if kind == "share" else number(step, lang),
        f"{name}.percent": None if share is None else percent(abs(share), lang),
    }


def _written(value: Decimal, kind: Kind, lang: Language) -> str:
    return percent(value, lang) if kind == "share" else number(value, lang)


def in_words(value: Decimal, base: Decimal, kind: Kind, lang: Language) -> str:
    """ "en hausse de 23 %", "deux fois plus", "autant", "stable"; of small numbers the step itself, no percentage.

    Two shares differ by points, never by a percentage.
    """
    said = lang.words
    if value == base:
        return said["same"]
    if kind == "count" and base and (times := TIMES.get(value / base)):
        return said[times]
    share = _share(value, base, kind)
    if share == 0:
        return said["stable"]
    if kind == "share":
        step = points(abs(value - base), lang)
    else:
        step = number(abs(value - base), lang) if share is None else percent(abs(share), lang)
    return said["up" if value > base else "down"].replace("{n}", step)


def _share(value: Decimal, base: Decimal, kind: Kind) -> Decimal | None:
    """The change in whole hundredths of the base; None on a small one, and of what is a share itself."""
    if kind == "share" or base < BASE:
        return None
    return ((value - base) * 100 / base).quantize(Decimal(1), ROUND_HALF_EVEN)
