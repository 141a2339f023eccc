"""The calendar for calendar programs: what it shows, what it never shows, and that programs understand it."""

from __future__ import annotations

import re
from datetime import UTC, timedelta

import pytest
import vobject
from django.utils import timezone

from pipeline import planning, review
from pipeline.models import CalendarFeed, Publication, PublicationState
from pipeline.planning import feeds

S = PublicationState
CANARIES = ("Loon-Plage", "canari", "Octobre", "camille", "expulsions")


@pytest.fixture
def row(world) -> Publication:
    post = world.draft("132 expulsions à Loon-Plage, dit le canari. #Calais")
    at = planning.wall_time((timezone.now() + timedelta(hours=5)).replace(microsecond=0).isoformat())
    return planning.schedule(post, at, by=world.intern)[0]


def feed(lang="en", base="https://posts.example.org") -> bytes:
    return feeds.content(feeds.events(lang, base), lang)


def parsed(raw: bytes) -> list:
    """The events, as another program reads them."""
    return vobject.readOne(raw.decode()).contents.get("vevent", [])


def test_an_event_tells_number_channel_state_time_and_link(row):
    (event,) = parsed(feed())
    assert event.summary.value == f"Post {row.variant.post_id} · bluesky · not approved"
    assert event.dtstart.value == row.due_at and event.dtstart.value.utcoffset() == timedelta(0)
    assert event.url.value == f"https://posts.example.org/post/{row.variant.post_id}/"
    assert event.status.value == "TENTATIVE" and event.transp.value == "TRANSPARENT"


def test_nothing_of_the_posts_words_or_people_is_in_it(row):
    text = feed().decode().replace("\r\n ", "")
    assert not [canary for canary in CANARIES if canary in text]


def test_a_file_for_oneself_does_hold_titles(row):
    """The canary above would be found."""
    (event,) = parsed(feeds.file([row], "fr", ""))
    assert event.summary.value == "Octobre · bluesky · pas approuvé" and not hasattr(event, "url")


def test_lines_are_folded_and_end_as_the_standard_says(world, row):
    row.variant.post.title = "Évacuation ; déjà, encore \\ " * 9
    raw = feeds.file([row], "fr", "https://posts.example.org")
    assert raw.endswith(b"END:VCALENDAR\r\n") and b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    (event,) = parsed(raw)
    assert event.summary.value.startswith(row.variant.post.title)
    raw.decode()  # no character is cut in two


def test_a_move_keeps_the_event_and_grows_its_sequence(world, row):
    (before,) = parsed(feed())
    later = planning.wall_time((row.due_at + timedelta(days=1)).isoformat())
    assert planning.move(row, later, by=world.intern)
    (after,) = parsed(feed())
    assert after.uid.value == before.uid.value
    assert int(after.sequence.value) > int(before.sequence.value)
    assert after.dtstart.value == before.dtstart.value + timedelta(days=1)


def test_what_is_cancelled_is_told_as_cancelled_and_its_successor_is_another_event(world, row):
    planning.cancel(row, by=world.intern)
    (gone,) = parsed(feed())
    assert gone.status.value == "CANCELLED"
    planning.schedule(row.variant.post, planning.chosen_time(row), by=world.intern)
    both = {event.uid.value: event.status.value for event in parsed(feed())}
    assert sorted(both.values()) == ["CANCELLED", "TENTATIVE"] and both[gone.uid.value] == "CANCELLED"


def test_an_approved_post_is_certain(world, row):
    review.approve(review.submit(row.variant.post, by=world.intern), by=world.coordinator)
    assert [event.status.value for event in parsed(feed())] == ["CONFIRMED"]


def test_every_state_has_a_word_of_the_standard():
    assert set(feeds.STATUS) == set(PublicationState)


def test_times_are_instants_also_in_the_night_that_comes_twice(world, row):
    Publication.objects.all().delete()
    night = timezone.now().date().replace(year=2027, month=10, day=31)
    for fold in (0, 1):
        at = planning.wall_time(f"{night} 02:30", fold=fold)
        post = row.variant.post if fold else world.draft()
        planning.schedule(post, at, by=world.intern)
    starts = sorted(event.dtstart.value for event in parsed(feeds.file(planning.month(2027, 10), "en", "")))
    assert [start.astimezone(UTC).hour for start in starts] == [0, 1]


def test_only_the_hash_of_a_secret_is_kept(world):
    token = feeds.make(world.intern)
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", token)
    kept = repr(list(CalendarFeed.objects.values()))
    assert token not in kept and feeds.owner(token) == world.intern


def test_a_new_secret_shuts_out_the_old_one_and_a_withdrawn_one_opens_nothing(world):
    first, second = feeds.make(world.intern), feeds.make(world.intern)
    other = feeds.make(world.editor)
    assert feeds.owner(first) is None and feeds.owner(second) == world.intern
    assert feeds.withdraw(world.intern) and not feeds.withdraw(world.intern)
    assert feeds.owner(second) is None and feeds.owner(other) == world.editor


def test_who_has_left_reads_nothing_any_more(world):
    token = feeds.make(world.intern)
    world.intern.is_active = False
    world.intern.save()
    assert feeds.owner(token) is None
