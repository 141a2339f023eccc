"""Several workers at once, and workers that stand still until others have given them up."""

from __future__ import annotations

import pytest

from tests.faults.report import LONG
from tests.faults.running import DATABASES, assert_sound, driven

pytestmark = pytest.mark.faults
WORKERS, PUBLICATIONS = ((2, 4, 8), 500) if LONG else ((2, 4), 100)
STOPPED = 200 if LONG else 24


@pytest.mark.parametrize("database", DATABASES)
def test_workers_released_at_one_moment_send_every_post_once(database):
    summary = driven("workers", database, PUBLICATIONS, workers=WORKERS)
    assert summary["cases"] == PUBLICATIONS * len(WORKERS)
    assert all(all(shares) for shares in summary["shares"].values()), "a worker had nothing to do: there was no race"
    assert_sound(summary)


@pytest.mark.parametrize("database", DATABASES)
def test_a_worker_that_stood_still_and_goes_on_changes_and_sends_nothing(database):
    assert_sound(driven("stopped", database, STOPPED))


@pytest.mark.parametrize("database", DATABASES)
def test_a_claim_without_a_condition_is_found_out(database):
    summary = driven("workers", database, 100, workers=(2,), broken="no-claim-condition")
    assert summary["doubled"] > 0


def test_writes_without_a_fence_are_found_out():
    assert driven("stopped", "sqlite", 1, broken="no-fence")["doubled"] > 0
