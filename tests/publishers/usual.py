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
)


class Usual:
    """What engine.py, reconcile.py and retry.py do, without their database; each step has a new adapter from `make`.

    `looks` is the person who is asked: the address of the post if it is out. `renewed` is what makes adapters once the
    account was connected anew.
    """

    def __init__(
        self,
        make: Callable[[], Publisher],
        post: Submission,
        clock: time_machine.Traveller,
        looks: Callable[[], Receipt | None],
        renewed: Callable[[], Callable[[], Publisher]] | None = None,
    ) -> None:
        self.make, self.post, self.clock, self.looks, self.renewed = make, post, clock, looks, renewed
        self.saved: dict[str, Any] = {}
        self.seen: list[Exception] = []
        self.asked = 0  # times that a person was
        self.vouched = False  # whether it is out by a person's word
        self.commits = 0

    @property
    def adapter(self) -> Publisher:
        """A new adapter, as a process that begins anew has one."""
        return self.make()

    def run(self, rounds: int = 12) -> Receipt:
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
                self.connect_again()
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
        self.commits += 1
        try:
            return self.adapter.commit(Prepared(saved=self.plain()))
        except OutcomeUnknown as doubt:
            self.seen.append(doubt)
        kind = self.adapter.reconciliation
        for _look in range(20):
            found = self.adapter.find(self.post, self.plain())
            if isinstance(found, Absent) and kind == Reconciliation.EXACTLY_ONCE:
                return None
            if not isinstance(found, Receipt | Pending):
                self.clock.shift(301)  # an absence is believed five minutes after the doubt
                found = self.adapter.find(self.post, self.plain())
            if isinstance(found, Receipt | Pending):
                return found
            if isinstance(found, Absent) and kind == Reconciliation.LOOKUP:
                return None
            if isinstance(found, Absent) or found.final:
                self.asked += 1
                seen = self.looks()
                self.vouched = seen is not None
                return seen
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
                self.connect_again()
        raise AssertionError("check never ends")

    def connect_again(self) -> None:
        """What a person does whose access was taken away."""
        assert self.renewed
        self.make = self.renewed()

    def plain(self) -> dict[str, Any]:
        """What was saved, as the database gives it back."""
        found: dict[str, Any] = json.loads(json.dumps(self.saved))
        return found
