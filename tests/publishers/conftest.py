"""A platform's server with an account on it, and a clock that moves both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from tests.publishers.samples import Folder
from tests.publishers.stands import Stand, opened


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(datetime(2026, 11, 25, 9, 0, tzinfo=UTC), tick=True) as traveller:
        yield traveller


@pytest.fixture
def stand(request: pytest.FixtureRequest, tmp_path: Path, clock: time_machine.Traveller) -> Iterator[Stand]:
    """The stand that a test names by `parametrize(..., indirect=["stand"])`."""
    with ExitStack() as stack:
        yield opened(request.param, Folder(tmp_path), clock, stack)
