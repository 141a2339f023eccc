"""LinkedIn's versioned REST API and its login, as LinkedIn documents them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sandbox.linkedin.server import LinkedIn

SERVER = LinkedIn


@contextmanager
def serving(*, at: datetime | None = None, seed: int = 1, port: int = 0) -> Iterator[LinkedIn]:
    """A LinkedIn server that listens on the loopback.

    Its clock runs with the machine's, or stands still at `at` (aware). `port`: the first of three, 0 for free ones.
    """
    with LinkedIn(at=at, seed=seed).serving(port) as server:
        yield server


__all__ = ["SERVER", "LinkedIn", "serving"]
