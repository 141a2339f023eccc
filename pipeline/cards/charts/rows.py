"""A ranking: one bar in each row, longest first, its name over it and its count at its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.cards.charts._parts import (
    BOLD,
    Align,
    Label,
    Labelled,
    Measure,
    count,
    fields,
    largest,
    listed,
    mirrored,
    near,
    printed,
    short,
)
from pipeline.cards.templates import Frame
from pipeline.errors import Refused
from pipeline.rendering.languages import Language
from publishers._sentences import _

MOST = 8
TALLEST = 150  # px of a row
BESIDE = 74  # px: in a lower row the name stands before the bar, not over it
GAP = 14


@dataclass(frozen=True)
class Row:
    """One entry; None is a count that nobody has."""

    label: str
    value: int | None
    current: bool


@dataclass(frozen=True)
class Shape:
    """A bar in pixels from the chart's left and top."""

    x: float
    y: float
    width: float
    height: float
    current: bool


@dataclass(frozen=True)
class Ranking(Labelled):
    """The rows as drawn; the zero line is at `zero`, in pixels from the left, beside each bar or all along them."""

    width: int
    height: int
    zero: float
    rules: tuple[tuple[float, float], ...]
    shapes: tuple[Shape, ...]
    labels: tuple[Label, ...]


def read(stated: Any) -> tuple[Row, ...]:
    """The rows (`[{label, value, current}]`) in the order of their counts, those that nobody has last."""
    rows = [_row(one) for one in listed(stated, "rows", MOST)]
    return tuple(sorted(rows, key=lambda row: (row.value is None, -(row.value or 0))))


def _row(stated: Any) -> Row:
    row = fields(stated, "rows", ("label", "value"), ("current",))
    label = short(row["label"], "rows")
    if not label:
        raise Refused(_("{slot} is missing: this card cannot do without it.", slot="rows: label"))
    return Row(label, count(row["value"], "rows"), bool(row.get("current", False)))


def words(rows: Sequence[Row]) -> Iterator[str]:
    """The names, whose glyphs the body's fonts must have."""
    return (row.label for row in rows)


def lay_out(rows: Sequence[Row], frame: Frame, lang: Language, measure: Measure) -> Ranking:
    """The rows in the frame; in a right-to-left language bars grow to the left."""
    pitch = min(TALLEST, frame.height / len(rows))
    beside = pitch < BESIDE
    names = [row.label for row in rows]
    values = [printed(row.value, lang) for row in rows]
    room = frame.width * (0.42 if beside else 1)
    most = max(frame.smallest, min(frame.largest, round(pitch * (0.6 if beside else 0.36))))
    size = largest((frame.smallest, most), lambda size: max(measure(names, size, 100)) * BOLD <= room)
    if max(measure(names, size, 100)) * BOLD > room:
        raise Refused(_("rows: the label {label} is too wide: shorten it.", label=max(names, key=len)))
    line = Label("", 0, 0, 0, size).height
    thick = round(pitch - GAP - (0 if beside else line + 4))
    number = round(min(max(thick, size), size * 1.5))
    told = max(measure(values, number, 100)) * BOLD
    zero = max(measure(names, size, 100)) * BOLD + GAP if beside else 0.0
    top = max((row.value or 0 for row in rows), default=0) or 1
    shapes, labels = [], []
    for index, (row, value) in enumerate(zip(rows, values, strict=True)):
        y = index * pitch + (0 if beside else line + 4)
        long = (row.value or 0) / top * (frame.width - zero - 3 - GAP - told)
        shapes.append(
            Shape(mirrored(zero + 3, long, frame.width, lang), round(y, 1), round(long, 1), thick, row.current)
        )
        align = near(lang)
        named = Label(row.label, 0, y + (thick - line) / 2 if beside else y - line - 4, zero or frame.width, size)
        end = Label(value, zero + 3 + long + GAP, 0, told, number)
        style = "now" if row.current else "then"
        labels.append(_mirrored(named, frame.width, lang, style, align, named.top))
        labels.append(_mirrored(end, frame.width, lang, style, align, y + (thick - end.height) / 2))
    bottom = round(len(rows) * pitch - GAP)
    # Where the names stand over the bars, a line all along would run through their first letters.
    rules = ((0.0, float(bottom)),) if beside else tuple((bar.y - 3, bar.height + 6) for bar in shapes)
    return Ranking(frame.width, bottom, mirrored(zero, 3, frame.width, lang), rules, tuple(shapes), tuple(labels))


def _mirrored(label: Label, whole: float, lang: Language, style: str, align: Align, top: float) -> Label:
    left = mirrored(label.left, label.width, whole, lang)
    return Label(label.text, left, top, label.width, label.size, style, align)
