"""The columns of a bar chart: what the macro `bars()` draws, already in pixels and in the reader's order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from pipeline.errors import Refused
from pipeline.rendering.languages import Language
from publishers._sentences import _

MOST_BARS = 24
GAP = 0.24  # of a column's width
MARK = 9  # px on each side of the marked label
VALUE_DIGIT = 18  # px: a digit of the value's 28 px
HEADROOM = 44  # px over the tallest bar, for the value of the one that the card speaks of


@dataclass(frozen=True)
class Bar:
    """One value of a series; None is a month that nobody counted, which is not zero."""

    label: str
    value: float | None
    current: bool = False


@dataclass(frozen=True)
class Column:
    """One bar as drawn, in pixels from the chart's left and top; its label and the
    middle of its value (`value_at`) keep within the chart."""

    x: float
    y: float
    width: float
    height: float
    centre: float
    value_at: float
    label_left: float
    label_width: float
    label: str
    value: str
    current: bool
    missing: bool


@dataclass(frozen=True)
class Chart:
    """A chart as drawn; its zero line is at `height`, in pixels from the top."""

    width: int
    height: int
    columns: tuple[Column, ...]
    label_size: int


def read(stated: Any) -> tuple[Bar, ...]:
    """The bars of a card's data (`[{label, value, current}]`); anything that cannot be drawn true is refused."""
    if not isinstance(stated, Sequence) or isinstance(stated, str | bytes) or len(stated) > MOST_BARS:
        raise Refused(_("bars: give a list of {most} bars at most.", most=MOST_BARS))
    return tuple(_bar(number, bar) for number, bar in enumerate(stated, 1))


def _bar(number: int, stated: Any) -> Bar:
    if not isinstance(stated, Mapping) or set(stated) - {"label", "value", "current"} or "value" not in stated:
        raise Refused(_("bars: bar {number} needs a label and a value.", number=number))
    value, label = stated["value"], stated.get("label", "")
    numeric = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0
    if not (value is None or numeric) or not isinstance(label, str) or len(label) > 40:
        raise Refused(_("bars: bar {number} needs a short label and a number that is not negative.", number=number))
    return Bar(label, value, bool(stated.get("current", False)))


def pitch(bars: int, width: int) -> float:
    """Pixels from one bar to the next; fewer than five bars do not grow into walls."""
    return width / (max(bars, 5) - GAP)


def shown(bars: Sequence[Bar], widths: Sequence[float], step: float) -> tuple[bool, ...]:
    """Which labels are printed so that none touches its neighbour, counted from the one that the card speaks of."""
    start = next((i for i, bar in enumerate(bars) if bar.current), 0)
    every = next((n for n in range(1, len(bars)) if max(widths) <= n * step - 8), len(bars))
    return tuple((i - start) % every == 0 for i in range(len(bars)))


def lay_out(
    bars: Sequence[Bar], size: tuple[int, int], lang: Language, widths: Sequence[float], label_size: int
) -> Chart:
    """The chart of `size` pixels (its labels' line comes below); in a right-to-left language time runs to the left."""
    width, height = size
    step = pitch(len(bars), width)
    thick = step * (1 - GAP)
    top = max((bar.value or 0 for bar in bars), default=0) or 1
    columns = []
    for index, (bar, wide, named) in enumerate(zip(bars, widths, shown(bars, widths, step), strict=True)):
        x = (len(bars) - 1 - index if lang.rtl else index) * step
        value = _printed(bar, lang)
        reach = len(value) * VALUE_DIGIT / 2
        tall, half = (bar.value or 0) / top * (height - HEADROOM), wide / 2 + MARK
        columns.append(
            Column(
                x=round(x, 1),
                y=round(height - tall, 1),
                width=round(thick, 1),
                height=round(tall, 1),
                centre=round(x + thick / 2, 1),
                value_at=round(min(max(x + thick / 2, reach), width - reach), 1),
                label_left=round(min(max(x + thick / 2, half), width - half) - half, 1),
                label_width=round(2 * half, 1),
                label=bar.label if named else "",
                value=value,
                current=bar.current,
                missing=bar.value is None,
            )
        )
    return Chart(width, height, tuple(columns), label_size)


def _printed(bar: Bar, lang: Language) -> str:
    """The value over the bar that the card speaks of; a part of a whole is not rounded into a count."""
    return lang.number(bar.value) if bar.current and bar.value is not None and bar.value == int(bar.value) else ""
