"""A figure beside another one: a rise is said as what it is, "deux fois plus" only where it is exactly that."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from pipeline.rendering.formats import number, percent
from pipeline.rendering.languages import Language

BASE = 20  # no percentage of fewer than these: one case more would move it by five points or more
CHANGES = ("words", "base", "change", "percent")
TIMES = {Decimal(2): "double", Decimal(3): "triple", Decimal("0.5"): "half"}


def compared(name: str, value: Decimal | None, base: Decimal | None, lang: Language) -> dict[str, str | None]:
    """What may be said of a figure beside an earlier one, by placeholder; None where it may not."""
    if value is None or base is None:
        return {f"{name}.{one}": None for one in ("previous", *CHANGES)}
    share = _share(value, base)
    return {
        f"{name}.previous": number(base, lang),
        f"{name}.base": number(base, lang),
        f"{name}.change": number(abs(value - base), lang),
        f"{name}.percent": None if share is None else percent(abs(share), lang),
        f"{name}.words": in_words(value, base, lang),
    }


def in_words(value: Decimal, base: Decimal, lang: Language) -> str:
    """ "en hausse de 23 %", "deux fois plus", "autant", "stable"; of small numbers the step itself, no percentage."""
    said = lang.words
    if value == base:
        return said["same"]
    if base and (times := TIMES.get(value / base)):
        return said[times]
    share = _share(value, base)
    if share == 0:
        return said["stable"]
    step = number(abs(value - base), lang) if share is None else percent(abs(share), lang)
    return said["up" if value > base else "down"].replace("{n}", step)


def _share(value: Decimal, base: Decimal) -> Decimal | None:
    """The change in whole hundredths of the base; None on a small one."""
    if base < BASE:
        return None
    return ((value - base) * 100 / base).quantize(Decimal(1), ROUND_HALF_EVEN)
