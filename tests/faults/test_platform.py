"""The test platform itself: its list can be trusted, and each fault does what its name says."""

from __future__ import annotations

import pytest

from publishers._base import (
    Absent,
    OutcomeUnknown,
    Part,
    Pending,
    Prepared,
    PublisherError,
    Receipt,
    Submission,
    TryLater,
    Unauthorized,
)
from tests.faults import story
from tests.faults.adapters import ADAPTERS, Credentials
from tests.faults.platform import CLASSES

POST = {name: Submission(platform=name, channel=name, kind="text", parts=(Part(text="132", langs=("fr",)),))
        for name in CLASSES}  # fmt: skip


@pytest.fixture(scope="module")
def server():
    with story.platform() as started:
        yield started


class Desk:
    """An account of one class on an empty platform."""

    def __init__(self, server, name, secure=False, deadline=20.0):
        self.name, self.server = name, server
        url = server.addresses["https"][name] if secure else server.addresses["http"]
        known = Credentials(url=url, account=name, ca=server.addresses["ca"] if secure else "",
                            patience=5.0, deadline=deadline)  # fmt: skip
        self.adapter = ADAPTERS[name](known, files=None)
        server.ask("reset")

    def plan(self, kind, **more):
        self.server.ask("faults", faults=[{"account": self.name, "kind": kind, **more}])

    def prepared(self, saved=None):
        step = self.adapter.prepare(POST[self.name], saved or {})
        return step if isinstance(step, Prepared) else self.prepared(step.saved)

    def commit(self, prepared):
        try:
            return self.adapter.commit(prepared)
        except PublisherError as error:
            return error

    def out(self):
        return [post["id"] for post in self.server.ask("posts")["posts"]]


@pytest.mark.parametrize("secure", [False, True], ids=["plain", "TLS"])
@pytest.mark.parametrize("name", CLASSES)
def test_a_sound_request_puts_one_post_on_the_list_and_names_it(server, name, secure):
    desk = Desk(server, name, secure)
    prepared = desk.prepared()
    said = desk.commit(prepared)
    assert isinstance(said, Receipt) and desk.out() == [said.id]
    if name != "none":
        assert desk.adapter.find(POST[name], prepared.saved) == said


TAKEN = {"drop_before": 0, "drop_after": 1, "500_before": 0, "500_after": 1, "loris": 0, "truncated": 0, "html": 0,
         "cut": 0, "late": 0}  # fmt: skip


@pytest.mark.parametrize("kind", TAKEN)
@pytest.mark.parametrize("name", CLASSES)
def test_a_fault_leaves_the_outcome_unknown_and_the_list_tells_whether_it_was_taken(server, name, kind):
    desk = Desk(server, name, deadline=1.0 if kind == "loris" else 20.0)
    desk.plan(kind, after=60)
    prepared = desk.prepared()
    assert isinstance(desk.commit(prepared), OutcomeUnknown)
    assert len(desk.out()) == TAKEN[kind]
    if name != "none" and not TAKEN[kind]:
        assert desk.adapter.find(POST[name], prepared.saved) == Absent()


@pytest.mark.parametrize("kind", ["loris", "truncated", "html", "cut"])
def test_the_same_faults_may_also_take_what_was_sent(server, kind):
    desk = Desk(server, "list", deadline=1.0 if kind == "loris" else 20.0)
    desk.plan(kind, accepted=True)
    assert isinstance(desk.commit(desk.prepared()), OutcomeUnknown) and len(desk.out()) == 1


@pytest.mark.parametrize("name", CLASSES)
def test_what_is_taken_late_is_there_when_its_time_has_come_and_once(server, name):
    desk = Desk(server, name)
    desk.plan("late", after=60)
    desk.commit(desk.prepared())
    now = server.ask("posts")
    assert (now["posts"], now["outstanding"]) == ([], 1)
    after = server.ask("late")
    assert (len(after["posts"]), after["outstanding"]) == (1, 0)
    assert len(server.ask("late")["posts"]) == 1


@pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
def test_a_429_says_how_long_to_wait(server, as_date):
    desk = Desk(server, "list")
    desk.plan("429", wait=90, as_date=as_date)
    refusal = desk.commit(desk.prepared())
    assert isinstance(refusal, TryLater) and 88 <= refusal.retry_after <= 91 and desk.out() == []


def test_a_handshake_that_is_cut_means_that_nothing_was_sent(server):
    desk = Desk(server, "none", secure=True)
    desk.plan("cut", on="handshake")
    assert isinstance(desk.commit(desk.prepared()), TryLater) and desk.out() == []


def test_an_account_that_is_not_let_in_is_told_so(server):
    desk = Desk(server, "none")
    desk.plan("401")
    assert isinstance(desk.commit(desk.prepared()), Unauthorized) and desk.out() == []


def test_repeating_a_put_changes_nothing_and_repeating_a_post_doubles(server):
    exact, plain = Desk(server, "exactly_once"), Desk(server, "list")
    for desk in (exact, plain):
        prepared = desk.prepared()
        desk.commit(prepared)
        desk.commit(prepared)
    assert [post.rsplit("-post-")[0] for post in plain.out()] == ["exactly_once", "list", "list"]


def test_a_container_is_published_once(server):
    desk = Desk(server, "lookup")
    prepared = desk.prepared()
    assert isinstance(desk.commit(prepared), Receipt)
    assert isinstance(desk.commit(prepared), OutcomeUnknown) and len(desk.out()) == 1


def test_what_is_worked_on_appears_later(server):
    desk = Desk(server, "list")
    desk.plan("pending", after=60)
    said = desk.commit(desk.prepared())
    assert isinstance(said, Pending) and isinstance(desk.adapter.check(said), Pending) and desk.out() == []
    server.ask("late")
    assert isinstance(desk.adapter.check(said), Receipt) and len(desk.out()) == 1
