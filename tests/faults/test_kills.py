"""Killed anywhere, once or twice, and run again: every post is out once, or a person is asked."""

from __future__ import annotations

import pytest

from tests.faults.report import LONG
from tests.faults.running import DATABASES, assert_sound, driven

pytestmark = pytest.mark.faults
CASES = 500 if LONG else 100


@pytest.mark.parametrize("database", DATABASES)
def test_killed_at_every_checkpoint_nothing_is_lost_doubled_or_stuck(database):
    summary = driven("kills", database, CASES)
    assert summary["points"] >= 24
    assert summary["not passed"] == [] and summary["not killed at"] == []
    assert summary["kills"] >= (600 if LONG else 150)
    assert summary["double"] >= (200 if LONG else 40)
    assert summary["fewest"] >= (10 if LONG else 1)
    assert_sound(summary)


def test_a_naive_retry_is_found_out():
    assert driven("kills", "sqlite", 30, broken="naive-retry")["doubled"] > 0
