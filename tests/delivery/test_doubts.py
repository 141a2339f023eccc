"""What an adversary would try: old content, lost answers, endless tries, machines that are not whole."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from pipeline import delivery, drafts, planning, review, vault
from pipeline.delivery import claims, engine, recover, retry
from pipeline.errors import Refused
from pipeline.models import Attempt, Channel, Faces, Footage, Publication, PublicationState, Receipt, VariantText, Voice
from pipeline.protection import record
from publishers._base import Absent, OutcomeUnknown, Sentence, TryLater, Unclear
from publishers.outbox import Outbox
from tests.delivery.acts import later, state
from tests.protection.settled import reviewed

S = PublicationState
LOST = Sentence("The answer was lost.")


def texts_sent(world):
    return [json.loads((f / "submission.json").read_text())["parts"][0]["text"] for f in world.sent()]


def raising(error):
    def commit(*_anything):
        raise error

    return commit


def test_a_correction_goes_out_and_not_what_was_prepared_before_it(world, monkeypatch):
    publication = world.scheduled()
    commit = Outbox.commit
    monkeypatch.setattr(Outbox, "commit", raising(TryLater(LOST)))
    with later():
        delivery.tick()
    assert publication.saved == {} and Publication.objects.get().saved != {}
    monkeypatch.setattr(Outbox, "commit", commit)
    with later(24 * 60):
        delivery.tick()
        assert state(publication) == S.MISSED
        drafts.set_text(publication.variant, "fr", "CORRIGÉ : 12 expulsions.", by=world.intern)
        drafts.mark_read(VariantText.objects.get(), by=world.intern)
        review.approve(review.submit(publication.variant.post, by=world.intern), by=world.coordinator)
        assert delivery.send_after_all(publication, by=world.coordinator)
        delivery.tick()
    assert texts_sent(world) == ["CORRIGÉ : 12 expulsions."]


def test_without_the_saved_seal_the_old_text_would_go_out(world, monkeypatch):
    """The broken variant: what was saved for another content is used again."""
    publication = world.scheduled()
    with later():
        row = Publication.objects.get()
        adapter = engine.channels.adapter(row.channel)
        old = adapter.prepare(engine.sealed.submission(row), {}).saved
    drafts.set_text(publication.variant, "fr", "CORRIGÉ.", by=world.intern)
    drafts.mark_read(VariantText.objects.get(), by=world.intern)
    review.approve(review.submit(publication.variant.post, by=world.intern), by=world.coordinator)
    publication.refresh_from_db()
    Publication.objects.update(saved=old, saved_seal=claims.bound(publication.item.seal, old))
    with later():
        delivery.tick()
    assert texts_sent(world) == ["132 expulsions à Calais. #Calais"]


def test_a_request_that_never_gets_an_answer_is_not_repeated_for_ever(world, monkeypatch):
    publication = world.scheduled()
    monkeypatch.setattr(Outbox, "commit", raising(OutcomeUnknown(LOST)))
    for hour in range(24):
        with later(6 + 30 * hour):
            delivery.tick()
            delivery.tick()
    assert state(publication) == S.FAILED and publication.doubt_since is None
    assert Attempt.objects.count() == retry.ATTEMPTS
    assert "no such post is there" in Sentence.from_json(publication.error).text("en")


def test_a_platform_that_cannot_tell_ends_with_a_question_to_a_person(world, monkeypatch):
    publication = world.scheduled()
    monkeypatch.setattr(Outbox, "commit", raising(OutcomeUnknown(LOST)))
    monkeypatch.setattr(Outbox, "find", lambda *_anything: Unclear())
    for n in range(15):
        with later(6 + 120 * n):
            delivery.tick()
    assert state(publication) == S.NEEDS_HUMAN
    saved = publication.saved
    with later(24 * 60):
        assert not delivery.decide(publication, by=world.coordinator, link=None) or state(publication) == S.SCHEDULED
    assert saved and publication.saved == saved, "the same key must still stand for the same post"


@pytest.mark.parametrize("queued", [False, True])
def test_a_doubt_on_a_channel_that_was_closed_becomes_a_question_to_a_person_after_a_day(world, monkeypatch, queued):
    publication = world.scheduled()
    monkeypatch.setattr(Outbox, "commit", raising(OutcomeUnknown(LOST)))
    monkeypatch.setattr(Outbox, "find", lambda *_anything: Unclear())
    with later():
        delivery.tick()
    Channel.objects.update(authorised=False)
    if queued:
        Publication.objects.update(state=S.SCHEDULED)
    with later(23 * 60):
        delivery.tick()
        assert state(publication) == (S.SCHEDULED if queued else S.UNCERTAIN)
    with later(25 * 60):
        delivery.tick()
    assert state(publication) == S.NEEDS_HUMAN


def test_a_post_whose_answer_was_lost_is_not_cancelled_or_edited_before_it_is_settled(world, monkeypatch):
    publication = world.scheduled()
    commit = Outbox.commit
    monkeypatch.setattr(Outbox, "commit", raising(OutcomeUnknown(LOST)))
    monkeypatch.setattr(Outbox, "find", lambda *_anything: Absent())
    with later():
        delivery.tick()
        delivery.tick()
        assert state(publication) in {S.SCHEDULED, S.UNCERTAIN}
        assert not planning.cancel(publication, by=world.intern)
        with pytest.raises(Refused, match="on its way"):
            drafts.set_text(publication.variant, "fr", "Autre.", by=world.intern)
        with pytest.raises(Refused, match="on its way"):
            review.recall(publication.variant.post, by=world.intern)
    monkeypatch.setattr(Outbox, "commit", commit)


@pytest.mark.parametrize("keys", ["", "not-a-key", "Ym9ndXM="])
def test_a_worker_without_the_right_key_leaves_the_post_to_one_that_has_it(world, settings, keys):
    publication = world.scheduled()
    good = (vault.keys_dir() / "store.key").read_text()
    (vault.keys_dir() / "store.key").write_text(keys)
    with later():
        delivery.tick()
    assert state(publication) == S.SCHEDULED
    assert Channel.objects.get().authorised
    (vault.keys_dir() / "store.key").write_text(good)
    with later(8):
        delivery.tick()
    assert state(publication) == S.PUBLISHED


def test_a_disk_that_is_away_fails_no_post(world, home):
    publication = world.scheduled()
    (home / "renditions").rename(home / "away")
    with later():
        delivery.tick()
    assert state(publication) == S.SCHEDULED
    (home / "away").rename(home / "renditions")
    with later(8):
        delivery.tick()
    assert state(publication) == S.PUBLISHED


def test_nothing_floods_out_when_a_hold_ends(world):
    rows = [world.scheduled(minutes=n + 1, text=f"{n} expulsions.") for n in range(3)]
    delivery.pull(by=world.intern)
    with later(60):
        delivery.release(by=world.coordinator)
        delivery.tick()
    assert [state(row) for row in rows] == [S.MISSED] * 3
    assert world.sent() == []


def test_an_intern_may_stop_but_not_start_again(world):
    delivery.pull(by=world.intern)
    with pytest.raises(Refused, match="coordinator"):
        delivery.release(by=world.intern)


def test_an_embargo_set_after_scheduling_stops_the_sending(world):
    footage = Footage.objects.create(sha256="e" * 64, size=1, kind="video", added_by=world.intern)
    world.card().footage.add(footage)
    reviewed(world.card(), by=world.intern)
    record.confirm(world.card(), by=world.intern, faces=Faces.MASKED, voice=Voice.MUTED)
    publication = world.scheduled()
    Footage.objects.update(embargo_until=timezone.now() + timedelta(days=300))
    with later():
        delivery.tick()
    assert state(publication) == S.FAILED
    assert "embargo" in publication.error["msgid"]


def test_a_publication_moved_to_another_channel_past_the_code_is_not_sent(world):
    publication = world.scheduled()
    other = world.add_channel("facebook")
    Publication.objects.update(channel=other)
    with later():
        delivery.tick()
    assert state(publication) == S.FAILED
    assert world.sent() == []


@pytest.mark.parametrize("wish", [float("inf"), float("nan"), 1e12, -5.0])
def test_a_senseless_pause_asked_by_a_platform_is_kept_within_reason(wish):
    now = timezone.now()
    at = retry.next_try(now, 1, wish)
    assert now <= at <= now + timedelta(days=1)


def test_a_step_of_the_wall_clock_makes_no_living_worker_dead():
    name = recover.worker_name()
    with later(120):
        assert recover._alive(name)


def test_a_process_that_is_gone_is_dead_and_another_machines_is_not_judged():
    name = recover.worker_name()
    machine, process, _start, number = name.rsplit(":", 3)
    assert not recover._alive(f"{machine}:{process}:1:{number}")
    assert recover._alive(f"elsewhere:{process}:1:{number}")


def test_a_link_that_another_publication_owns_settles_nothing(world):
    first, second = world.scheduled(text="Un."), world.scheduled(text="Deux.")
    with later():
        delivery.tick()
    first.refresh_from_db()
    Publication.objects.filter(pk=second.pk).update(state=S.NEEDS_HUMAN)
    type(second.receipt).objects.filter(publication=second).delete()
    second = Publication.objects.get(pk=second.pk)
    Receipt.objects.update(url="https://example.org/1")
    with pytest.raises(Refused, match=f"publication {first.pk}"):
        delivery.decide(second, by=world.coordinator, link="https://example.org/1")
    assert state(second) == S.NEEDS_HUMAN
