"""Labels beside circles so that none lies over another, over a circle, or over the frame's edge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import cos, hypot, pi, sin

from pipeline.cards.charts._parts import Label

GAP = 6  # px between a label and anything else
AWAY = (8, 20, 40, 64, 92, 124, 160, 200, 244)  # px from the circle's edge to the label, nearest first
LEADER = 24  # px: from here on a line leads to the label
DIRECTIONS = 32
TRIES = 40  # orders in which the labels choose before it is said that there is no room

Corner = tuple[float, float]
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Circle:
    """A circle in pixels."""

    x: float
    y: float
    radius: float

    def away(self, label: Label) -> float:
        """Pixels from the circle's edge to the label; negative where it lies over it."""
        x = min(max(self.x, label.left), label.right)
        y = min(max(self.y, label.top), label.bottom)
        return hypot(self.x - x, self.y - y) - self.radius

    def meets(self, label: Label, gap: float = GAP) -> bool:
        """Whether the label is nearer than `gap` pixels to the circle."""
        return self.away(label) < gap


@dataclass(frozen=True)
class Placed:
    """A label where it stands, and the line that leads to it from its circle."""

    label: Label
    leader: tuple[Corner, Corner] | None


def place(
    labels: Sequence[Label], circles: Sequence[Circle], bounds: Bounds, taken: Sequence[Label] = ()
) -> list[Placed] | None:
    """Each label near its circle, the nearest places first; None where one finds no place.

    `bounds` are left, top, right and bottom in pixels; nothing is put over what is `taken`. Those with the fewest
    places choose first, so that the label of a lone circle gives way to one in a crowd; one that then finds none
    chooses before all others in the next try.
    """
    free = [_free(label, circle, circles, bounds) for label, circle in zip(labels, circles, strict=True)]
    order = sorted(range(len(labels)), key=lambda index: len(free[index]))
    for _try in range(TRIES):
        found, left_out = _in_turn(order, free, taken)
        if left_out is None:
            return [found[index] for index in range(len(labels))]
        order = [left_out, *(index for index in order if index != left_out)]
    return None


def _in_turn(
    order: Sequence[int], free: Sequence[Sequence[Placed]], taken: Sequence[Label]
) -> tuple[dict[int, Placed], int | None]:
    """What each chose when its turn came, and the first that found no place."""
    found: dict[int, Placed] = {}
    for index in order:
        others = [*taken, *(one.label for one in found.values())]
        lines = [one.leader for one in found.values() if one.leader]
        choice = next((c for c in free[index] if _clear(c, others, lines)), None)
        if choice is None:
            return found, index
        found[index] = choice
    return found, None


def _free(label: Label, own: Circle, circles: Sequence[Circle], bounds: Bounds) -> list[Placed]:
    """The places that touch no circle, those that could be read as another circle's label last."""
    free = [one for one in _candidates(label, own, bounds) if not _hits(one.label, own, circles)]
    return sorted(free, key=lambda one: any(c.away(one.label) < own.away(one.label) for c in circles))


def _clear(one: Placed, others: Sequence[Label], lines: Sequence[tuple[Corner, Corner]]) -> bool:
    if any(one.label.meets(other, GAP) for other in others) or any(_crosses(line, one.label) for line in lines):
        return False
    return not one.leader or not any(_crosses(one.leader, other) for other in others)


def _hits(label: Label, own: Circle, circles: Sequence[Circle]) -> bool:
    return any(circle.meets(label, GAP if circle is not own else 0) for circle in circles)


def _crosses(line: tuple[Corner, Corner], label: Label) -> bool:
    """Whether a line passes through a label, looked at every few pixels."""
    (x, y), (to_x, to_y) = line
    steps = max(1, round(hypot(to_x - x, to_y - y) / 4))
    spots = ((x + (to_x - x) * n / steps, y + (to_y - y) * n / steps) for n in range(steps + 1))
    return any(label.left < at < label.right and label.top < down < label.bottom for at, down in spots)


def _candidates(label: Label, circle: Circle, bounds: Bounds) -> Iterator[Placed]:
    """The places around a circle within the bounds: beside it first, then over and under it, then further away."""
    left, top, right, bottom = bounds
    for away in AWAY:
        for angle in _angles():
            edge = circle.x + (circle.radius + away) * cos(angle), circle.y + (circle.radius + away) * sin(angle)
            x = edge[0] - label.width * (1 - cos(angle)) / 2
            y = edge[1] - label.height * (1 - sin(angle)) / 2
            if left <= x and x + label.width <= right and top <= y and y + label.height <= bottom:
                yield _led(replace(label, left=x, top=y), circle)


def _led(label: Label, circle: Circle) -> Placed:
    """The label and, where it is far, the line from its nearest edge to the circle's."""
    x, y = min(max(circle.x, label.left), label.right), min(max(circle.y, label.top), label.bottom)
    far = hypot(x - circle.x, y - circle.y)
    if far - circle.radius < LEADER:
        return Placed(label, None)
    part = circle.radius / far
    return Placed(label, ((circle.x + (x - circle.x) * part, circle.y + (y - circle.y) * part), (x, y)))


def _angles() -> list[float]:
    """Directions, those to the sides first, since that is how a label is read as the circle's own."""
    turns = [2 * pi * n / DIRECTIONS for n in range(DIRECTIONS)]
    return sorted(turns, key=lambda turn: (round(abs(sin(turn)), 3), -cos(turn)))
