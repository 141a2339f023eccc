"""The workers of a reel in this very process: a process for each would cost most of a test's time."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

from pipeline.rendering.executor import Crew


class Inline(Crew):
    """Does each piece at once; answers are plain data as they are from a limited process."""

    def __init__(self, seconds: float, heard: Callable[[int, float], None] | None = None) -> None:
        self.heard, self.count = heard, 0

    def submit(self, function: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        number, done = self.count, Future()
        self.count += 1
        try:
            answer = function(*args, **kwargs, **self._telling(number))
            done.set_result(json.loads(json.dumps(answer)))
        except Exception as error:  # noqa: BLE001 (an executor passes on whatever was raised)
            done.set_exception(error)
        return done

    def _telling(self, number: int) -> dict[str, Any]:
        heard = self.heard
        return {} if heard is None else {"tell": lambda share: heard(number, share)}
