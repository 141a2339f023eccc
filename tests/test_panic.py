"""Panic: everything shut at once and to the end, and the way back; each door tried from outside."""

from __future__ import annotations

import stat
from datetime import timedelta

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from pipeline import access, audit, backup, channels, delivery, footage, networkapps, removals, sessions, vault
from pipeline.delivery import checkpoints, claims
from pipeline.errors import Refused
from pipeline.models import (
    AccessRequest,
    AuditEntry,
    CalendarFeed,
    Channel,
    Grant,
    Invitation,
    NetworkApp,
    Notice,
    Panic,
    SignIn,
    User,
)
from pipeline.panic import ending, folders, pressing, secrets, switch
from pipeline.planning import feeds
from publishers._consent import consents
from tests.delivery.acts import later, state
from tests.second import fresh_code
from tests.web.studio import PASSWORD, Studio

TOKEN = "EAAcanary7QzPanic"


@pytest.fixture
def studio(db, home, tmp_path):
    return Studio(tmp_path)


@pytest.fixture
def account(studio):
    """A channel with a password, a kept session and a consent behind it."""
    given = {"handle": "observatoire.bsky.social", "app_password": TOKEN}
    row = channels.add("compte", "bluesky", given, by=studio.administrator)
    grant = Grant.objects.create(
        consent="meta", tokens=vault.encrypt({"access_token": TOKEN}), granted_by=studio.administrator
    )
    Channel.objects.filter(pk=row.pk).update(kept=vault.encrypt({"session": TOKEN}), grant=grant)
    row.refresh_from_db()
    return row


def entered(user: User) -> Client:
    client = Client()
    client.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    client.post("/sign-in/code/", {"code": fresh_code(user)})
    assert client.get("/").status_code == 200
    return client


def pressed(studio) -> Panic:
    return pressing.press(by=studio.coordinator)


# ------------------------------------------------------------------------------------------------- what it does


def test_everything_is_on_hold_and_what_is_due_stays(studio):
    row = studio.scheduled()
    pressed(studio)
    with later():
        delivery.tick()
    assert studio.sent() == [] and state(row) == "scheduled"


def test_every_session_is_out_and_nobody_comes_in(studio):
    clients = [entered(studio.coordinator), entered(studio.second)]
    pressed(studio)
    assert not SignIn.objects.exists()
    for client in clients:
        for path in ("/", "/sign-in/", "/calendar/", "/robots.txt"):
            assert client.get(path).status_code == 503
    answer = Client(HTTP_ACCEPT_LANGUAGE="en").post("/sign-in/", {"username": "samira", "password": PASSWORD})
    assert answer.status_code == 503 and "The studio is shut" in answer.content.decode()
    assert answer["Cache-Control"] == "no-store"


def test_tokens_are_gone_and_what_the_account_is_stays(studio, account):
    AccessRequest.objects.create(
        consent="meta", state="s", session="t", user=studio.administrator, secret=vault.encrypt({"verifier": TOKEN}),
        redirect="https://x.example", begun_at=timezone.now(), expires_at=timezone.now() + timedelta(minutes=9),
    )  # fmt: skip
    NetworkApp.objects.create(consent="meta", settings=vault.encrypt({"app_secret": TOKEN}))
    row = pressed(studio)
    account.refresh_from_db()
    kept = vault.decrypt(account.credentials)
    assert kept["handle"] == "observatoire.bsky.social" and "app_password" not in kept
    assert not account.kept and account.grant is None and not account.authorised
    assert not Grant.objects.exists() and not AccessRequest.objects.exists() and not NetworkApp.objects.exists()
    assert row.done["channels"] == 1 and row.done["consents"] == 2 and row.done["apps"] == 1


def test_no_sealed_text_of_the_store_opens_to_a_token_any_more(studio, account):
    """The oracle reads every column of every row, whatever the code thinks holds a token."""
    from django.apps import apps

    assert TOKEN in _opened(apps)
    pressed(studio)
    assert TOKEN not in _opened(apps)


