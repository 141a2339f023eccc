"""Two or three series over the same months: this one as a full line, those before it broken, each named where it ends.

At the last month of the current one a bracket spans what lies between it and the series before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from pipeline.cards.charts._parts import (
    BOLD,
    NO_NUMBER,
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

MOST_SERIES, MOST_MONTHS = 3, 24
GAP = 12
DOT = 13  # px: radius of the dot at a series' end

Point = tuple[float, float]


@dataclass(frozen=True)
class Series:
    """Values by month; None is a month that nobody counted, and a series may end before the months do."""

    name: str
    values: tuple[int | None, ...]
    current: bool

    @property
    def last(self) -> int:
        """The number of its last known month."""
        return max(index for index, value in enumerate(self.values) if value is not None)


@dataclass(frozen=True)
class Compared:
    """Series over the same months."""

    months: tuple[str, ...]
    series: tuple[Series, ...]

    @property
    def current(self) -> Series:
        """The one that the card speaks of."""
        return next(one for one in self.series if one.current)


@dataclass(frozen=True)
class Trace:
    """A series as drawn: the corners of its unbroken stretches and the dot at its end, in pixels."""

    stretches: tuple[tuple[Point, ...], ...]
    end: Point
    current: bool


@dataclass(frozen=True)
class Lines(Labelled):
    """The chart as drawn; the zero line is at `zero`, `between` are the corners of what lies between the current series
    and the one before it."""

    width: int
    height: int
    zero: float
    traces: tuple[Trace, ...]
    bracket: tuple[Point, Point] | None
    between: tuple[tuple[Point, ...], ...]
    labels: tuple[Label, ...]


def read(stated: Any) -> Compared | None:
    """The series (`{months: [..], series: [{name, values: [..], current}]}`), exactly one of them current."""
    if not stated:
        return None
    whole = fields(stated, "lines", ("months", "series"))
    months = tuple(short(month, "lines") for month in listed(whole["months"], "lines", MOST_MONTHS))
    series = tuple(_series(one, len(months)) for one in listed(whole["series"], "lines", MOST_SERIES))
    if sum(one.current for one in series) != 1 or len(months) < 2:
        raise Refused(_("lines: give two months at least, and mark exactly one series as current."))
    return Compared(months, tuple(sorted(series, key=lambda one: one.current)))


def _series(stated: Any, months: int) -> Series:
    one = fields(stated, "lines", ("name", "values"), ("current",))
    values = tuple(count(value, "lines") for value in listed(one["values"], "lines", months))
    if not any(value is not None for value in values):
        raise Refused(_("lines: a series needs one known count at least."))
    return Series(short(one["name"], "lines"), values, bool(one.get("current", False)))


def words(data: Compared) -> Iterator[str]:
    """The names of the months and series, whose glyphs the body's fonts must have."""
    yield from data.months
    yield from (one.name for one in data.series)


@dataclass(frozen=True)
class _Plane:
    """Where the months and values stand."""

    left: float
    right: float
    top: float
    zero: float
    months: int
    most: int
    whole: float
    lang: Language

    def at(self, month: int, value: int) -> Point:
        x = self.left + month / (self.months - 1) * (self.right - self.left)
        y = self.zero - value / (self.most or 1) * (self.zero - self.top)
        return mirrored(x, 0, self.whole, self.lang), round(y, 1)


def lay_out(data: Compared, frame: Frame, lang: Language, measure: Measure) -> Lines:
    """The chart in the whole frame, the months' names and the series' ends included."""
    size, every, widths = _axis(data.months, frame, measure)
    name_size, value_size = frame.options.get("sizes", (30, 52))
    ends = _ends(data, lang, measure, name_size, value_size)
    line = Label("", 0, 0, 0, size).height
    block = Label("", 0, 0, 0, value_size).height + Label("", 0, 0, 0, name_size).height
    last = len(data.months) - 1
    beside = max((wide for one, wide in zip(data.series, ends, strict=True) if one.last == last), default=0.0)
    plane = _Plane(
        left=max(widths[0] / 2, DOT),
        right=frame.width - max(widths[-1] / 2, DOT + GAP + beside if beside else 0.0),
        top=block + DOT + GAP,
        zero=frame.height - line - GAP - 3,
        months=len(data.months),
        most=max(value or 0 for one in data.series for value in one.values),
        whole=frame.width,
        lang=lang,
    )
    traces = tuple(_trace(one, plane) for one in data.series)
    labels = [*_months(data.months, every, widths, size, plane), *_missing(data.current, plane, size)]
    labels += _told(data, traces, ends, plane, (name_size, value_size))
    return Lines(
        frame.width, frame.height, plane.zero, traces, _bracket(data, plane), _between(data, plane), tuple(labels)
    )


