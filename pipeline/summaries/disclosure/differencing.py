"""What numbers that were told at different times tell together: October less its first three weeks is the fourth.

Everybody who was counted stands in some of the places that were told of and not in the others; those who stand in just
the same ones can only be told apart from the rest. The counts of these groups are the unknowns, what was shown are
sums of them, and a group of few people must keep as many possible values as the threshold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pipeline.observations.datasets import Dataset
from pipeline.summaries.disclosure import search
from pipeline.summaries.disclosure.scopes import Row, Told, places

Group = frozenset[int]  # the numbers, by their place in a list, that the same people are counted in


@dataclass(frozen=True)
class Known:
    """Numbers of one measure with the people behind them, by group."""

    numbers: Sequence[Told]
    groups: Mapping[Group, int]

    @property
    def threshold(self) -> int:
        return max(one.threshold for one in self.numbers)

    def now(self, number: int) -> int:
        """What a number would be today."""
        return sum(count for group, count in self.groups.items() if number in group)


def grouped(numbers: Sequence[Told], rows: Iterable[Row], dataset: Dataset) -> Known:
    """The numbers with how many of whom they count; rows that none of them counts are left out."""
    grounds: dict[tuple[object, ...], dict[tuple[str, ...], dict[frozenset[tuple[str, str]], list[int]]]] = {}
    for place, one in enumerate(numbers):
        dimensions = tuple(dimension for dimension, _value in one.at)
        grounds.setdefault(one.ground, {}).setdefault(dimensions, {}).setdefault(frozenset(one.at), []).append(place)
    first = {one.ground: one for one in reversed(numbers)}
    groups: dict[Group, int] = {}
    values: dict[str, set[int]] = {}  # where different values are counted, each is one, wherever its rows stand
    for row in rows:
        inside: set[int] = set()
        for ground, tables in grounds.items():
            if first[ground].covers(row, dataset):
                for dimensions, at in tables.items():
                    inside.update(one for place in places(row, dimensions, dataset) for one in at.get(place, ()))
        if (value := numbers[0].distinct(row)) is not None:
            values.setdefault(value, set()).update(inside)
        elif inside:
            groups[frozenset(inside)] = groups.get(frozenset(inside), 0) + numbers[0].added(row)
    for held in values.values():
        if held:
            groups[frozenset(held)] = groups.get(frozenset(held), 0) + 1
    return Known(numbers, groups)


def given_away(known: Known, new: int) -> list[int]:
    """Which of the last `new` numbers must not be shown beside the earlier ones.

    The earlier ones stand: what they give away already is not looked at. Numbers are tried from the finest and
    smallest on; where no single one is to blame, all fine ones go, then all.
    """
    earlier = len(known.numbers) - new
    shown = {number for number, one in enumerate(known.numbers) if one.value is not None}
    own = [one for one in sorted(shown, key=known.now) if one >= earlier]
    own.sort(key=lambda one: not known.numbers[one].fine)
    lost = _leaks(known, shown - set(own))
    closed: set[int] = set(_corrected(known, earlier))
    while _leaks(known, shown - closed) - lost:
        left = [one for one in own if one not in closed]
        if not left:
            break
        single = next((one for one in left if not _leaks(known, shown - closed - {one}) - lost), None)
        fine = {one for one in left if known.numbers[one].fine}
        closed |= {single} if single is not None else fine or set(left)
    return sorted(closed | _worded(known, earlier, shown - closed))


def _worded(known: Known, earlier: int, shown: set[int]) -> set[int]:
    """The new numbers of which the words "fewer than five" tell too much beside the others: they are hidden without."""
    found = set()
    for number, one in enumerate(known.numbers[earlier:], earlier):
        secret = frozenset(group for group in known.groups if number in group)
        few = one.value is None and one.few and 0 < known.now(number) < known.threshold
        if few and not _open(known, shown, secret):
            found.add(number)
    return found


def _leaks(known: Known, shown: set[int]) -> set[frozenset[Group]]:
    """The secrets of which fewer values than the threshold agree with what is shown."""
    return {one for one in _secrets(known, shown) if not _open(known, shown, one)}


def _corrected(known: Known, earlier: int) -> list[int]:
    """The new numbers that say of few people more or fewer what was told before of the very same place."""
    told = {one.scope: one.value for one in known.numbers[:earlier] if one.value is not None}
    found = []
    for number, one in enumerate(known.numbers[earlier:], earlier):
        before = told.get(one.scope)
        if one.fine and one.value is not None and before is not None and 0 < abs(one.value - before) < one.threshold:
            found.append(number)
    return found


def _secrets(known: Known, shown: set[int]) -> set[frozenset[Group]]:
    """What must stay unknown: hidden numbers of few people, and few who are told apart by a fine number."""
    fine = frozenset(number for number in shown if known.numbers[number].fine)
    alike: dict[Group, set[Group]] = {}
    cuts: dict[Group, set[Group]] = {}
    for group in known.groups:
        seen = group & shown
        alike.setdefault(seen, set()).add(group)
        cuts.setdefault(seen - fine, set()).add(seen)
    found = {frozenset(groups) for seen, groups in alike.items() if seen and len(cuts[seen - fine]) > 1}
    for number, one in enumerate(known.numbers):
        if one.value is None and one.few:
            found.add(frozenset(group for group in known.groups if number in group))
    return {one for one in found if 0 < sum(known.groups[group] for group in one) < known.threshold}


def _open(known: Known, shown: set[int], secret: frozenset[Group]) -> bool:
    """Whether as many values of a secret as the threshold agree with what is shown."""
    groups = list(known.groups)
    facts = []
    for number, one in enumerate(known.numbers):
        members = tuple(place for place, group in enumerate(groups) if number in group)
        now = sum(known.groups[groups[place]] for place in members)
        if number in shown:
            facts.append(search.Known(members, now, now))
        elif one.value is None and one.few and now < one.threshold:
            facts.append(search.Known(members, 0, one.threshold - 1))
    wanted = [groups.index(group) for group in secret]
    low, high = search.interval([known.groups[group] for group in groups], facts, wanted, known.threshold)
    return high - low + 1 >= known.threshold
