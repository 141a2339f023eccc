"""The columns of a bar chart: what the macro `bars()` draws, already in pixels and in the reader's order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from math import isfinite
from typing import Any

from pipeline.cards.templates import Frame
from pipeline.errors import Refused
from pipeline.rendering.languages import Language
from pipeline.rendering.typography import clean
from publishers._sentences import _

MOST_BARS = 24
GAP = 0.24  # of a column's width
MARK = 9  # px on each side of the marked label
VALUE_DIGIT = 18  # px: a digit of the value's 28 px
YEAR_DIGIT = 15  # px: a digit of a year, at the size of the labels
LABELS = 50  # px under the zero line, for the labels
YEARS = 32  # px more, for the years
HEADROOM = 44  # px over the tallest bar, for the value of the one that the card speaks of
NARROWER = (100, 88, 76, 66)  # per cent: letters of the labels, where the font has such


@dataclass(frozen=True)
class Bar:
    """One value of a series; None is a month that nobody counted, which is not zero."""

    label: str
    value: float | None
    current: bool = False
    year: str = ""


@dataclass(frozen=True)
class Column:
    """One bar as drawn, in pixels from the chart's left and top; its label and the
    middles of its value (`value_at`) and year (`year_at`) keep within the chart."""

    x: float
    y: float
    width: float
    height: float
    centre: float
    value_at: float
    label_left: float
    label_width: float
    label: str
    year: str
    year_at: float
    value: str
    current: bool
    missing: bool


@dataclass(frozen=True)
class Chart:
    """A chart as drawn; its zero line is at `height`, in pixels from the top, and its labels end at `bottom`.

    `label_stretch` is the width of the labels' letters, in per cent of the font's own.
    """

    width: int
    height: int
    columns: tuple[Column, ...]
    label_size: int
    label_stretch: int

    @property
    def bottom(self) -> int:
        """Where the lowest line of words ends, in pixels from the top."""
        return self.height + LABELS + (YEARS if any(column.year for column in self.columns) else 0)

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that is printed."""
        return tuple(text for c in self.columns for text in (c.label, c.year, c.value) if text)


def read(stated: Any) -> tuple[Bar, ...]:
    """The bars of a card's data (`[{label, value, current, year}]`); anything that cannot be drawn true is refused."""
    if not isinstance(stated, Sequence) or isinstance(stated, str | bytes) or len(stated) > MOST_BARS:
        raise Refused(_("bars: give a list of {most} bars at most.", most=MOST_BARS))
    return tuple(_bar(number, bar) for number, bar in enumerate(stated, 1))


def _bar(number: int, stated: Any) -> Bar:
    if not isinstance(stated, Mapping) or set(stated) - {"label", "value", "current", "year"} or "value" not in stated:
        raise Refused(_("bars: bar {number} needs a label and a value.", number=number))
    value, label = stated["value"], stated.get("label", "")
    numeric = isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value >= 0
    if not (value is None or numeric) or not isinstance(label, str) or len(label) > 40:
        raise Refused(_("bars: bar {number} needs a short label and a number that is not negative.", number=number))
    year = stated.get("year", "")
    if not isinstance(year, str) or len(year) > 4:
        raise Refused(_("bars: the year of bar {number} is a text of four digits.", number=number))
    return Bar(clean(label, "bars"), value, bool(stated.get("current", False)), clean(year, "bars"))


def words(bars: Sequence[Bar]) -> Iterator[str]:
    """The labels and years, whose glyphs the body's fonts must have."""
    return (word for bar in bars for word in (bar.label, bar.year))


def lay_out(
    bars: Sequence[Bar], frame: Frame, lang: Language, measure: Callable[[Sequence[str], int, int], list[float]]
) -> Chart:
    """The bars in their frame, labelled as largely and widely as leaves room for every label."""
    size, stretch, widths = labelled(bars, frame, measure)
    return columns(bars, (frame.width, frame.height), lang, widths, size, stretch)


def labelled(
    bars: Sequence[Bar], frame: Frame, measure: Callable[[Sequence[str], int, int], list[float]]
) -> tuple[int, int, list[float]]:
    """The size in pixels and stretch in per cent of the labels, and how wide each then is."""
    step = pitch(len(bars), frame.width)
    for stretch, size in product(NARROWER, range(frame.largest, frame.smallest - 1, -1)):
        widths = measure([bar.label for bar in bars], size, stretch)
        if all(shown(bars, widths, step)):
            break
    return size, stretch, widths


