"""Reels are made in the test's own process, but where a test says otherwise."""

from __future__ import annotations

import pytest

from pipeline.rendering import executor
from tests.reels.inline import Inline


@pytest.fixture(autouse=True, scope="package")
def _inline():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(executor, "LimitedExecutor", Inline)
        yield