def _opened(apps) -> str:
    found = []
    for model in apps.get_app_config("pipeline").get_models():
        for row in model.objects.values():
            for value in row.values():
                if isinstance(value, str) and value.startswith("gAAAA"):
                    found.append(str(vault.decrypt(value)))
    return " ".join(found)


def test_secret_addresses_open_nothing_any_more(studio, settings):
    feeds.make(studio.intern)
    access.invite("lou", role="intern", by=studio.administrator)
    link = access.LINKS.make_token(studio.intern)
    public = settings.PORTEVOIX_HOME / "public"
    public.mkdir()
    (public / f"{'a' * 64}.jpg").write_bytes(b"x")
    row = pressed(studio)
    assert not CalendarFeed.objects.exists() and not list(access.waiting()) and not list(public.iterdir())
    assert not access.LINKS.check_token(studio.intern, link)
    assert (row.done["calendars"], row.done["invitations"], row.done["pictures"]) == (1, 1, 1)


def test_originals_are_closed_to_every_reader_and_to_backups(studio, settings, tmp_path):
    there = settings.PORTEVOIX_HOME / "originals"
    there.mkdir()
    pressed(studio)
    assert stat.S_IMODE(there.stat().st_mode) == 0
    for act in (
        lambda: footage.original_path("a" * 64),
        lambda: backup.back_up(tmp_path, more=["age1x"]),
    ):
        with pytest.raises(Refused, match="panic"):
            act()


def test_nothing_starts_again_and_no_token_is_stored_before_it_is_over(studio, account):
    pressed(studio)
    kind = consents()["meta"]
    for act in (
        lambda: delivery.release(by=studio.coordinator),
        lambda: studio.add_channel("facebook"),
        lambda: networkapps.keep_app(kind, {"app_id": "1"}, by=studio.administrator),
        lambda: networkapps.ready(kind),
    ):
        with pytest.raises(Refused, match="panic"):
            act()


def test_a_session_that_an_adapter_got_meanwhile_is_not_kept(studio, account):
    keeper = channels.adapter(account).keeper
    pressed(studio)
    keeper.change(lambda _kept: {"session": TOKEN})
    account.refresh_from_db()
    assert account.kept == ""


def test_it_is_logged_with_its_counts_and_the_others_are_told(studio):
    User.objects.update(email="x@example.org")
    entered(studio.second)
    row = pressed(studio)
    entry = AuditEntry.objects.get(action="panic.done")
    assert entry.actor == "samira" and entry.detail["sessions"] == row.done["sessions"] == 1
    told = set(Notice.objects.filter(kind="panic").values_list("recipient__username", flat=True))
    assert told == {"jo", "admin"} and audit.verify().ok


def test_only_who_manages_presses_it(studio):
    with pytest.raises(Refused):
        pressing.press(by=studio.intern)
    assert not switch.is_on()
    client = Client()
    client.force_login(studio.editor)
    assert client.post("/panic/").status_code == 403 and not switch.is_on()


def test_the_button_says_what_was_done_and_ends_the_session_of_who_pressed_it(studio, account):
    client = entered(studio.coordinator)
    assert "Panique : tout fermer maintenant" in client.get("/").content.decode()
    answer = client.post("/panic/")
    page = answer.content.decode()
    assert answer.status_code == 200 and "panic --over" in page and "compte" in page
    assert not SignIn.objects.exists() and client.get("/").status_code == 503


def test_the_button_stands_on_the_page_also_while_all_is_on_hold_and_not_for_interns(studio):
    delivery.pull(by=studio.intern)
    for user, there in ((studio.administrator, True), (studio.intern, False)):
        client = Client()
        client.force_login(user)
        assert ('action="/panic/"' in client.get("/").content.decode()) is there


# --------------------------------------------------------------------------------------- killed, locked, in flight


def test_pressing_it_twice_is_one_panic(studio):
    first, again = pressed(studio), pressing.press(by=studio.administrator)
    assert first.pk == again.pk and Panic.objects.count() == 1


