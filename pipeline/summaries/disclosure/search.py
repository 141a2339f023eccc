"""What sums of any shape allow a hidden one to be: whole counts, searched with a limit.

It finds another set of counts that agrees with everything known, or it does not; what is not found within the limit is
taken as impossible, so that a doubt hides more and never less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

NODES = 40  # of one step
FAR = 1 << 40

Ends = tuple[list[int], list[int]]  # of every unknown, the least and the greatest it may be


@dataclass(frozen=True)
class Known:
    """low <= the sum of these unknowns <= high."""

    unknowns: tuple[int, ...]
    low: int
    high: int


class Unfit(Exception):
    """No counts agree with what is known."""


def interval(counts: Sequence[int], known: Sequence[Known], wanted: Sequence[int], enough: int) -> tuple[int, int]:
    """A stretch of values around the true one that the sum of `wanted` may have, each of them proved by an example.

    It is the whole of what is possible, or ends where `enough` values are proved, or where the search gave up.
    """
    ends = []
    value = sum(counts[one] for one in wanted)
    for step in (1, -1):
        steps, now = 0, list(counts)
        while steps < enough - 1 and (after := stepped(now, known, wanted, step)):
            steps, now = steps + 1, after
        ends.append(value + step * steps)
    return ends[1], ends[0]


def stepped(counts: Sequence[int], known: Sequence[Known], wanted: Sequence[int], step: int) -> list[int] | None:
    """Other counts that agree with all that is known, each at most one away, in which `wanted` sums to `step` more.

    None where there are none, or none was found within the limit.
    """
    value = sum(counts[one] for one in wanted) + step
    near = [Known((one,), max(count - 1, 0), count + 1) for one, count in enumerate(counts)]
    try:
        free, left = _free(counts, [*near, *known, Known(tuple(wanted), value, value)])
    except Unfit:
        return None
    found = _example([counts[one] for one in free], left)
    if found is None:
        return None
    after = list(counts)
    for one, count in zip(free, found, strict=True):
        after[one] = count
    return after


def _free(counts: Sequence[int], known: Sequence[Known]) -> tuple[list[int], list[Known]]:
    """The unknowns that are not settled as they are, and what is known of these under new numbers. Raises Unfit."""
    ends = ([0] * len(counts), [FAR] * len(counts))
    _narrow(ends, known)
    free = [one for one, (low, high) in enumerate(zip(*ends, strict=True)) if (low, high) != (counts[one],) * 2]
    names = {one: number for number, one in enumerate(free)}
    left = [Known((number,), ends[0][one], ends[1][one]) for one, number in names.items()]
    for fact in known:
        settled = sum(counts[one] for one in fact.unknowns if one not in names)
        rest = tuple(names[one] for one in fact.unknowns if one in names)
        if len(rest) > 1:
            left.append(Known(rest, fact.low - settled, fact.high - settled))
    return free, left


def _narrow(ends: Ends, known: Sequence[Known]) -> None:
    """Draws the ends together as far as each single fact tells. Raises Unfit where they cross."""
    low, high = ends
    moved = True
    while moved:
        moved = False
        for fact in known:
            least, most = sum(low[one] for one in fact.unknowns), sum(high[one] for one in fact.unknowns)
            if least > fact.high or most < fact.low:
                raise Unfit
            if most <= fact.high and least >= fact.low:
                continue
            for one in fact.unknowns:
                top, bottom = fact.high - (least - low[one]), fact.low - (most - high[one])
                if top < high[one] or bottom > low[one]:
                    high[one], low[one] = min(top, high[one]), max(bottom, low[one])
                    moved = True
                    if low[one] > high[one]:
                        raise Unfit


def _example(true: Sequence[int], known: Sequence[Known]) -> list[int] | None:
    """Counts that agree with all of it, looked for from the true ones on."""
    waiting: list[Ends] = [([0] * len(true), [FAR] * len(true))]
    for _node in range(NODES):
        if not waiting:
            return None
        ends = waiting.pop()
        try:
            _narrow(ends, known)
        except Unfit:
            continue
        guess = [min(max(one, low), high) for one, low, high in zip(true, *ends, strict=True)]
        split = _split(guess, ends, known)
        if split is None:
            return guess
        waiting += split
    return None


def _split(guess: Sequence[int], ends: Ends, known: Sequence[Known]) -> list[Ends] | None:
    """The two halves of what is left, around a count that has to move, the likelier one last; None where all agrees."""
    for fact in known:
        sum_ = sum(guess[one] for one in fact.unknowns)
        if fact.low <= sum_ <= fact.high:
            continue
        up = sum_ < fact.low
        one = next(one for one in fact.unknowns if (guess[one] < ends[1][one] if up else guess[one] > ends[0][one]))
        stays, moves = _copy(ends), _copy(ends)
        if up:
            stays[1][one], moves[0][one] = guess[one], guess[one] + 1
        else:
            stays[0][one], moves[1][one] = guess[one], guess[one] - 1
        return [stays, moves]
    return None


def _copy(ends: Ends) -> Ends:
    return list(ends[0]), list(ends[1])
