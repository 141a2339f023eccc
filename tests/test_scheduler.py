"""The clock that wakes the pipeline: several workers, and a database's trouble said once."""

from __future__ import annotations

import logging

import pytest
from django.db import OperationalError

import scheduler
from pipeline import backup, delivery
from pipeline.delivery import clock
from pipeline.panic import pressing


@pytest.fixture(autouse=True)
def fits(monkeypatch):
    """The database belongs to its home."""
    monkeypatch.setattr(backup, "check_epoch", lambda: True)


def test_each_worker_is_one_job_that_never_runs_twice_at_once(db):
    made = scheduler.clock(3)
    made.start(paused=True)  # else its jobs are only pencilled in
    try:
        jobs = made.get_jobs()
        assert [job.id for job in jobs if job.id.startswith("tick")] == ["tick 0", "tick 1", "tick 2"]
        assert {(j.max_instances, j.coalesce, j.misfire_grace_time) for j in jobs} == {(1, True, None)}
        others = {"watch", "deadlines", "mails", "tokens", "numbers", "removals", "faces", "reels", "sweep", "memory"}
        assert {j.id for j in jobs if not j.id.startswith("tick")} == others
    finally:
        made.shutdown()


def test_a_database_that_refuses_is_said_once_in_one_line_and_again_when_it_is_back(monkeypatch, caplog):
    answers = iter([OperationalError("database is locked\nmore"), OperationalError("disk full"), None, None])

    def tick(*, worker):
        answer = next(answers)
        if answer:
            raise answer

    monkeypatch.setattr(delivery, "tick", tick)
    monkeypatch.setattr(clock, "watch", lambda: None)
    worker = scheduler.Job(scheduler._tick(1), scheduler.Trouble())
    with caplog.at_level(logging.WARNING, logger="portevoix.scheduler"):
        for _tick in range(4):
            worker()
    refused, back = caplog.messages
    assert "database is locked" in refused and "\n" not in refused
    assert "answers again" in back


def test_a_trouble_that_several_jobs_meet_is_said_once_and_is_over_when_all_of_them_go_on(caplog):
    whole = False

    def work():
        if not whole:
            raise OperationalError("database is locked")

    trouble = scheduler.Trouble()
    jobs = [scheduler.Job(work, trouble) for _number in range(6)]

    def run(*which):
        caplog.clear()
        with caplog.at_level(logging.WARNING, logger="portevoix.scheduler"):
            for job in which:
                job()
        return len(caplog.messages)

    assert run(*jobs, *jobs) == 1
    whole = True
    assert run(*jobs[:5]) == 0
    assert run(jobs[5]) == 1 and "answers again" in caplog.messages[0]
    assert run(*jobs) == 0
    whole = False
    assert run(*jobs) == 1 and "database is locked" in caplog.messages[0]


def test_the_jobs_of_a_clock_share_their_trouble(db):
    made = scheduler.clock(3)
    made.start(paused=True)
    try:
        assert len({id(job.func.trouble) for job in made.get_jobs()}) == 1
    finally:
        made.shutdown()


def test_a_fault_of_the_program_is_loud(monkeypatch):
    def tick(*, worker):
        raise ZeroDivisionError

    monkeypatch.setattr(delivery, "tick", tick)
    with pytest.raises(ZeroDivisionError):
        scheduler.Job(scheduler._tick(1), scheduler.Trouble())()


def test_the_first_worker_watches_the_clock_and_says_a_jump(monkeypatch, caplog):
    monkeypatch.setattr(delivery, "tick", lambda *, worker: None)
    monkeypatch.setattr(clock, "watch", lambda: 3600)
    monkeypatch.setattr(pressing, "carry_through", lambda: False)
    with caplog.at_level(logging.ERROR, logger="portevoix.scheduler"):
        scheduler.Job(scheduler._tick(0), scheduler.Trouble())()
        scheduler.Job(scheduler._tick(1), scheduler.Trouble())()
    assert len(caplog.messages) == 1 and "jumped" in caplog.messages[0]


def test_a_database_put_back_by_hand_is_said_before_the_tick(monkeypatch, caplog):
    done = []
    monkeypatch.setattr(backup, "check_epoch", lambda: done.append("checked") or False)
    monkeypatch.setattr(delivery, "tick", lambda *, worker: done.append("ticked"))
    with caplog.at_level(logging.ERROR, logger="portevoix.scheduler"):
        scheduler.Job(scheduler._tick(1), scheduler.Trouble())()
    assert done == ["checked", "ticked"] and "put back" in caplog.messages[0]
