"""The kinds of charts that a card can hold.

A kind is a module of three functions: it reads what a card's data states, says which words it prints, and lays it out
in pixels for the macro of templates/cards/macros.html.j2 that draws it. The template gets it as `charts.NAME`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from pipeline.cards.charts import area, bars, groups, lines, months, parts, places, rows, steps, units
from pipeline.cards.charts._parts import Measure
from pipeline.cards.templates import Frame
from pipeline.rendering.languages import Language


class Laid(Protocol):
    """A chart in pixels, whatever its macro needs of it."""

    @property
    def texts(self) -> Sequence[str]:
        """Every text that is printed."""
        ...


class Kind(Protocol):
    """A module of this package."""

    def read(self, stated: Any, /) -> Any:
        """The data of a card, checked and cleaned; something false where there is nothing to draw. Raises Refused."""
        ...

    def words(self, data: Any, /) -> Iterable[str]:
        """The words in it, whose glyphs the body's fonts must have."""
        ...

    def lay_out(self, data: Any, frame: Frame, lang: Language, measure: Measure, /) -> Laid:
        """The chart in the frame that the format gives it."""
        ...


KINDS: Mapping[str, Kind] = {
    "area": area,
    "bars": bars,
    "groups": groups,
    "lines": lines,
    "months": months,
    "parts": parts,
    "places": places,
    "rows": rows,
    "steps": steps,
    "units": units,
}
