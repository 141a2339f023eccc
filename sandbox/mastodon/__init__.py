"""A Mastodon server's client API, as its documentation describes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sandbox.mastodon.server import Mastodon

SERVER = Mastodon


@contextmanager
def serving(*, at: datetime | None = None, seed: int = 1, port: int = 0) -> Iterator[Mastodon]:
    """A Mastodon server that listens on the loopback; its clock runs, or stands still at `at` (aware)."""
    with Mastodon(at=at, seed=seed).serving(port) as server:
        yield server


__all__ = ["SERVER", "Mastodon", "serving"]
