"""The delivery's usual steps for one post, against any server, with the clock moved where the delivery would wait."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import time_machine

from publishers._base import (
    Absent,
    OutcomeUnknown,
    Pending,
    Prepared,
    Publisher,
    Receipt,
    Reconciliation,
    Submission,
    TryLater,
    Unauthorized,
    Unclear,
)


class Usual:
    """What engine.py, reconcile.py and retry.py do, without their database.

    `looks` is the person who is asked: the address of the post if it is out. `renewed` is the adapter with a new token.
    """

    def __init__(
        self,
        adapter: Publisher,
        post: Submission,
        clock: time_machine.Traveller,
        looks: Callable[[], Receipt | None],
        renewed: Callable[[], Publisher] | None = None,
    ) -> None:
        self.adapter, self.post, self.clock, self.looks, self.renewed = adapter, post, clock, looks, renewed
        self.saved: dict[str, Any] = {}
        self.seen: list[Exception] = []
        self.asked = 0  # times that a person was

    def run(self, rounds: int = 6) -> Receipt:
        """The receipt after as many tries as the delivery makes."""
        for _round in range(rounds):
            try:
                self.prepare()
                found = self.commit()
                if found is not None:
                    return self.follow(found)
            except TryLater as later:
                self.seen.append(later)
                self.clock.shift(max(later.retry_after or 0, 60))
            except Unauthorized as refusal:
                self.seen.append(refusal)
                assert self.renewed
                self.adapter = self.renewed()
        raise AssertionError(f"never out: {self.seen}")

    def prepare(self) -> None:
        """Steps until all is prepared; every state passes through JSON, as through the database."""
        for _step in range(200):
            step = self.adapter.prepare(self.post, self.plain())
            self.saved = step.saved
            if isinstance(step, Prepared):
                return
            if step.not_before:
                self.clock.shift(max((step.not_before - datetime.now(UTC)).total_seconds(), 0) + 0.01)
        raise AssertionError("prepare never ends")

    def commit(self) -> Pending | Receipt | None:
        """The irreversible call, and what is found where its answer is lost; None where it is to be sent again."""
        try:
            return self.adapter.commit(Prepared(saved=self.plain()))
        except OutcomeUnknown as doubt:
            self.seen.append(doubt)
        for _look in range(20):
            found = self.adapter.find(self.post, self.plain())
            if isinstance(found, Receipt | Pending):
                return found
            if isinstance(found, Absent) and self.adapter.reconciliation == Reconciliation.EXACTLY_ONCE:
                return None
            self.clock.shift(301)
            again = self.adapter.find(self.post, self.plain())
            if isinstance(again, Absent) or (isinstance(again, Unclear) and again.final):
                self.asked += 1
                return self.looks()
        raise AssertionError("the doubt never ends")

    def follow(self, result: Pending | Receipt) -> Receipt:
        """The receipt of what was accepted."""
        for _look in range(40):
            if isinstance(result, Receipt):
                return result
            self.saved = result.saved
            if result.not_before:
                self.clock.shift(60)
            try:
                result = self.adapter.check(Pending(saved=self.plain()))
            except TryLater as later:
                self.seen.append(later)
                self.clock.shift(60)
            except Unauthorized as refusal:
                self.seen.append(refusal)
                assert self.renewed
                self.adapter = self.renewed()
        raise AssertionError("check never ends")

    def plain(self) -> dict[str, Any]:
        """What was saved, as the database gives it back."""
        found: dict[str, Any] = json.loads(json.dumps(self.saved))
        return found
