"""Where renders run: a pool of processes that is built anew when one of them is killed.

Renders are idempotent (their files appear by atomic rename), so a render whose worker died is simply given out again,
once. Anything with the interface of `concurrent.futures.Executor` can stand in for the pool.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor
from multiprocessing import get_context
from threading import Lock
from typing import Any, TypeVar

from pipeline.errors import Refused
from pipeline.rendering.limited import without_core_dump
from publishers._sentences import _

T = TypeVar("T")

RENDERS_PER_PROCESS = 50  # then a fresh one: decoders and font caches grow


def process_pool() -> Executor:
    """A pool of as many fresh processes as there are processors."""
    return ProcessPoolExecutor(
        max_workers=os.cpu_count() or 1,
        mp_context=get_context("spawn"),
        initializer=without_core_dump,
        max_tasks_per_child=RENDERS_PER_PROCESS,
    )


class Pool:
    """One executor at a time, made by `make` when first needed and again when it broke."""

    def __init__(self, make: Callable[[], Executor] = process_pool) -> None:
        self._make = make
        self._lock = Lock()
        self._current: Executor | None = None

    def executor(self, instead_of: Executor | None = None) -> Executor:
        """The executor in use; a new one where that is `instead_of`, the one that was found broken."""
        with self._lock:
            if self._current is None or self._current is instead_of:
                self._current = self._make()
            return self._current

    def submit(self, function: Callable[..., T], *args: Any) -> Future[T]:
        """A future of `function(*args)`; a worker's death is made good once, the second time it is a `Refused`."""
        promised: Future[T] = Future()
        promised.set_running_or_notify_cancel()
        self._try(promised, None, function, args)
        return promised

    def _try(
        self, promised: Future[T], broken: Executor | None, function: Callable[..., T], args: tuple[Any, ...]
    ) -> None:
        executor = self.executor(instead_of=broken)

        def settle(done: Future[T]) -> None:
            error = done.exception()
            if not isinstance(error, BrokenExecutor):
                _pass_on(done, promised)
            elif broken is None:
                self._try(promised, executor, function, args)
            else:
                promised.set_exception(_killed_twice())

        try:
            executor.submit(function, *args).add_done_callback(settle)
        except BrokenExecutor as error:
            refused: Future[T] = Future()
            refused.set_exception(error)
            settle(refused)

    def close(self) -> None:
        """Ends the processes after what they are doing; the next render starts new ones."""
        with self._lock:
            current, self._current = self._current, None
        if current is not None:
            current.shutdown(cancel_futures=True)


def _pass_on(done: Future[T], promised: Future[T]) -> None:
    error = done.exception()
    if error is not None:
        promised.set_exception(error)
    else:
        promised.set_result(done.result())


def _killed_twice() -> Refused:
    return Refused(
        _("The rendering stopped twice without a reason: the machine may lack memory. Close programs, retry.")
    )


_POOL = Pool()


def executor() -> Executor:
    """The executor that this process renders with."""
    return _POOL.executor()


def submit_resilient(function: Callable[..., T], *args: Any) -> Future[T]:
    """A future of `function(*args)` in another process, resubmitted once if that process dies; see `Pool.submit`."""
    return _POOL.submit(function, *args)


def close() -> None:
    """Ends this process's workers."""
    _POOL.close()
