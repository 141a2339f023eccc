"""A person withdraws: what is to come is stopped, what is out comes down, nothing with them goes out again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils import timezone

from pipeline import delivery, removals, review
from pipeline.composing import NotReady
from pipeline.errors import Refused
from pipeline.models import (
    AuditEntry,
    Consent,
    Faces,
    Footage,
    How,
    Publication,
    PublicationState,
    Removal,
    Voice,
)
from pipeline.protection import consents, record, withdrawing
from pipeline.protection.consents import Scope
from publishers._base import OutcomeUnknown, Rejected, TryLater
from publishers._sentences import _
from tests.protection.settled import reviewed

S = PublicationState


@pytest.fixture
def filmed(world):
    """A world whose card was made from footage, with somebody in it who agreed to be shown."""
    world.footage = Footage.objects.create(sha256="f" * 64, size=1, kind="video", added_by=world.intern)
    world.card().footage.add(world.footage)
    world.person = consents.record(
        "P-014", given_on=date(2026, 1, 5), how=How.WRITTEN, scope=Scope(face=True), by=world.editor
    )
    reviewed(world.card(), by=world.editor)
    record.confirm(world.card(), by=world.editor, faces=Faces.CONSENT, voice=Voice.MUTED, consent="P-014")
    return world


def later(**time):
    return time_machine.travel(timezone.now() + timedelta(**time), tick=False)


def out(world):
    """A publication that went out."""
    publication = world.scheduled()
    with later(minutes=6):
        delivery.tick()
    publication.refresh_from_db()
    assert publication.state in (S.PUBLISHED, S.VERIFIED) and len(world.sent()) == 1
    return publication


def up(world):
    """What still stands in the outbox."""
    return [folder for folder in world.sent() if folder.suffix != ".removed"]


def test_what_waits_is_cancelled_and_never_goes_out(filmed):
    publication = filmed.scheduled()
    done = withdrawing.withdraw(filmed.person, by=filmed.intern)
    assert [row.pk for row in done.stopped] == [publication.pk] and done.removals == []
    with later(minutes=6):
        delivery.tick()
    assert filmed.sent() == []
    publication.refresh_from_db()
    assert publication.state == S.CANCELLED


def test_what_is_out_is_taken_down(filmed):
    publication = out(filmed)
    done = withdrawing.withdraw(filmed.person, by=filmed.intern)
    assert [task.publication_id for task in done.removals] == [publication.pk]
    assert removals.work() == 1
    assert up(filmed) == []  # the outbox keeps its own list
    publication.refresh_from_db()
    assert publication.state == S.REMOVED
    assert removals.work() == 0 and list(removals.waiting()) == []


def test_a_hold_does_not_keep_a_removal(filmed):
    from pipeline.delivery import hold

    out(filmed)
    hold.pull(by=filmed.coordinator, reason="test")
    withdrawing.withdraw(filmed.person, by=filmed.intern)
    assert removals.work() == 1 and up(filmed) == []


def test_nothing_with_the_person_is_submitted_again(filmed):
    withdrawing.withdraw(filmed.person, by=filmed.intern)
    with pytest.raises(NotReady, match="withdrew"):
        review.submit(filmed.draft(), by=filmed.intern)


def test_an_approved_post_is_not_sent_where_the_cancelling_was_missed(filmed):
    """A second line: the row is written past the code, and the look before the request finds it."""
    publication = filmed.scheduled()
    Consent.objects.filter(pk=filmed.person.pk).update(withdrawn_at=timezone.now())
    with later(minutes=6):
        delivery.tick()
    publication.refresh_from_db()
    assert publication.state == S.FAILED and filmed.sent() == []


def test_without_the_look_before_the_request_it_would_go_out(filmed, monkeypatch):
    """Broken on purpose: shows that the test above can fail."""
    monkeypatch.setattr(consents, "withdrawn_from", lambda _footage: [])
    monkeypatch.setattr(consents, "outside", lambda _variant: [])
    filmed.scheduled()
    Consent.objects.filter(pk=filmed.person.pk).update(withdrawn_at=timezone.now())
    with later(minutes=6):
        delivery.tick()
    assert len(filmed.sent()) == 1


def test_a_masked_person_who_is_linked_by_hand_is_found_too(filmed):
    other = consents.record("P-020", given_on=date(2026, 2, 1), how=How.SPOKEN, scope=Scope(), by=filmed.editor)
    consents.link(other, filmed.footage, by=filmed.editor)
    publication = filmed.scheduled()
    assert [row.pk for row in withdrawing.uses(other).waiting] == [publication.pk]
    assert withdrawing.withdraw(other, by=filmed.editor).stopped


def test_said_twice_it_does_the_same_once(filmed):
    out(filmed)
    first = withdrawing.withdraw(filmed.person, by=filmed.intern)
    second = withdrawing.withdraw(filmed.person, by=filmed.editor)
    assert [t.pk for t in first.removals] == [t.pk for t in second.removals]
    assert AuditEntry.objects.filter(action="consent.withdrawn").count() == 1


# ---------------------------------------------------------------------------------------------------- what it allows


def test_a_consent_holds_only_for_its_networks_languages_and_days(filmed):
    post = filmed.draft()
    variant = post.variants.get()
    for changed, word in (
        ({"networks": ["instagram"]}, "bluesky"),
        ({"languages": ["ar"]}, "texts in fr"),
        ({"until": timezone.localdate() - timedelta(days=1)}, "ended"),
    ):
        Consent.objects.filter(pk=filmed.person.pk).update(
            **{"networks": [], "languages": [], "until": None, **changed}
        )
        with pytest.raises(NotReady, match=word):
            review.submit(post, by=filmed.intern)
    Consent.objects.filter(pk=filmed.person.pk).update(networks=["bluesky"], languages=["fr"], until=None)
    assert consents.outside(variant) == []
    assert review.submit(post, by=filmed.intern)


def test_a_consent_that_ends_between_approval_and_sending_stops_it(filmed):
    Consent.objects.filter(pk=filmed.person.pk).update(until=timezone.localdate())
    publication = filmed.scheduled(minutes=60 * 30)
    with later(hours=30, minutes=1):
        delivery.tick()
    publication.refresh_from_db()
    assert publication.state == S.FAILED and filmed.sent() == []


@pytest.mark.parametrize("code", ["Amina", "P 14", "", "-1", "p-014\n<b>"])
def test_a_code_is_no_name(world, code):
    with pytest.raises(Refused):
        consents.record(code, given_on=date(2026, 1, 5), how=How.SPOKEN, scope=Scope(), by=world.editor)


def test_only_a_coordinator_says_that_somebody_is_not_in_footage(filmed):
    consents.link(filmed.person, filmed.footage, by=filmed.editor)
    with pytest.raises(Refused, match="coordinator"):
        consents.unlink(filmed.person, filmed.footage, by=filmed.editor, reason="erreur")
    with pytest.raises(Refused, match="why"):
        consents.unlink(filmed.person, filmed.footage, by=filmed.coordinator, reason=" ")
    consents.unlink(filmed.person, filmed.footage, by=filmed.coordinator, reason="autre personne")
    assert not filmed.person.footage.exists()


# ------------------------------------------------------------------------------------------------------- taking down


class Stubborn:
    """An adapter that answers a removal as told, and counts how often it was asked."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), 0

    def remove(self, _receipt):
        self.asked += 1
        answer = self.answers.pop(0) if self.answers else None
        if answer:
            raise answer


