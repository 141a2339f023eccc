"""Pictograms: as many drawings as were counted, each standing for a stated number, row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil, floor
from typing import Any

from pipeline.cards.charts._parts import (
    BOLD,
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

ICONS = ("tent", "person", "bag", "day")
MOST_ROWS, MOST_UNITS = 3, 200
AIR = 0.16  # of a drawing's side: between two of them
LABEL_GAP, ROW_GAP = 8, 26


@dataclass(frozen=True)
class Row:
    """A count and what it counts."""

    label: str
    value: int
    current: bool


@dataclass(frozen=True)
class Counted:
    """Rows of one drawing, which stands for `each` of `noun`."""

    icon: str
    each: int
    noun: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Mark:
    """One drawing: its left and top in pixels."""

    x: float
    y: float
    current: bool


@dataclass(frozen=True)
class Units(Labelled):
    """The drawings as set, each `side` pixels wide and high; the one of the key stands at `key`."""

    width: int
    height: int
    icon: str
    side: float
    marks: tuple[Mark, ...]
    key: tuple[float, float, float]
    labels: tuple[Label, ...]


def read(stated: Any) -> Counted | None:
    """The rows (`{icon, each, noun, rows: [{label, value, current}]}`); Refused where they are too many to count."""
    if not stated:
        return None
    whole = fields(stated, "units", ("icon", "each", "noun", "rows"))
    if whole["icon"] not in ICONS:
        raise Refused(_("units: the drawing is one of {icons}.", icons=", ".join(ICONS)))
    each = count(whole["each"], "units")
    rows = tuple(_row(one) for one in listed(whole["rows"], "units", MOST_ROWS))
    if not each or not rows or sum(drawings(row.value, each) for row in rows) > MOST_UNITS:
        raise Refused(
            _("units: let each drawing stand for more: {most} drawings at most, one row at least.", most=MOST_UNITS)
        )
    return Counted(whole["icon"], each, short(whole["noun"], "units"), rows)


def _row(stated: Any) -> Row:
    row = fields(stated, "units", ("label", "value"), ("current",))
    value = count(row["value"], "units")
    if value is None:
        raise Refused(_("units: what is not known cannot be drawn."))
    return Row(short(row["label"], "units"), value, bool(row.get("current", False)))


def drawings(value: int, each: int) -> int:
    """How many drawings a count gets: the nearest whole number, one at least where it is not zero."""
    return max(1, (2 * value + each) // (2 * each)) if value else 0


def words(data: Counted) -> Iterator[str]:
    """The labels and the noun, whose glyphs the body's fonts must have."""
    yield data.noun
    yield from (row.label for row in data.rows)


def lay_out(data: Counted, frame: Frame, lang: Language, measure: Measure) -> Units:
    """The drawings as large as the frame allows, each row under its label, the key below them all."""
    said = [f"{printed(row.value, lang)} {row.label}" for row in data.rows]
    key = f"= {printed(data.each, lang)} {data.noun}"
    size = largest((frame.smallest, frame.largest), lambda size: max(measure(said, size, 100)) * BOLD <= frame.width)
    wide = [width * BOLD for width in measure([*said, key], size, 100)]
    if max(wide) > frame.width:
        raise Refused(_("units: the label {label} is too wide: shorten it.", label=max(said, key=len)))
    line = Label("", 0, 0, 0, size).height
    counts = [drawings(row.value, data.each) for row in data.rows]
    room = frame.height - len(said) * (line + LABEL_GAP) - len(said) * ROW_GAP - line
    side, columns = _side(counts, frame.width, room)
    marks, labels, y = [], [], 0.0
    align = near(lang)
    for row, text, many, width in zip(data.rows, said, counts, wide, strict=False):
        labels.append(
            Label(text, mirrored(0, width, frame.width, lang), y, width, size, "now" if row.current else "then", align)
        )
        y += line + LABEL_GAP
        for number in range(many):
            x = number % columns * side * (1 + AIR)
            marks.append(
                Mark(
                    mirrored(x, side, frame.width, lang),
                    round(y + number // columns * side * (1 + AIR), 1),
                    row.current,
                )
            )
        y += ceil(many / columns) * side * (1 + AIR) + ROW_GAP
    small = line * 0.9
    labels.append(
        Label(key, mirrored(small + LABEL_GAP, wide[-1], frame.width, lang), y, wide[-1], size, "axis", align)
    )
    return Units(
        frame.width, ceil(y + line), data.icon, side, tuple(marks),
        (mirrored(0, small, frame.width, lang), y + line * 0.05, small), tuple(labels),
    )  # fmt: skip


def _side(counts: Sequence[int], width: float, room: float) -> tuple[float, int]:
    """The largest side of a drawing at which all rows hold, and how many then stand side by side."""
    for columns in range(1, MOST_UNITS + 1):
        side = width / (columns + (columns - 1) * AIR)
        lines = sum(ceil(many / columns) for many in counts)
        if lines * side * (1 + AIR) <= room and side <= room / 2:
            return float(floor(side * 10) / 10), columns
    raise Refused(
        _("units: let each drawing stand for more: {most} drawings at most, one row at least.", most=MOST_UNITS)
    )
