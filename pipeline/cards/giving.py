"""What gives way on a card whose parts are too high together: charts that may, then the figure, then the headline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from pipeline.cards.fitting import InkFit
from pipeline.cards.templates import Frame, Place, Template

TIGHTER = 0.93  # of a headline's size, each time that it gives way


@dataclass(frozen=True)
class Sizes:
    """What the parts of a card are set at: the charts' frames, the figures' heights, the places of all other texts."""

    frames: Mapping[str, Frame]
    heights: Mapping[str, float]
    places: Mapping[str, Place]


def charts_give(sizes: Sizes, over: float) -> Sizes | None:
    """The charts lower by so many pixels, as far as they give way; None if they do no more."""
    lower = {
        name: replace(frame, height=max(frame.least or frame.height, frame.height - ceil(over)))
        for name, frame in sizes.frames.items()
    }
    return None if lower == sizes.frames else replace(sizes, frames=lower)


def figures_give(inks: Sequence[InkFit], share: float, sizes: Sizes, over: float) -> Sizes | None:
    """The figures lower by so many pixels, but no lower than a share of their usual height; None if they are there."""
    # A figure as wide as its place may be lower than it was asked to be: what it really is gives way.
    tall = {i.slot.name: min(sizes.heights[i.slot.name], i.at(sizes.heights[i.slot.name])[1]) for i in inks}
    lower = {i.slot.name: max(i.least, share * i.at(i.place.height)[1], tall[i.slot.name] - over) for i in inks}
    return None if all(lower[name] >= tall[name] for name in tall) else replace(sizes, heights=lower)


def headlines_give(template: Template, sizes: Sizes, over: float) -> Sizes | None:
    """The texts that yield a little smaller; None if they are at their smallest."""
    tighter = {
        name: place
        if not template.slots[name].yields
        else replace(place, largest=max(place.smallest, round(place.largest * TIGHTER)))
        for name, place in sizes.places.items()
    }
    return None if tighter == sizes.places else replace(sizes, places=tighter)
