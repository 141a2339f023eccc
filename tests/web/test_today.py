"""Today’s page: what it lists, who may settle what, and the sign of life on every page."""

from __future__ import annotations

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pipeline import delivery, review
from pipeline.models import Channel, Post, PostState, Publication, PublicationState, Receipt, Role
from pipeline.planning import slots
from publishers._base import Sentence
from tests.web.studio import page_of, path

S = PublicationState
PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2026, 11, 25, 12, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def noon(studio):
    with time_machine.travel(NOON, tick=False) as clock:
        studio.tick()
        yield clock


def a_row(studio, title, state=S.SCHEDULED, *, minutes=-60, channel=None, link="", **fields):
    """An approved post's publication, due so many minutes from now, in this state."""
    row = studio.scheduled(minutes=5, channel=channel or studio.channel, text=f"{title}.")
    Post.objects.filter(pk=row.variant.post_id).update(title=title)
    due = timezone.now() + timedelta(minutes=minutes)
    wall = timezone.localtime(due).replace(tzinfo=ZoneInfo("UTC"))
    Publication.objects.filter(pk=row.pk).update(**{"state": state, "due_at": due, "wall_time": wall, **fields})
    if link:
        Receipt.objects.create(
            publication=row, channel=row.channel, remote_id=link, url=link, published_at=due
        )  # fmt: skip
        Receipt.objects.filter(publication=row).update(recorded_at=due)
    row.refresh_from_db()
    return row


def shown(client, where="/"):
    answer = client.get(where)
    assert answer.status_code == 200
    return answer.content.decode()


def sections(page):
    """The text of each section by its name."""
    return dict(re.findall(r'<section aria-labelledby="(\w+)">(.*?)</section>', page, re.DOTALL))


# ---------------------------------------------------------------------------------------------- what it lists

WHERE = {
    "decide": {"state": S.NEEDS_HUMAN},
    "late": {"state": S.MISSED},
    "failed": {"state": S.FAILED},
    "doubt": {"state": S.UNCERTAIN},
    "way": {"state": S.COMMITTING},
    "sent": {"state": S.VERIFIED, "link": "https://bsky.app/x"},
}


def test_each_state_has_its_section_with_count_place_time_word_and_shape(studio, approver):
    for name, how in WHERE.items():
        a_row(studio, f"Post {name}", **how)
    found = sections(shown(approver))
    words = {
        "decide": "◆</span> needs a decision", "late": "□</span> missed", "failed": "■</span> failed",
        "doubt": "◆</span> not sure", "way": "▶</span> being sent", "sent": "✓</span> published, checked",
    }  # fmt: skip
    for name, word in words.items():
        assert f"Post {name}" in found[name] and word in found[name] and found[name].count("<li>") == 1
        assert "Bluesky" in found[name] and "25 November, 11:00" in found[name]
        assert re.search(rf'<h2 id="{name}">[^<]+<span class="small">1</span>', found[name])
    assert 'href="https://bsky.app/x"' in found["sent"]


def test_a_row_leads_to_its_publication_and_says_its_sentence(studio, approver):
    row = a_row(studio, "Échec", S.FAILED, error=Sentence("It is due.").as_json())
    found = sections(shown(approver))["failed"]
    assert f"/post/{row.variant.post_id}/#p{row.pk}" in found and "It is due." in found


def test_only_the_next_24_hours_and_the_last_are_listed(studio, approver):
    a_row(studio, "Ce soir", minutes=600)
    a_row(studio, "Après-demain", minutes=3000)
    a_row(studio, "Avant-hier", S.PUBLISHED, minutes=-3000, link="https://bsky.app/old")
    page = shown(approver)
    assert "Après-demain" not in page and "Avant-hier" not in page
    assert page.count("Ce soir") == 1 and "Ce soir" in sections(page)["coming"]


def test_what_is_late_says_what_keeps_it(studio, approver):
    a_row(studio, "Retenu", minutes=-10, next_try_at=timezone.now() + timedelta(minutes=20), attempts=1)
    a_row(studio, "Suspendu", minutes=-10, channel=studio.instagram)
    delivery.pull(studio.instagram, by=studio.intern)
    late = sections(shown(approver))["late"]
    assert "It is tried again at 12:20." in late and "hro-instagram is on hold: nothing goes out there" in late