def _axis(months: Sequence[str], frame: Frame, measure: Measure) -> tuple[int, int, list[float]]:
    """The size of the months' names, which of them are written (every n-th), and their widths."""
    step = frame.width * 0.9 / (len(months) - 1)
    size = largest((frame.smallest, frame.largest), lambda size: max(measure(months, size, 100)) + GAP <= step)
    widths = measure(months, size, 100)
    every = next((n for n in range(1, len(months)) if max(widths) + GAP <= n * step), len(months) - 1)
    return size, every, widths


def _ends(data: Compared, lang: Language, measure: Measure, name_size: int, value_size: int) -> list[float]:
    """How wide each series' words at its end are."""
    values = [printed(one.values[one.last], lang) for one in data.series]
    names = measure([one.name for one in data.series], name_size, 100)
    large = measure(values, value_size, 100)
    small = measure(values, name_size, 100)
    sized = (big if one.current else low for one, big, low in zip(data.series, large, small, strict=True))
    return [max(name, value) * BOLD for name, value in zip(names, sized, strict=True)]


def _trace(one: Series, plane: _Plane) -> Trace:
    points = [(value is not None, plane.at(month, value or 0)) for month, value in enumerate(one.values)]
    runs = [tuple(at for _known, at in run) for known, run in groupby(points, key=lambda point: point[0]) if known]
    return Trace(tuple(runs), plane.at(one.last, one.values[one.last] or 0), one.current)


def _months(months: Sequence[str], every: int, widths: Sequence[float], size: int, plane: _Plane) -> Iterator[Label]:
    for index, (month, wide) in enumerate(zip(months, widths, strict=True)):
        if index % every == 0:
            x, _y = plane.at(index, 0)
            yield Label(month, x - wide / 2, plane.zero + 3 + GAP / 2, wide, size)


def _missing(one: Series, plane: _Plane, size: int) -> Iterator[Label]:
    """A dash on the zero line for each month that nobody counted, before the series' last."""
    for month, value in enumerate(one.values[: one.last]):
        if value is None:
            x, zero = plane.at(month, 0)
            yield Label(NO_NUMBER, x - 20, zero - size * 1.5, 40, size, "now")


def _told(
    data: Compared, traces: Sequence[Trace], ends: Sequence[float], plane: _Plane, sizes: tuple[int, int]
) -> list[Label]:
    """The names and values at the series' ends: beside the last month, over or under the line before it."""
    name_size, value_size = sizes
    found: list[Label] = []
    highest_first = sorted(zip(data.series, traces, ends, strict=True), key=lambda one: one[1].end[1])
    for rank, (one, trace, wide) in enumerate(highest_first):
        value = printed(one.values[one.last], plane.lang)
        sized = value_size if one.current else name_size
        tall = Label("", 0, 0, 0, sized).height + Label("", 0, 0, 0, name_size).height
        left, top, align = _place(one, trace, wide, tall, rank == 0, plane)
        if found and one.last == len(data.months) - 1 and found[-1].left < left + wide and found[-1].bottom > top:
            top = found[-1].bottom
        style = "now" if one.current else "then"
        found.append(Label(value, left, top, wide, sized, style, align))
        found.append(Label(one.name, left, found[-1].bottom, wide, name_size, style, align))
    return found


def _place(
    one: Series, trace: Trace, wide: float, tall: float, highest: bool, plane: _Plane
) -> tuple[float, float, Align]:
    x, y = trace.end
    if one.last == plane.months - 1:
        left = x - DOT - GAP - wide if plane.lang.rtl else x + DOT + GAP
        return left, y - tall / 2, near(plane.lang)
    left = min(max(x - wide / 2, 0), plane.whole - wide)
    return left, y - DOT - tall if highest else y + DOT, "center"


def _bracket(data: Compared, plane: _Plane) -> tuple[Point, Point] | None:
    """From the current series' end to the value that the one before it had in the same month."""
    now, before = data.current, [one for one in data.series if not one.current]
    if not before or now.last >= len(before[-1].values) or (value := before[-1].values[now.last]) is None:
        return None
    return plane.at(now.last, now.values[now.last] or 0), plane.at(now.last, value)


def _between(data: Compared, plane: _Plane) -> tuple[tuple[Point, ...], ...]:
    """The field between the current series and the one before it, wherever both are known."""
    before = [one for one in data.series if not one.current]
    pairs = zip(data.current.values, before[-1].values, strict=False) if before else ()
    found = []
    for known, run in groupby(enumerate(pairs), key=lambda one: None not in one[1]):
        if known:
            months = list(run)
            there = [plane.at(month, now or 0) for month, (now, _then) in months]
            back = [plane.at(month, then or 0) for month, (_now, then) in reversed(months)]
            found.append((*there, *back))
    return tuple(found)
