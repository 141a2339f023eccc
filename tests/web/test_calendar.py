"""The month, the lists, the hold."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from pipeline import delivery, review
from pipeline.models import Hold, Publication
from pipeline.planning import slots
from web import calendar, places

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(autouse=True)
def november(studio):
    with time_machine.travel(datetime(2026, 11, 9, 10, tzinfo=PARIS), tick=False):
        yield


def test_a_post_stands_on_its_day_with_time_network_title_and_state_as_word_and_shape(studio, enter):
    studio.place(studio.in_review(), datetime(2026, 11, 24, 9, 30, tzinfo=PARIS))
    page = enter(studio.coordinator).get("/calendar/").content.decode()
    day = re.search(r'<span class="number">24</span>.*?</li>', page, re.DOTALL)[0]
    for shown in ("09:30", "Bluesky", "Instagram", "Expulsions d’octobre", "◇", "to approve"):
        assert shown in day


def test_times_are_the_organisations_even_across_midnight_in_london(studio, enter):
    studio.place(studio.in_review(), datetime(2026, 11, 23, 23, 30, tzinfo=ZoneInfo("UTC")))
    page = enter(studio.coordinator).get("/calendar/").content.decode()
    day = re.search(r'<span class="number">24</span>.*?</ul>', page, re.DOTALL)[0]
    assert "00:30" in day and "Europe/Paris" in page


def test_the_first_of_the_month_stands_under_its_weekday(studio, enter):
    client = enter(studio.coordinator)
    assert "day from-7" in client.get("/calendar/2026/11/").content.decode()  # 1 November 2026 is a Sunday
    assert "day from-2" in client.get("/calendar/2026/12/").content.decode()


@pytest.mark.parametrize("path", ["/calendar/2026/13/", "/calendar/2026/0/", "/calendar/99999/1/"])
def test_a_month_that_does_not_exist_is_not_found(path, studio, enter):
    assert enter(studio.coordinator).get(path).status_code == 404


def test_the_month_before_january_is_december(studio, enter):
    page = enter(studio.coordinator).get("/calendar/2027/1/").content.decode()
    assert "/calendar/2026/12/" in page and "/calendar/2027/2/" in page


def test_an_empty_month_says_what_to_do(studio, enter):
    page = enter(studio.intern).get("/calendar/").content.decode()
    assert "Nothing goes out this month." in page and "/drafts/" in page


def test_the_page_costs_the_same_queries_however_full_the_month(studio, enter, django_assert_max_num_queries):
    client = enter(studio.coordinator)
    for day in range(10, 20):
        studio.place(studio.in_review(f"Post {day}"), datetime(2026, 11, day, 9, tzinfo=PARIS))
    with django_assert_max_num_queries(17):
        assert client.get("/calendar/").content.decode().count("Post 1") == 10


def test_the_page_says_when_the_scheduler_last_ticked_and_when_it_is_silent(studio, enter):
    client = enter(studio.intern)
    studio.tick()
    page = client.get("/calendar/").content.decode()
    assert "last ticked at 10:00:00" in page and 'role="alert"' not in page
    with time_machine.travel(timezone.now() + timedelta(minutes=5)):
        assert "Nothing goes out until it runs" in client.get("/calendar/").content.decode()


def test_one_post_on_two_channels_is_one_tile_while_both_stand_alike(studio):
    studio.place(studio.in_review(), datetime(2026, 11, 10, 9, tzinfo=PARIS))
    rows = list(Publication.objects.select_related("channel", "variant__post"))
    today = timezone.localdate()
    assert [len(day.tiles) for day in places.days(today.replace(day=1), 30, rows, today, (6, 90))][9] == 1
    rows[0].state = "failed"
    assert [len(day.tiles) for day in places.days(today.replace(day=1), 30, rows, today, (6, 90))][9] == 2


def test_what_a_full_week_leaves_out_stands_on_the_page_of_its_day(studio, enter, monkeypatch):
    monkeypatch.setitem(calendar.AT_A_GLANCE, "week", (1, 80))
    for hour in (9, 12, 18):
        studio.place(studio.in_review(f"À {hour} heures"), datetime(2026, 11, 24, hour, tzinfo=PARIS))
    studio.place(studio.in_review("Le lendemain"), datetime(2026, 11, 25, 0, tzinfo=PARIS))
    client = enter(studio.coordinator)
    week = day_of(client.get("/calendar/week/2026-11-24/").content.decode(), 24)
    assert "À 9 heures" in week and "À 12 heures" not in week
    assert re.search(r'href="/calendar/day/2026-11-24/">… and 2 more', week)
    day = client.get("/calendar/day/2026-11-24/").content.decode()
    assert re.findall(r'<span class="title">([^<]+)<', day) == ["À 9 heures", "À 12 heures", "À 18 heures"]
    assert "/calendar/day/2026-11-23/" in day and "/calendar/day/2026-11-25/" in day
    monkeypatch.setitem(calendar.AT_A_GLANCE, "day", (1, 80))
    assert "… and 2 more: the filter finds them." in client.get("/calendar/day/2026-11-24/").content.decode()
    assert "Nothing goes out on this day." in client.get("/calendar/day/2026-11-26/").content.decode()
    assert client.get("/calendar/day/2026-11-31/").status_code == 404


def day_of(page, number):
    return re.search(rf'<li data-day="2026-11-{number:02}".*?(?=<li data-day=|</ol>)', page, re.DOTALL)[0]


def test_the_calendar_shows_one_channel_one_language_or_one_state(studio, enter):
    studio.place(studio.in_review("Deux canaux"), datetime(2026, 11, 24, 9, tzinfo=PARIS))
    post = studio.in_review("Approuvé", read=("fr", "en", "ar"))
    review.approve(post.revisions.latest(), by=studio.coordinator)
    post.refresh_from_db()
    studio.place(post, datetime(2026, 11, 25, 9, tzinfo=PARIS))
    client = enter(studio.coordinator)

    def tiles(query):
        page = client.get(f"/calendar/?{query}").content.decode()
        return re.findall(r'<span class="title">([^<]+)<', page), page.count('class="net"')

    assert tiles("") == (["Deux canaux", "Approuvé"], 4)
    assert tiles("channel=bluesky") == (["Deux canaux", "Approuvé"], 2)
    assert tiles("lang=ar")[1] == 2 and tiles("lang=de")[1] == 0
    assert tiles("state=review") == (["Deux canaux"], 2) and tiles("state=ready") == (["Approuvé"], 2)
    assert tiles("state=nonsense&channel=%27") == (["Deux canaux", "Approuvé"], 4)
    assert "Show everything" in client.get("/calendar/week/2026-11-24/?state=out").content.decode()


def test_free_slots_stand_on_the_days_to_come_until_something_takes_them(studio, enter):
    for channel in (studio.channel, studio.instagram):
        slots.add(channel, 1, time(9), by=studio.intern)  # Tuesdays
    client = enter(studio.intern)
    week = client.get("/calendar/week/2026-11-24/").content.decode()
    assert re.search(r"09:00</time>\s+Bluesky, Instagram,\s+free", day_of(week, 24))
    assert "one free slot" in day_of(client.get("/calendar/").content.decode(), 24)
    assert "free slot" not in day_of(client.get("/calendar/").content.decode(), 3), "that Tuesday is over"
    studio.place(studio.in_review(), datetime(2026, 11, 24, 9, tzinfo=PARIS))
    assert "free" not in day_of(client.get("/calendar/week/2026-11-24/").content.decode(), 24)


def test_two_posts_of_one_channel_within_half_an_hour_are_marked(studio, enter):
    for title, minute in (("Un", 0), ("Deux", 29), ("Trois", 59)):
        studio.place(studio.in_review(title), datetime(2026, 11, 24, 9, minute, tzinfo=PARIS))
    page = enter(studio.coordinator).get("/calendar/").content.decode()
    marked = [
        title for title in ("Un", "Deux", "Trois") if re.search(rf">{title}</span>(?:(?!</a>).)*close to", page, re.S)
    ]
    assert marked == ["Un", "Deux"]


def shifted(client, rows, day):
    return client.post("/calendar/shift/", {"publication": [row.pk for row in rows], "day": day}, follow=True)


def test_what_is_dragged_to_another_day_keeps_its_hour_on_every_channel(studio, enter):
    rows = studio.place(studio.in_review(), datetime(2026, 10, 20, 9, 30, tzinfo=PARIS) + timedelta(days=30))
    client = enter(studio.intern)
    tile = re.search(r'<li draggable="true" data-publications="([\d ]+)"', client.get("/calendar/").content.decode())[1]
    assert sorted(map(int, tile.split())) == sorted(row.pk for row in rows)
    page = shifted(client, rows, "2027-04-20").content.decode()  # the clocks change in between
    assert "the hour stays" in page
    dues = {timezone.localtime(row.due_at).isoformat() for row in Publication.objects.all()}
    assert dues == {"2027-04-20T09:30:00+02:00"}


def test_a_drag_moves_all_or_nothing_and_says_why(studio, enter):
    rows = studio.place(studio.in_review(), datetime(2026, 11, 24, 9, tzinfo=PARIS))
    before = set(Publication.objects.values_list("pk", "due_at"))
    client = enter(studio.intern)
    assert "is over" in shifted(client, rows, "2026-11-03").content.decode()
    Publication.objects.filter(pk=rows[1].pk).update(lease_until=timezone.now() + timedelta(minutes=1))
    assert "Nothing was moved" in shifted(client, rows, "2026-11-26").content.decode()
    assert shifted(client, rows, "yesterday").status_code == 404
    assert "Nothing was moved" in client.post("/calendar/shift/", {"day": "2026-11-26"}, follow=True).content.decode()
    assert set(Publication.objects.values_list("pk", "due_at")) == before
    reader = enter(studio.administrator)
    assert 'draggable="true"' not in reader.get("/calendar/").content.decode()
    shifted(reader, rows, "2026-11-26")
    assert set(Publication.objects.values_list("pk", "due_at")) == before


# ---------------------------------------------------------------------------------------------- lists


def test_the_queue_lists_what_waits_and_the_menu_counts_it(studio, enter):
    studio.in_review()
    page = enter(studio.coordinator).get("/to-approve/").content.decode()
    assert "Expulsions d’octobre" in page and '<b class="count">1</b>' in page


def test_lists_without_posts_say_so(studio, enter):
    client = enter(studio.coordinator)
    assert "Nothing waits for approval." in client.get("/to-approve/").content.decode()
    assert "portevoix draft" in client.get("/drafts/").content.decode()


def test_an_approved_post_without_a_time_is_listed_until_it_has_one(studio, enter):
    client = enter(studio.coordinator)
    post = studio.in_review(read=("fr", "en", "ar"))
    review.approve(post.revisions.latest(), by=studio.coordinator)
    assert "Approved, without a time" in client.get("/drafts/").content.decode()
    post.refresh_from_db()
    studio.place(post, timezone.now() + timedelta(days=1))
    assert "Approved, without a time" not in client.get("/drafts/").content.decode()


def test_the_lists_cost_the_same_queries_however_long(studio, enter, django_assert_max_num_queries):
    client = enter(studio.coordinator)
    for number in range(8):
        studio.in_review(f"Post {number}")
    with django_assert_max_num_queries(14):
        client.get("/to-approve/")


# ---------------------------------------------------------------------------------------------- the hold


def test_anyone_signed_in_can_hold_everything_and_every_page_shows_it(studio, enter):
    client = enter(studio.intern)
    assert client.post("/hold/", {"reason": "A name slipped through", "next": "/drafts/"})["Location"] == "/drafts/"
    assert [hold.channel for hold in delivery.active_holds()] == [None]
    for path in ("/", "/to-approve/", "/drafts/"):
        page = enter(studio.coordinator).get(path).content.decode()
        assert "Everything is on hold" in page and "A name slipped through" in page and "Camille Roux" in page


def test_a_hold_stops_what_is_due_and_a_release_lets_go_what_is_due_from_then_on(studio, enter):
    start = timezone.now()
    for minutes in (1, 10):
        post = studio.in_review(f"Due in {minutes}", read=("fr", "en", "ar"))
        review.approve(post.revisions.latest(), by=studio.coordinator)
        post.refresh_from_db()
        studio.place(post, start + timedelta(minutes=minutes))
    client = enter(studio.coordinator)
    client.post("/hold/", {})
    with time_machine.travel(timezone.now() + timedelta(minutes=2), tick=False):
        delivery.tick()
        assert studio.sent() == []
        client.post("/release/", {})
        delivery.tick()
        assert studio.sent() == []
        assert "Late or missed" in client.get("/").content.decode()
    with time_machine.travel(start + timedelta(minutes=11), tick=False):
        delivery.tick()
        assert len(studio.sent()) == 2


def test_holding_twice_is_one_hold_and_a_release_is_written_down(studio, enter):
    client = enter(studio.intern)
    client.post("/hold/", {})
    client.post("/hold/", {"reason": "x" * 400})
    enter(studio.coordinator).post("/release/", {})
    hold = Hold.objects.get()
    assert (hold.by, hold.released_by) == (studio.intern, studio.coordinator)


def test_a_hold_on_one_channel_names_it_and_is_released_alone(studio, enter):
    delivery.pull(studio.instagram, by=studio.editor)
    client = enter(studio.coordinator)
    page = client.get("/calendar/").content.decode()
    assert "hro-instagram is on hold" in page and "Hold everything" in page
    client.post("/release/", {"channel": "hro-instagram"})
    assert delivery.active_holds() == []


def test_a_release_of_a_channel_that_does_not_exist_is_refused_in_a_sentence(studio, enter):
    answer = enter(studio.coordinator).post("/release/", {"channel": "nobody"}, follow=True)
    assert "There is no channel called nobody" in answer.content.decode()


def test_an_address_alone_never_holds_or_releases(studio, enter):
    client = enter(studio.coordinator)
    assert client.get("/hold/").status_code == 405 and client.get("/release/").status_code == 405