def test_what_is_prepared_early_is_on_its_way_and_late_once_its_time_is_past(studio, approver):
    row = a_row(studio, "Reel", S.PREPARED, minutes=10)
    found = sections(shown(approver))
    assert "ready to go" in found["way"] and "late" not in found
    Publication.objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    found = sections(shown(approver))
    assert "Reel" in found["late"] and "way" not in found
    Publication.objects.filter(pk=row.pk).update(lease_until=timezone.now() + timedelta(minutes=1))
    assert "Reel" in sections(shown(approver))["way"]


def test_an_empty_page_says_in_a_sentence_that_nothing_needs_a_person(studio, approver):
    a_row(studio, "Annulé", S.CANCELLED)
    page = shown(approver)
    assert "First steps" not in page and "Nothing is due in the next 24 hours." in page
    assert "Nothing needs a person" in page and "Nothing was sent in the last 24 hours." in page
    assert "What stands in the way" not in page


def test_what_stands_in_the_way_is_named(studio, approver):
    ends = {"dead": -1, "dying": 5, "well": 90}
    for name, days in ends.items():
        channel = studio.add_channel("facebook", name)
        Channel.objects.filter(pk=channel.pk).update(expires_at=timezone.now() + timedelta(days=days))
    Channel.objects.filter(name="bluesky").update(paused_until=timezone.now() + timedelta(minutes=30))
    Channel.objects.filter(name="hro-instagram").update(authorised=False)
    delivery.pull(by=studio.intern)
    stops = sections(shown(approver))["stops"]
    for said in (
        "Everything is on hold.", "hro-instagram no longer lets us in", "bluesky pauses until 25 November, 12:30",
        "credentials of dead ended on 24 November", "credentials of dying end on 30 November",
    ):  # fmt: skip
        assert said in stops
    assert "well" not in stops


def test_the_page_lists_fifty_of_a_kind_and_says_how_many_more(studio, approver):
    row = a_row(studio, "Beaucoup", S.MISSED)
    again = {name: getattr(row, name) for name in ("variant", "channel", "item", "due_at", "wall_time", "zone")}
    Publication.objects.bulk_create(
        Publication(state=S.MISSED, scheduled_by=studio.intern, **again) for _number in range(59)
    )
    late = sections(shown(approver))["late"]
    assert late.count("Beaucoup</b>") == 8 and "… and 52 more." in late and ">60</span>" in late


def test_the_page_costs_the_same_queries_however_much_it_lists(studio, enter):
    for client in (enter(studio.coordinator), enter(studio.intern)):
        counted = []
        for number in range(2):
            for name, how in WHERE.items():
                link = {"link": f"{how['link']}{Post.objects.count()}"} if "link" in how else {}
                a_row(studio, f"{name} {number}", **{**how, **link})
            a_row(studio, f"Décalé {number}", minutes=600, due_at=timezone.now() + timedelta(minutes=660))
            a_row(studio, f"Tard {number}", minutes=-5)
            with CaptureQueriesContext(
                connection,
            ) as queries:
                page = shown(client)
            assert page.count("<li>") > len(WHERE) * (number + 1)
            counted.append(len(queries))
        assert counted[0] == counted[1] <= 33


def test_what_waits_for_people_stands_on_the_first_page(studio, approver):
    asked, returned = studio.in_review("À lire"), studio.in_review("À reprendre")
    review.request_changes(returned.revisions.latest(), by=studio.coordinator, text="Le lieu est trop précis.")
    found = sections(shown(approver))
    assert "À lire" in found["asked"] and path(asked) in found["asked"]
    assert "À reprendre" in found["returned"] and "À reprendre" not in found["asked"]


def test_a_new_newsroom_is_led_through_its_first_steps_until_a_post_has_a_time(studio, author):
    def done() -> dict[str, bool]:
        steps = sections(shown(author))["steps"]
        return {page: "✓" in row for page, row in re.findall(r'<li><a href="([^"]+)">(.*?)</li>', steps)}

    assert done() == {
        "/channels/": True,
        "/slots/": False,
        "/imports/": False,
        "/recipes/": False,
        "/to-approve/": True,
    }
    slots.add(studio.channel, 0, time(9), by=studio.intern)
    post = studio.post()
    assert done()["/slots/"] and done()["/recipes/"] and not done()["/imports/"]
    studio.place(post, timezone.now() + timedelta(hours=3))
    assert "steps" not in sections(shown(author)) and post.title in sections(shown(author))["coming"]


