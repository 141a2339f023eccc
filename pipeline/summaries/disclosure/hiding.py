"""Which numbers of a table are hidden: those of few people, and the fewest others that keep these from being solved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import groupby

from pipeline.summaries.disclosure import rounds
from pipeline.summaries.disclosure.crossing import FLAT, Crossing, Key, View, level, seen

TRIES = 4  # orders in which a table of ordinary size is closed; the best is taken
ORDINARY = 64  # numbers
Values = Mapping[Key, int]  # how many values numbers keep where all that may be hidden is; all others the threshold


@dataclass(frozen=True)
class Hidden:
    """The numbers that are not shown: `few` people each, and `others` that would give these away."""

    few: frozenset[Key] = frozenset()
    others: frozenset[Key] = frozenset()

    def __contains__(self, key: Key) -> bool:
        return key in self.few or key in self.others


def hide(crossing: Crossing) -> Hidden:
    """What is hidden of a table, so that each hidden number keeps at least `threshold` possible values.

    Where what is settled leaves a number fewer, as beside a total of two people, it keeps those.
    """
    needed = (crossing.few | crossing.closed) - crossing.settled - crossing.unsaid
    guarded = needed | (crossing.unsaid & crossing.few)
    if not guarded:
        return Hidden()
    view = seen(crossing)
    view.hide({*crossing.numbers} - crossing.settled)
    left: Values = {}
    if _leaks(view, guarded, left):
        if not crossing.plain:
            return hide(replace(crossing, plain=True))
        left = {key: view.values(key, crossing.threshold) for key in view.hidden}
    patterns = [_closed(crossing, needed, left, number) for number in range(_tries(crossing))]
    hidden = min(patterns, key=lambda keys: sum(rounds.price(crossing, key) for key in keys)) - crossing.unsaid
    few = frozenset() if crossing.plain else crossing.few & hidden
    return Hidden(few, frozenset(hidden - few))


def _tries(crossing: Crossing) -> int:
    return TRIES if len(crossing.numbers) <= ORDINARY and crossing.dimensions <= FLAT else 1


def _closed(crossing: Crossing, needed: frozenset[Key], left: Values, number: int) -> set[Key]:
    """The hidden numbers of one way to close the table: leaks are stopped in the order of that number, then trimmed."""
    view = seen(crossing)
    view.hide(needed | crossing.unsaid)
    while leaks := _leaks(view, _watched(view), left):
        if not any(rounds.close(view, leak, _enough(view, leak, left)) for leak in _ordered(crossing, leaks, number)):
            break
    if leaks:
        _by_level(view, left)
    _trim(view, needed, left, number)
    return view.hidden


def _by_level(view: View, left: Values) -> None:
    """Hides all numbers of the finest level, then of the next, until nothing leaks."""
    crossing = view.crossing
    by_width = sorted(crossing.numbers, key=lambda key: -sum(level(key)))
    for _width, keys in groupby(by_width, key=lambda key: sum(level(key))):
        view.hide({*keys} - crossing.settled)
        if not _leaks(view, _watched(view), left):
            return


def _watched(view: View) -> set[Key]:
    """The hidden numbers that have to stay open; a rest that nobody is told and that is not of few people need not."""
    crossing = view.crossing
    return view.hidden - (crossing.unsaid - crossing.few)


def _leaks(view: View, keys: Iterable[Key], left: Values) -> list[Key]:
    """The hidden numbers of which too few values are possible."""
    return [key for key in keys if not view.open(key, _enough(view, key, left))]


def _enough(view: View, key: Key, left: Values) -> int:
    """How many values a hidden number has to keep."""
    return min(view.crossing.threshold, left.get(key, view.crossing.threshold))


def _ordered(crossing: Crossing, keys: list[Key], number: int) -> list[Key]:
    """Smallest first, largest first, and by names in either direction: each try goes another way."""
    by_name = sorted(keys, key=_spelled, reverse=number > 1)
    if number == TRIES - 1:
        return by_name
    return sorted(by_name, key=lambda key: crossing.numbers[key], reverse=bool(number % 2))


def _spelled(key: Key) -> tuple[str, ...]:
    return tuple(one or "" for one in key)


def _trim(view: View, needed: frozenset[Key], left: Values, number: int) -> None:
    """Shows again every number that the hidden ones do not need, the dearest first."""
    crossing = view.crossing
    extra = view.hidden - needed - crossing.unsaid
    if len(crossing.numbers) > ORDINARY and crossing.dimensions > FLAT:
        return  # too wide to look at every number again
    names = sorted(extra, key=_spelled, reverse=bool(number % 2))
    for key in sorted(names, key=lambda key: -rounds.price(crossing, key)):
        view.show(key)
        if _leaks(view, _watched(view), left):
            view.hide([key])
