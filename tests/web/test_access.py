"""Coming in: the code, the wait after wrong passwords, sessions, invitations, lost passwords, the page of people."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.core.cache import caches
from django.test import Client
from django.utils import timezone

from pipeline import access, second_factor, sessions
from pipeline.models import Approval, AuditEntry, Invitation, SignIn, User
from pipeline.notices.line import Answer, Fate
from tests.second import fresh_code, shown, with_phone
from tests.web.studio import PASSWORD, page_of, press

RIGHT = {"username": "camille", "password": PASSWORD}


@pytest.fixture(autouse=True)
def forgiven():
    """Wrong passwords of other tests are forgotten."""
    caches["sign-in"].clear()


@pytest.fixture
def mails(monkeypatch, settings):
    """The mails that were handed in: to whom, with what in them."""
    sent: list[tuple[str, str]] = []
    settings.EMAIL_HOST = "mail.example.org"

    def take(letter, address):
        sent.append((address, f"{letter.subject}\n{letter.body}"))
        return Answer(Fate.TAKEN, "250 ok")

    monkeypatch.setattr("pipeline.notices.hand_in", take)
    return sent


def text(answer):
    return answer.content.decode()


# -------------------------------------------------------------------------------------------------- the second step


def test_a_password_alone_lets_nobody_in_who_has_a_second_factor(studio):
    client = Client()
    answer = client.post("/sign-in/", {"username": "samira", "password": PASSWORD, "next": "/drafts/"})
    assert answer["Location"] == "/sign-in/code/"
    assert client.get("/drafts/").status_code == 302 and not SignIn.objects.exclude(user=None).exists()
    assert client.post("/sign-in/code/", {"code": "000000"}).status_code == 200
    assert client.get("/drafts/").status_code == 302
    assert client.post("/sign-in/code/", {"code": fresh_code(studio.coordinator)})["Location"] == "/drafts/"
    assert client.get("/drafts/").status_code == 200


def test_the_test_above_would_notice_a_sign_in_that_forgets_the_code(studio, monkeypatch):
    monkeypatch.setattr("web.people.second_factor.enrolled", lambda user: False)
    client = Client()
    client.post("/sign-in/", {"username": "samira", "password": PASSWORD})
    assert client.get("/drafts/").status_code == 200


def test_the_step_of_the_code_ends_after_five_minutes_and_with_the_password(studio):
    client = Client()
    given = {"username": "samira", "password": PASSWORD}
    client.post("/sign-in/", given)
    with time_machine.travel(timezone.now() + timedelta(minutes=6)):
        assert client.get("/sign-in/code/")["Location"] == "/sign-in/"
    client.post("/sign-in/", given)
    studio.coordinator.set_password("un autre mot de passe")
    studio.coordinator.save()
    assert client.post("/sign-in/code/", {"code": fresh_code(studio.coordinator)})["Location"] == "/sign-in/"
    assert Client().get("/sign-in/code/")["Location"] == "/sign-in/"


def test_a_coordinator_without_it_is_led_to_it_and_cannot_approve_before(studio):
    second_factor.SecondFactor.objects.all().delete()
    User.objects.update(second_factor_at=None)
    post = studio.in_review(read=("fr", "en", "ar"))
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    User.objects.update(language="en")
    answer = client.post("/sign-in/", {"username": "samira", "password": PASSWORD})
    assert answer["Location"] == "/access/second-factor/"
    assert "You cannot approve yet" in page_of(client, post)
    assert "Set up your second factor first" in press(client, post, "approve", revision=1)
    assert not Approval.objects.exists()
    page = text(client.get("/access/second-factor/"))
    letters = re.search(r'<code class="whole">([A-Z2-7 ]+)</code>', page)[1].replace(" ", "")
    assert "<svg" in page and "<img" not in page
    import base64

    done = text(client.post("/access/second-factor/", {"code": shown(base64.b32decode(letters).hex())}))
    assert len(re.findall(r"<code>[a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4}</code>", done)) == 8
    press(client, post, "approve", revision=1)
    assert Approval.objects.get().user == studio.coordinator


def test_a_recovery_code_opens_in_place_of_the_phone(studio):
    code = second_factor.new_recovery_codes(studio.coordinator)[0]
    for works in (True, False):
        client = Client()
        client.post("/sign-in/", {"username": "samira", "password": PASSWORD})
        client.post("/sign-in/code/", {"code": code})
        assert (client.get("/").status_code == 200) is works


# ------------------------------------------------------------------------------------------------- wrong passwords


def test_after_five_wrong_passwords_the_right_one_does_not_help_for_a_quarter_of_an_hour(studio):
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    for n in range(5):
        assert client.post("/sign-in/", {"username": "camille", "password": f"guess {n}"}).status_code in {200, 429}
    answer = client.post("/sign-in/", RIGHT)
    assert answer.status_code == 429 and "Too many wrong passwords" in text(answer)
    assert client.get("/").status_code == 302
    noor = Client().post("/sign-in/", {"username": "noor", "password": PASSWORD})
    assert noor.status_code == 302, "others are not locked out"
    elsewhere = Client(REMOTE_ADDR="203.0.113.9").post("/sign-in/", RIGHT)
    assert elsewhere.status_code == 302, "and they themselves come in from elsewhere"
    caches["sign-in"].clear()  # as after fifteen minutes
    assert client.post("/sign-in/", RIGHT).status_code == 302


def test_wrong_passwords_at_the_second_asking_count_too(studio, enter):
    client = enter(studio.intern)
    for _n in range(5):
        client.post("/sign-in/again/", {"password": "guess"})
    assert Client().post("/sign-in/", RIGHT).status_code == 429


def test_the_counting_keeps_no_list_in_the_store(studio):
    from axes.models import AccessAttempt
    from django.db import connection

    Client().post("/sign-in/", {"username": "camille", "password": "guess"})
    assert (
        AccessAttempt._meta.db_table not in connection.introspection.table_names() or not AccessAttempt.objects.exists()
    )


# -------------------------------------------------------------------------------------------------- twelve hours


def long_ago(client):
    session = client.session
    session[sessions.ENTERED] = (timezone.now() - timedelta(hours=12, minutes=1)).isoformat()
    session.save()


def test_approving_asks_to_sign_in_again_after_twelve_hours(studio, approver):
    post = studio.in_review(read=("fr", "en", "ar"))
    long_ago(approver)
    answer = approver.post(
        f"/post/{post.pk}/approve/", {"revision": 1}, headers={"referer": f"http://testserver/post/{post.pk}/"}
    )
    assert answer["Location"] == f"/sign-in/again/?next=%2Fpost%2F{post.pk}%2F" and not Approval.objects.exists()
    again = answer["Location"]
    assert approver.post(again, {"password": "guess", "code": "000000"}).status_code == 200
    press(approver, post, "approve", revision=1)
    assert not Approval.objects.exists()
    given = {"password": PASSWORD, "code": fresh_code(studio.coordinator), "next": f"/post/{post.pk}/"}
    assert approver.post(again, given)["Location"] == f"/post/{post.pk}/"
    press(approver, post, "approve", revision=1)
    assert Approval.objects.exists()


def test_the_second_asking_wants_the_code_too(studio, approver):
    long_ago(approver)
    caches["sign-in"].clear()
    assert approver.post("/sign-in/again/", {"password": PASSWORD, "code": "1"}).status_code == 200
    assert not sessions.is_recent(approver.session)


@pytest.mark.parametrize(
    "path",
    [
        "/people/",
        "/people/1/deactivate/",
        "/channels/add/bluesky/",
        "/channels/connect/meta/",
        "/access/second-factor/",
    ],
)
def test_what_changes_access_asks_too(path, studio, enter):
    client = enter(studio.administrator)
    long_ago(client)
    assert client.post(path)["Location"].startswith("/sign-in/again/")


# ------------------------------------------------------------------------------------------------------- sessions


def test_the_session_of_before_the_sign_in_is_not_the_one_after(studio):
    """Session fixation: a key that somebody planted opens nothing."""
    client = Client()
    client.get("/sign-in/")
    session = client.session
    session["planted"] = "1"
    session.save()
    client.cookies["sessionid"] = session.session_key
    for step, given in (("/sign-in/", {"username": "samira", "password": PASSWORD}),
                        ("/sign-in/code/", {"code": fresh_code(studio.coordinator)})):  # fmt: skip
        before = client.cookies["sessionid"].value
        client.post(step, given)
        assert client.cookies["sessionid"].value != before
    thief = Client()
    thief.cookies["sessionid"] = session.session_key
    assert thief.get("/").status_code == 302


def test_open_sessions_are_listed_without_their_keys_and_ended_one_by_one_or_all(studio, enter):
    phone = enter(studio.intern, headers={"user-agent": "Mozilla/5.0 (Android 15; Mobile) Firefox/145.0"})
    desk = enter(studio.intern, headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64) Chrome/142.0 Safari/537.36"})
    other = enter(studio.editor)
    page = text(desk.get("/access/"))
    assert "Firefox, Android" in page and "Chrome, Linux" in page
    assert not any(row.session_key in page for row in SignIn.objects.all())
    handle = re.search(r'name="end" value="([0-9a-f]+)"', page)[1]
    assert text(other.post("/access/", {"end": handle}, follow=True)) and phone.get("/").status_code == 200
    desk.post("/access/", {"end": handle})
    assert phone.get("/").status_code == 302 and desk.get("/").status_code == 200
    third = enter(studio.intern)
    desk.post("/access/", {"end_others": "1"})
    assert third.get("/").status_code == 302 and desk.get("/").status_code == other.get("/").status_code == 200


def test_a_new_password_ends_the_other_sessions_and_asks_for_the_old_one(studio, enter):
    here, there = enter(studio.intern), enter(studio.intern)
    refused = here.post("/access/", {"new": "un autre mot de passe", "password": "guess"})
    assert "not your password" in text(refused) and there.get("/").status_code == 200
    assert "too weak" in text(here.post("/access/", {"new": "court", "password": PASSWORD}))
    here.post("/access/", {"new": "un autre mot de passe", "password": PASSWORD})
    assert here.get("/").status_code == 200 and there.get("/").status_code == 302
    assert Client().post("/sign-in/", RIGHT).status_code == 200


# ------------------------------------------------------------------------------------------------- a lost password


def test_a_lost_password_is_replaced_by_the_mails_link_once(studio, mails, settings):
    settings.PORTEVOIX_URL = "https://posts.example.org"
    User.objects.filter(username="camille").update(email="camille@example.org", language="en")
    access.forgotten("Camille@example.org", "https://posts.example.org").join()
    ((address, mail),) = mails
    link = re.search(r"https://posts\.example\.org(/password/\S+/)", mail)[1]
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    form = client.get(link)["Location"]
    assert address == "camille@example.org" and link.split("/")[3] not in form, "the secret leaves the address"
    new = "un autre mot de passe"
    assert client.post(form, {"new_password1": new, "new_password2": new})["Location"] == "/sign-in/"
    assert Client().post("/sign-in/", {"username": "camille", "password": new}).status_code == 302
    assert "used already" in text(Client(HTTP_ACCEPT_LANGUAGE="en").get(link))
    assert link.split("/")[3] not in str(list(AuditEntry.objects.values()))


def test_a_new_password_does_not_take_the_second_factor_away(studio, mails):
    User.objects.filter(username="samira").update(email="samira@example.org")
    access.forgotten("samira", "http://testserver").join()
    link = re.search(r"http://testserver(/password/\S+/)", mails[0][1])[1]
    client, new = Client(), "un autre mot de passe"
    client.post(client.get(link)["Location"], {"new_password1": new, "new_password2": new})
    assert Client().post("/sign-in/", {"username": "samira", "password": new})["Location"] == "/sign-in/code/"


def test_the_page_says_the_same_whether_there_is_such_a_person_or_not(studio, mails):
    User.objects.filter(username="camille").update(email="camille@example.org")
    pages = {re.sub(r'value="\w{64}"', "", text(Client().post("/password/", {"who": who}))) for who in
             ("camille", "nobody", "", "camille@example.org")}  # fmt: skip
    assert len(pages) == 1


def test_nobody_is_flooded_with_such_mails(studio, mails):
    User.objects.filter(username="camille").update(email="camille@example.org")
    for _n in range(4):
        if thread := access.forgotten("camille", "http://testserver"):
            thread.join()
    assert len(mails) == 1


def test_a_forged_host_does_not_get_into_the_mail(studio, mails):
    User.objects.filter(username="camille").update(email="camille@example.org")
    assert Client().post("/password/", {"who": "camille"}, headers={"host": "evil.example"}).status_code == 400
    assert mails == []


# --------------------------------------------------------------------------------------------------------- people


def test_an_administrator_invites_and_the_guest_comes_in_by_the_link(studio, enter, mails):
    boss = enter(studio.administrator)
    given = {"username": "lou", "role": "editor", "email": "lou@example.org", "language": "en"}
    page = text(boss.post("/people/", given))
    link = re.search(r"http://testserver(/invited/[\w-]+/)", page)[1]
    assert link in mails[0][1] and mails[0][0] == "lou@example.org"
    guest = Client(HTTP_ACCEPT_LANGUAGE="en")
    assert "invites you as editor" in text(guest.get(link))
    assert guest.post(link, {"password": PASSWORD, "first_name": "Lou"})["Location"] == "/sign-in/"
    assert guest.get(link).status_code == 410
    assert guest.post("/sign-in/", {"username": "lou", "password": PASSWORD}).status_code == 302
    assert link.split("/")[2] not in text(boss.get("/people/"))


def test_an_invitation_is_withdrawn_on_the_page(studio, enter):
    boss = enter(studio.administrator)
    boss.post("/people/", {"username": "lou", "role": "editor", "language": "fr"})
    row = Invitation.objects.get()
    assert f"/people/invitation/{row.pk}/withdraw/" in text(boss.get("/people/"))
    boss.post(f"/people/invitation/{row.pk}/withdraw/")
    assert not list(access.waiting())


def test_roles_leaving_and_lost_phones_are_settled_on_the_page(studio, enter, mails):
    boss = enter(studio.administrator)
    User.objects.filter(username="samira").update(email="samira@example.org")
    client = enter(studio.coordinator)
    place = f"/people/{studio.coordinator.pk}"
    refused = text(boss.post(f"{place}/reset-second-factor/", follow=True))
    assert "second factor of your own" in refused
    with_phone(studio.administrator)
    assert "Taken away" in text(boss.post(f"{place}/reset-second-factor/", follow=True))
    assert client.get("/").status_code == 302
    assert AuditEntry.objects.filter(action="second_factor.reset", actor="admin").exists()
    boss.post(f"{place}/role/", {"role": "editor"})
    assert User.objects.get(username="samira").role == "editor"
    writer = enter(studio.intern)
    boss.post(f"/people/{studio.intern.pk}/deactivate/")
    assert writer.get("/").status_code == 302 and Client().post("/sign-in/", RIGHT).status_code == 200
    boss.post(f"/people/{studio.intern.pk}/activate/")
    assert Client().post("/sign-in/", RIGHT).status_code == 302
    assert boss.post(f"/people/{studio.intern.pk}/become-king/").status_code == 404


# ------------------------------------------------------------------------------------------------------------ log


def test_the_log_is_read_and_checked_on_its_page(studio, author):
    studio.in_review()
    page = text(author.get("/log/"))
    assert "post.submitted" in page and "camille" in page
    assert "The log is whole" in text(author.post("/log/"))
    from pipeline.models import AuditHead

    AuditHead.objects.update(hash="0" * 64)
    assert "The log was changed" in text(author.post("/log/"))
