"""What numbers in one or two dimensions allow a hidden one to be: exact, as a flow that goes round in whole units.

Rows, columns and the grand total are nodes and arcs of a network: an arc's flow is a count, its bounds are what is
known of it. A flow that can be pushed round through an arc is another table that agrees with everything published;
whole bounds give whole flows, so the intervals are those of whole numbers of people.
"""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

UNBOUNDED = 1 << 40


@dataclass
class Network:
    """A circulation in whole units; `arc` numbers its arcs from 0."""

    tails: list[int] = field(default_factory=list)
    heads: list[int] = field(default_factory=list)
    flows: list[int] = field(default_factory=list)
    room: list[int] = field(default_factory=list)  # of arc e: at 2e how far it may rise, at 2e + 1 how far fall
    leaving: dict[int, list[int]] = field(default_factory=dict)  # by node, the indices into `room` that lead away

    def arc(self, tail: int, head: int, flow: int, low: int, high: int) -> int:
        """The number of a new arc."""
        number = len(self.flows)
        self.tails.append(tail)
        self.heads.append(head)
        self.flows.append(flow)
        self.room += [high - flow, flow - low]
        self.leaving.setdefault(tail, []).append(2 * number)
        self.leaving.setdefault(head, []).append(2 * number + 1)
        return number

    def bound(self, arc: int, low: int, high: int) -> None:
        """Another knowledge of an arc."""
        self.room[2 * arc : 2 * arc + 2] = [high - self.flows[arc], self.flows[arc] - low]

    def interval(self, arc: int, enough: int = UNBOUNDED) -> tuple[int, int]:
        """The least and the greatest flow that the bounds of all arcs allow this one.

        With `enough`, the search ends as soon as that many values are known to be possible.
        """
        room = self.room.copy()
        low, high = self.tails[arc], self.heads[arc]
        up, down = room[2 * arc], room[2 * arc + 1]
        room[2 * arc] = room[2 * arc + 1] = 0
        risen = self._pushed(room, high, low, min(up, enough - 1))
        if risen + 1 >= enough:
            return self.flows[arc], self.flows[arc] + risen
        # From the highest table found, back and below: what comes back first is not a new value.
        fallen = self._pushed(room, low, high, min(down + risen, enough - 1))
        return self.flows[arc] + risen - fallen, self.flows[arc] + risen

    def _pushed(self, room: list[int], source: int, sink: int, most: int) -> int:
        """How many units go from one node to another, at most `most`; `room` is what they leave."""
        total = 0
        while total < most and (path := self._path(room, source, sink)):
            units = min(most - total, *(room[edge] for edge in path))
            for edge in path:
                room[edge] -= units
                room[edge ^ 1] += units
            total += units
        return total

    def _path(self, room: list[int], source: int, sink: int) -> list[int]:
        came: dict[int, int] = {source: -1}
        waiting = deque([source])
        while waiting and sink not in came:
            node = waiting.popleft()
            for edge in self.leaving.get(node, ()):
                if room[edge] > 0 and (end := self._end(edge)) not in came:
                    came[end] = edge
                    waiting.append(end)
        return self._back(came, sink)

    def _end(self, edge: int) -> int:
        return self.tails[edge >> 1] if edge & 1 else self.heads[edge >> 1]

    def _back(self, came: dict[int, int], sink: int) -> list[int]:
        path: list[int] = []
        while sink in came and (edge := came[sink]) >= 0:
            path.append(edge)
            sink = self._end(edge ^ 1)
        return path

    def cheapest(self, arc: int, price: Callable[[int, int], float | None]) -> list[int] | None:
        """The other arcs of the cheapest round through `arc`; None where there is no round.

        `price(other, 1 or -1)` is asked for going along or against another arc; None forbids it.
        """
        source, sink = self.heads[arc], self.tails[arc]
        best: dict[int, float] = {source: 0.0}
        came: dict[int, int] = {source: -1}
        waiting: list[tuple[float, int]] = [(0.0, source)]
        while waiting:
            spent, node = heapq.heappop(waiting)
            if node == sink:
                return [edge >> 1 for edge in self._back(came, sink)]
            if spent > best[node]:
                continue
            for edge, cost in self._priced(self.leaving.get(node, ()), arc, price):
                end = self._end(edge)
                if spent + cost < best.get(end, float("inf")):
                    best[end], came[end] = spent + cost, edge
                    heapq.heappush(waiting, (spent + cost, end))
        return None

    @staticmethod
    def _priced(
        edges: Iterable[int], without: int, price: Callable[[int, int], float | None]
    ) -> Iterable[tuple[int, float]]:
        for edge in edges:
            if edge >> 1 != without and (cost := price(edge >> 1, -1 if edge & 1 else 1)) is not None:
                yield edge, cost
