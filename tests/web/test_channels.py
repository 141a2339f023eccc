"""The pages of channels: everyone sees how each stands, administrators change them, and no secret is shown again."""

from __future__ import annotations

import io
import logging
import re
import traceback
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.apps import apps
from django.core import mail
from django.test import Client
from django.utils import timezone

from pipeline import channels, connecting, delivery, networkapps, notices, renewing, vault
from pipeline.models import AccessRequest, Channel, Hold, Notice, User
from publishers._sentences import Said, Sentence
from sandbox import graph as graph_sandbox
from sandbox import linkedin as linkedin_sandbox
from tests.consents import STUDIO, answered, app_of, query
from tests.web.studio import Studio

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
CANARY = "EAAcanary7f3c2d91"


@pytest.fixture
def admin(studio, enter, settings):
    settings.PORTEVOIX_URL = STUDIO
    return enter(studio.administrator)


@pytest.fixture
def graph(studio, settings):
    with graph_sandbox.serving() as server:
        networkapps.keep_app(networkapps.find("meta"), app_of(server), by=studio.administrator)
        yield server


def page(client: Client, path: str = "/channels/") -> str:
    answer = client.get(path, follow=True)
    assert answer.status_code == 200, path
    return answer.content.decode()


def words(html: str) -> str:
    """What a person reads, without marks of HTML."""
    return " ".join(re.sub(r"<[^>]+>", " ", html.split("<main")[1].split("</main>", maxsplit=1)[0]).split())


def of(name: str, html: str) -> str:
    """The line of one channel."""
    return words("<main" + html.split(f"/channel/{name}/")[1].split("</li>", maxsplit=1)[0] + "</main>")


# --------------------------------------------------------------------------------------------------------- the list


def test_everyone_is_led_to_the_list_and_only_administrators_are_offered_more(studio, enter, settings):
    settings.PORTEVOIX_URL = STUDIO
    for person in (studio.intern, studio.editor, studio.coordinator, studio.administrator):
        client = enter(person)
        assert 'href="/channels/"' in page(client, "/").split("<main")[0]
        shown = page(client)
        assert "bluesky" in shown and ("/channels/connect/meta/" in shown) is (person == studio.administrator)
        assert ("/channels/add/bluesky/" in shown) is (person == studio.administrator)


FORBIDDEN = [
    ("/channels/add/bluesky/", "get"), ("/channels/app/meta/", "get"), ("/channels/connect/meta/", "get"),
    ("/channels/connect/meta/", "post"), ("/channels/connect/meta/back/?state=x&code=y", "get"),
    ("/channels/choose/1/", "get"), ("/channel/bluesky/settings/", "get"), ("/channel/bluesky/settings/", "post"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "method"), FORBIDDEN)
@pytest.mark.parametrize("who", ["intern", "editor", "coordinator"])
def test_what_administrators_do_is_closed_to_the_others(path, method, who, studio, enter):
    assert getattr(enter(getattr(studio, who)), method)(path).status_code == 403


@pytest.mark.parametrize("who", ["intern", "editor", "coordinator"])
def test_buttons_of_administrators_do_nothing_for_others(who, studio, enter):
    client = enter(getattr(studio, who))
    for button in ("aside", "use"):
        assert "Only an administrator" in client.post(f"/channel/bluesky/{button}/", follow=True).content.decode()
    assert Channel.objects.get(name="bluesky").active


def test_each_channel_stands_there_in_a_word_and_says_its_end(studio, enter):
    with time_machine.travel(NOW):
        ends = {"ended": -1, "today": 0.2, "tomorrow": 1, "soon": 13, "fine": 60}
        for name, days in ends.items():
            row = studio.add_channel("facebook", name)
            Channel.objects.filter(pk=row.pk).update(expires_at=NOW + timedelta(days=days))
        channels.mark_unauthorised(studio.add_channel("facebook", "closed"), Sentence("The password was changed."))
        channels.disable(studio.add_channel("facebook", "old"), by=studio.administrator)
        delivery.pull(studio.add_channel("facebook", "held"), by=studio.intern)
        paused = studio.add_channel("facebook", "paused")
        Channel.objects.filter(pk=paused.pk).update(paused_until=NOW + timedelta(hours=1))
        shown = page(enter(studio.intern))
    assert "■ ended" in of("ended", shown) and "ended on 25 November 2026" in of("ended", shown)
    assert "△ ends soon" in of("today", shown) and "ends today" in of("today", shown)
    assert "ends tomorrow" in of("tomorrow", shown)
    assert "△ ends soon" in of("soon", shown) and "ends in 13 days, on 9 December 2026" in of("soon", shown)
    assert "✓ works" in of("fine", shown) and "ends in 60 days" in of("fine", shown)
    assert "■ lets us in no more" in of("closed", shown)
    assert "put aside" in of("old", shown)
    assert "on hold" in of("held", shown) and "□ pauses" in of("paused", shown)
    assert "no known end" in of("bluesky", shown) and "Never checked" in of("bluesky", shown)


