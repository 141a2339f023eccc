"""Wall times: what a person chose is kept, what does not exist is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from pipeline import planning
from pipeline.errors import Refused
from pipeline.models import Publication, PublicationState


def test_a_wall_time_in_paris_is_an_instant_in_utc(settings):
    at = planning.wall_time("2026-11-24 09:00")
    assert (at.zone, at.fold) == ("Europe/Paris", 0)
    assert at.instant == datetime(2026, 11, 24, 8, tzinfo=UTC)


def test_a_time_that_the_clocks_skip_is_refused_with_the_two_nearest(settings):
    with pytest.raises(Refused) as refusal:
        planning.wall_time("2027-03-28 02:30")
    assert "01:30" in str(refusal.value)
    assert "03:30" in str(refusal.value)


def test_a_time_that_happens_twice_is_asked_about(settings):
    with pytest.raises(Refused, match="twice"):
        planning.wall_time("2027-10-31 02:30")
    first, second = (planning.wall_time("2027-10-31 02:30", fold=f).instant for f in (0, 1))
    assert (second - first).total_seconds() == 3600
    assert first == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_an_offset_in_what_is_typed_says_which_of_two_hours_is_meant(settings):
    first, second = (planning.wall_time(f"2026-10-25T02:30{offset}") for offset in ("+02:00", "+01:00"))
    assert (first.instant, first.fold) == (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), 0)
    assert (second.instant, second.fold) == (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), 1)


@pytest.mark.parametrize("text", ["demain", "24/11/2026", "2026-13-01 09:00", ""])
def test_an_unreadable_time_is_refused_showing_how_to_write_it(settings, text):
    with pytest.raises(Refused, match="2026-11-24 09:00"):
        planning.wall_time(text)


def test_the_past_is_refused(world):
    with pytest.raises(Refused, match="over"):
        planning.schedule(world.approved(), planning.wall_time("2020-01-01 09:00"), by=world.intern)
    assert not Publication.objects.exists()


def test_a_post_is_planned_once_on_a_channel(world):
    post, at = world.approved(), planning.wall_time("2099-01-01 09:00")
    planning.schedule(post, at, by=world.intern)
    with pytest.raises(Refused, match="already"):
        planning.schedule(post, at, by=world.intern)
    assert Publication.objects.count() == 1


def test_a_cancelled_publication_makes_room_for_another(world):
    publication = world.scheduled()
    assert planning.cancel(publication, by=world.intern)
    post = publication.variant.post
    assert planning.schedule(post, planning.wall_time("2099-01-01 09:00"), by=world.intern)


def test_a_move_keeps_the_wall_time_that_was_chosen(world):
    publication = world.scheduled()
    assert planning.move(publication, planning.wall_time("2099-07-01 09:00"), by=world.intern)
    publication.refresh_from_db()
    assert publication.due_at == datetime(2099, 7, 1, 7, tzinfo=UTC)
    assert (publication.wall_time.hour, publication.zone) == (9, "Europe/Paris")


@pytest.mark.parametrize("state", [PublicationState.COMMITTING, PublicationState.PUBLISHED, PublicationState.UNCERTAIN])
def test_what_may_be_out_is_neither_moved_nor_cancelled(world, state):
    publication = world.scheduled()
    Publication.objects.update(state=state)
    assert not planning.cancel(publication, by=world.intern)
    assert not planning.move(publication, planning.wall_time("2099-01-01 09:00"), by=world.intern)


def test_the_month_holds_what_is_due_in_it_by_the_organisations_clock(world):
    publication = world.scheduled()
    # 31 October 23:30 in UTC is already November in Paris.
    Publication.objects.filter(pk=publication.pk).update(due_at=datetime(2027, 10, 31, 23, 30, tzinfo=UTC))
    assert list(planning.month(2027, 11)) == [publication]
    assert not planning.month(2027, 10)


def test_footage_under_embargo_is_not_scheduled_before_its_end(world):
    from pipeline.models import Footage

    post = world.approved()
    until = timezone.now() + timezone.timedelta(days=3)
    footage = Footage.objects.create(sha256="a" * 64, size=1, kind="video", added_by=world.intern, embargo_until=until)
    world.card().footage.add(footage)
    with pytest.raises(Refused, match="embargo"):
        planning.schedule(post, planning.wall_time((until - timezone.timedelta(days=1)).isoformat()), by=world.intern)


def test_another_day_is_read_again_unless_a_second_coordinator_moves_it(world):
    from pipeline.models import PostState

    publication = world.scheduled()
    same_day = publication.wall_time.strftime("%Y-%m-%d 23:59")
    assert planning.move(publication, planning.wall_time(same_day), by=world.intern)
    publication.refresh_from_db()
    assert publication.state == PublicationState.SCHEDULED
    assert planning.move(publication, planning.wall_time("2099-01-05 09:00"), by=world.second)
    publication.refresh_from_db()
    assert publication.state == PublicationState.SCHEDULED
    assert planning.move(publication, planning.wall_time("2099-01-06 09:00"), by=world.intern)
    publication.refresh_from_db()
    post = publication.variant.post
    post.refresh_from_db()
    assert (publication.state, post.state) == (PublicationState.PLANNED, PostState.IN_REVIEW)
