"""Two people: nobody approves what they made, whatever the door."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from pipeline import drafts, planning, review
from pipeline.composing import NotReady
from pipeline.errors import Refused
from pipeline.models import Approval, AuditEntry, PostKind, PostState, PublicationState, VariantMedia, VariantText
from pipeline.rendering import store


def text_of(post):
    return VariantText.objects.get(variant__post=post)


def test_a_second_person_approves_what_was_submitted(world):
    revision = review.submit(world.draft(), by=world.intern)
    approval = review.approve(revision, by=world.coordinator)
    assert approval.seal == revision.seal
    revision.post.refresh_from_db()
    assert revision.post.state == PostState.APPROVED


@pytest.mark.parametrize("who", ["intern", "editor", "administrator"])
def test_only_a_coordinator_approves(world, who):
    revision = review.submit(world.draft(), by=world.intern)
    with pytest.raises(Refused, match="coordinator"):
        review.approve(revision, by=getattr(world, who))


def test_a_coordinator_does_not_approve_their_own_post(world):
    revision = review.submit(world.draft(by=world.coordinator), by=world.intern)
    with pytest.raises(Refused, match="second person"):
        review.approve(revision, by=world.coordinator)
    assert review.approve(revision, by=world.second)


@pytest.mark.parametrize("part", ["text", "alt"])
def test_a_coordinator_who_changed_any_part_does_not_approve(world, part):
    post = world.draft()
    if part == "text":
        drafts.set_text(post.variants.get(), "fr", "133 expulsions.", by=world.coordinator)
        drafts.mark_read(text_of(post), by=world.intern)
    else:
        drafts.set_alt(VariantMedia.objects.get(variant__post=post), "Autre description.", by=world.coordinator)
    with pytest.raises(Refused, match="second person"):
        review.approve(review.submit(post, by=world.intern), by=world.coordinator)


def test_whoever_drew_the_card_does_not_approve_the_post(world):
    world.card(world.coordinator)
    revision = review.submit(world.draft(), by=world.intern)
    with pytest.raises(Refused, match="second person"):
        review.approve(revision, by=world.coordinator)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pipeline_approval SET user_id = {author}",
        "UPDATE pipeline_revisionauthor SET user_id = {approver}",
        "DELETE FROM pipeline_revisionauthor",
        "INSERT INTO pipeline_revisionauthor (revision_id, user_id)"
        " SELECT revision_id, {approver} FROM pipeline_approval",
    ],
)
def test_the_database_itself_refuses_an_author_as_approver(world, statement):
    revision = review.submit(world.draft(), by=world.intern)
    review.approve(revision, by=world.coordinator)
    sql = statement.format(author=world.intern.pk, approver=world.coordinator.pk)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)
    assert Approval.objects.get(revision=revision).user == world.coordinator


def test_the_database_refuses_an_approval_inserted_past_the_code(world):
    revision = review.submit(world.draft(), by=world.intern)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pipeline_approval (revision_id, user_id, seal, unread_accepted, at)"
            " VALUES (%s, %s, %s, '[]', '2026-11-23')",
            [revision.pk, world.intern.pk, revision.seal],
        )


def test_an_edit_after_approval_takes_the_post_off_the_queue(world):
    publication = world.scheduled()
    assert publication.state == PublicationState.SCHEDULED
    drafts.set_text(publication.variant, "fr", "Tout autre chose.", by=world.intern)
    publication.refresh_from_db()
    publication.variant.post.refresh_from_db()
    assert publication.state == PublicationState.PLANNED
    assert publication.item is None
    assert publication.variant.post.state == PostState.DRAFT


def test_an_approval_after_planning_puts_the_post_on_the_queue(world):
    post = world.draft()
    (publication,) = planning.schedule(post, planning.wall_time("2099-01-01 09:00"), by=world.intern)
    assert publication.state == PublicationState.PLANNED
    review.approve(review.submit(post, by=world.intern), by=world.coordinator)
    publication.refresh_from_db()
    assert publication.state == PublicationState.SCHEDULED


def test_a_post_without_alt_text_is_not_submitted(world):
    post = world.draft()
    drafts.set_alt(VariantMedia.objects.get(variant__post=post), "", by=world.intern)
    with pytest.raises(NotReady, match="description"):
        review.submit(post, by=world.intern)
    post.refresh_from_db()
    assert post.state == PostState.DRAFT
    assert not post.revisions.exists()


def test_a_text_that_is_too_long_is_refused_with_its_count(world):
    with pytest.raises(NotReady, match=r"301.*300"):
        review.submit(world.draft("a" * 301), by=world.intern)


def test_a_language_that_nobody_read_needs_the_approvers_tick(world):
    post = world.draft()
    drafts.set_text(post.variants.get(), "en", "132 evictions.", by=world.intern)
    revision = review.submit(post, by=world.intern)
    with pytest.raises(Refused, match="en"):
        review.approve(revision, by=world.coordinator)
    assert review.approve(revision, by=world.coordinator, accept_unread=["en"]).unread_accepted == ["en"]


def test_changes_asked_for_send_the_post_back_and_void_the_revision(world):
    revision = review.submit(world.draft(), by=world.intern)
    review.request_changes(revision, by=world.coordinator, text="Dire « au moins ».")
    revision.post.refresh_from_db()
    assert revision.post.state == PostState.CHANGES_REQUESTED
    with pytest.raises(Refused):
        review.approve(revision, by=world.coordinator)


def test_a_file_changed_between_submission_and_approval_stops_the_next_submission(world):
    post = world.draft()
    path = store.path_of(world.card().sha256, world.card().mime)
    path.chmod(0o640)
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(NotReady, match="changed"):
        review.submit(post, by=world.intern)


def test_a_row_changed_behind_the_stages_is_seen_at_approval(world):
    revision = review.submit(world.draft(), by=world.intern)
    VariantText.objects.filter(variant__post=revision.post).update(text="133 expulsions à Calais. #Calais")
    with pytest.raises(Refused, match="changed since"):
        review.approve(revision, by=world.coordinator)


def test_a_lost_edit_is_refused(world):
    post = world.draft()
    seen = post.version
    drafts.set_text(post.variants.get(), "fr", "Un.", by=world.intern, version=seen)
    with pytest.raises(Refused, match="meantime"):
        drafts.set_text(post.variants.get(), "fr", "Deux.", by=world.editor, version=seen)
    assert text_of(post).text == "Un."


def test_a_picture_in_a_language_that_has_no_text_needs_the_approvers_tick(world):
    from pipeline.models import Rendition

    post = world.draft()
    Rendition.objects.update(lang="ar")
    revision = review.submit(post, by=world.intern)
    with pytest.raises(Refused, match="ar"):
        review.approve(revision, by=world.coordinator)
    assert review.approve(revision, by=world.coordinator, accept_unread=["ar"])


def test_news_that_nothing_keeps_back_takes_a_typed_yes(world, settings):
    settings.PORTEVOIX_FOOTAGE_DELAY = timedelta(hours=48)
    post = world.draft(kind=PostKind.NEWS)
    revision = review.submit(post, by=world.intern)
    for typed in ("", "ok", "non"):
        with pytest.raises(Refused, match="type yes"):
            review.approve(revision, by=world.coordinator, at_once=typed)
    assert review.approve(revision, by=world.coordinator, at_once=" Oui ")
    assert AuditEntry.objects.filter(action="post.approved", detail__at_once=True).count() == 1


def test_other_posts_take_no_typed_yes(world, settings):
    settings.PORTEVOIX_FOOTAGE_DELAY = timedelta(hours=48)
    assert review.approve(review.submit(world.draft(), by=world.intern), by=world.coordinator)
