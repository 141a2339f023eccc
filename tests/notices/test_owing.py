"""Who is owed a mail about what: by role, by authorship, once per fact, and never for what they did themselves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from pipeline import channels, delivery, drafts, notices, planning, review
from pipeline.errors import Refused
from pipeline.models import Comment, Mute, Notice, NoticeKind, Publication, Role, User, VariantText
from pipeline.notices.owing import BY_TIME, Fact, tell
from publishers._sentences import Sentence

CAMILLE, SAMIRA, JO, ADMIN = "camille", "samira", "jo", "admin"
# Camille made the post. Written anew from the wishes, not from the code's own table.
TABLE = {
    "approve": {SAMIRA, JO},
    "changes": {CAMILLE},
    "comment": {CAMILLE, SAMIRA},
    "approved": {CAMILLE},
    "handoff": {CAMILLE, SAMIRA, JO},
    "failed": {CAMILLE, SAMIRA, JO},
    "decide": {SAMIRA, JO},
    "missed": {CAMILLE, SAMIRA, JO},
    "place": {CAMILLE},
    "deadline": {CAMILLE, SAMIRA, JO},
    "gone": {CAMILLE, SAMIRA, JO},
    "correct": {CAMILLE, SAMIRA, JO},
    "hold": {SAMIRA, JO, ADMIN},
    "refused": {SAMIRA, JO, ADMIN},
    "expiring": {SAMIRA, JO, ADMIN},
    "panic": {SAMIRA, JO, ADMIN},
    "silent": {SAMIRA, JO, ADMIN},
    "clock": {SAMIRA, JO, ADMIN},
    "digest": {SAMIRA, JO, ADMIN},
}


def told(kind: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind).values_list("recipient__username", flat=True))


def draft(room, **more):
    """A post of the intern's alone, on one channel."""
    piece = drafts.Piece(room.channel, {"fr": "À 15 h."}, [])
    post = drafts.create("Permanence", [piece], by=room.intern, **more)
    drafts.mark_read(VariantText.objects.get(variant__post=post), by=room.intern)
    return post


@pytest.fixture
def post(room):
    return draft(room)


def due(post) -> Publication:
    at = planning.wall_time((timezone.now() + timedelta(minutes=5)).isoformat())
    return planning.schedule(post, at, by=post.created_by)[0]


def about(kind, room, post):
    if kind in {"approve", "changes", "approved", "correct"}:
        return post
    if kind == "comment":
        return Comment.objects.create(post=post, by=room.coordinator, text="Oui.", at=timezone.now())
    if kind == "refused":
        return room.channel
    return None if kind in {"hold", "panic", "clock", *BY_TIME} else due(post)


def test_the_table_here_knows_every_kind():
    assert set(TABLE) == set(NoticeKind.values)


def befall(kind, subject):
    if kind in BY_TIME:
        return tell(NoticeKind(kind), Fact("time", "once"))
    return notices.owe(kind, about=subject)


@pytest.mark.parametrize("kind", TABLE)
def test_each_kind_goes_once_to_those_whom_it_concerns_and_to_nobody_else(kind, room, post):
    subject = about(kind, room, post)
    assert befall(kind, subject) == len(TABLE[kind])
    assert told(kind) == TABLE[kind]
    assert befall(kind, subject) == 0
    assert Notice.objects.count() == len(TABLE[kind])


def test_a_publication_that_fails_again_is_owed_again(room, post):
    row = due(post)
    assert notices.owe("failed", about=row) == 3
    Publication.objects.filter(pk=row.pk).update(fence=9)
    assert notices.owe("failed", about=row) == 3  # read anew: the object in hand still has the old fence


def test_a_hand_off_that_is_looked_at_again_and_again_is_owed_once(room, post):
    row = due(post)
    for fence in (1, 2, 3):
        Publication.objects.filter(pk=row.pk).update(fence=fence)
        notices.owe("handoff", about=row)
    assert Notice.objects.count() == 3


def test_a_coordinator_who_made_a_part_of_the_post_is_not_asked_to_approve_it(room, post):
    drafts.set_text(post.variants.get(), "fr", "À 16 h.", by=room.second)
    drafts.mark_read(VariantText.objects.get(), by=room.second)
    review.submit(post, by=room.intern)
    assert told("approve") == {SAMIRA}


def test_submitting_asks_the_coordinators_and_approving_tells_the_authors(room, post):
    revision = review.submit(post, by=room.intern)
    assert told("approve") == {SAMIRA, JO}
    review.approve(revision, by=room.coordinator)
    assert told("approved") == {CAMILLE}


