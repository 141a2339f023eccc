"""Where renders run: a pool of processes that is built anew when one of them is killed.

Renders are idempotent (their files appear by atomic rename), so a render whose worker died is simply given out again,
once. Anything with the interface of `concurrent.futures.Executor` can stand in for the pool.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from threading import Lock
from typing import Any, TypeVar

from pipeline.errors import NotHere, Refused
from pipeline.rendering.limited import Died, Limited, run_limited, without_core_dump
from publishers._sentences import _

T = TypeVar("T")

_CONNECTING = "10s"
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


class Crew(Executor):
    """Who does the work of a reel. `spread`: pieces given to it at once are done at once, on several machines."""

    spread = False


class LimitedExecutor(Crew):
    """Work done one piece after the other in a process that is held short (`Limited`): for one reel's own footage.

    x264 and the decoders fill a small machine by themselves: a second process brings nothing there (measured
    2026-11-22). A process that dies is begun again once for the piece that it died of. With `heard` the functions get
    one more argument, `tell`; what they tell is passed on with the piece's number. It is called in another thread, and
    an error that it raises ends the piece with that error.
    """

    def __init__(self, seconds: float, heard: Callable[[int, float], None] | None = None) -> None:
        """`seconds` are what one piece may take."""
        self._seconds, self._heard, self._count = seconds, heard, 0
        self._thread = ThreadPoolExecutor(max_workers=1)
        self._worker: Limited | None = None
        self._over = False

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future of `function(*args)`, which returns plain JSON data or raises `Refused`."""
        self._count += 1
        return self._thread.submit(self._resiliently, self._count - 1, function, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Ends what is being done, too: who leaves has its results, or does not want them any more."""
        self._over = True
        if self._worker is not None:
            self._worker.kill()
        self._thread.shutdown(wait=wait, cancel_futures=True)
        if self._worker is not None:
            self._worker.close()

    def _resiliently(self, number: int, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        try:
            return self._call(number, function, args, kwargs)
        except Died:
            if self._over:
                raise
            return self._call(number, function, args, kwargs)

    def _call(self, number: int, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        if self._worker is None:
            self._worker = Limited()
        heard = self._heard
        tell = None if heard is None else lambda share: heard(number, share)
        try:
            return self._worker.call(partial(function, **kwargs), *args, seconds=self._seconds, tell=tell)
        except Exception:
            self._worker.close()
            self._worker = None
            raise


class ClusterExecutor(Crew):
    """Work sent to a dask.distributed cluster, each piece in a process that is held short on the machine it falls to.

    A worker that dies costs the pieces it was at: the scheduler gives them to another. The machines run the same
    version of this program and see the same files under the same names.
    """

    spread = True

    def __init__(self, address: str, seconds: float) -> None:
        """`NotHere` where no scheduler answers at the address, or the extra `cluster` is not installed."""
        try:
            from distributed import Client
        except ImportError:
            raise NotHere(_("RENDER_CLUSTER needs the extra “cluster”: uv sync --extra cluster.")) from None
        try:
            self._client = Client(address, timeout=_CONNECTING, set_as_default=False)
        except (OSError, TimeoutError):
            raise NotHere(
                _("No rendering cluster answers at {address}: start it, or empty RENDER_CLUSTER.", address=address)
            ) from None
        self._seconds = seconds
        self._inner = self._client.get_executor(pure=False)

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """A future of `function(*args)`, which returns plain JSON data or raises `Refused`."""
        called = partial(run_limited, partial(function, **kwargs), *args, seconds=self._seconds)
        future: Future[Any] = self._inner.submit(called)
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leaves the cluster; what is not done is not begun any more."""
        self._inner.shutdown(wait=False)
        self._client.close()


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
