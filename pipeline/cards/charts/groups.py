"""Grouped bars: the same things counted twice, the earlier time hatched, the later one solid, values over them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
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

MOST = 6
BETWEEN = 0.34  # of a group's pitch
GAP = 10
SWATCH = 30  # px: a side of the key's fields


@dataclass(frozen=True)
class Group:
    """What was counted, before and now."""

    label: str
    values: tuple[int | None, int | None]


@dataclass(frozen=True)
class Compared:
    """The names of the two times, and what was counted in each."""

    names: tuple[str, str]
    groups: tuple[Group, ...]


@dataclass(frozen=True)
class Shape:
    """A bar in pixels from the chart's left and top."""

    x: float
    y: float
    width: float
    height: float
    current: bool


@dataclass(frozen=True)
class Groups(Labelled):
    """The bars as drawn, over a zero line at `zero`; `swatches` are the fields of the key."""

    width: int
    height: int
    zero: float
    shapes: tuple[Shape, ...]
    swatches: tuple[Shape, ...]
    labels: tuple[Label, ...]


def read(stated: Any) -> Compared | None:
    """The groups (`{series: [before, now], groups: [{label, values: [before, now]}]}`), in the order given."""
    if not stated:
        return None
    whole = fields(stated, "groups", ("series", "groups"))
    names = tuple(short(name, "groups") for name in listed(whole["series"], "groups", 2))
    groups = tuple(_group(one) for one in listed(whole["groups"], "groups", MOST))
    if len(names) != 2 or not all(names) or not groups:
        raise Refused(_("groups: name the two times, and give one group at least."))
    return Compared((names[0], names[1]), groups)


def _group(stated: Any) -> Group:
    group = fields(stated, "groups", ("label", "values"))
    values = [count(value, "groups") for value in listed(group["values"], "groups", 2)]
    if len(values) != 2:
        raise Refused(_("groups: each group has two values; none stands for one that is not known."))
    return Group(short(group["label"], "groups"), (values[0], values[1]))


def words(data: Compared) -> Iterator[str]:
    """The names and labels, whose glyphs the body's fonts must have."""
    yield from data.names
    yield from (group.label for group in data.groups)


def lay_out(data: Compared, frame: Frame, lang: Language, measure: Measure) -> Groups:
    """The bars in the whole frame, the key over them and the labels under them included."""
    pitch = frame.width / (len(data.groups) - BETWEEN)
    wide = pitch * (1 - BETWEEN)
    labels = [group.label for group in data.groups]
    size = largest((frame.smallest, frame.largest), lambda size: max(measure(labels, size, 100)) <= pitch - GAP)
    if max(measure(labels, size, 100)) > pitch - GAP:
        raise Refused(_("groups: the label {label} is too wide: shorten it.", label=max(labels, key=len)))
    values = [[printed(value, lang) for value in group.values] for group in data.groups]
    flat = [value for pair in values for value in pair]
    low, high = frame.options.get("values", (24, 44))
    number = largest((low, high), lambda size: max(measure(flat, size, 100)) * BOLD <= wide / 2)
    line, over = Label("", 0, 0, 0, size).height, Label("", 0, 0, 0, number).height
    key = _key(data.names, size, frame, lang, measure)
    zero, top = frame.height - line - GAP - 3, line + 2 * GAP + over
    most = max((value or 0 for group in data.groups for value in group.values), default=0) or 1
    shapes, told = [], list(key[1])
    for index, (group, pair) in enumerate(zip(data.groups, values, strict=True)):
        start = index * pitch
        for side, (value, text) in enumerate(zip(group.values, pair, strict=True)):
            tall = (value or 0) / most * (zero - top)
            x = mirrored(start + side * wide / 2, wide / 2, frame.width, lang)
            shapes.append(Shape(x, round(zero - tall, 1), round(wide / 2, 1), round(tall, 1), bool(side)))
            told.append(Label(text, x - 20, zero - tall - over - 2, wide / 2 + 40, number, "now" if side else "then"))
        middle = mirrored(start + wide / 2, 0, frame.width, lang)
        half = min(pitch / 2, middle, frame.width - middle)
        told.append(Label(group.label, middle - half, zero + 3 + GAP, 2 * half, size))
    return Groups(frame.width, frame.height, zero, tuple(shapes), key[0], tuple(told))


def _key(
    names: tuple[str, str], size: int, frame: Frame, lang: Language, measure: Measure
) -> tuple[tuple[Shape, ...], list[Label]]:
    """The two fields of the key and their names, on one line at the reader's side."""
    swatches, labels, x = [], [], 0.0
    line, align = Label("", 0, 0, 0, size).height, near(lang)
    for side, (name, wide) in enumerate(zip(names, measure(names, size, 100), strict=True)):
        swatches.append(Shape(mirrored(x, SWATCH, frame.width, lang), (line - SWATCH) / 2, SWATCH, SWATCH, bool(side)))
        left = x + SWATCH + GAP
        style = "now" if side else "then"
        labels.append(Label(name, mirrored(left, wide * BOLD, frame.width, lang), 0, wide * BOLD, size, style, align))
        x = left + wide * BOLD + 3 * GAP
    return tuple(swatches), labels
