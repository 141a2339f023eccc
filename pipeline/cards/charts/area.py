"""A trend: a field from one edge of the card to the other, the first and the last value written over its ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Any

from pipeline.cards.charts import bars
from pipeline.cards.charts._parts import BOLD, Label, Labelled, Measure, far, largest, mirrored, near, printed
from pipeline.cards.charts.bars import Bar
from pipeline.cards.templates import Frame
from pipeline.errors import Refused
from pipeline.rendering.languages import Language
from publishers._sentences import _

words = bars.words

Point = tuple[float, float]
CLEAR = 16  # px between the line and the words over it
LABEL = 0.5  # of the value's size


@dataclass(frozen=True)
class Area(Labelled):
    """The field as drawn. `fields` and `edges` are the corners of each unbroken stretch, in pixels from the chart's
    left and top; the zero line is at `height`, and nothing comes below it."""

    width: int
    height: int
    fields: tuple[tuple[Point, ...], ...]
    edges: tuple[tuple[Point, ...], ...]
    labels: tuple[Label, ...]


def read(stated: Any) -> tuple[Bar, ...]:
    """The points (`[{label, value}]`, in order of time); two known counts at least, else Refused."""
    points = bars.read(stated)
    known = [point for point in points if point.value is not None]
    if points and (len(known) < 2 or any(point.value != int(point.value or 0) for point in known)):
        raise Refused(_("trend: give two counts at least, as whole numbers."))
    return points


def lay_out(points: Sequence[Bar], frame: Frame, lang: Language, measure: Measure) -> Area:
    """The field across the whole frame, whose `inset` is the margin that the words keep."""
    inset, ends = frame.options.get("inset", 72), _ends(points)
    room = (frame.width - 2 * inset) / 2 - CLEAR
    written = [printed(int(point.value or 0), lang) for point in ends]
    names = [point.label for point in ends]

    def wide(size: int) -> list[float]:
        values, labels = measure(written, size, 100), measure(names, round(size * LABEL), 100)
        return [max(value, label) * BOLD for value, label in zip(values, labels, strict=True)]

    size = largest((frame.smallest, frame.largest), lambda size: max(wide(size)) <= room)
    small = round(size * LABEL)
    block = Label("", 0, 0, 0, size).height + Label("", 0, 0, 0, small).height + CLEAR
    stretches = _stretches(points, (frame.width, frame.height), block, lang)
    labels: list[Label] = []
    for last, (value, name, width) in enumerate(zip(written, names, wide(size), strict=True)):
        left = mirrored(frame.width - inset - width if last else inset, width, frame.width, lang)
        top = _highest(stretches, left, left + width) - block
        align = far(lang) if last else near(lang)
        labels.append(Label(value, left, top, width, size, "now" if last else "then", align))
        labels.append(Label(name, left, top + labels[-1].height, width, small, "axis", align))
    fields = tuple(((s[0][0], frame.height), *s, (s[-1][0], frame.height)) for s in stretches)
    return Area(frame.width, frame.height, fields, stretches, tuple(labels))


def _ends(points: Sequence[Bar]) -> list[Bar]:
    known = [point for point in points if point.value is not None]
    return [known[0], known[-1]]


def _stretches(
    points: Sequence[Bar], size: tuple[int, int], block: float, lang: Language
) -> tuple[tuple[Point, ...], ...]:
    """The corners of each run of known values, left to right: what nobody counted is a gap, not a fall to zero."""
    width, height = size
    top = max(point.value or 0 for point in points) or 1
    placed = []
    for index, point in enumerate(points):
        x = index / (len(points) - 1) * width
        y = height - (point.value or 0) / top * (height - block)
        placed.append((point.value is not None, (mirrored(x, 0, width, lang), round(y, 1))))
    runs = [tuple(corner for _known, corner in run) for known, run in groupby(placed, key=lambda one: one[0]) if known]
    return tuple(tuple(sorted(run)) for run in runs)


def _highest(stretches: Sequence[Sequence[Point]], left: float, right: float) -> float:
    """How high the line reaches between two edges, in pixels from the top."""
    return min((y for x, y in _traced(stretches) if left <= x <= right), default=0.0)


def _traced(stretches: Sequence[Sequence[Point]]) -> Iterator[Point]:
    """The corners, and points between them near enough to each other."""
    for corners in stretches:
        yield corners[0]
        for (x, y), (to_x, to_y) in pairwise(corners):
            steps = max(1, round((to_x - x) / 8))
            yield from ((x + (to_x - x) * n / steps, y + (to_y - y) * n / steps) for n in range(1, steps + 1))
