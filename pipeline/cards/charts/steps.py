"""Where a slide stands among the slides: a row of equal pieces, filled as far as the reader has come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.cards.templates import Frame
from pipeline.errors import Refused
from pipeline.rendering.languages import Language
from publishers._sentences import _

MOST = 20
GAP = 8  # px between two pieces


@dataclass(frozen=True)
class Steps:
    """The reader is at slide `at` of `of`, counted from 1."""

    at: int
    of: int


@dataclass(frozen=True)
class Piece:
    """One piece in pixels from the row's left."""

    x: float
    width: float
    filled: bool


@dataclass(frozen=True)
class Row:
    """The row as drawn, in pixels; it prints no text."""

    width: int
    height: int
    pieces: tuple[Piece, ...]
    texts: tuple[str, ...] = ()


def read(stated: Any) -> Steps | None:
    """The place of a card's data (`{at, of}`), None where it names none; anything else is refused."""
    if not stated:
        return None
    if not isinstance(stated, dict) or set(stated) != {"at", "of"}:
        raise Refused(_("steps: give the number of the slide (at) and how many there are (of)."))
    at, of = stated["at"], stated["of"]
    if not (type(at) is int and type(of) is int and 1 <= at <= of <= MOST):
        raise Refused(_("steps: at is a number from 1 to of, and of is {most} at most.", most=MOST))
    return Steps(at, of)


def words(_data: Steps, /) -> Sequence[str]:
    """No words."""
    return ()


def lay_out(
    data: Steps, frame: Frame, lang: Language, _measure: Callable[[Sequence[str], int, int], list[float]], /
) -> Row:
    """The row in its frame; in a right-to-left language it fills from the right."""
    pitch = (frame.width + GAP) / data.of
    order = range(data.of - 1, -1, -1) if lang.rtl else range(data.of)
    pieces = tuple(
        Piece(round(place * pitch, 1), round(pitch - GAP, 1), number <= data.at)
        for number, place in enumerate(order, 1)
    )
    return Row(frame.width, frame.height, pieces)
