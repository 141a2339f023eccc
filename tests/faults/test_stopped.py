"""Workers that stand still until others have given them up, and then go on."""

from __future__ import annotations

import pytest

from tests.faults.report import LONG
from tests.faults.running import DATABASES, assert_sound, driven

pytestmark = pytest.mark.faults
CASES = 200 if LONG else 24


@pytest.mark.parametrize("database", DATABASES)
def test_a_worker_that_stood_still_and_goes_on_changes_and_sends_nothing(database):
    assert_sound(driven("stopped", database, CASES))


def test_writes_without_a_fence_are_found_out():
    assert driven("stopped", "sqlite", 1, broken="no-fence")["doubled"] > 0