def test_what_a_killed_panic_had_begun_the_next_tick_finishes(studio, account, monkeypatch):
    monkeypatch.setattr(secrets, "accounts", lambda: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        pressed(studio)
    monkeypatch.undo()
    assert switch.is_on() and vault.decrypt(Channel.objects.get(pk=account.pk).credentials)["app_password"] == TOKEN
    assert pressing.carry_through() and not pressing.carry_through()
    assert "app_password" not in vault.decrypt(Channel.objects.get(pk=account.pk).credentials)


def test_without_its_database_it_shuts_this_home_all_the_same(studio, monkeypatch):
    row = studio.scheduled()

    def locked(*_args, **_named):
        raise OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr("pipeline.panic.pressing.delivery.pull", locked)
        with pytest.raises(Refused, match="press panic again"):
            pressed(studio)
    assert not Panic.objects.exists()
    with later():
        delivery.tick()
    assert studio.sent() == [] and state(row) == "scheduled"
    assert Client().get("/sign-in/").status_code == 503
    assert pressing.carry_through() and Panic.objects.get().done_at


@pytest.mark.parametrize("deaf", [False, True])
def test_what_was_announced_before_does_not_leave_after(studio, monkeypatch, deaf):
    """A worker that stood still between its announcement and its request; the deaf one is the broken variant."""
    row = studio.scheduled()
    if deaf:
        monkeypatch.setattr(claims, "stopped", lambda _row, _now: False)
    checkpoints.arm(lambda name: pressed(studio) if name == "before the request" else None)
    try:
        with later():
            delivery.tick()
    finally:
        checkpoints.arm(None)
    assert bool(studio.sent()) is deaf
    assert state(row) == ("published" if deaf else "scheduled")


def test_no_removal_is_asked_for_while_it_is_on(studio, monkeypatch):
    row = studio.scheduled()
    with later():
        delivery.tick()
    row.refresh_from_db()
    task = removals.ask(row, by=studio.intern)
    pressed(studio)
    removals.work()
    task.refresh_from_db()
    assert task.state != task.BY_HAND and task.done_at is None


# -------------------------------------------------------------------------------------------------- the way back


def test_an_administrator_ends_it_and_the_hold_and_the_closed_accounts_stay(studio, account, settings):
    (settings.PORTEVOIX_HOME / "originals").mkdir()
    pressed(studio)
    for other in (studio.coordinator, studio.intern):
        with pytest.raises(Refused):
            ending.end(by=other)
    # What a page that was being answered brought in at that very moment.
    session = sessions.SessionStore()
    session["_auth_user_id"] = str(studio.intern.pk)
    session.create()
    ending.end(by=studio.administrator)
    assert not SignIn.objects.exists() and not switch.is_on()
    assert stat.S_IMODE((settings.PORTEVOIX_HOME / "originals").stat().st_mode) == folders.OWNER
    assert footage.original_path("a" * 64)
    entered(studio.second)
    assert delivery.active_holds() and delivery.release(by=studio.coordinator)
    assert not Channel.objects.get(pk=account.pk).authorised


def test_a_mark_whose_panic_was_ended_elsewhere_is_taken_away(studio):
    row = pressed(studio)
    Panic.objects.filter(pk=row.pk).update(over_at=timezone.now())
    assert switch.is_on() and not pressing.carry_through() and not switch.is_on()


def test_another_home_that_presses_too_takes_its_name_and_presses_no_more(studio):
    standing = pressed(studio)
    switch.unmark()
    assert switch.mark("the other home's own") == "the other home's own"
    assert pressing.carry_through() and switch.name_of_mark() == standing.name
    done = AuditEntry.objects.filter(action="panic.done").count()
    assert not pressing.carry_through() and AuditEntry.objects.filter(action="panic.done").count() == done


def test_pressed_again_under_a_name_whose_panic_is_over_everything_is_shut_anew(studio, account):
    over = pressed(studio)
    ending.end(by=studio.administrator)
    switch.mark(over.name)  # the end was killed before it took the mark away
    again = pressed(studio)
    assert again.pk != over.pk and again.done_at and switch.name_of_mark() == again.name


def test_an_invitation_made_after_it_was_over_opens(studio):
    pressed(studio)
    ending.end(by=studio.administrator)
    _row, token = access.invite("lou", role="intern", by=studio.administrator)
    assert access.invitation(token) and Invitation.objects.filter(withdrawn_at=None).exists()