def test_the_page_the_command_and_the_mails_warn_from_the_same_day_on(studio, enter):
    """At 14 days before, to the minute, all of them; a day earlier none."""
    User.objects.filter(pk=studio.administrator.pk).update(email="admin@example.org")
    Channel.objects.filter(name="bluesky").update(expires_at=NOW + timedelta(days=14))
    for moment, warned in ((NOW - timedelta(minutes=1), False), (NOW, True)):
        with time_machine.travel(moment, tick=False):
            assert ("bluesky" in delivery.status().dying) is warned
            notices.watch()
            assert Notice.objects.filter(kind="expiring").exists() is warned
            assert ("ends soon" in of("bluesky", page(enter(studio.intern)))) is warned


# ---------------------------------------------------------------------------------------------------------- by hand


def test_a_form_is_made_from_each_adapters_own_settings(admin):
    from publishers import registry

    for name, kind in registry().items():
        shown = page(admin, f"/channels/add/{name}/")
        for field in kind.Credentials.model_fields:
            assert f'name="{field}"' in shown, (name, field)
    assert admin.get("/channels/add/nowhere/").status_code == 404


def test_a_channel_is_added_by_hand_after_its_platform_was_asked(admin, studio, graph):
    given = {
        "name": "la-page", "languages": "fr, ar", "page_id": graph.page.id, "access_token": graph.page_token,
        "graph_url": graph.url, "rupload_url": graph.urls["rupload"], "publishing": "direct",
    }  # fmt: skip
    shown = admin.post("/channels/add/facebook/", given, follow=True).content.decode()
    assert "it was checked" in words(shown) and graph.page_token not in shown
    row = Channel.objects.get(name="la-page")
    assert row.languages == ["fr", "ar"] and row.checked_at and vault.decrypt(row.credentials)["publishing"] == "direct"


def test_what_the_platform_does_not_take_is_not_stored_and_the_secret_is_not_repeated(admin, graph):
    given = {"name": "la-page", "languages": "fr", "page_id": graph.page.id, "access_token": CANARY,
             "graph_url": graph.url, "rupload_url": graph.urls["rupload"], "publishing": "flip"}  # fmt: skip
    shown = admin.post("/channels/add/facebook/", given).content.decode()
    assert "Not done." in shown and CANARY not in shown and graph.page.id in shown
    assert not Channel.objects.filter(name="la-page").exists()


@pytest.mark.parametrize("wrong", [{"graph_url": "http://evil.example"}, {"name": "bluesky"}, {"name": "é"}])
def test_what_is_wrong_in_a_form_is_said_and_nothing_is_stored(wrong, admin, graph):
    given = {"name": "la-page", "languages": "fr", "page_id": "1", "access_token": CANARY, "publishing": "flip",
             "graph_url": graph.url, "rupload_url": graph.urls["rupload"], **wrong}  # fmt: skip
    shown = admin.post("/channels/add/facebook/", given).content.decode()
    assert "Not done." in shown and CANARY not in shown
    assert Channel.objects.filter(platform="facebook").count() == 0


def test_settings_are_changed_and_an_empty_secret_stays_as_it_is(admin, studio, graph):
    given = {"page_id": graph.page.id, "access_token": graph.page_token, "graph_url": graph.url}
    channels.add("page", "facebook", given, by=studio.administrator)
    shown = page(admin, "/channel/page/settings/")
    assert graph.page_token not in shown and "leave it empty to keep it" in shown
    changed = {"page_id": graph.page.id, "access_token": "", "graph_url": graph.url, "publishing": "direct",
               "rupload_url": ""}  # fmt: skip
    assert "Changed" in words(admin.post("/channel/page/settings/", changed, follow=True).content.decode())
    known = vault.decrypt(Channel.objects.get(name="page").credentials)
    assert (known["access_token"], known["publishing"]) == (graph.page_token, "direct")
    assert known["rupload_url"] == "https://rupload.facebook.com", "what was emptied has its default again"


