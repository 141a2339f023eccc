"""Imports in these tests open their files in the test's own process, which is quicker; test_limits does not."""

from __future__ import annotations

import pytest

from pipeline.observations import importing
from tests.importing import here


@pytest.fixture(autouse=True)
def quick_worker(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "real_worker" not in request.fixturenames:
        monkeypatch.setattr(importing, "run_limited", here)


@pytest.fixture
def real_worker() -> None:
    """The limited process itself."""
