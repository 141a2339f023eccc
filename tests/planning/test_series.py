"""Copies and weekly series: the same post again, unread, unapproved, at the same hour on the clock."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
import time_machine

from pipeline import copies, drafts, planning, review
from pipeline.errors import Refused
from pipeline.models import Channel, Contribution, Post, PostState, Publication, PublicationState, Variant, VariantText
from pipeline.planning import slots


@pytest.fixture(autouse=True)
def today():
    """A Monday before both changes of the clocks that are tried."""
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=UTC), tick=False):
        yield


def said(post: Post) -> list[tuple]:
    """Everything that goes out of a post, by channel."""
    return [
        (v.channel.name, v.kind, v.title, v.mentions, v.first_comment, v.content_warning, v.options,
         [(t.lang, t.text) for t in v.texts.all()], [(m.rendition_id, m.alt) for m in v.media.all()])
        for v in post.variants.select_related("channel").order_by("channel__name")
    ]  # fmt: skip


def placed(world, wall: str, **more) -> Post:
    post = world.draft(**more)
    planning.schedule(post, planning.wall_time(wall), by=world.intern)
    return post


def walls(made: planning.Made) -> list[str]:
    return [row.wall_time.strftime("%Y-%m-%d %H:%M") for row in made.publications]


# ---------------------------------------------------------------------------------------------- copies


def test_a_copy_says_and_shows_the_same_and_is_a_draft_that_nobody_has_read(world):
    post = world.approved()
    Variant.objects.filter(post=post).update(
        first_comment="Sources en lien.", content_warning="Violence", options={"made_with_ai": False}
    )
    twin = copies.copy(post, by=world.editor)
    assert said(twin) == said(post)
    assert (twin.state, twin.created_by, twin.title) == (PostState.DRAFT, world.editor, post.title)
    assert not VariantText.objects.filter(variant__post=twin).exclude(read_by=None).exists()
    assert not twin.revisions.exists() and not Publication.objects.filter(variant__post=twin).exists()


def test_whoever_made_a_part_of_a_post_may_not_approve_its_copy(world):
    """The words are still theirs: a coordinator who wrote them needs a second person also when another one copied."""
    post = world.draft(by=world.coordinator)
    twin = copies.copy(post, by=world.intern)
    for text in VariantText.objects.filter(variant__post=twin):
        drafts.mark_read(text, by=world.intern)
    revision = review.submit(twin, by=world.intern)
    with pytest.raises(Refused, match="second person"):
        review.approve(revision, by=world.coordinator)
    assert review.approve(revision, by=world.second)


def test_a_copy_of_a_post_that_is_out_can_be_changed(world):
    post = world.approved()
    planning.schedule(post, planning.wall_time("2099-01-05 09:00"), by=world.intern)
    Publication.objects.filter(variant__post=post).update(state=PublicationState.PUBLISHED)
    twin = copies.copy(post, by=world.intern, title="Suite")
    drafts.set_text(twin.variants.get(), "fr", "Autre chose.", by=world.intern)
    assert twin.title == "Suite"
    assert VariantText.objects.get(variant__post=post).text.startswith("132")


def test_a_channel_that_is_no_longer_in_use_is_left_away(world):
    other = world.add_channel("facebook")
    pieces = [drafts.Piece(one, {"fr": "Permanence."}) for one in (world.channel, other)]
    post = drafts.create("Permanence", pieces, by=world.intern)
    Channel.objects.filter(pk=other.pk).update(active=False)
    assert [v.channel for v in copies.copy(post, by=world.intern).variants.all()] == [world.channel]
    Channel.objects.update(active=False)
    with pytest.raises(Refused, match="in use"):
        copies.copy(post, by=world.intern)


def test_who_does_not_write_copies_nothing(world):
    post = world.draft()
    with pytest.raises(Refused, match="role"):
        copies.copy(post, by=world.administrator)
    assert Post.objects.count() == 1


# ---------------------------------------------------------------------------------------------- series


def test_a_series_keeps_the_day_and_the_hour_on_the_clock_over_the_change_of_the_clocks(world):
    """Oracle: nine in Paris is 8 UTC in winter and 7 in summer; the clocks change on 28 March 2027."""
    post = placed(world, "2027-03-17 09:00")
    made = planning.series(post, 3, by=world.intern)
    assert walls(made) == ["2027-03-24 09:00", "2027-03-31 09:00", "2027-04-07 09:00"]
    assert [row.due_at for row in made.publications] == [
        datetime(2027, 3, 24, 8, tzinfo=UTC), datetime(2027, 3, 31, 7, tzinfo=UTC), datetime(2027, 4, 7, 7, tzinfo=UTC),
    ]  # fmt: skip
    assert not made.left_out


def test_a_week_in_which_the_hour_does_not_exist_is_told_and_not_moved(world):
    made = planning.series(placed(world, "2027-03-21 02:30"), 3, by=world.intern)
    assert walls(made) == ["2027-04-04 02:30", "2027-04-11 02:30"]
    (left,) = made.left_out
    assert left.name == "2027-03-28" and "2027-03-28 02:30 does not exist in Europe/Paris" in str(left.sentence)
    assert Post.objects.count() == 3  # nothing is kept of the week that was left out


def test_an_hour_that_comes_twice_is_the_same_one_of_the_two(world):
    """Oracle: on 31 October 2027 half past two comes at 0:30 and at 1:30 UTC."""
    for fold, hour in ((0, 0), (1, 1)):
        post = world.draft(f"fold {fold}", channel=world.add_channel("facebook", f"f{fold}"))
        at = planning.wall_time("2026-10-25 02:30", fold=fold)
        Publication.objects.create(
            variant=post.variants.get(), channel=post.variants.get().channel, state=PublicationState.PLANNED,
            scheduled_by=world.intern, **planning.time_fields(at),
        )  # fmt: skip
        made = planning.series(post, 53, by=world.intern)
        assert datetime(2027, 10, 31, hour, 30, tzinfo=UTC) in {row.due_at for row in made.publications}


def test_each_week_is_a_post_of_its_own_and_none_is_approved_with_the_first(world):
    post = world.approved()
    planning.schedule(post, planning.wall_time("2099-01-05 09:00"), by=world.intern)
    made = planning.series(post, 2, by=world.editor)
    assert {twin.state for twin in made.posts} == {PostState.DRAFT}
    assert {row.state for row in made.publications} == {PublicationState.PLANNED}
    assert {row.item for row in made.publications} == {None}
    assert Publication.objects.get(variant__post=post).state == PublicationState.SCHEDULED
    first, second = made.posts
    for text in VariantText.objects.filter(variant__post=first):
        drafts.mark_read(text, by=world.editor)
    review.approve(review.submit(first, by=world.editor), by=world.coordinator)
    states = {row.variant.post_id: row.state for row in Publication.objects.select_related("variant")}
    assert (states[first.pk], states[second.pk]) == (PublicationState.SCHEDULED, PublicationState.PLANNED)


def test_a_series_fills_the_same_slot_each_week_and_leaves_a_taken_one_to_who_has_it(world):
    slots.add(world.channel, 0, time(9), by=world.intern)
    post = world.draft()
    planning.schedule_next(post, by=world.intern, after=datetime(2099, 1, 5, tzinfo=UTC))
    taken = placed(world, "2099-01-19 09:00", text="Autre chose.")
    made = planning.series(post, 3, by=world.intern)
    assert walls(made) == ["2099-01-12 09:00", "2099-01-26 09:00"]
    assert {row.slot for row in made.publications} == {world.channel.slots.get()}
    (left,) = made.left_out
    assert str(left.sentence) == f"bluesky: post {taken.pk} goes out at that time already."
    again = planning.series(post, 3, by=world.intern)  # pressed twice: nothing stands there twice
    assert not again.posts and len(again.left_out) == 3


def test_only_the_channels_that_have_a_place_come_again(world):
    other = world.add_channel("facebook")
    pieces = [drafts.Piece(one, {"fr": "Permanence."}) for one in (world.channel, other)]
    post = drafts.create("Permanence", pieces, by=world.intern)
    at = planning.wall_time("2099-01-05 09:00")
    planning.schedule(post, at, by=world.intern, variants=post.variants.filter(channel=other))
    made = planning.series(post, 1, by=world.intern)
    assert [row.channel for row in made.publications] == [other]
    assert [v.channel for v in made.posts[0].variants.all()] == [other]


def test_a_series_of_a_post_long_out_begins_with_the_next_week_to_come(world):
    post = world.approved()
    (row,) = planning.schedule(post, planning.wall_time("2099-01-05 09:00"), by=world.intern)
    long_ago = planning.wall_time("2024-01-01 09:00")  # a Monday
    Publication.objects.filter(pk=row.pk).update(
        state=PublicationState.PUBLISHED, **planning.time_fields(long_ago)
    )  # fmt: skip
    made = planning.series(post, 2, by=world.intern)
    assert len(made.posts) == 2 and not made.left_out
    first, second = (row.wall_time for row in made.publications)
    assert first.weekday() == 0 and (second - first).days == 7


def test_a_post_without_a_time_an_absurd_number_and_who_does_not_write_are_refused(world):
    post = world.draft()
    with pytest.raises(Refused, match="no time yet"):
        planning.series(post, 3, by=world.intern)
    for weeks in (0, 54):
        with pytest.raises(Refused, match="1 to 53"):
            planning.series(post, weeks, by=world.intern)
    with pytest.raises(Refused, match="role"):
        planning.series(post, 3, by=world.administrator)
    assert Contribution.objects.filter(user=world.administrator).count() == 0
