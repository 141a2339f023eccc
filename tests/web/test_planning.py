"""The week's page, slots, exchanging, stopping, deadlines: each with a plain form, the same doors as the commands."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from pipeline import planning, review
from pipeline.models import Publication, PublicationState, Slot
from pipeline.planning import slots

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(autouse=True)
def november(studio):
    with time_machine.travel(datetime(2026, 11, 9, 10, tzinfo=PARIS), tick=False):
        yield


def text(response) -> str:
    return response.content.decode()


def test_the_week_shows_its_seven_days_and_the_weeks_around_it(studio, approver):
    studio.place(studio.in_review(), datetime(2026, 11, 25, 9, 30, tzinfo=PARIS))
    page = text(approver.get("/calendar/week/2026-11-25/"))
    assert "Expulsions d’octobre" in page and page.count('class="day') == 7
    assert "/calendar/week/2026-11-16/" in page and "/calendar/week/2026-11-30/" in page


@pytest.mark.parametrize("day", ["2026-13-01", "heute", "1999-01-01", "2026-W99"])
def test_a_week_that_does_not_exist_is_not_found(day, approver):
    assert approver.get(f"/calendar/week/{day}/").status_code == 404


def test_a_crowded_day_tells_how_many_more_and_the_week_shows_them(studio, approver):
    for minute in range(10):
        studio.place(studio.post(f"Post {minute}"), datetime(2026, 11, 25, 9, minute, tzinfo=PARIS))
    month = text(approver.get("/calendar/2026/11/"))
    assert "Post 5" in month and "Post 6" not in month and "… and 4 more." in month
    assert "Post 9" in text(approver.get("/calendar/week/2026-11-25/"))


def test_slots_are_added_for_several_days_and_channels_at_once_and_taken_away(studio, author):
    given = {"channels": [studio.channel.pk, studio.instagram.pk], "days": ["0", "2"], "at": "09:00"}
    assert "The slot is in the week" in text(author.post("/slots/", given, follow=True))
    assert Slot.objects.count() == 4
    again = text(author.post("/slots/", {**given, "days": ["0", "1"]}))
    assert "has a slot at that time already" in again and Slot.objects.count() == 4  # all or none
    author.post(f"/slots/{Slot.objects.first().pk}/remove/")
    assert Slot.objects.count() == 3


def test_who_does_not_write_sees_the_slots_and_changes_none(studio, enter):
    slot = slots.add(studio.channel, 0, time(9), by=studio.intern)
    administrator = enter(studio.administrator)
    assert "Add a slot" not in text(administrator.get("/slots/"))
    administrator.post("/slots/", {"channels": [studio.channel.pk], "days": ["1"], "at": "09:00"})
    administrator.post(f"/slots/{slot.pk}/remove/")
    assert list(Slot.objects.all()) == [slot]


def test_one_button_puts_a_post_into_the_next_free_slot_of_each_channel(studio, author):
    for channel in (studio.channel, studio.instagram):
        slots.add(channel, 2, time(9), by=studio.intern)
    post = studio.post()
    page = text(author.get(f"/post/{post.pk}/schedule/"))
    assert "The next free slots" in page and "Wednesday 11 November" in page
    told = text(author.post(f"/post/{post.pk}/schedule/next/", follow=True))
    assert "In the calendar: " in told
    assert {p.due_at for p in Publication.objects.all()} == {datetime(2026, 11, 11, 9, tzinfo=PARIS)}


def test_without_slots_the_page_says_so_and_a_time_still_does(studio, author):
    post = studio.post()
    page = text(author.get(f"/post/{post.pk}/schedule/"))
    assert "has no free slot for this post" in page
    author.post(f"/post/{post.pk}/schedule/", {"day": "2026-11-12", "time": "09:30"})
    assert Publication.objects.count() == 2


def test_quiet_time_asks_for_a_yes_which_is_enough(studio, author, settings):
    settings.PORTEVOIX_QUIET_HOURS = (time(22), time(7))
    post, given = studio.post(), {"day": "2026-11-12", "time": "23:00"}
    page = text(author.post(f"/post/{post.pk}/schedule/", given))
    assert "It may go out in quiet time" in page and not Publication.objects.exists()
    author.post(f"/post/{post.pk}/schedule/", {**given, "in_quiet_time": "on"})
    assert Publication.objects.count() == 2


def test_two_exchange_their_times_on_a_page(studio, author):
    one, other = (
        studio.place(studio.post(title), datetime(2026, 11, day, 9, tzinfo=PARIS))[0]
        for title, day in (("Lundi", 16), ("Mardi", 17))
    )
    path = f"/post/{one.variant.post_id}/publication/{one.pk}/swap/"
    assert "Mardi" in text(author.get(path))
    author.post(path, {"other": other.pk})
    times = {p.pk: p.due_at.day for p in Publication.objects.filter(pk__in=[one.pk, other.pk])}
    assert times == {one.pk: 17, other.pk: 16}


def test_anyone_stops_what_is_about_to_go(studio, enter, settings):
    settings.PORTEVOIX_GRACE = timedelta(minutes=10)
    post = studio.in_review()
    review.approve(review.waiting(post), by=studio.coordinator, accept_unread=["ar"])
    post.refresh_from_db()
    at = planning.wall_time((timezone.now() + timedelta(minutes=5)).isoformat())
    row, _other = planning.schedule(post, at, by=studio.intern)
    administrator = enter(studio.administrator)
    assert "About to go out" in text(administrator.get("/"))
    assert "Stopped" in text(administrator.post(f"/stop/{row.pk}/", {"next": "/"}, follow=True))
    row.refresh_from_db()
    assert row.state == PublicationState.CANCELLED
    assert "Too late" in text(administrator.post(f"/stop/{row.pk}/", follow=True))


def test_a_deadline_is_set_shown_and_put_back(studio, author):
    post = studio.post()
    studio.place(post, datetime(2026, 11, 25, 9, 30, tzinfo=PARIS))
    assert "To be approved by Wednesday 25 November, 07:30." in text(author.get(f"/post/{post.pk}/"))
    author.post(f"/post/{post.pk}/deadline/", {"day": "2026-11-24", "time": "18:00"})
    assert "To be approved by Tuesday 24 November, 18:00." in text(author.get(f"/post/{post.pk}/"))
    author.post(f"/post/{post.pk}/deadline/", {"usual": "1"})
    assert "Wednesday 25 November, 07:30." in text(author.get(f"/post/{post.pk}/"))


def test_what_is_too_like_is_pointed_out_where_the_post_stands(studio, author):
    first = studio.post("Un")
    studio.place(first, datetime(2026, 11, 24, 9, 30, tzinfo=PARIS))
    second = studio.post("Deux")
    studio.place(second, datetime(2026, 11, 25, 9, 30, tzinfo=PARIS))
    page = text(author.get(f"/post/{second.pk}/"))
    assert f"bluesky: post {first.pk} says almost the same on 2026-11-24." in page


def test_the_months_page_asks_the_store_as_often_for_a_full_month_as_for_one_post(studio, approver):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    counts = []
    for number in (1, 12):
        for n in range(number):
            studio.place(studio.post(f"Post {n}"), datetime(2026, 11, 11 + n, 9, tzinfo=PARIS))
        for path in ("/calendar/2026/11/", "/calendar/week/2026-11-12/"):
            with CaptureQueriesContext(connection) as asked:
                approver.get(path)
            counts.append(len(asked))
    assert counts[:2] == counts[2:] and max(counts) <= 16


def test_key_dates_stand_on_their_days_with_the_years_that_passed(studio, approver):
    from datetime import date

    from pipeline.models import KeyDate

    KeyDate.objects.create(day=date(2021, 11, 24), yearly=True, title="Naufrage du 24 novembre", feed="P", uid="1")
    KeyDate.objects.create(day=date(2026, 11, 26), title="Marche des partenaires", feed="P", uid="2")
    month, week = text(approver.get("/calendar/2026/11/")), text(approver.get("/calendar/week/2026-11-24/"))
    for page in (month, week):
        assert "Naufrage du 24 novembre" in page and "since 2021" in page and "Marche des partenaires" in page
    assert "Naufrage" not in text(approver.get("/calendar/2026/10/"))
