"""The pages of numbers: a month by channel, a post day by day, the table of a year."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from pipeline import delivery, metrics, review
from pipeline.models import Channel
from publishers._base import MetricValue
from publishers.outbox import Outbox
from tests.web.studio import page_of


@pytest.fixture
def post(studio, monkeypatch):
    """A post that is out on two channels, one of which tells numbers."""

    def told(adapter, _receipt):
        counts = {"likes": 12, "reach": 340} if adapter.credentials.stands_for == "bluesky" else {}
        return [MetricValue(name=name, value=value, at=timezone.now()) for name, value in counts.items()]

    monkeypatch.setattr(Outbox, "metrics", told)
    made = studio.in_review(read=("fr", "en", "ar"))
    review.approve(made.revisions.latest(), by=studio.coordinator)
    made.refresh_from_db()
    studio.place(made, timezone.now() + timedelta(minutes=5))
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False) as clock:
        delivery.tick()
        clock.shift(timedelta(hours=2))
        metrics.collect()
    return made


def month_of(post):
    at = timezone.localtime(post.variants.first().publications.get().receipt.published_at)
    return f"/numbers/{at.year}/{at.month}/"


def test_the_month_shows_totals_best_posts_and_names_what_is_missing(post, approver):
    page = approver.get(month_of(post)).content.decode()
    assert "people reached" in page and "340" in page and "The posts with most people reached" in page
    assert "Without a number" in page and "the network tells no numbers of it" in page


def test_the_posts_page_shows_its_numbers(post, author):
    page = page_of(author, post)
    assert "people reached" in page and "340" in page and "No number: the network tells no numbers of it." in page


def test_a_month_without_posts_says_so(studio, approver):
    assert "Nothing went out in this month." in approver.get("/numbers/2025/1/").content.decode()
    assert approver.get("/numbers/1/13/").status_code == 404


def test_a_closed_channel_is_named_as_the_reason(post, approver):
    Channel.objects.update(authorised=False)
    page = approver.get(month_of(post)).content.decode()
    assert "340" in page and "the network tells no numbers of it" in page  # what was told stays told


def test_the_table_of_the_year_is_a_file_for_spreadsheets(post, approver):
    year = timezone.localtime(post.variants.first().publications.get().receipt.published_at).year
    answer = approver.get(f"/numbers/{year}.csv")
    assert answer["Content-Type"].startswith("text/csv") and "attachment" in answer["Content-Disposition"]
    assert answer.content.decode("utf-8-sig").count(post.title) == 2
    assert approver.get("/numbers/1.csv").status_code == 404
