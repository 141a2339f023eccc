"""Openings of the week: the next free one, on the clock that people read, never twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.utils import timezone

from pipeline import drafts, planning, review
from pipeline.errors import Refused
from pipeline.models import Footage, Publication, PublicationState, Slot, Summary
from pipeline.planning import slots

MONDAY = datetime(2099, 1, 5, tzinfo=UTC)  # a Monday


def daily(channel, by, at=time(9), **more):
    return [slots.add(channel, day, at, by=by, **more) for day in range(7)]


def walls(rows):
    return [row.wall_time.strftime("%a %d %H:%M") for row in rows]


def test_posts_take_the_openings_one_after_the_other(world):
    daily(world.channel, world.intern)
    rows = [planning.schedule_next(world.draft(f"Jour {n}"), by=world.intern, after=MONDAY)[0] for n in range(3)]
    assert walls(rows) == ["Mon 05 09:00", "Tue 06 09:00", "Wed 07 09:00"]
    assert {row.state for row in rows} == {PublicationState.PLANNED}


def test_what_stands_there_by_hand_takes_the_opening_too_and_cancelling_frees_it(world):
    daily(world.channel, world.intern)
    (by_hand,) = planning.schedule(world.draft("À la main"), planning.wall_time("2099-01-05 09:00"), by=world.intern)
    (row,) = planning.schedule_next(world.draft("Suivant"), by=world.intern, after=MONDAY)
    assert walls([row]) == ["Tue 06 09:00"]
    planning.cancel(by_hand, by=world.intern)
    (again,) = planning.schedule_next(world.draft("Encore"), by=world.intern, after=MONDAY)
    assert walls([again]) == ["Mon 05 09:00"]


def test_a_slot_for_reels_or_for_news_takes_nothing_else(world):
    slots.add(world.channel, 0, time(9), by=world.intern, form="reel")
    slots.add(world.channel, 0, time(10), by=world.intern, kind="news")
    slots.add(world.channel, 0, time(11), by=world.intern)
    (row,) = planning.schedule_next(world.draft(), by=world.intern, after=MONDAY)
    assert walls([row]) == ["Mon 05 11:00"]


def test_an_hour_keeps_its_place_on_the_clock_over_both_nights_of_the_change(world):
    """Oracle: nine in Paris is 8 UTC in winter and 7 UTC in summer (EU rule: last Sundays of March and October)."""
    daily(world.channel, world.intern)
    spring = planning.schedule_next(world.draft("a"), by=world.intern, after=datetime(2027, 3, 27, 9, tzinfo=UTC))[0]
    autumn = planning.schedule_next(world.draft("b"), by=world.intern, after=datetime(2027, 10, 30, 9, tzinfo=UTC))[0]
    assert spring.due_at == datetime(2027, 3, 28, 7, tzinfo=UTC)
    assert autumn.due_at == datetime(2027, 10, 31, 8, tzinfo=UTC)


def test_an_hour_that_the_clocks_skip_opens_nothing_and_one_that_comes_twice_opens_once(world):
    daily(world.channel, world.intern, at=time(2, 30))
    week = list(world.channel.slots.all())
    spring = slots.openings(week, datetime(2027, 3, 27, 12, tzinfo=UTC), datetime(2027, 3, 29, 12, tzinfo=UTC))
    autumn = slots.openings(week, datetime(2027, 10, 30, 12, tzinfo=UTC), datetime(2027, 11, 1, 12, tzinfo=UTC))
    assert [one.at.wall.date() for one in spring] == [date(2027, 3, 29)]
    assert [(one.at.wall.date(), one.at.fold) for one in autumn] == [(date(2027, 10, 31), 0), (date(2027, 11, 1), 0)]


def test_slots_of_two_zones_open_in_the_order_of_their_instants(world):
    slots.add(world.channel, 0, time(9), by=world.intern, zone="Europe/London")
    slots.add(world.channel, 0, time(9, 30), by=world.intern, zone="Europe/Paris")
    first, second = slots.openings(world.channel.slots.all(), MONDAY, MONDAY + timedelta(days=1))
    assert (first.slot.zone, second.slot.zone) == ("Europe/Paris", "Europe/London")


def test_an_embargo_stands_over_a_delay_a_delay_over_quiet_time_and_that_over_a_slot(world, settings):
    """One post under everything; taking one away at a time shows which of them spoke."""
    settings.PORTEVOIX_QUIET_HOURS = (time(0), time(10))  # nothing before ten
    for hour in (9, 11):
        daily(world.channel, world.intern, at=time(hour))
    post = world.draft()
    summary = Summary.objects.create(
        name="note", period="2099-01", definition_sha256="", fingerprint="x", computed_at=timezone.now(),
        publish_from=datetime(2099, 1, 7, 9, 30, tzinfo=UTC),
    )  # fmt: skip
    post.summary = summary
    post.save()
    held = Footage.objects.create(
        sha256="a" * 64, size=1, kind="video", added_by=world.intern, embargo_until=datetime(2099, 1, 9, 12, tzinfo=UTC)
    )
    world.card().footage.add(held)
    (variant,) = post.variants.all()
    found = [planning.next_free(variant, MONDAY).at.wall]
    with pytest.raises(Refused, match="embargo"):
        planning.schedule(post, planning.wall_time("2099-01-06 09:00"), by=world.intern)
    world.card().footage.clear()
    found.append(planning.next_free(variant, MONDAY).at.wall)
    with pytest.raises(Refused, match="recent"):
        planning.schedule(post, planning.wall_time("2099-01-06 09:00"), by=world.intern, in_quiet_time=True)
    Summary.objects.update(publish_from=None)
    found.append(planning.next_free(variant, MONDAY).at.wall)
    with pytest.raises(planning.InQuietTime, match="quiet"):
        planning.schedule(post, planning.wall_time("2099-01-06 09:00"), by=world.intern)
    settings.PORTEVOIX_QUIET_HOURS = None
    found.append(planning.next_free(variant, MONDAY).at.wall)
    days = [datetime(2099, 1, 10, 11), datetime(2099, 1, 7, 11), datetime(2099, 1, 5, 11), datetime(2099, 1, 5, 9)]  # noqa: DTZ001
    assert found == days


def test_a_persons_yes_is_enough_for_the_quiet_hours(world, settings):
    settings.PORTEVOIX_QUIET_HOURS = (time(22), time(7))
    at = planning.wall_time("2099-01-05 23:00")
    assert planning.schedule(world.draft(), at, by=world.intern, in_quiet_time=True)


def test_without_a_slot_a_person_is_told_what_to_do(world):
    with pytest.raises(Refused, match="add one"):
        planning.schedule_next(world.draft(), by=world.intern)


def test_one_channel_without_a_slot_leaves_the_whole_post_unplanned(world):
    other = world.add_channel("bluesky", "bluesky-2")
    daily(world.channel, world.intern)
    pieces = [drafts.Piece(c, {"fr": "Permanence à 15 h."}) for c in (world.channel, other)]
    post = drafts.create("Permanence", pieces, by=world.intern)
    with pytest.raises(Refused, match="bluesky-2"):
        planning.schedule_next(post, by=world.intern)
    assert not Publication.objects.exists()


def test_taking_a_slot_away_moves_nothing(world):
    (slot, *_rest) = daily(world.channel, world.intern)
    (row,) = planning.schedule_next(world.draft(), by=world.intern, after=MONDAY)
    slots.remove(slot, by=world.intern)
    row.refresh_from_db()
    assert (row.slot, walls([row])) == (None, ["Mon 05 09:00"])


@pytest.mark.parametrize(
    ("given", "why"),
    [({"kind": "gossip"}, "news"), ({"form": "poem"}, "reel"), ({"zone": "Mars/Base"}, "Europe/Paris")],
)
def test_a_slot_that_nothing_could_fill_is_refused(world, given, why):
    with pytest.raises(Refused, match=why):
        slots.add(world.channel, 0, time(9), by=world.intern, **given)
    slots.add(world.channel, 0, time(9), by=world.intern)
    with pytest.raises(Refused, match="already"):
        slots.add(world.channel, 0, time(9), by=world.intern)
    assert Slot.objects.count() == 1


def test_two_exchange_their_times_and_their_openings(world):
    daily(world.channel, world.intern)
    one, other = (planning.schedule_next(world.draft(t), by=world.intern, after=MONDAY)[0] for t in ("a", "b"))
    before = (one.due_at, one.slot_id), (other.due_at, other.slot_id)
    assert planning.swap(one, other, by=world.intern)
    one.refresh_from_db()
    other.refresh_from_db()
    assert ((other.due_at, other.slot_id), (one.due_at, one.slot_id)) == before


def test_neither_moves_where_one_of_two_cannot(world):
    one, other = (world.scheduled(text=t, minutes=m) for t, m in (("a", 30), ("b", 60)))
    Publication.objects.filter(pk=other.pk).update(state=PublicationState.PUBLISHED)
    assert not planning.swap(one, other, by=world.intern)
    assert Publication.objects.get(pk=one.pk).due_at == one.due_at


def test_what_was_approved_a_moment_ago_can_be_stopped_by_anyone_for_ten_minutes(world, settings):
    settings.PORTEVOIX_GRACE = timedelta(minutes=10)
    before = timezone.now()
    row = world.scheduled(minutes=2)
    row.refresh_from_db()
    assert row.next_try_at >= before + timedelta(minutes=10)
    assert planning.stop(row, by=world.administrator)  # who plans nothing else
    row.refresh_from_db()
    assert row.state == PublicationState.CANCELLED


def test_the_grace_also_follows_an_approval_that_comes_just_in_time(world, settings):
    settings.PORTEVOIX_GRACE = timedelta(minutes=10)

    post = world.draft()
    soon = planning.wall_time((timezone.now() + timedelta(minutes=3)).isoformat())
    (row,) = planning.schedule(post, soon, by=world.intern)
    review.approve(review.submit(post, by=world.intern), by=world.coordinator)
    row.refresh_from_db()
    assert row.state == PublicationState.SCHEDULED
    assert row.next_try_at - timezone.now() > timedelta(minutes=9)


def test_only_what_is_about_to_go_is_stopped_by_who_plans_nothing(world, settings):
    settings.PORTEVOIX_GRACE = timedelta(minutes=10)
    row = world.scheduled(minutes=60)
    assert not planning.stop(row, by=world.administrator)