def pitch(bars: int, width: int) -> float:
    """Pixels from one bar to the next; fewer than five bars do not grow into walls."""
    return width / (max(bars, 5) - GAP)


def shown(bars: Sequence[Bar], widths: Sequence[float], step: float) -> tuple[bool, ...]:
    """Which labels are printed so that none touches its neighbour, counted from the one that the card speaks of."""
    start = next((i for i, bar in enumerate(bars) if bar.current), 0)
    for every in range(1, len(bars)):
        picked = [i for i in range(len(bars)) if (i - start) % every == 0]
        if _apart(picked, bars, widths, step):
            return tuple(i in picked for i in range(len(bars)))
    return tuple(i == start for i in range(len(bars)))


def _apart(picked: Sequence[int], bars: Sequence[Bar], widths: Sequence[float], step: float) -> bool:
    """Whether these labels leave each other alone, those at the ends being pushed into the chart."""
    whole = step * (max(len(bars), 5) - GAP)
    middles = [within(i * step + step * (1 - GAP) / 2, widths[i] / 2 + MARK, whole) for i in picked]
    reach = [widths[i] / 2 + (MARK if bars[i].current else 0) for i in picked]
    edges = [(middle - far, middle + far) for middle, far in zip(middles, reach, strict=True)]
    between = [2 if bars[i].current or bars[j].current else 8 for i, j in pairwise(picked)]
    return all(b[0] - a[1] >= gap for (a, b), gap in zip(pairwise(edges), between, strict=True))


def years(bars: Sequence[Bar], step: float) -> tuple[str, ...]:
    """The years that are printed: of two too near each other the later one, which more of the bars belong to."""
    kept, last = [""] * len(bars), len(bars) + MOST_BARS
    for index in range(len(bars) - 1, -1, -1):
        if bars[index].year and (last - index) * step > YEAR_DIGIT * len(bars[index].year) + 3 * MARK:
            kept[index], last = bars[index].year, index
    return tuple(kept)


def columns(
    bars: Sequence[Bar],
    size: tuple[int, int],
    lang: Language,
    widths: Sequence[float],
    label_size: int,
    label_stretch: int = 100,
) -> Chart:
    """The chart of `size` pixels (its labels' line comes below); in a right-to-left language time runs to the left."""
    width, height = size
    step = pitch(len(bars), width)
    thick = step * (1 - GAP)
    top = max((bar.value or 0 for bar in bars), default=0) or 1
    told = _told(bars, [_printed(bar, lang) for bar in bars], step)
    drawn = []
    named = zip(bars, widths, shown(bars, widths, step), years(bars, step), strict=True)
    for index, (bar, wide, labelled, year) in enumerate(named):
        x = (len(bars) - 1 - index if lang.rtl else index) * step
        value = _printed(bar, lang) if index in told else ""
        reach = len(value) * VALUE_DIGIT / 2
        tall, half = (bar.value or 0) / top * (height - HEADROOM), wide / 2 + MARK
        drawn.append(
            Column(
                x=round(x, 1),
                y=round(height - tall, 1),
                width=round(thick, 1),
                height=round(tall, 1),
                centre=round(x + thick / 2, 1),
                value_at=within(x + thick / 2, reach, width),
                label_left=round(within(x + thick / 2, half, width) - half, 1),
                label_width=round(2 * half, 1),
                label=bar.label if labelled else "",
                year=year,
                year_at=within(x + thick / 2, len(year) * YEAR_DIGIT / 2, width),
                value=value,
                current=bar.current,
                missing=bar.value is None,
            )
        )
    return Chart(width, height, tuple(drawn), label_size, label_stretch)


def within(middle: float, reach: float, width: float) -> float:
    """The middle of what reaches so far to both sides, moved into the chart."""
    return round(min(max(middle, reach), width - reach), 1)


def _told(bars: Sequence[Bar], printed: Sequence[str], step: float) -> set[int]:
    """The bars whose value is written: the one that the card speaks of, and the tallest to read the others by.

    The tallest one's is left out where it would touch the other.
    """
    current = {index for index, bar in enumerate(bars) if bar.current}
    tallest = max(range(len(bars)), key=lambda index: bars[index].value or 0)
    room = max(map(len, printed)) * VALUE_DIGIT + MARK
    touches = any(abs(index - tallest) * step < room for index in current - {tallest})
    return current if touches or not bars[tallest].value else current | {tallest}


def _printed(bar: Bar, lang: Language) -> str:
    """A bar's value; a part of a whole is not rounded into a count."""
    return lang.number(bar.value) if bar.value is not None and bar.value == int(bar.value) else ""
