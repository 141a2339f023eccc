"""The suites' own children: what one that hangs leaves behind; that a machine which stood still is not their fault."""

from __future__ import annotations

import os
import select
import time
from datetime import UTC, datetime

import pytest

from tests.faults import children

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)


@pytest.fixture
def gate():
    """A pipe: whoever reads from it waits until somebody writes."""
    read, write = os.pipe()
    yield read, write
    os.close(read)
    os.close(write)


def waiting_for_nobody(gate):
    from pipeline.delivery.checkpoints import checkpoint

    checkpoint("before the claim")
    os.read(gate[0], 1)
    return "let through"


def test_one_that_hangs_says_where_it_stands_and_is_gone(gate):
    child = children.fork(lambda: waiting_for_nobody(gate), now=NOW, seed=1)
    assert child.until("hit before the claim")
    ended = child.wait(patience=0.1)
    assert "in waiting_for_nobody" in ended.error
    assert "before the claim" in ended.error.splitlines()[0]
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)


def test_a_machine_that_stands_still_takes_nothing_from_a_childs_time(gate, monkeypatch):
    child = children.fork(lambda: waiting_for_nobody(gate), now=NOW, seed=1)
    really, clock = select.select, [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])

    def frozen_for_ten_minutes(read, write, other, timeout):
        assert timeout <= 1.0
        if clock[0] == 1000.0:  # nothing came in that time: the child stood still too
            clock[0] += 600.0
            return [], [], []
        os.write(gate[1], b"!")
        return really(read, write, other, 30.0)

    monkeypatch.setattr(select, "select", frozen_for_ten_minutes)
    assert child.wait(patience=60.0).result == "let through"
