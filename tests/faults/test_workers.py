"""Several workers at once, released at the same moment: every post is out once, one request at a time on an account."""

from __future__ import annotations

import pytest

from tests.faults.report import LONG
from tests.faults.running import DATABASES, assert_sound, driven

pytestmark = pytest.mark.faults
WORKERS, PUBLICATIONS = ((2, 4, 8), 500) if LONG else ((2, 4), 100)


@pytest.mark.parametrize("database", DATABASES)
def test_workers_released_at_one_moment_send_every_post_once(database):
    summary = driven("workers", database, PUBLICATIONS, workers=WORKERS)
    assert summary["cases"] == PUBLICATIONS * len(WORKERS)
    assert all(all(shares) for shares in summary["shares"].values()), "a worker had nothing to do: there was no race"
    assert_sound(summary)


@pytest.mark.parametrize("database", DATABASES)
def test_a_claim_without_a_condition_is_found_out(database):
    summary = driven("workers", database, 100, workers=(4,), broken="no-claim-condition")
    assert summary["doubled"] > 0
