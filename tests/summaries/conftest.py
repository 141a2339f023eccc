"""Imports in these tests open their files in the test's own process, as in tests/observations."""

from tests.observations.conftest import quick_worker

__all__ = ["quick_worker"]
