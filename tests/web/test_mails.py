"""The page on which people choose their mails."""

from __future__ import annotations

import re

import pytest

from pipeline import notices
from pipeline.models import Mute, User


def boxes(client):
    """Each kind on the page, and whether its box is ticked or locked."""
    found = re.findall(r'<input type="checkbox" id="mail-\w+" name="kinds" value="(\w+)"([^>]*)>', page(client))
    return {kind: rest.split() for kind, rest in found}


def page(client):
    return client.get("/mails/").content.decode()


def test_everyone_is_led_to_their_mails_from_the_foot_of_each_page(studio, author, approver):
    for client in (author, approver):
        foot = client.get("/").content.decode().split("<footer")[1]
        assert 'href="/mails/"' in foot and "My mails" in foot


def test_the_page_offers_what_the_role_may_get_all_ticked_at_first(studio, author, approver):
    mine = {"changes", "comment", "approved", "handoff", "failed", "missed", "place", "deadline", "gone", "correct"}
    assert boxes(author) == {kind: ["checked"] for kind in mine}
    assert {"approve", "decide", "digest", "silent"} < set(boxes(approver))


def test_what_is_unticked_is_muted_and_what_is_ticked_again_comes_again(studio, author):
    shown = author.post("/mails/", {"email": "c@example.org", "kinds": ["failed", "gone"]}, follow=True)
    assert "Saved" in shown.content.decode()
    assert {kind for kind, state in boxes(author).items() if state} == {"failed", "gone"}
    assert set(Mute.objects.values_list("kind", flat=True)) == {
        "changes",
        "comment",
        "approved",
        "handoff",
        "missed",
        "place",
        "deadline",
        "correct",
    }
    author.post("/mails/", {"email": "c@example.org", "kinds": list(boxes(author))})
    assert not Mute.objects.exists()


def test_an_administrator_sees_why_two_boxes_are_locked_and_no_form_opens_them(studio, enter):
    client = enter(studio.administrator)
    assert boxes(client)["silent"] == boxes(client)["clock"] == ["checked", "disabled"]
    assert "Administrators always get it" in page(client)
    client.post("/mails/", {"email": ""})
    assert set(Mute.objects.values_list("kind", flat=True)) == {"hold", "refused", "expiring", "digest"}


def test_who_else_gets_a_mail_stands_beside_it(studio, author, approver):
    assert re.search(r"A post failed<br><span[^>]*>goes to: its authors, coordinators</span>", page(author))
    assert "coordinators who made no part of it" in page(approver)


def test_ones_own_address_is_set_there_and_nobody_elses(studio, author):
    author.post("/mails/", {"email": "camille@example.org", "user": studio.coordinator.pk, "kinds": []})
    assert list(User.objects.exclude(email="").values_list("username", "email")) == [("camille", "camille@example.org")]


@pytest.mark.parametrize("wrong", ["nowhere", "a@b@c", "a@example.org\r\nBcc: eve@example.org", "a b@example.org"])
def test_what_is_no_address_is_refused_and_nothing_changes(wrong, studio, author):
    shown = author.post("/mails/", {"email": wrong, "kinds": []}).content.decode()
    assert "Not done." in shown
    assert User.objects.get(pk=studio.intern.pk).email == "" and not Mute.objects.exists()


def test_a_kind_that_is_not_offered_is_neither_muted_nor_given(studio, author):
    author.post("/mails/", {"email": "", "kinds": ["digest", "nonsense"]})
    assert "digest" not in {c.kind for c in notices.choices(studio.intern)}
    assert Mute.objects.count() == 10


def test_the_page_says_when_no_mail_is_sent_at_all(studio, author, settings):
    settings.EMAIL_HOST = ""
    assert "sends no mails yet" in page(author)
    settings.EMAIL_HOST = "127.0.0.1"
    assert "sends no mails yet" not in page(author)


def test_the_page_is_in_french_for_who_reads_french(studio, enter):
    shown = page(enter(studio.coordinator, "fr"))
    assert "Mes mails" in shown and "Un post attend d’être approuvé" in shown and "Write to me" not in shown
    assert "la coordination" in shown and "goes to" not in shown
