"""Delivery: once, sealed, held, late, tampered with."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from pipeline import delivery, planning
from pipeline.delivery import engine, sealed
from pipeline.models import (
    Approval,
    Attempt,
    Channel,
    PostKind,
    Publication,
    PublicationState,
    Receipt,
    RevisionItem,
    Variant,
    VariantMedia,
    VariantText,
)
from pipeline.rendering import store
from tests.delivery.acts import later, state

S = PublicationState


def test_nothing_goes_out_before_its_time(world):
    publication = world.scheduled(minutes=5)
    delivery.tick()
    assert state(publication) == S.SCHEDULED
    assert world.sent() == []


def test_an_approved_post_goes_out_once_with_exactly_what_was_sealed(world):
    publication = world.scheduled()
    with later():
        delivery.tick()
        delivery.tick()
    assert state(publication) == S.PUBLISHED
    (folder,) = world.sent()
    assert (folder / "submission.json").read_text() == publication.item.submission
    (medium,) = json.loads(publication.item.submission)["parts"][0]["media"]
    bytes_out = [p for p in folder.rglob("*") if p.is_file() and store.sha256_of(p) == medium["file"]["sha256"]]
    assert len(bytes_out) == 1
    assert Receipt.objects.get(publication=publication).url
    assert Attempt.objects.filter(publication=publication).count() == 1


def test_an_unapproved_post_is_missed_and_never_sent(world):
    post = world.draft()
    (publication,) = planning.schedule(
        post, planning.wall_time((timezone.now() + timedelta(minutes=5)).isoformat()), by=world.intern
    )
    with later():
        delivery.tick()
    assert state(publication) == S.MISSED
    assert world.sent() == []
    assert publication.error["msgid"]


def change_text(publication):
    VariantText.objects.filter(variant=publication.variant).update(text="133 expulsions.")


def change_alt(publication):
    VariantMedia.objects.filter(variant=publication.variant).update(alt="Autre chose.")


def change_file(publication):
    rendition = publication.variant.media.get().rendition
    path = store.path_of(rendition.sha256, rendition.mime)
    path.chmod(0o640)
    path.write_bytes(path.read_bytes()[:-2] + b"\xff\xd9")
    path.write_bytes(path.read_bytes()[:-3] + b"\x00\xff\xd9")


def change_sealed_json(publication):
    item = publication.item
    RevisionItem.objects.filter(pk=item.pk).update(
        submission=item.submission.replace("132 expulsions", "133 expulsions")
    )


def change_json_and_its_seal(publication):
    from publishers._base import Submission, seal

    item = publication.item
    changed = item.submission.replace("132 expulsions", "133 expulsions")
    VariantText.objects.filter(variant=publication.variant).update(text="133 expulsions à Calais. #Calais")
    VariantMedia.objects.filter(variant=publication.variant).update(alt="133 expulsions, en barres.")
    RevisionItem.objects.filter(pk=item.pk).update(
        submission=changed, seal=seal(Submission.model_validate_json(changed))
    )


def remove_approval(publication):
    Approval.objects.all().delete()


TAMPERINGS = [change_text, change_alt, change_file, change_sealed_json, change_json_and_its_seal, remove_approval]


@pytest.mark.parametrize("tamper", TAMPERINGS, ids=lambda f: f.__name__)
def test_what_changed_after_approval_is_not_sent(world, tamper):
    publication = world.scheduled()
    tamper(publication)
    with later():
        delivery.tick()
    assert state(publication) == S.FAILED
    assert world.sent() == []
    assert publication.error["msgid"]


@pytest.mark.parametrize("stored", [{"options": {"colour": "red"}}, {"options": [1]}, {"link_card": {"a": 1}}], ids=str)
def test_what_no_form_stores_ends_at_once_with_a_sentence(world, stored):
    publication = world.scheduled()
    Variant.objects.update(**stored)
    with later():
        delivery.tick()
    assert state(publication) == S.FAILED
    assert "cannot be read" in publication.error["msgid"]


@pytest.mark.parametrize("tamper", TAMPERINGS[:1] + TAMPERINGS[3:], ids=lambda f: f.__name__)
def test_without_the_seal_check_the_same_tampering_would_go_out(world, tamper, monkeypatch):
    """The broken variant: it shows that the test above can fail."""
    from publishers._base import Submission

    publication = world.scheduled()
    tamper(publication)
    monkeypatch.setattr(
        sealed,
        "submission",
        lambda p: Submission.model_validate_json(RevisionItem.objects.get(pk=p.item_id).submission),
    )
    with later():
        delivery.tick()
    assert len(world.sent()) == 1


def test_a_change_between_preparing_and_sending_is_not_sent(world, monkeypatch):
    publication = world.scheduled()
    prepare = engine._prepare

    def prepare_then_tamper(row, adapter, submission):
        done = prepare(row, adapter, submission)
        change_text(row)
        return done

    monkeypatch.setattr(engine, "_prepare", prepare_then_tamper)
    with later():
        delivery.tick()
    assert state(publication) == S.FAILED
    assert world.sent() == []


def test_a_hold_stops_everything_and_what_is_late_is_asked_about(world):
    publication = world.scheduled(kind=PostKind.NEWS)
    delivery.pull(by=world.intern, reason="doute")
    with later(6):
        delivery.tick()
        assert state(publication) == S.SCHEDULED
    with later(30):
        delivery.release(by=world.coordinator)
        delivery.tick()
        assert state(publication) == S.MISSED
    assert world.sent() == []


def test_a_hold_pulled_while_preparing_stops_the_request(world, monkeypatch):
    publication = world.scheduled()
    prepare = engine._prepare

    def prepare_then_hold(row, adapter, submission):
        done = prepare(row, adapter, submission)
        delivery.pull(world.channel, by=world.intern)
        return done

    monkeypatch.setattr(engine, "_prepare", prepare_then_hold)
    with later():
        delivery.tick()
    assert state(publication) == S.SCHEDULED
    assert world.sent() == []


def test_an_evergreen_post_may_go_out_late_news_may_not(world):
    old, news = world.scheduled(), world.scheduled(kind=PostKind.NEWS)
    with later(60):
        delivery.tick()
    assert (state(old), state(news)) == (S.PUBLISHED, S.MISSED)


def test_a_missed_post_goes_out_by_a_persons_word(world):
    publication = world.scheduled(kind=PostKind.NEWS)
    with later(60):
        delivery.tick()
        assert delivery.send_after_all(Publication.objects.get(), by=world.coordinator)
        delivery.tick()
    assert state(publication) == S.PUBLISHED


def test_lost_credentials_close_the_channel_and_its_queue_waits(world):
    from pipeline import vault

    publication = world.scheduled()
    Channel.objects.update(credentials=vault.encrypt({"stands_for": "nowhere"}))
    with later():
        delivery.tick()
    assert world.sent() == []
    assert state(publication) in {S.FAILED, S.SCHEDULED}
    assert publication.error["msgid"]


def test_a_late_worker_is_shut_out_by_the_fence(world):
    from pipeline.delivery import claims, rows

    publication = world.scheduled()
    with later():
        slow = Publication.objects.get()
        assert claims.take(slow, "slow", timezone.now())
        Publication.objects.update(state=S.SCHEDULED, fence=slow.fence + 1, lease_until=None)
        assert not rows.keep(slow, {"late": True}, prepared=True)
        delivery.tick()
    assert state(publication) == S.PUBLISHED
    assert len(world.sent()) == 1


def test_two_workers_never_claim_the_same_row(world):
    from pipeline.delivery import claims

    world.scheduled()
    with later():
        first, second = Publication.objects.get(), Publication.objects.get()
        assert [claims.take(first, "a", timezone.now()), claims.take(second, "b", timezone.now())] == [True, False]


def test_a_recalled_post_is_not_sent_even_if_its_row_was_put_back_past_the_code(world):
    from pipeline import review

    publication = world.scheduled()
    item = publication.item
    review.recall(publication.variant.post, by=world.intern)
    Publication.objects.filter(pk=publication.pk).update(state=S.SCHEDULED, item=item)
    with later():
        delivery.tick()
    assert state(publication) == S.FAILED
    assert world.sent() == []


def test_a_fault_of_the_program_is_loud_shown_on_the_row_and_ends(world, monkeypatch):
    from pipeline.delivery import retry
    from publishers.outbox import Outbox

    def fault(*_anything):
        raise ZeroDivisionError

    publication = world.scheduled()
    monkeypatch.setattr(Outbox, "prepare", fault)
    for n in range(retry.ATTEMPTS):
        with later(10 + 10 * n), pytest.raises(ZeroDivisionError):
            delivery.tick()
        publication.refresh_from_db()
        assert "program itself" in publication.error["msgid"]
    assert state(publication) == S.FAILED
    with later(100):
        delivery.tick()  # and is left alone
    assert world.sent() == []
