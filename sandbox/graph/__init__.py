"""Instagram, Facebook pages and their login, as the Graph API documents them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sandbox.graph.server import Graph

SERVER = Graph


@contextmanager
def serving(*, at: datetime | None = None, seed: int = 1, port: int = 0) -> Iterator[Graph]:
    """A Graph server that listens on the loopback.

    Its clock runs with the machine's, or stands still at `at` (aware). `port`: the first of three, 0 for free ones.
    """
    with Graph(at=at, seed=seed).serving(port) as graph:
        yield graph


__all__ = ["SERVER", "Graph", "serving"]
