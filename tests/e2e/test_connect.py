"""Accounts connected in a real browser, against the sandbox: from the page of channels to the network and back."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from pipeline import networkapps
from pipeline.models import AccessRequest, Channel, Grant
from sandbox import graph as graph_sandbox
from sandbox import linkedin as linkedin_sandbox
from tests.consents import app_of
from tests.e2e.conftest import PHONE

pytestmark = [pytest.mark.e2e]
WIDE = {"width": 1280, "height": 800}
BUTTONS = {"meta": ("Continue", "Cancel"), "linkedin": ("Allow", "Cancel")}


@pytest.fixture(params=["meta", "linkedin"])
def network(request, newsroom, settings, live_server):
    """A network's server, whose app an administrator has entered; and its name."""
    settings.PORTEVOIX_URL = live_server.url
    kind = networkapps.find(request.param)
    with (graph_sandbox if request.param == "meta" else linkedin_sandbox).serving() as server:
        networkapps.keep_app(kind, app_of(server), by=newsroom.administrator)
        yield server, request.param


def at_the_network(person, name):
    """Stands before the network's own page, having pressed what there is to press."""
    person.see("/channels/")
    person.page.click(f"a[href='/channels/connect/{name}/']")
    person.page.click("main button.next")
    person.page.click("main a.next")
    person.page.wait_for_selector("form button[name=answer]")


def pressed(person, name, which=0):
    person.page.click(f"button:has-text('{BUTTONS[name][which]}')")
    person.page.wait_for_url(lambda url: url.startswith(person.base))


def nothing_changed():
    return not Grant.objects.exists() and not Channel.objects.filter(platform__in=["facebook", "linkedin"]).exists()


def test_from_the_page_of_channels_to_the_network_and_back(network, visit, newsroom):
    server, name = network
    admin = visit(WIDE)
    admin.sign_in(newsroom.administrator)
    at_the_network(admin, name)
    pressed(admin, name)
    assert "code=" not in admin.page.url and "/channels/choose/" in admin.page.url
    admin.page.click("main button.next")
    admin.page.wait_for_url(admin.base + "/channels/")
    made = Channel.objects.exclude(platform="outbox")
    assert {one.platform for one in made} == ({"facebook", "instagram"} if name == "meta" else {"linkedin"})
    assert made.count() == 2 and all(one.checked_at for one in made)
    shown = admin.page.content()
    assert all(one.name in shown for one in made)
    assert not any(secret in shown for secret in server.secrets())
    assert server.secrets_in_urls() == []
    assert not [line for line in admin.complaints if "Content Security Policy" in line]


def test_denied_at_the_network_is_a_sentence_here(network, visit, newsroom):
    _server, name = network
    admin = visit()
    admin.sign_in(newsroom.administrator)
    at_the_network(admin, name)
    pressed(admin, name, 1)
    assert "n’a pas été accordé" in admin.page.inner_text("main")
    assert nothing_changed()


def test_a_state_stolen_into_another_browser_does_nothing_and_stays_good(network, visit, newsroom):
    _server, name = network
    admin, thief = visit(), visit()
    admin.sign_in(newsroom.administrator)
    thief.sign_in(newsroom.administrator)
    at_the_network(admin, name)
    stolen = admin.page.url
    thief.page.goto(stolen)
    pressed(thief, name)
    assert "n’a pas été commencé ici" in thief.page.inner_text("main")
    assert nothing_changed() and not AccessRequest.objects.filter(found=True).exists()
    pressed(admin, name)
    assert "/channels/choose/" in admin.page.url


def test_the_same_return_used_twice_asks_the_network_once(network, visit, newsroom):
    server, name = network
    admin = visit()
    admin.sign_in(newsroom.administrator)
    at_the_network(admin, name)
    seen = []
    admin.page.on("request", lambda request: seen.append(request.url) if "/back/" in request.url else None)
    pressed(admin, name)
    asked = len(server.requests)
    admin.page.goto(seen[0].partition("#")[0])
    assert "a déjà servi" in admin.page.inner_text("main") and len(server.requests) == asked


def test_a_tab_closed_on_the_way_leaves_nothing(network, visit, newsroom):
    _server, name = network
    admin = visit()
    admin.sign_in(newsroom.administrator)
    at_the_network(admin, name)
    admin.page.close()
    assert nothing_changed() and AccessRequest.objects.count() == 1
    again = visit()
    again.sign_in(newsroom.administrator)
    at_the_network(again, name)
    pressed(again, name)
    again.page.close()
    assert nothing_changed(), "a tab closed at the choice too"


def test_what_people_see_on_a_phone_and_on_a_desk(visit, newsroom, settings, live_server):
    """Pictures to look at (PORTEVOIX_SHOTS), and no page wider than its window."""
    settings.PORTEVOIX_URL = live_server.url
    with graph_sandbox.serving() as server:
        for size, label in ((PHONE, "phone"), (WIDE, "wide")):
            kind = networkapps.find("meta")
            networkapps.keep_app(kind, app_of(server), by=newsroom.administrator)
            admin = visit(size)
            admin.sign_in(newsroom.administrator)

            def seen(name, admin=admin, size=size, label=label):
                admin.shot(f"{label}-connect-{name}")
                wide = admin.page.evaluate("document.documentElement.scrollWidth")
                assert wide <= size["width"], name

            admin.see("/channels/connect/linkedin/")
            seen("0-no-app")
            admin.see("/channels/app/meta/")
            seen("1-app")
            admin.see("/channels/connect/meta/")
            seen("2-begin")
            admin.page.click("main button.next")
            seen("3-go")
            admin.page.click("main a.next")
            server.page.tasks = ("ANALYZE",) if label == "wide" else server.page.tasks
            other = server.add_page("Une autre page", instagram="une_autre") if label == "phone" else None
            admin.page.goto(admin.page.url)
            pressed(admin, "meta")
            seen("4-choose")
            if other is not None:
                for number in (2, 3):
                    admin.page.uncheck(f"#pick-{number}")
                admin.page.click("main button.next")
                admin.page.wait_for_url(admin.base + "/channels/")
            admin.see("/channels/")
            seen("5-list")
            name = Channel.objects.filter(platform="facebook").first().name
            admin.see(f"/channel/{name}/")
            seen("6-one")
            admin.see(f"/channel/{name}/settings/")
            seen("7-settings")
            admin.see("/channels/add/bluesky/")
            seen("8-add")
            assert urlsplit(admin.page.url).path == "/channels/add/bluesky/"