def test_every_page_of_the_menu_opens_for_those_who_see_it(studio, enter):
    for user in (studio.intern, studio.editor, studio.coordinator, studio.administrator):
        client = enter(user)
        nav = re.search(r"<nav aria-label=\"Pages\">(.*?)</nav>", shown(client), re.DOTALL)[1]
        found = re.findall(r'href="([^"]+)"', nav)
        assert len(found) == (20 if user.may_write else 11)
        for where in found:
            page = shown(client, where)
            assert re.search(rf'href="{re.escape(where)}" aria-current="page"', page), where


# ---------------------------------------------------------------------------------------------- settling


def test_only_a_coordinator_is_offered_a_decision_and_the_others_are_told_who_can(studio, enter):
    a_row(studio, "Doute", S.NEEDS_HUMAN)
    a_row(studio, "Manqué", S.MISSED)
    for user in (studio.intern, studio.editor, studio.coordinator, studio.administrator):
        found = sections(shown(enter(user)))
        offered = [word in found["decide"] + found["late"] for word in ("It is there", "Send it after all")]
        assert offered == [user.role == Role.COORDINATOR] * 2, user
        assert ("Samira Haddad" in found["decide"]) == (user.role != Role.COORDINATOR)
        assert ("/move/" in found["late"]) == user.may_write


def test_what_no_approval_covers_is_not_offered_to_be_sent(studio, approver):
    row = a_row(studio, "Retiré", S.MISSED)
    Post.objects.filter(pk=row.variant.post_id).update(state="draft")
    late = sections(shown(approver))["late"]
    assert "Send it after all" not in late and "/move/" in late


def test_what_failed_is_tried_again_by_one_button_of_a_coordinator(studio, approver, enter):
    row = a_row(studio, "Refusé", S.FAILED)
    assert "/send/" not in shown(enter(studio.intern))
    ((to, given),) = forms(shown(approver), "send")
    approver.post(to, given)
    delivery.tick()
    row.refresh_from_db()
    assert row.state == S.PUBLISHED and len(studio.sent()) == 1


def test_during_a_hold_nothing_is_about_to_go_out(studio, approver):
    a_row(studio, "Tout de suite", S.SCHEDULED, minutes=-1)
    assert "About to go out" in shown(approver)
    delivery.pull(by=studio.intern)
    assert "About to go out" not in shown(approver)


def forms(page, ends):
    """The fields of each form on the page that leads to such an address."""
    found = re.findall(rf'<form method="post" action="([^"]+/{ends}/)"(.*?)</form>', page, re.DOTALL)
    return [(to, dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form))) for to, form in found]


@pytest.mark.parametrize("from_the_post", [False, True])
def test_a_decision_leads_back_to_the_page_on_which_it_was_taken(studio, approver, from_the_post):
    row = a_row(studio, "Doute", S.NEEDS_HUMAN)
    where = path(row.variant.post) if from_the_post else "/"
    ((to, given),) = forms(shown(approver, where), "decide")
    answer = approver.post(to, {**given, "live": "yes", "link": "https://bsky.app/x"})
    assert answer["Location"] == where
    row.refresh_from_db()
    assert (row.state, row.receipt.url) == (S.PUBLISHED, "https://bsky.app/x")
    assert "counts as published" in shown(approver, where)


def test_a_post_that_is_not_there_is_sent_again_and_what_comes_next_is_said(studio, approver):
    row = a_row(studio, "Doute", S.NEEDS_HUMAN)
    ((to, given),) = forms(shown(approver), "decide")
    page = approver.post(to, {**given, "live": "no"}, follow=True).content.decode()
    assert "It goes out at the next tick of the scheduler." in page
    delivery.tick()
    row.refresh_from_db()
    assert row.state == S.PUBLISHED and len(studio.sent()) == 1


def test_what_is_put_back_during_a_hold_is_not_promised(studio, approver):
    a_row(studio, "Manqué", S.MISSED)
    delivery.pull(by=studio.intern)
    ((to, given),) = forms(shown(approver), "send")
    page = approver.post(to, given, follow=True).content.decode()
    assert "back in the queue" in page and "nothing goes out until somebody releases it" in page


def test_a_decision_leads_nowhere_outside(studio, approver):
    row = a_row(studio, "Doute", S.NEEDS_HUMAN)
    to = path(row.variant.post, "publication", row.pk, "decide")
    for away in ("https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example"):
        assert approver.post(to, {"next": away, "live": "yes", "link": "no"})["Location"] == path(row.variant.post)
        assert approver.post(f"{to}?next={away}", {"live": "yes"})["Location"] == path(row.variant.post)


