"""Situations that take delivery past every one of its checkpoints: what the platform does, and where the posts stand.

Each has one post on an account of each class. The kill suite first walks through every scenario undisturbed and notes
which checkpoints it passes; a checkpoint that none passes fails the suite, and then a scenario is missing here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tests.faults.children import Kill
from tests.faults.platform import CLASSES

Faults = list[dict[str, Any]]


@dataclass(frozen=True)
class Scenario:
    """One situation."""

    name: str
    faults: Faults
    late: timedelta = timedelta(seconds=1)
    first: Callable[[], None] | None = None
    until_verified: bool = False
    fallen: tuple[Kill, ...] = ()  # who died before: the checkpoints of clearing up are passed only then
    raises: str = ""  # the fault of a program that is meant to happen here


def everywhere(kind: str, on: str = "write", **more: Any) -> Faults:
    """The same fault on each account."""
    return [{"account": account, "kind": kind, "on": on, **more} for account in CLASSES]


def make_news() -> None:
    """The posts are of the kind that asks when it is late."""
    from pipeline.models import Post

    Post.objects.update(kind="news")


def pull() -> None:
    """Everything is on hold; a coordinator releases it in the end."""
    from pipeline.delivery import hold

    hold.pull(by=None)


def exhaust() -> None:
    """The accounts have just sent as many posts as they may."""
    from django.utils import timezone

    from pipeline.models import Channel

    Channel.objects.update(posts_per_day=50, tokens=0, tokens_at=timezone.now())


SCENARIOS = [
    Scenario("undisturbed", []),
    Scenario("read back", [], until_verified=True),
    Scenario("begun early", [], late=-timedelta(minutes=19)),
    Scenario("answers lost", everywhere("drop_after")),
    Scenario("requests lost", everywhere("drop_before")),
    Scenario("taken late", everywhere("late", after=90)),
    Scenario("look-ups fail", [*everywhere("drop_after"), *everywhere("500_before", "read", skip=1, times=2)]),
    Scenario("worked on", everywhere("pending", after=70)),
    Scenario("asked to wait", everywhere("429", wait=40)),
    Scenario("refused", everywhere("400")),
    Scenario("closed", everywhere("401")),
    Scenario("preparing fails", everywhere("500_before", "create", times=2)),
    Scenario("late news", [], late=timedelta(minutes=20), first=make_news),
    Scenario("late", [], late=timedelta(minutes=40)),
    Scenario("on hold", [], late=-timedelta(minutes=1), first=pull),
    Scenario("no more for now", [], first=exhaust),
    Scenario("an adapter fails", everywhere("odd"), raises="KeyError: 'id'"),
    Scenario("died preparing", [], fallen=(Kill("before storing a step", 2),)),
    Scenario("died sending", [], fallen=(Kill("before the request", 2),)),
    Scenario("died having sent", [], fallen=(Kill("after the request", 2),)),
    Scenario("died looking", everywhere("drop_after"), fallen=(Kill("before asking what became of it", 2),)),
]
