"""The seam to other processes: a limited call, and a pool that survives the death of its workers."""

from __future__ import annotations

import gc
import os
import resource
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from pipeline.errors import Refused
from pipeline.rendering import executor
from pipeline.rendering.limited import run_limited
from publishers._sentences import _

SECONDS = 30.0


def double(number: int) -> dict[str, int]:
    return {"double": 2 * number, "process": os.getpid()}


def wait_for_ever() -> None:
    threading.Event().wait()


def answer_by_half() -> None:
    (sender,) = (thing for thing in gc.get_objects() if isinstance(thing, Connection))
    os.write(sender.fileno(), b"\0\0\1\0half")
    wait_for_ever()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def swallow_memory() -> int:
    return len(bytearray(600 << 20))


def complain() -> None:
    raise Refused(_("The {thing} is broken: bring another.", thing="lens"))


def opaque() -> object:
    return object()


def core_limit() -> list[int]:
    return list(resource.getrlimit(resource.RLIMIT_CORE))


def die_the_first_time(mark: str) -> int:
    if not Path(mark).exists():
        Path(mark).touch()
        die()
    return os.getpid()


def test_a_limited_call_returns_data_from_another_process() -> None:
    answer = run_limited(double, 21, seconds=SECONDS)
    assert answer["double"] == 42
    assert answer["process"] != os.getpid()


def test_a_limited_call_ends_on_time() -> None:
    with pytest.raises(Refused, match="shorter or smaller"):
        run_limited(wait_for_ever, seconds=0.2)


def test_an_answer_begun_and_never_ended_ends_on_time() -> None:
    with pytest.raises(Refused, match="shorter or smaller"):
        run_limited(answer_by_half, seconds=3)


def test_a_limited_call_that_dies_is_refused_in_one_sentence() -> None:
    with pytest.raises(Refused, match="broke the program"):
        run_limited(die, seconds=SECONDS)


def test_a_limited_call_cannot_take_all_memory() -> None:
    with pytest.raises(Refused, match="memory"):
        run_limited(swallow_memory, seconds=SECONDS, memory_bytes=512 << 20)


def test_the_same_call_with_room_is_not_refused() -> None:
    assert run_limited(swallow_memory, seconds=SECONDS, memory_bytes=2 << 30) == 600 << 20


def test_a_sentence_crosses_the_border_whole() -> None:
    with pytest.raises(Refused) as refused:
        run_limited(complain, seconds=SECONDS)
    assert refused.value.sentence == _("The {thing} is broken: bring another.", thing="lens")


def test_what_is_not_plain_data_does_not_cross(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(Refused):
        run_limited(opaque, seconds=SECONDS)
    assert "not JSON serializable" in capfd.readouterr().err


def test_a_limited_call_leaves_no_core_file() -> None:
    assert run_limited(core_limit, seconds=SECONDS) == [0, 0]


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
