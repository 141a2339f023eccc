"""What every kind of chart is made of: data that can be drawn true, and words with their place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isfinite
from typing import Any, Literal

from pipeline.errors import Refused
from pipeline.rendering.languages import Language
from pipeline.rendering.typography import clean
from publishers._sentences import _

Measure = Callable[[Sequence[str], int, int], list[float]]
"""Widths in pixels of words in the style of an axis, at a size in pixels and a stretch in per cent."""

Align = Literal["left", "center", "right"]

BOLD = 1.13  # how much wider the widest bold letters are than those that `Measure` is asked for
LINE = 1.3  # of a size: the height of a line of words, which Arabic's marks need
LONGEST = 40  # characters of a label
NO_NUMBER = "–"


@dataclass(frozen=True)
class Label:
    """Words on one line: their box in pixels from the chart's left and top, and how they are set in it."""

    text: str
    left: float
    top: float
    width: float
    size: int
    style: str = "axis"
    align: Align = "center"
    stretch: int = 100

    @property
    def height(self) -> int:
        """The height of the line in pixels."""
        return ceil(self.size * LINE)

    @property
    def right(self) -> float:
        """The right edge in pixels."""
        return self.left + self.width

    @property
    def bottom(self) -> float:
        """The lower edge in pixels."""
        return self.top + self.height

    def meets(self, other: Label, gap: float = 0) -> bool:
        """Whether the two boxes are nearer than `gap` pixels to each other."""
        beside = self.left < other.right + gap and other.left < self.right + gap
        return beside and self.top < other.bottom + gap and other.top < self.bottom + gap


class Labelled:
    """A chart in pixels whose words are all labels."""

    labels: tuple[Label, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text that is printed."""
        return tuple(label.text for label in self.labels)


def listed(stated: Any, name: str, most: int) -> Sequence[Any]:
    """The stated list; Refused, naming the chart's data, where it is none or has more than `most` entries."""
    if not isinstance(stated, Sequence) or isinstance(stated, str | bytes) or len(stated) > most:
        raise Refused(_("{name}: give a list of {most} entries at most.", name=name, most=most))
    return stated


def fields(stated: Any, name: str, needed: Collection[str], allowed: Collection[str] = ()) -> Mapping[str, Any]:
    """The stated mapping; Refused where a needed field is absent or an unknown one is there."""
    if not isinstance(stated, Mapping) or set(needed) - set(stated) or set(stated) - {*needed, *allowed}:
        needs, may = ", ".join(needed), ", ".join(allowed) or "–"
        raise Refused(
            _("{name}: each entry needs {needs}, may have {may}, and nothing else.", name=name, needs=needs, may=may)
        )
    return stated


def count(stated: Any, name: str) -> int | None:
    """A whole number that is not negative, or None, which is a number that nobody has; else Refused."""
    if stated is None:
        return None
    numeric = isinstance(stated, int | float) and not isinstance(stated, bool) and isfinite(stated)
    if not numeric or stated < 0 or stated != int(stated):
        raise Refused(_("{name}: give a whole number that is not negative, or none where it is not known.", name=name))
    return int(stated)


def short(stated: Any, name: str, most: int = LONGEST) -> str:
    """A short text, cleaned; else Refused."""
    if not isinstance(stated, str) or len(stated) > most:
        raise Refused(_("{name}: a label is a text of {most} characters at most.", name=name, most=most))
    return clean(stated, name)


def printed(value: int | None, lang: Language) -> str:
    """A value as it is written beside its shape: "–" where nobody has it."""
    return NO_NUMBER if value is None else lang.number(value)


def largest(sizes: tuple[int, int], holds: Callable[[int], bool]) -> int:
    """The largest size from the second down to the first at which something holds; the first if none does."""
    low, high = sizes
    return next((size for size in range(high, low, -1) if holds(size)), low)


def mirrored(left: float, width: float, whole: float, lang: Language) -> float:
    """Where a box begins when the chart is read from the reader's side."""
    return round(whole - left - width if lang.rtl else left, 1)


def near(lang: Language) -> Align:
    """The side that a reader begins at."""
    return "right" if lang.rtl else "left"


def far(lang: Language) -> Align:
    """The side that a reader ends at."""
    return "left" if lang.rtl else "right"
