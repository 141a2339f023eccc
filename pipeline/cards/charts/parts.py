"""A part of a whole: one bar from edge to edge of the card, the part solid, the rest hatched, each with its words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.cards.charts._parts import (
    BOLD,
    Label,
    Labelled,
    Measure,
    count,
    far,
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

GAP = 14  # px between the bar and its words


@dataclass(frozen=True)
class Part:
    """A count and what it counts."""

    label: str
    value: int
    current: bool


@dataclass(frozen=True)
class Whole(Labelled):
    """The bar as drawn: from `top` to `bottom`, the part from `left` on, in pixels."""

    width: int
    height: int
    top: float
    bottom: float
    left: float
    part: float
    labels: tuple[Label, ...]


def read(stated: Any) -> tuple[Part, ...]:
    """The part and the rest (`[{label, value, current}]`), of which the current one is the part; else Refused."""
    parts = tuple(_part(one) for one in listed(stated, "parts", 2))
    if parts and (len(parts) != 2 or sum(part.current for part in parts) != 1 or not sum(p.value for p in parts)):
        raise Refused(_("parts: give the part, marked as current, and the rest; together they are not zero."))
    return tuple(sorted(parts, key=lambda part: not part.current))


def _part(stated: Any) -> Part:
    part = fields(stated, "parts", ("label", "value"), ("current",))
    value = count(part["value"], "parts")
    if value is None:
        raise Refused(_("parts: a part of what is not known cannot be drawn."))
    return Part(short(part["label"], "parts"), value, bool(part.get("current", False)))


def words(parts: Sequence[Part]) -> Iterator[str]:
    """The labels, whose glyphs the body's fonts must have."""
    return (part.label for part in parts)


def lay_out(parts: Sequence[Part], frame: Frame, lang: Language, measure: Measure) -> Whole:
    """The bar across the whole frame: the part's words over its beginning, the rest's under its end."""
    inset = frame.options.get("inset", 72)
    said = [f"{printed(part.value, lang)} {part.label}" for part in parts]
    room = frame.width - 2 * inset
    size = largest((frame.smallest, frame.largest), lambda size: max(measure(said, size, 100)) * BOLD <= room)
    wide = [width * BOLD for width in measure(said, size, 100)]
    if max(wide) > room:
        raise Refused(_("parts: the label {label} is too wide: shorten it.", label=max(said, key=len)))
    line = Label("", 0, 0, 0, size).height
    top, bottom = line + GAP, frame.height - line - GAP
    part = parts[0].value / sum(one.value for one in parts) * frame.width
    over = Label(said[0], mirrored(inset, wide[0], frame.width, lang), 0, wide[0], size, "now", near(lang))
    under = Label(
        said[1],
        mirrored(frame.width - inset - wide[1], wide[1], frame.width, lang),
        bottom + GAP,
        wide[1],
        size,
        "then",
        far(lang),
    )
    left = mirrored(0, part, frame.width, lang)
    return Whole(frame.width, frame.height, top, bottom, left, round(part, 1), (over, under))
