"""The cheapest other numbers that have to be hidden with one, so that it can rise and fall."""

from __future__ import annotations

from pipeline.summaries.disclosure.crossing import Crossing, FlatView, Key, View, level
from pipeline.summaries.disclosure.flows import UNBOUNDED

TOTAL = 20.0  # a hidden total costs as much as so many hidden cells
Phase = tuple[int, int]  # how far a number has to be able to rise, and to fall, at once


def price(crossing: Crossing, key: Key) -> float:
    """What hiding a number costs: one each, a little more where it is large or zero, far more where it is a total."""
    value = crossing.numbers[key]
    size = 0.01 * value / (crossing.largest or 1) if value else 0.02
    return (1.0 if all(level(key)) else TOTAL) + size


def close(view: View, leak: Key, enough: int) -> bool:
    """Whether other numbers were hidden, so that this one has more possible values: `enough`, if that can be."""
    plans = [_plan(view, leak, phases) for phases in _phases(view.crossing, leak, enough)]
    if not (found := [plan for plan in plans if plan]):
        return False
    view.hide(min(found, key=lambda keys: sum(price(view.crossing, key) for key in keys)))
    return True


def _phases(crossing: Crossing, key: Key, enough: int) -> list[list[Phase]]:
    """The ways in which a number may get its possible values: up and down at once, or one after the other."""
    value, steps = crossing.numbers[key], enough - 1
    down, high = min(value, steps), crossing.ends(key, hidden=True)[1]
    if high < UNBOUNDED:
        return [[(high - value, down)], [(high - value, 0), (0, down)]]
    return [[(steps, 0)], [(steps - down, down)], [(steps - down, 0), (0, down)]]


def _plan(view: View, leak: Key, phases: list[Phase]) -> set[Key]:
    """The numbers to hide for all phases together; empty where one cannot be had, or nothing new is needed."""
    find = _round if isinstance(view, FlatView) else _box
    added: set[Key] = set()
    for phase in phases:
        if phase == (0, 0):
            continue
        if (more := find(view, leak, phase, added)) is None:
            return set()
        added |= more
    return added


def _cost(view: View, key: Key, way: int, phase: Phase, added: set[Key]) -> float | None:
    """What moving a number that much costs: nothing where it is hidden anyway; None where it may not move so far."""
    crossing, (up, down) = view.crossing, phase if way > 0 else phase[::-1]
    hidden = key in view.hidden or key in added
    if not hidden and (key in crossing.settled or key in crossing.unsaid):
        return None
    low, high = crossing.ends(key, hidden=True)
    value = crossing.numbers[key]
    if value + up > high or value - down < low:
        return None
    return 0.0 if hidden else price(crossing, key)


def _round(view: View, leak: Key, phase: Phase, added: set[Key]) -> set[Key] | None:
    """The new numbers of the cheapest round of arcs through this one, on each of which that much can be moved."""
    assert isinstance(view, FlatView)
    keys, flows = view.keys, view.network.flows

    def cost(arc: int, way: int) -> float | None:
        if key := keys.get(arc):
            return _cost(view, key, way, phase, added)
        return 0.0 if flows[arc] >= phase[1 if way > 0 else 0] else None

    found = view.network.cheapest(view.arcs[leak], cost)
    if found is None:
        return None
    return {keys[arc] for arc in found if arc in keys} - view.hidden


def _box(view: View, leak: Key, phase: Phase, added: set[Key]) -> set[Key] | None:
    """The new numbers of the cheapest box through this one: its corners rise and fall in turn, so that totals stay."""
    best: tuple[float, set[Key]] | None = None
    for box in view.crossing.boxes(leak):
        if box.up < phase[0] or box.down < phase[1]:
            continue
        costs = {key: _cost(view, key, way, phase, added) for key, way in box.moves if key != leak}
        if None in costs.values():
            continue
        spent = sum(cost for cost in costs.values() if cost)
        if best is None or spent < best[0]:
            best = spent, {key for key, cost in costs.items() if cost}
    return None if best is None else best[1]
