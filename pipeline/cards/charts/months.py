"""Months as the card's own subject: bars with every value over them, and a bracket for each year."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.cards.charts import bars
from pipeline.cards.charts._parts import BOLD, NO_NUMBER, Label, Labelled, Measure, largest, printed
from pipeline.cards.charts.bars import Bar
from pipeline.cards.templates import Frame
from pipeline.rendering.languages import Language

read = bars.read
words = bars.words

GAP = 8  # px between a bar and its value, and under the zero line
RULE = 3  # px of a year's bracket


@dataclass(frozen=True)
class Shape:
    """A bar in pixels from the chart's left and top."""

    x: float
    y: float
    width: float
    height: float
    current: bool


@dataclass(frozen=True)
class Months(Labelled):
    """The bars as drawn; the zero line is at `zero`, the years' brackets (left, width) at `bracket`."""

    width: int
    height: int
    zero: float
    shapes: tuple[Shape, ...]
    bracket: float
    years: tuple[tuple[float, float], ...]
    labels: tuple[Label, ...]


def lay_out(points: Sequence[Bar], frame: Frame, lang: Language, measure: Measure) -> Months:
    """The bars in the whole frame, words and brackets included."""
    step = bars.pitch(len(points), frame.width)
    thick = step * (1 - bars.GAP)
    size, stretch, widths = bars.labelled(points, frame, measure)
    value_size, told = _values(points, frame, lang, measure)
    line = Label("", 0, 0, 0, size).height
    years = any(point.year for point in points)
    zero = frame.height - RULE - GAP - line - (RULE + GAP + line if years else 0)
    over = Label("", 0, 0, 0, value_size).height + GAP
    top = max((point.value or 0 for point in points), default=0) or 1
    shapes, labels, at = [], [], []
    for index, (point, wide, shown) in enumerate(zip(points, widths, bars.shown(points, widths, step), strict=True)):
        x = (len(points) - 1 - index if lang.rtl else index) * step
        at.append(x)
        tall = (point.value or 0) / top * (zero - over)
        shapes.append(Shape(round(x, 1), round(zero - tall, 1), round(thick, 1), round(tall, 1), point.current))
        if index in told or point.value is None:
            value = NO_NUMBER if point.value is None else printed(int(point.value), lang)
            style = "now" if point.current else "then"
            labels.append(Label(value, x - step, zero - tall - over, thick + 2 * step, value_size, style))
        if shown:
            half = wide / 2 + bars.MARK
            middle = bars.within(x + thick / 2, half, frame.width)
            style = "axis mark" if point.current else "axis"
            labels.append(Label(point.label, middle - half, zero + RULE + GAP, 2 * half, size, style, stretch=stretch))
    bracket = zero + RULE + 2 * GAP + line
    spans = _years(points, at, thick) if years else ()
    for year, left, width in spans:
        labels.append(Label(year, left, bracket + RULE, width, size, "axis"))
    return Months(
        frame.width, frame.height, zero, tuple(shapes), bracket, tuple(span[1:] for span in spans), tuple(labels)
    )


def _values(points: Sequence[Bar], frame: Frame, lang: Language, measure: Measure) -> tuple[int, set[int]]:
    """The size of the values and which are written: all, or where they are too wide the one that the card speaks of."""
    counted = {i: point.value for i, point in enumerate(points) if point.value is not None}
    whole = {i: printed(int(value), lang) for i, value in counted.items() if value == int(value)}
    step = bars.pitch(len(points), frame.width)
    low, high = frame.options.get("values", (22, 34))

    def holds(size: int) -> bool:
        return max(measure(list(whole.values()) or [""], size, 100)) * BOLD <= step - 4

    size = largest((low, high), holds)
    return size, set(whole) if holds(size) else {i for i in whole if points[i].current}


def _years(points: Sequence[Bar], at: Sequence[float], thick: float) -> tuple[tuple[str, float, float], ...]:
    """Each year that is stated, and the left edge and width of the bars that belong to it."""
    starts = [index for index, point in enumerate(points) if point.year]
    found = []
    for start, after in zip(starts, [*starts[1:], len(points)], strict=True):
        left, right = min(at[start], at[after - 1]), max(at[start], at[after - 1]) + thick
        found.append((points[start].year, left, right - left))
    return tuple(found)
