"""By when a post has to be approved: people are told before it is too late, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from pipeline import planning, review
from pipeline.errors import Refused
from pipeline.models import Notice, User


@pytest.fixture
def row(world):
    for person in User.objects.all():
        person.email = f"{person.username}@example.org"
        person.save()
    at = planning.wall_time((timezone.now() + timedelta(hours=5)).isoformat())
    return planning.schedule(world.draft(), at, by=world.intern)[0]


def told() -> set[str]:
    return set(Notice.objects.filter(kind="deadline").values_list("recipient__username", flat=True))


def test_two_hours_before_its_time_authors_and_coordinators_are_told_once(row):
    assert planning.warn(row.due_at - timedelta(hours=2, minutes=1)) == 0
    assert planning.warn(row.due_at - timedelta(hours=1, minutes=59)) == 3
    assert told() == {"camille", "samira", "jo"}
    assert planning.warn(row.due_at - timedelta(hours=1)) == 0


def test_a_deadline_of_its_own_counts_instead(row, world):
    post = row.variant.post
    planning.set_deadline(post, planning.wall_time((timezone.now() + timedelta(hours=1)).isoformat()), by=world.intern)
    assert planning.warn(timezone.now() + timedelta(minutes=59)) == 0
    assert planning.warn(timezone.now() + timedelta(minutes=61)) == 3


def test_nobody_is_told_of_what_is_approved_or_over(row, world):
    assert planning.warn(row.due_at + timedelta(seconds=1)) == 0
    review.approve(review.submit(row.variant.post, by=world.intern), by=world.coordinator)
    assert planning.warn(row.due_at - timedelta(minutes=30)) == 0


def test_moved_to_another_time_it_is_told_again(row, world):
    assert planning.warn(row.due_at - timedelta(hours=1)) == 3
    later = planning.wall_time((row.due_at + timedelta(minutes=30)).isoformat())
    assert planning.move(row, later, by=world.intern)
    assert planning.warn(row.due_at - timedelta(minutes=30)) == 3


def test_a_deadline_in_the_past_is_refused(row, world):
    with pytest.raises(Refused, match="over"):
        planning.set_deadline(row.variant.post, planning.wall_time("2020-01-01 09:00"), by=world.intern)


def test_whoever_made_and_planned_a_post_is_told_when_somebody_else_moves_or_cancels_it(row, world):
    later = planning.wall_time((row.due_at + timedelta(minutes=30)).isoformat())
    assert planning.move(row, later, by=world.intern)
    assert not Notice.objects.filter(kind="place").exists()  # their own doing
    assert planning.move(row, planning.wall_time((row.due_at + timedelta(hours=1)).isoformat()), by=world.editor)
    assert planning.cancel(row, by=world.editor)
    owed = Notice.objects.filter(kind="place")
    assert [(n.recipient.username, n.subject) for n in owed] == [("camille", f"publication:{row.pk}")] * 2
