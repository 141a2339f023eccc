"""A table whose cells may be hidden, and what a reader can work out of those that are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice, product

from pipeline.summaries.disclosure import search
from pipeline.summaries.disclosure.flows import UNBOUNDED, Network

Key = tuple[str | None, ...]  # a category for each dimension; None stands for all of them together
Level = tuple[bool, ...]  # which dimensions a number is told by
BOXES = 2000  # looked at around one number
FLAT = 2  # dimensions; those tables are solved exactly as flows


@dataclass(frozen=True)
class Box:
    """Numbers that move together: each with its way, as the first (1) or against it (-1), and how far by the counts.

    Its corners rise and fall in turn, so that the totals over an edge stay as they are; others move too.
    """

    moves: tuple[tuple[Key, int], ...]
    up: int
    down: int


@dataclass(frozen=True)
class Crossing:
    """Counts of people by up to three dimensions, with the totals that a reader sees too.

    `guarded` levels are those where a number of people below the threshold is hidden. `unsaid` numbers are never shown
    but a reader works them out (the rest of a whole whose part is shown). `settled` ones are published already.
    `closed` ones have to be hidden whatever they are. `whole` is given where the categories of a single dimension sum
    to more than all, because one person may stand under several. A `plain` table says of a hidden number only that it
    is hidden, not that it is below the threshold: that alone may say too much beside a small total.
    """

    counts: Mapping[Key, int]
    levels: frozenset[Level]
    guarded: frozenset[Level]
    threshold: int
    unsaid: frozenset[Key] = frozenset()
    settled: frozenset[Key] = frozenset()
    closed: frozenset[Key] = frozenset()
    whole: int | None = None
    plain: bool = False

    @cached_property
    def dimensions(self) -> int:
        return len(next(iter(self.counts), ()))

    @cached_property
    def inner(self) -> list[Key]:
        """Every combination of categories; one without a count counts zero."""
        categories = [list(dict.fromkeys(key[place] for key in self.counts)) for place in range(self.dimensions)]
        return list(product(*categories))

    @cached_property
    def members(self) -> dict[Key, list[int]]:
        """For every number that a reader sees or works out, the places in `inner` of what it adds up."""
        found: dict[Key, list[int]] = {}
        for level in self.levels:
            for place, key in enumerate(self.inner):
                found.setdefault(at(key, level), []).append(place)
        return found

    @cached_property
    def empty(self) -> frozenset[Key]:
        """The numbers without a count: where acts are told exactly, a place without any is known to have nobody."""
        counted = {place for place, key in enumerate(self.inner) if key in self.counts}
        return frozenset(key for key, places in self.members.items() if counted.isdisjoint(places))

    @cached_property
    def atoms(self) -> list[int]:
        return [self.counts.get(key, 0) for key in self.inner]

    @cached_property
    def numbers(self) -> dict[Key, int]:
        """Every number that a reader sees or works out."""
        sums = {key: sum(self.atoms[one] for one in places) for key, places in self.members.items()}
        return sums if self.whole is None else {**sums, (None,): self.whole}

    @cached_property
    def largest(self) -> int:
        return max(self.numbers.values(), default=0)

    @cached_property
    def few(self) -> frozenset[Key]:
        """The numbers of people below the threshold that must not be known; zero may."""
        return frozenset(
            key for key, value in self.numbers.items() if 0 < value < self.threshold and level(key) in self.guarded
        )

    def boxes(self, corner: Key, within: set[Key] | None = None) -> Iterator[Box]:
        """Every box with a corner in this number that can move at all; of numbers `within` a set alone."""
        for edges in islice(product(*self._edges(corner, within)), BOXES):
            box = self._boxes.get(edges) or self._boxes.setdefault(edges, self._box(edges))
            if (box.up or box.down) and (within is None or all(key in within for key, _way in box.moves)):
                yield box

    @cached_property
    def _boxes(self) -> dict[tuple[Key, ...], Box]:
        return {}

    @cached_property
    def _counted_in(self) -> dict[Key, list[Key]]:
        return {key: [at(key, told) for told in self.levels] for key in self.inner}

    @cached_property
    def _categories(self) -> list[list[str | None]]:
        return [list(dict.fromkeys(key[place] for key in self.inner)) for place in range(self.dimensions)]

    def _edges(self, corner: Key, within: set[Key] | None) -> list[list[Key]]:
        """For each dimension, no edge, or the pairs of categories that may be one; a total has no edge of its own.

        `within` leaves out the edges whose other end is not in it, and boxes without an edge where no total is.
        """
        told = None if within is None or None in corner else within
        alone = told is None or any(None in key for key in told)
        edges: list[list[Key]] = []
        for place, (own, every) in enumerate(zip(corner, self._categories, strict=True)):
            if own is None:
                edges.append([(one,) for one in every])
                continue
            ends = [one for one in every if one != own]
            if told is not None:
                ends = [one for one in ends if (*corner[:place], one, *corner[place + 1 :]) in told]
            edges.append([*([(own,)] if alone else []), *((own, one) for one in ends)])
        return edges

    def _box(self, edges: Sequence[Key]) -> Box:
        moves: dict[Key, int] = {}
        for places in product(*(range(len(edge)) for edge in edges)):
            key = tuple(edge[place] for edge, place in zip(edges, places, strict=True))
            for number in self._counted_in[key]:
                moves[number] = moves.get(number, 0) + (-1) ** sum(places)
        moves = {key: way for key, way in moves.items() if way}
        rooms = [self.room(key, self.numbers[key], way) for key, way in moves.items()]
        return Box(tuple(moves.items()), min(up for up, _down in rooms), min(down for _up, down in rooms))

    def room(self, key: Key, value: int, way: int) -> tuple[int, int]:
        """How many steps of `way` a hidden number of that value may make, and how many back, by itself."""
        low, high = self.ends(key, hidden=True)
        above, below = (high - value) // abs(way), (value - low) // abs(way)
        return (above, below) if way > 0 else (below, above)

    def ends(self, key: Key, *, hidden: bool) -> tuple[int, int]:
        """What is known of a number by itself: all of it, "fewer than five", or nothing."""
        if not hidden:
            return self.numbers[key], self.numbers[key]
        said = key in self.few and key not in self.unsaid and not self.plain
        return 0, self.threshold - 1 if said else UNBOUNDED if self.whole is None else self.whole


def level(key: Key) -> Level:
    """Which dimensions a number is told by."""
    return tuple(one is not None for one in key)


def at(key: Key, level: Level) -> Key:
    """The number at a level that a combination of categories is counted in."""
    return tuple(one if kept else None for one, kept in zip(key, level, strict=True))


@dataclass
class View:
    """A crossing with some of its numbers hidden: what a reader has before them."""

    crossing: Crossing
    hidden: set[Key] = field(default_factory=set)

    def hide(self, keys: Iterable[Key]) -> None:
        self.hidden.update(keys)

    def show(self, key: Key) -> None:
        self.hidden.discard(key)

    def open(self, key: Key, enough: int) -> bool:
        """Whether that many values of a hidden number agree with all that is shown; a doubt says no."""
        return self.values(key, enough) >= enough

    def values(self, key: Key, enough: int) -> int:
        """How many values of a hidden number, up to `enough`, agree with all that is shown; proved, or not counted."""
        boxes = []
        up = down = 0
        for box in self.crossing.boxes(key, self.hidden):
            boxes.append(box)
            up, down = max(up, box.up), max(down, box.down)
            if up + down + 1 >= enough:
                return enough
        return min(enough, self._moved(boxes, 1) + self._moved(boxes, -1) + 1)

    def _moved(self, boxes: list[Box], step: int) -> int:
        """How many units a number moves through one box after the other."""
        values, total = dict(self.crossing.numbers), 0
        for box in boxes:
            units = min(self.crossing.room(key, values[key], step * way)[0] for key, way in box.moves)
            for key, way in box.moves:
                values[key] += step * way * units
            total += units
        return total

    def _known(self) -> list[search.Known]:
        numbers = self.crossing.members.items()
        ends = {key: self.crossing.ends(key, hidden=key in self.hidden) for key, _places in numbers}
        return [search.Known(tuple(places), *ends[key]) for key, places in numbers if ends[key] != (0, UNBOUNDED)]


@dataclass
class FlatView(View):
    """The same in one or two dimensions, exact at any size.

    Every number is an arc: the total goes round to the first node, which its rows leave; a cell leads from its row to
    its column, and columns go back. A number that no one is told is an arc of which nothing is known.
    """

    network: Network = field(default_factory=Network)
    arcs: dict[Key, int] = field(default_factory=dict)
    keys: dict[int, Key] = field(default_factory=dict)

    def __post_init__(self) -> None:
        nodes: dict[str, int] = {}
        for (tail, head, key), value in self._sums().items():
            told = key in self.crossing.members
            ends = self.crossing.ends(key, hidden=key in self.hidden) if told else (0, UNBOUNDED)
            start, end = (nodes.setdefault(node, len(nodes)) for node in (tail, head))
            arc = self.network.arc(start, end, value, *ends)
            if told:
                self.arcs[key], self.keys[arc] = arc, key

    def _sums(self) -> dict[tuple[str, str, Key], int]:
        """Every arc, from node to node, with its number's name and value."""
        found: dict[tuple[str, str, Key], int] = {}
        for key, value in zip(self.crossing.inner, self.crossing.atoms, strict=True):
            row, column = f"row {key[0] if key else ''}", f"column {key[1] if len(key) > 1 else ''}"
            everything: Key = (None,) * len(key)
            across = key[:1] + everything[1:]  # of one dimension, the row is the number and its cell has no name
            for arc in (
                ("end", "start", everything),
                ("start", row, across if key else ("row",)),
                (row, column, key if len(key) == FLAT else (*key, "cell", "")),
                (column, "end", (None, *key[1:]) if len(key) == FLAT else ("column", "", "")),
            ):
                found[arc] = found.get(arc, 0) + value
        if self.crossing.whole is not None:  # what is counted more than once goes round beside the total
            found["end", "start", ("again",)] = found["end", "start", (None,)] - self.crossing.whole
            found["end", "start", (None,)] = self.crossing.whole
        return found

    def hide(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self.hidden.add(key)
            self.network.bound(self.arcs[key], *self.crossing.ends(key, hidden=True))

    def show(self, key: Key) -> None:
        self.hidden.discard(key)
        self.network.bound(self.arcs[key], *self.crossing.ends(key, hidden=False))

    def values(self, key: Key, enough: int) -> int:
        low, high = self.interval(key, enough)
        return min(enough, high - low + 1)

    def interval(self, key: Key, enough: int = UNBOUNDED) -> tuple[int, int]:
        return self.network.interval(self.arcs[key], enough)


def seen(crossing: Crossing) -> View:
    """The crossing as a reader sees it while nothing is hidden, with the solver that its dimensions allow."""
    return FlatView(crossing) if crossing.dimensions <= FLAT else View(crossing)