def test_a_row_is_moved_and_taken_off_from_the_page_and_back(studio, approver):
    row = a_row(studio, "Échec", S.FAILED)
    page = sections(shown(approver))["failed"]
    to = re.search(r'href="([^"]+/move/\?next=[^"]+)"', page)[1]
    answer = approver.post(to, {"day": "2026-11-26", "time": "09:00"})
    assert answer["Location"] == "/"
    Publication.objects.filter(pk=row.pk).update(state=S.FAILED)
    ((to, given),) = forms(shown(approver), "cancel")
    assert approver.post(to, given)["Location"] == "/"
    row.refresh_from_db()
    assert row.state == S.CANCELLED


def test_a_row_in_a_workers_hands_is_not_offered_to_be_moved_and_one_prepared_early_is(studio, approver):
    row = a_row(studio, "Reel", S.PREPARED, minutes=10)
    assert "/move/" in page_of(approver, row.variant.post)
    Publication.objects.filter(pk=row.pk).update(lease_until=timezone.now() + timedelta(minutes=1))
    assert "/move/" not in page_of(approver, row.variant.post)


def test_a_time_that_means_another_instant_by_todays_rules_is_shown_and_chosen_again(studio, approver):
    """The row says nine o'clock and an instant that was nine when it was stored; by today's rules it is ten."""
    day = datetime(2027, 7, 1, 9, tzinfo=PARIS)
    row = a_row(studio, "Été", due_at=day + timedelta(hours=1), wall_time=day.replace(tzinfo=ZoneInfo("UTC")))
    moved = sections(shown(approver))["moved"]
    assert "1 July 2027, 09:00 in Europe/Paris" in moved and "goes out on 1 July 2027, 10:00" in moved
    to = re.search(r'href="([^"]+/move/\?next=[^"]+)"', moved)[1]
    form = shown(approver, to)
    assert 'value="2027-07-01"' in form and 'value="09:00"' in form
    assert approver.post(to, {"day": "2027-07-01", "time": "09:00"})["Location"] == "/"
    row.refresh_from_db()
    assert row.due_at == day and "moved" not in sections(shown(approver))


# ---------------------------------------------------------------------------------------------- the sign of life

PAGES = ("/", "/to-approve/", "/drafts/", "/drafts/new/", "/calendar/", "/mails/", "/nowhere/")


def test_every_page_says_when_the_scheduler_last_ticked_and_leads_to_this_page(studio, author, noon):
    post = studio.post()
    noon.shift(timedelta(seconds=59))
    for where in (*PAGES, path(post)):
        page = author.get(where).content.decode()
        foot = page.split("<footer")[1]
        assert "last ticked at 12:00:00" in foot and 'href="/"' in foot, where
        assert 'role="alert"' not in page


def test_a_silent_scheduler_is_an_alarm_on_every_page_after_a_minute(studio, author, noon):
    post = studio.post()
    noon.shift(timedelta(seconds=60))
    for where in (*PAGES, path(post)):
        page = author.get(where).content.decode()
        alarm = re.search(r'<div class="band" role="alert">.*?</div>\s*</div>', page, re.DOTALL)[0]
        assert "The scheduler is silent" in alarm and "25 November at 12:00" in alarm, where


def test_before_the_sign_in_nothing_is_said_of_the_scheduler(studio, noon):
    noon.shift(timedelta(hours=1))
    page = Client(HTTP_ACCEPT_LANGUAGE="en").get("/sign-in/").content.decode()
    assert "scheduler" not in page and "More" not in page


def test_the_page_speaks_french(studio, enter):
    a_row(studio, "Doute", S.NEEDS_HUMAN)
    page = shown(enter(studio.coordinator, "fr"))
    assert "Aujourd’hui" in page and "Il n’y est pas" in page and "Needs" not in page


def test_more_posts_that_came_back_than_are_listed_are_counted_and_lead_to_the_rest(studio, approver):
    for number in range(10):
        post = studio.post(f"Rendu {number}")
        Post.objects.filter(pk=post.pk).update(state=PostState.CHANGES_REQUESTED)
    found = sections(shown(approver))["returned"]
    assert '<span class="small">10</span>' in found and "… and 2 more." in found and 'href="/drafts/"' in found
    assert found.count("Rendu ") == 8