def test_changes_asked_for_are_told_to_the_authors_and_the_next_version_is_asked_about_anew(room, post):
    review.request_changes(review.submit(post, by=room.intern), by=room.coordinator, text="Dire l’heure.")
    assert told("changes") == {CAMILLE}
    post.refresh_from_db()
    review.submit(post, by=room.intern)
    assert Notice.objects.filter(kind="approve").count() == 4


def test_taking_a_post_back_tells_nobody(room, post):
    review.submit(post, by=room.intern)
    Notice.objects.all().delete()
    review.recall(post, by=room.intern)
    assert not Notice.objects.exists()


def test_another_day_asks_again_by_mail_too(room, post):
    review.approve(review.submit(post, by=room.intern), by=room.coordinator)
    post.refresh_from_db()
    (row,) = planning.schedule(post, planning.wall_time("2099-01-01 09:00"), by=room.intern)
    Notice.objects.all().delete()
    planning.move(row, planning.wall_time("2099-01-02 09:00"), by=room.intern)
    assert told("approve") == {SAMIRA, JO}


def test_what_is_refused_owes_nothing(room, post):
    with pytest.raises(Refused):
        review.approve(review.submit(post, by=room.intern), by=room.intern)
    assert told("approved") == set()


def test_what_is_rolled_back_owes_nothing(room, post):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        review.submit(post, by=room.intern)
        raise ZeroDivisionError
    assert not Notice.objects.exists()


def test_nobody_is_told_of_a_hold_that_they_pulled(room):
    delivery.pull(by=room.coordinator)
    assert told("hold") == {JO, ADMIN}


def test_a_hold_pulled_twice_is_one_hold_and_the_next_one_is_another(room):
    delivery.pull(by=room.intern)
    delivery.pull(by=room.editor)
    assert Notice.objects.count() == 3
    delivery.release(by=room.coordinator)
    delivery.pull(by=room.intern)
    assert Notice.objects.count() == 6


def test_a_channel_that_closes_gives_one_alert_and_not_one_per_post(room):
    for _post in range(3):
        channels.mark_unauthorised(room.channel, Sentence("The password was revoked."))
    assert told("refused") == {SAMIRA, JO, ADMIN}
    assert Notice.objects.count() == 3


def test_a_channel_that_was_mended_and_closes_again_gives_another_alert(room):
    for _time in range(2):
        channels.mark_unauthorised(room.channel, Sentence("The password was revoked."))
        channels.check(room.channel)
    assert Notice.objects.count() == 6


@pytest.mark.parametrize("change", [{"email": ""}, {"is_active": False}])
def test_people_without_an_address_or_made_inactive_are_owed_nothing(change, room, post):
    User.objects.filter(username=SAMIRA).update(**change)
    review.submit(post, by=room.intern)
    assert told("approve") == {JO}


def test_each_person_mutes_for_themselves(room, post):
    notices.mute("approve", by=room.coordinator)
    review.submit(post, by=room.intern)
    assert told("approve") == {JO}


def test_a_muted_kind_comes_again_once_it_is_wanted_again(room, post):
    assert notices.mute("failed", by=room.intern) and not notices.mute("failed", by=room.intern)
    assert notices.unmute("failed", by=room.intern) and not notices.unmute("failed", by=room.intern)
    notices.owe("failed", about=due(post))
    assert CAMILLE in told("failed")


@pytest.mark.parametrize("kind", ["silent", "clock", "panic"])
def test_an_administrator_cannot_mute_that_the_machine_stands_still(kind, room):
    with pytest.raises(Refused, match="always"):
        notices.mute(kind, by=room.administrator)
    notices.mute(kind, by=room.coordinator)
    befall(kind, None)
    assert told(kind) == {JO, ADMIN}


def test_a_mute_from_before_someone_became_an_administrator_does_not_silence_them(room):
    notices.mute("silent", by=room.editor)
    User.objects.filter(pk=room.editor.pk).update(role=Role.ADMINISTRATOR)
    befall("silent", None)
    assert "noor" in told("silent")


def test_a_mail_that_does_not_exist_is_refused_naming_those_that_do(room):
    with pytest.raises(Refused, match="digest"):
        notices.mute("nothing", by=room.intern)


def test_choices_are_those_of_the_role_and_choosing_keeps_what_is_fixed(room):
    assert {c.kind for c in notices.choices(room.intern)} == {k for k, who in TABLE.items() if CAMILLE in who}
    assert {c.kind for c in notices.choices(room.administrator)} == {k for k, who in TABLE.items() if ADMIN in who}
    notices.choose(["digest"], by=room.administrator)
    assert {c.kind for c in notices.choices(room.administrator) if c.on} == {"digest", "silent", "clock", "panic"}
    notices.choose(["approve"], by=room.coordinator)
    assert Mute.objects.filter(user=room.coordinator).count() == len(notices.choices(room.coordinator)) - 1
