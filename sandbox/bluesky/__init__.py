"""A Bluesky account's server (PDS), the video service and the public app's counts, by the AT Protocol's lexicons."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sandbox.bluesky.server import Bluesky

SERVER = Bluesky


@contextmanager
def serving(*, at: datetime | None = None, seed: int = 1, port: int = 0) -> Iterator[Bluesky]:
    """The servers while they listen on the loopback; their clock runs, or stands still at `at` (aware)."""
    with Bluesky(at=at, seed=seed).serving(port) as server:
        yield server


__all__ = ["SERVER", "Bluesky", "serving"]