def asked_of(filmed, monkeypatch, *answers):
    publication = out(filmed)
    task = removals.ask(publication, by=filmed.intern)
    adapter = Stubborn(*answers)
    monkeypatch.setattr("pipeline.channels.adapter", lambda _channel: adapter)
    return task, adapter


@pytest.mark.parametrize("trouble", [TryLater(_("Busy."), retry_after=60), OutcomeUnknown(_("Lost."))])
def test_a_lost_or_late_answer_is_asked_for_again(filmed, monkeypatch, trouble):
    task, adapter = asked_of(filmed, monkeypatch, trouble)
    assert removals.work() == 0
    task.refresh_from_db()
    assert task.state == Removal.ASKING and task.next_try_at > timezone.now()
    with later(hours=2):
        assert removals.work() == 1
    assert adapter.asked == 2
    task.refresh_from_db()
    assert task.state == Removal.DONE


def test_what_the_network_does_not_take_down_is_a_persons_task(filmed, monkeypatch):
    task, adapter = asked_of(filmed, monkeypatch, Rejected(_("Take this post down by hand.")))
    assert removals.work() == 0 and adapter.asked == 1
    task.refresh_from_db()
    assert task.state == Removal.BY_HAND and [one.pk for one in removals.waiting()] == [task.pk]
    assert removals.done_by_hand(task, by=filmed.editor)
    assert Publication.objects.get(pk=task.publication_id).state == S.REMOVED


def test_a_worker_that_died_while_asking_is_followed_by_another(filmed, monkeypatch):
    task, adapter = asked_of(filmed, monkeypatch)
    Removal.objects.filter(pk=task.pk).update(
        state=Removal.ASKING, tries=1, next_try_at=timezone.now() + removals.LEASE
    )
    assert removals.work() == 0 and adapter.asked == 0
    with later(minutes=11):
        assert removals.work() == 1


def test_one_in_doubt_comes_down_once_it_is_known_to_be_out(filmed):
    publication = out(filmed)
    Publication.objects.filter(pk=publication.pk).update(state=S.UNCERTAIN)
    task = removals.ask(publication, by=filmed.intern)
    assert removals.work() == 0
    Publication.objects.filter(pk=publication.pk).update(state=S.PUBLISHED)
    assert removals.work() == 1
    task.refresh_from_db()
    assert task.state == Removal.DONE


def test_one_that_turns_out_never_to_have_gone_out_is_closed(filmed):
    publication = out(filmed)
    Publication.objects.filter(pk=publication.pk).update(state=S.UNCERTAIN)
    task = removals.ask(publication, by=filmed.intern)
    Publication.objects.filter(pk=publication.pk).update(state=S.FAILED)
    removals.work()
    task.refresh_from_db()
    assert task.state == Removal.NOT_OUT and list(removals.waiting()) == []


def test_what_waits_is_cancelled_not_removed(filmed):
    with pytest.raises(Refused, match="cancel"):
        removals.ask(filmed.scheduled(), by=filmed.intern)


def test_a_post_has_one_removal(filmed):
    publication = out(filmed)
    removals.ask(publication, by=filmed.intern)
    with pytest.raises(IntegrityError), transaction.atomic():
        Removal.objects.create(publication=publication, asked_by=filmed.intern, asked_at=timezone.now())