def test_the_page_of_a_channel_shows_its_settings_to_administrators_without_secrets(admin, studio, enter, graph):
    given = {"page_id": graph.page.id, "access_token": graph.page_token, "graph_url": graph.url}
    channels.add("page", "facebook", given, by=studio.administrator)
    shown = page(admin, "/channel/page/")
    assert graph.url in shown and "•••" in shown and graph.page_token not in shown
    assert graph.url not in page(enter(studio.coordinator), "/channel/page/")


# ----------------------------------------------------------------------------------------------- check, hold, aside


def test_a_check_is_kept_and_each_line_is_one_sentence(admin, studio, graph):
    scopes = ["pages_manage_posts", "pages_read_engagement", "pages_show_list"]
    lasts = graph.issue(page=graph.page, scopes=scopes)
    given = {"page_id": graph.page.id, "access_token": lasts.value, "graph_url": graph.url}
    channels.add("page", "facebook", given, by=studio.administrator)
    shown = words(admin.post("/channel/page/check/", follow=True).content.decode())
    assert "something is missing" in shown
    assert "These permissions are missing: pages_manage_engagement, read_insights." in shown
    assert "something is missing" in of("page", page(admin))


def test_a_check_that_is_not_let_in_says_why(admin, studio, graph):
    lasts = graph.issue(page=graph.page)
    given = {"page_id": graph.page.id, "access_token": lasts.value, "graph_url": graph.url}
    channels.add("page", "facebook", given, by=studio.administrator)
    graph.revoke(lasts.value)
    shown = words(admin.post("/channel/page/check/", follow=True).content.decode())
    assert "Not done." in shown and "connect the account again" in shown and "Missing:" in shown


def test_interns_do_not_check_and_anyone_holds_a_channel(studio, enter):
    client = enter(studio.intern)
    assert client.post("/channel/bluesky/check/").status_code == 403
    shown = client.post("/channel/bluesky/hold/", {"reason": "Wait"}, follow=True).content.decode()
    assert "On hold" in words(shown) and Hold.objects.get().channel.name == "bluesky"
    assert "/release/" not in shown, "an intern does not start it again"
    assert 'name="channel" value="bluesky"' in page(enter(studio.coordinator), "/channel/bluesky/")


def test_a_channel_is_put_aside_and_used_again(admin):
    assert "Put aside" in words(admin.post("/channel/bluesky/aside/", follow=True).content.decode())
    assert "put aside" in of("bluesky", page(admin))
    assert "no longer as the page showed it" in admin.post("/channel/bluesky/aside/", follow=True).content.decode()
    assert "in use again" in words(admin.post("/channel/bluesky/use/", follow=True).content.decode())


# ------------------------------------------------------------------------------------------------------ the consent


def test_the_app_is_entered_once_and_its_secret_not_shown_again(admin, studio):
    shown = page(admin, "/channels/connect/meta/")
    assert "Enter the app" in shown and f"{STUDIO}/channels/connect/meta/back/" in shown
    admin.post("/channels/app/meta/", {"app_id": "42", "app_secret": CANARY, "scopes": ""})
    shown = page(admin, "/channels/app/meta/")
    assert 'value="42"' in shown and CANARY not in shown
    assert "Enter the app" not in page(admin, "/channels/connect/meta/")


def test_an_app_of_the_environment_is_not_changed_on_the_page(admin, settings):
    settings.PORTEVOIX_APPS = {"meta": {"app_id": "42", "app_secret": CANARY}}
    shown = page(admin, "/channels/app/meta/")
    assert "environment" in shown and '<button class="next">' not in shown.split("<main")[1].split("</main")[0]


def test_the_route_back_is_the_one_that_is_told_to_networks():
    from django.urls import reverse

    assert connecting.BACK.format(name="meta") == reverse("connect-back", args=["meta"])


def test_looking_at_the_way_back_without_following_it_spends_nothing(admin, graph):
    """HEAD, as link checkers ask, is not the person's return."""
    address = begun(admin)
    given = query(answered(address, "continue"))
    assert admin.head("/channels/connect/meta/back/", given).status_code == 405
    assert admin.get("/channels/connect/meta/back/", given)["Location"].startswith("/channels/choose/")


def begun(client: Client) -> str:
    """The address of the network's page, from the link that the person follows."""
    shown = client.post("/channels/connect/meta/").content.decode()
    return re.search(r'class="button next" rel="noreferrer" href="([^"]+)"', shown)[1].replace("&amp;", "&")


