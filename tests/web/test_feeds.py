"""The secret address of the calendar: open to who knows it, to nobody else, and out of every log."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from config.logs import Redacted
from pipeline import planning
from pipeline.models import Publication, User
from pipeline.planning import feeds


@pytest.fixture
def token(studio):
    studio.place(studio.post("Un titre que personne ne doit lire"), timezone.now() + timedelta(days=1))
    return feeds.make(studio.intern)


def get(token, **headers):
    return Client().get(f"/calendar/{token}.ics", headers=headers)


def test_whoever_knows_the_address_reads_it_in_its_owners_language_without_signing_in(studio, token):
    answer = get(token)
    text = answer.content.decode()
    assert answer.status_code == 200 and answer["Content-Type"].startswith("text/calendar")
    assert "pas approuvé" in text and "http://testserver/post/" in text and "Un titre" not in text
    assert "Set-Cookie" not in answer and "private" in answer["Cache-Control"]
    assert Client().post(f"/calendar/{token}.ics").status_code == 405


@pytest.mark.parametrize("wrong", ["A" * 43, "short", "", "../post/1"])
def test_any_other_address_is_no_page(token, wrong):
    answer = get(wrong)
    assert answer.status_code in (302, 404) and b"VCALENDAR" not in answer.content


def test_an_unchanged_calendar_is_not_sent_again_and_a_changed_one_is(studio, token):
    first = get(token)
    assert get(token, if_none_match=first["ETag"]).status_code == 304
    row = Publication.objects.first()
    planning.move(row, planning.wall_time((row.due_at + timedelta(hours=1)).isoformat()), by=studio.intern)
    again = get(token, if_none_match=first["ETag"])
    assert again.status_code == 200 and again["ETag"] != first["ETag"]


def test_an_answer_costs_three_queries_however_often_it_is_asked(token, django_assert_num_queries):
    get(token)
    with django_assert_num_queries(3):
        get(token)


def test_the_page_shows_the_address_once_renews_and_withdraws_it(studio, enter):
    client = enter(studio.intern)
    assert "You have none yet." in client.get("/calendar/feed/").content.decode()
    answer = client.post("/calendar/feed/", {"do": "make"})
    shown = answer.content.decode().split("http://testserver/calendar/")[1].split(".ics")[0]
    assert answer["Cache-Control"] == "no-store" and get(shown).status_code == 200
    page = client.get("/calendar/feed/").content.decode()
    assert shown not in page and "Yours was made on" in page
    client.post("/calendar/feed/", {"do": "make"})
    assert get(shown).status_code == 404
    page = client.post("/calendar/feed/", {"do": "withdraw"}, follow=True).content.decode()
    assert "Withdrawn" in page and "You have none yet." in page


def test_who_was_made_inactive_is_shut_out_here_too(studio, token):
    User.objects.filter(pk=studio.intern.pk).update(is_active=False)
    assert get(token).status_code == 404


def lines(caplog, act) -> list[str]:
    """What the tool's own log would say."""
    formatter = Redacted("{levelname} {name} {message}", style="{")
    with caplog.at_level(logging.DEBUG):
        act()
    return [formatter.format(record) for record in caplog.records]


def test_no_log_line_holds_the_secret(studio, token, caplog, monkeypatch, settings):
    assert settings.LOGGING["formatters"]["line"]["()"] == "config.logs.Redacted"
    feeds.withdraw(studio.intern)
    told = lines(caplog, lambda: get(token))
    assert any("Not Found: /calendar/….ics" in line for line in told)
    assert any(token in record.getMessage() for record in caplog.records)  # it would stand there
    monkeypatch.setattr("web.feeds.feeds.owner", lambda secret: 1 / 0)
    client = Client(raise_request_exception=False)
    told += lines(caplog, lambda: client.get(f"/calendar/{token}.ics"))
    assert any("ZeroDivisionError" in line for line in told)
    assert not [line for line in told if token in line]
