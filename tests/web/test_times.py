"""A post's page: its times in the calendar, and the people who were filmed."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from pipeline import drafts, review
from pipeline.models import Protection, Publication
from tests.protection.settled import reviewed
from tests.web.studio import WORDS, page_of, path, press

# ---------------------------------------------------------------------------------------------- times


def give_time(client, post, *more, **given):
    return press(client, post, *(more or ("schedule",)), **given)


@pytest.fixture
def october():
    with time_machine.travel(datetime(2027, 10, 20, 10, tzinfo=ZoneInfo("Europe/Paris")), tick=False):
        yield


def test_a_post_gets_its_time_on_the_organisations_clock(october, studio, author):
    post = studio.post()
    assert "has its time in the calendar" in give_time(author, post, day="2027-10-25", time="09:00")
    due = {row.due_at for row in Publication.objects.filter(variant__post=post)}
    assert due == {datetime(2027, 10, 25, 7, tzinfo=ZoneInfo("UTC"))}


def test_a_time_that_happens_twice_is_asked_about(october, studio, author):
    post = studio.post()
    shown = give_time(author, post, day="2027-10-31", time="02:30")
    assert (
        "happens twice" in shown and "02:30 CEST" in shown and "02:30 CET" in shown and not Publication.objects.exists()
    )
    give_time(author, post, day="2027-10-31", time="02:30", fold="1")
    assert Publication.objects.first().due_at == datetime(2027, 10, 31, 1, 30, tzinfo=ZoneInfo("UTC"))


def test_the_past_and_the_hour_that_is_skipped_are_refused_and_stay_in_the_form(october, studio, author):
    post = studio.post()
    assert "is over" in (shown := give_time(author, post, day="2027-10-01", time="09:00")) and "2027-10-01" in shown
    assert "does not exist" in give_time(author, post, day="2028-03-26", time="02:30")
    assert not Publication.objects.exists()


def test_a_publication_is_moved_and_cancelled(october, studio, author):
    post = studio.post()
    row = studio.place(post, timezone.now() + timedelta(days=1))[0]
    assert "new time" in give_time(author, post, "publication", row.pk, "move", day="2027-10-26", time="18:00")
    row.refresh_from_db()
    assert row.due_at == datetime(2027, 10, 26, 16, tzinfo=ZoneInfo("UTC"))
    question = re.search(rf'<details class="ask">.*?/{row.pk}/cancel/.*?</details>', page_of(author, post), re.DOTALL)
    assert question and "It will not go out on" in question[0]
    assert "off the calendar" in press(author, post, "publication", row.pk, "cancel")
    assert "no longer where the page showed it" in press(author, post, "publication", row.pk, "cancel")


def test_what_is_on_its_way_is_neither_moved_nor_cancelled(october, studio, author):
    post = studio.in_review(read=("fr", "en", "ar"))
    review.approve(post.revisions.latest(), by=studio.coordinator)
    post.refresh_from_db()
    row = studio.place(post, timezone.now() + timedelta(days=1))[0]
    Publication.objects.filter(pk=row.pk).update(state="committing")
    shown = page_of(author, post)
    assert path(post, "publication", row.pk, "move") not in shown
    for more in ("move", "cancel"):
        shown = press(author, post, "publication", row.pk, more, day="2027-10-26", time="18:00")
        assert "no longer where the page showed it" in shown


def test_a_missed_post_is_sent_after_all(october, studio, approver):
    post = studio.in_review(read=("fr", "en", "ar"))
    review.approve(post.revisions.latest(), by=studio.coordinator)
    post.refresh_from_db()
    row = studio.place(post, timezone.now() + timedelta(days=1))[0]
    Publication.objects.filter(pk=row.pk).update(state="missed")
    shown = page_of(approver, post)
    assert "Send it after all" in shown and path(post, "publication", row.pk, "move") in shown
    studio.tick()
    assert "next tick" in press(approver, post, "publication", row.pk, "send")


# ---------------------------------------------------------------------------------------------- people filmed


def test_a_video_from_footage_waits_for_a_persons_word(studio, author):
    video = studio.video()
    piece = drafts.Piece(studio.instagram, WORDS, [(video, "Deux personnes, de dos.")])
    post = drafts.create("Reel", [piece], by=studio.intern)
    given = {"faces": "masked", "voice": "muted", "consent": "", "looked": "on"}
    assert "Nobody has reviewed the masks" in press(author, post, "protect", video.pk, **given)
    assert not Protection.objects.exists()
    reviewed(video, by=studio.intern)
    shown = page_of(author, post)
    assert "<video controls" in shown and "no one is recognisable" in shown
    given = {"faces": "masked", "voice": "muted", "consent": ""}
    assert "Watch it to the end" in press(author, post, "protect", video.pk, **given)
    assert not Protection.objects.exists()
    shown = press(author, post, "protect", video.pk, **given, looked="on")
    assert "Camille Roux looked on" in shown and "all covered" in shown and f"/made/{video.pk}/receipt/" in shown
    assert Protection.objects.get().rendition_sha256 == video.sha256


def test_a_picture_of_another_post_is_not_confirmed_here(studio, author):
    video = studio.video()
    post = studio.post()
    given = {"faces": "masked", "voice": "muted", "looked": "on"}
    assert author.post(path(post, "protect", video.pk), given).status_code == 404
    assert not Protection.objects.exists()
