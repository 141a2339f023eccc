"""The seam to other processes: a pool that survives the death of its workers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from pipeline.errors import Refused
from pipeline.rendering import executor
from publishers._sentences import _
from tests.rendering.test_limited import SECONDS, die, double


def die_the_first_time(mark: str) -> int:
    if not Path(mark).exists():
        Path(mark).touch()
        die()
    return os.getpid()


@pytest.fixture
def pool() -> Iterator[executor.Pool]:
    pool = executor.Pool()
    yield pool
    pool.close()


def test_renders_run_in_other_processes_and_survive_one_death(pool: executor.Pool, tmp_path: Path) -> None:
    assert pool.submit(double, 4).result(SECONDS)["double"] == 8
    survivor = pool.submit(die_the_first_time, str(tmp_path / "mark")).result(SECONDS)
    assert survivor != os.getpid()
    assert pool.submit(double, 5).result(SECONDS)["double"] == 10


def test_a_render_that_kills_twice_is_refused_and_the_pool_goes_on(pool: executor.Pool) -> None:
    with pytest.raises(Refused, match="twice"):
        pool.submit(die).result(SECONDS)
    assert pool.submit(double, 6).result(SECONDS)["double"] == 12


class Flimsy(ThreadPoolExecutor):
    """A pool that is broken from its first job on, or before."""

    def __init__(self, *, at_once: bool) -> None:
        super().__init__(1)
        self.at_once = at_once

    def submit(self, function, /, *args, **named) -> Future:
        if self.at_once:
            raise BrokenExecutor
        future: Future = Future()
        future.set_exception(BrokenExecutor())
        return future


@pytest.mark.parametrize("at_once", [True, False])
def test_any_executor_can_stand_in_and_is_replaced_when_it_breaks(at_once: bool) -> None:
    made = [Flimsy(at_once=at_once), ThreadPoolExecutor(1)]
    pool = executor.Pool(made.copy().__iter__().__next__)
    assert pool.submit(double, 7).result(SECONDS)["double"] == 14
    assert pool.executor() is made[1]
    pool.close()


def test_an_error_of_the_render_itself_is_passed_on_without_a_second_try() -> None:
    calls: list[int] = []

    def fail() -> None:
        calls.append(1)
        raise Refused(_("No."))

    pool = executor.Pool(lambda: ThreadPoolExecutor(1))
    with pytest.raises(Refused, match="No"):
        pool.submit(fail).result(SECONDS)
    assert calls == [1]
    pool.close()


def test_the_house_pool_is_one_and_can_be_closed() -> None:
    assert executor.submit_resilient(double, 1).result(SECONDS)["double"] == 2
    assert executor.executor() is executor.executor()
    executor.close()
