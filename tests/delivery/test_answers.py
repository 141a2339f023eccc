"""What the engine makes of a platform's answers, of those that come late, and of reading back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from pipeline import delivery
from pipeline.delivery import claims, recover, retry
from pipeline.models import (
    SETTLE,
    AuditEntry,
    Publication,
    PublicationState,
    Receipt,
)
from publishers._base import (
    Absent,
    More,
    OutcomeUnknown,
    Pending,
    Prepared,
    Reconciliation,
    Rejected,
    Sentence,
    TryLater,
    Unauthorized,
    Unclear,
)
from publishers._base import Receipt as Proof
from publishers.outbox import Outbox
from tests.delivery.acts import does, later, state

S = PublicationState
WHY = Sentence("Why.")


# ---------------------------------------------------------------------------------------------- platforms' answers


@pytest.mark.parametrize(
    ("refusal", "tries", "then"),
    [
        (Rejected(WHY), 1, retry.Then.END),
        (Unauthorized(WHY), 1, retry.Then.CLOSE),
        (OutcomeUnknown(WHY), 1, retry.Then.DOUBT),
        (OutcomeUnknown(WHY), 6, retry.Then.DOUBT),
        (TryLater(WHY), 1, retry.Then.AGAIN),
        (TryLater(WHY), 5, retry.Then.AGAIN),
        (TryLater(WHY), 6, retry.Then.END),
    ],
)
def test_each_class_of_error_has_its_decision(refusal, tries, then):
    assert retry.decide(refusal, tries, timezone.now()).then == then


def test_pauses_grow_with_jitter_and_keep_the_platforms_wish():
    now = datetime(2026, 11, 25, tzinfo=UTC)
    for tries, ceiling in [(1, 30), (2, 60), (3, 120), (4, 240), (5, 480)]:
        drawn = [(retry.decide(TryLater(WHY), tries, now).at - now).total_seconds() for _ in range(300)]
        assert 0 <= min(drawn) < ceiling * 0.1 and ceiling * 0.9 < max(drawn) <= ceiling
    assert (retry.decide(TryLater(WHY, retry_after=1000), 1, now).at - now).total_seconds() >= 1000
    assert retry.decide(TryLater(WHY, scope="channel"), 1, now).pause
    assert not retry.decide(TryLater(WHY), 1, now).pause


@pytest.mark.parametrize(
    ("kind", "at_once", "settled"),
    [
        (Reconciliation.EXACTLY_ONCE, S.SCHEDULED, S.SCHEDULED),
        (Reconciliation.LOOKUP, S.UNCERTAIN, S.SCHEDULED),
        (Reconciliation.LIST, S.UNCERTAIN, S.NEEDS_HUMAN),
        (Reconciliation.NONE, S.NEEDS_HUMAN, S.NEEDS_HUMAN),
    ],
)
def test_absence_proves_as_much_as_the_platform_allows(world, monkeypatch, kind, at_once, settled):
    publication = world.scheduled()
    monkeypatch.setattr(Outbox, "reconciliation", kind)
    sent = does(monkeypatch, "commit", OutcomeUnknown(WHY))
    does(monkeypatch, "find", Absent())
    delivery.pull(by=world.intern)  # so that what goes back to the queue stays there to be seen
    with later() as clock:
        Publication.objects.update(state=S.UNCERTAIN, doubt_since=timezone.now(), saved={"key": "k"})
        delivery.tick()
        assert state(publication) == at_once
        clock.shift(SETTLE + timedelta(seconds=1))
        delivery.tick()
    assert state(publication) == settled and sent == []


@pytest.mark.parametrize("kind", [Reconciliation.EXACTLY_ONCE, Reconciliation.LOOKUP, Reconciliation.LIST])
def test_a_platform_that_does_not_answer_is_asked_for_a_day_before_a_person_is(world, monkeypatch, kind):
    publication = world.scheduled()
    monkeypatch.setattr(Outbox, "reconciliation", kind)
    does(monkeypatch, "commit", OutcomeUnknown(WHY))
    does(monkeypatch, "find", TryLater(WHY))
    with later() as clock:
        delivery.tick()
        for _hour in range(23):
            clock.shift(timedelta(hours=1))
            delivery.tick()
        assert state(publication) == S.UNCERTAIN
        does(monkeypatch, "find", Proof(id="there", url="https://example.org/there"))
        clock.shift(timedelta(hours=1))  # the longest pause, whatever its jitter
        delivery.tick()
    assert state(publication) == S.PUBLISHED


@pytest.mark.parametrize("found", [Absent(), Unclear()])
def test_after_a_restore_absence_is_no_proof(world, monkeypatch, found):
    publication = world.scheduled()
    sent = does(monkeypatch, "commit", Proof(id="again", url="https://example.org/again"))
    does(monkeypatch, "find", found)
    with later():
        Publication.objects.update(state=S.UNCERTAIN, doubt_since=timezone.now(), restored_at=timezone.now())
        delivery.tick()
        assert state(publication) == S.NEEDS_HUMAN and sent == []
        assert delivery.decide(publication, by=world.coordinator, link=None)
        delivery.tick()
    assert state(publication) == S.PUBLISHED and len(sent) == 1


def test_an_accepted_post_that_the_platform_drops_is_failed_and_one_that_it_shows_is_published(world, monkeypatch):
    dropped, shown = world.scheduled(minutes=1, text="Un."), world.scheduled(minutes=3, text="Deux.")
    does(monkeypatch, "commit", Pending(saved={"job": 1}))
    with later(2) as clock:
        delivery.tick()
        assert state(dropped) == S.PENDING
        does(monkeypatch, "check", Rejected(WHY))
        clock.shift(timedelta(minutes=2))
        delivery.tick()
        assert (state(dropped), state(shown)) == (S.FAILED, S.PENDING)
        does(monkeypatch, "check", Proof(id="there", url="https://example.org/there"))
        clock.shift(timedelta(minutes=2))
        delivery.tick()
    assert state(shown) == S.PUBLISHED


def test_preparing_in_steps_is_stored_after_each_and_waits_where_the_platform_says(world, monkeypatch):
    publication = world.scheduled()
    steps = iter([
        More(saved={"parts": 1}), More(saved={"parts": 2}, not_before=timezone.now() + timedelta(minutes=10)),
        Prepared(saved={"parts": 3}),
    ])  # fmt: skip
    seen = []

    def prepare(_self, _submission, saved):
        seen.append(saved)
        return next(steps)

    monkeypatch.setattr(Outbox, "prepare", prepare)
    does(monkeypatch, "commit", Proof(id="there", url="https://example.org/there"))
    with later(6) as clock:
        delivery.tick()
        assert state(publication) == S.SCHEDULED and publication.saved == {"parts": 2}
        clock.shift(timedelta(minutes=5))
        delivery.tick()
    assert state(publication) == S.PUBLISHED and seen == [{}, {"parts": 1}, {"parts": 2}]


def test_an_answer_that_comes_after_its_worker_was_given_up_settles_the_doubt(world, monkeypatch):
    publication = world.scheduled()
    monkeypatch.setattr(Outbox, "reconciliation", Reconciliation.NONE)

    def commit(*_given):
        with later(60):
            assert recover.take_back("somebody else") == 1
        return Proof(id="there", url="https://example.org/there")

    monkeypatch.setattr(Outbox, "commit", commit)
    with later():
        delivery.tick()
    assert state(publication) == S.PUBLISHED
    assert publication.receipt.remote_id == "there"
    assert AuditEntry.objects.filter(action="publication.answered_late").exists()


# ---------------------------------------------------------------------------------------------- reading back


def test_a_published_post_is_read_back_and_then_left_alone(world, monkeypatch):
    publication = world.scheduled()
    with later() as clock:
        delivery.tick()
        assert state(publication) == S.PUBLISHED
        clock.shift(timedelta(minutes=1, seconds=1))
        delivery.tick()
        assert state(publication) == S.VERIFIED
        asked = does(monkeypatch, "find", Absent())
        clock.shift(timedelta(days=2))
        delivery.tick()
    assert asked == [] and publication.next_try_at is None


@pytest.mark.parametrize("found", [Absent(), Proof(id="another", url="https://example.org/another")])
def test_a_post_that_is_no_longer_there_is_said_and_never_sent_again(world, monkeypatch, found):
    publication = world.scheduled()
    with later() as clock:
        delivery.tick()
        asked = does(monkeypatch, "find", found)
        for _round in range(6):
            clock.shift(timedelta(hours=2))
            delivery.tick()
    assert state(publication) == S.PUBLISHED and len(asked) == 3
    assert "no longer shows" in publication.error["msgid"]
    assert len(world.sent()) == 1


def test_a_platform_that_cannot_be_asked_is_not_read_back(world, monkeypatch):
    monkeypatch.setattr(Outbox, "reconciliation", Reconciliation.NONE)
    publication = world.scheduled()
    with later() as clock:
        delivery.tick()
        asked = does(monkeypatch, "find", Unclear())
        clock.shift(timedelta(hours=2))
        delivery.tick()
    assert state(publication) == S.PUBLISHED and asked == []


def test_a_persons_link_is_taken_for_a_doubt_but_only_an_address(world):
    publication = world.scheduled()
    Publication.objects.update(state=S.NEEDS_HUMAN)
    from pipeline.errors import Refused

    with pytest.raises(Refused, match="https://"):
        delivery.decide(publication, by=world.coordinator, link="javascript:alert(1)")
    assert delivery.decide(publication, by=world.coordinator, link="https://example.org/p/1")
    assert state(publication) == S.PUBLISHED and Receipt.objects.get().url == "https://example.org/p/1"


@pytest.mark.parametrize("point", ["after the claim", "after committing", "before the request"])
def test_a_process_that_stood_still_past_its_lease_sends_nothing(world, monkeypatch, point):
    """Suspended at the point while another worker takes the row over and a person settles it."""
    from pipeline.delivery import checkpoints

    publication = world.scheduled()
    sent = does(monkeypatch, "commit", Proof(id="twice", url="https://example.org/twice"))
    does(monkeypatch, "find", Unclear())
    with later() as clock:

        def stand_still(name):
            if name == point:
                checkpoints.arm(None)
                clock.shift(claims.LEASE + timedelta(minutes=1))
                recover.take_back("another")

        checkpoints.arm(stand_still)
        try:
            delivery.tick()
        finally:
            checkpoints.arm(None)
    assert sent == [] and state(publication) in {S.SCHEDULED, S.UNCERTAIN}


def test_without_a_look_at_the_lease_the_same_process_would_send(world, monkeypatch):
    """The broken variant of the test above."""
    monkeypatch.setattr(claims, "given_up", lambda *_given: False)
    with pytest.raises(AssertionError):
        test_a_process_that_stood_still_past_its_lease_sends_nothing(world, monkeypatch, "before the request")