def test_who_signed_out_meanwhile_begins_again(admin, studio, graph):
    given = query(answered(begun(admin), "continue"))
    admin.post("/sign-out/")
    admin.force_login(studio.administrator)
    shown = admin.get("/channels/connect/meta/back/", given, follow=True).content.decode()
    assert "not begun here" in shown and not AccessRequest.objects.filter(found=True).exists()


# ----------------------------------------------------------------------------------------------------------- secrets


def everything_stored() -> str:
    """Every value of every row of every table, as text."""
    rows = [row for model in apps.get_models() for row in model.objects.values()]
    return repr(rows)


@pytest.mark.parametrize(("name", "button"), [("meta", "continue"), ("linkedin", "allow")])
def test_no_token_code_or_secret_is_found_anywhere_but_encrypted(name, button, studio: Studio, enter, settings):
    """From the app to a renewal, a refusal and the warnings; with the log at its loudest."""
    settings.PORTEVOIX_URL, settings.EMAIL_HOST = STUDIO, "127.0.0.1"
    User.objects.filter(pk=studio.administrator.pk).update(email="admin@example.org")
    written, pages, raised = io.StringIO(), [], []
    handler = logging.StreamHandler(written)
    logging.getLogger().addHandler(handler)
    loggers = [logging.getLogger(), *(logging.getLogger(one) for one in ("httpx", "httpcore", "django", "urllib3"))]
    levels = [one.level for one in loggers]
    for one in loggers:
        one.setLevel(logging.DEBUG)
    kind = networkapps.find(name)
    try:
        with (graph_sandbox if name == "meta" else linkedin_sandbox).serving() as server:
            if name == "linkedin":
                server.app.refreshes = True
            admin = enter(studio.administrator)
            admin.post(f"/channels/app/{name}/", {"scopes": "", **app_of(server)})
            for turn in range(2):
                shown = admin.post(f"/channels/connect/{name}/").content.decode()
                address = re.search(r'rel="noreferrer" href="([^"]+)"', shown)[1].replace("&amp;", "&")
                logging.getLogger().removeHandler(handler)  # the person's own browser is none of ours
                given = query(answered(address, button))
                logging.getLogger().addHandler(handler)
                if turn:  # what the network refuses
                    server.fault("oauth_token" if name == "meta" else "access_token", "refuse")
                back = admin.get(f"/channels/connect/{name}/back/", given)
                pages.append(admin.get(back["Location"].split("#")[0]).content.decode())
                if not turn:
                    picks = {"pick": ["0", "1"], "name-0": "one", "name-1": "two"}
                    pages.append(admin.post(back["Location"].split("#")[0], picks, follow=True).content.decode())
            assert Channel.objects.filter(name__in=["one", "two"]).count() == 2
            with time_machine.travel(datetime.now(UTC) + timedelta(days=47)):
                renewing.look()
                notices.watch()
                notices.send_due()
            for row in Channel.objects.filter(name__in=["one", "two"]):
                server.revoke(vault.decrypt(row.credentials)["access_token"])
                try:
                    channels.check(row)
                except Said:
                    raised.append(traceback.format_exc())
                pages += [page(enter(studio.administrator), path) for path in
                          ("/channels/", f"/channel/{row.name}/", f"/channel/{row.name}/settings/",
                           f"/channels/app/{name}/", "/", "/")]  # fmt: skip
            secrets = [*server.secrets()]
            assert len(secrets) > 4 and server.secrets_in_urls() == []
    finally:
        logging.getLogger().removeHandler(handler)
        for one, level in zip(loggers, levels, strict=True):
            one.setLevel(level)
    mails = "".join(str(one.message()) for one in mail.outbox)
    places = {"log": written.getvalue(), "store": everything_stored(), "pages": "".join(pages), "mails": mails,
              "errors": "".join(raised)}  # fmt: skip
    assert written.getvalue() and raised and kind
    for place, text in places.items():
        assert not [secret for secret in secrets if secret in text], place


def test_the_test_above_would_see_a_secret_in_the_store(studio):
    Channel.objects.filter(name="bluesky").update(label=CANARY, added_at=timezone.now())
    assert CANARY in everything_stored()


def test_the_pages_are_in_french_for_who_reads_french(studio, enter, settings):
    settings.PORTEVOIX_URL = STUDIO
    client = enter(studio.administrator, "fr")
    for path in ("/channels/", "/channel/bluesky/", "/channels/add/bluesky/", "/channels/connect/meta/",
                 "/channels/app/meta/"):  # fmt: skip
        shown = words(page(client, path))
        assert not re.search(r"\b(the|your|network|account|again|settings)\b", shown), (path, shown)
