"""Several workers let loose on one store at the same moment."""

from __future__ import annotations

from tests.faults.driver import Bench


def workers(bench: Bench) -> None:
    raise NotImplementedError
