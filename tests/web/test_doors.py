"""Who gets in, and what no address lets through."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from pipeline.models import Hold, User
from tests.web.studio import PASSWORD

# What a person needs before they are in, what a network fetches (test_public.py) and calendar programs (test_feeds.py).
OPEN = {"sign-in", "language", "font", "public-media", "robots", "feed", "code", "invited", "forgotten", "new-password"}
VALUES = {"sha256": "0" * 64, "year": 2026, "month": 11, "name": "figure", "token": "0" * 43, "uidb64": "MQ"}
# Where a gap takes something else than elsewhere.
OWN = {"public-media": {"name": f"{'0' * 64}.jpg"}, "reel-act": {"verb": "cancel"}}


def routes() -> list[tuple[str, str]]:
    """Every address of the studio, by its name, with something in each gap."""
    found = []
    for name, (form, *_rest) in get_resolver().reverse_dict.items():
        if isinstance(name, str):
            template, gaps = form[0]
            values = VALUES | OWN.get(name, {})
            found.append((name, "/" + template % {gap: values.get(gap, 1) for gap in gaps}))
    return sorted(found)


def views() -> list[URLPattern]:
    return [pattern for include in get_resolver().url_patterns for pattern in include.url_patterns]


def test_every_route_has_a_name_and_is_tried():
    assert {name for name, _path in routes()} == {view.name for view in views()}
    assert len(routes()) == len(views()) > 20


@pytest.mark.parametrize(("name", "path"), [route for route in routes() if route[0] not in OPEN])
def test_no_page_and_no_button_answers_a_stranger(name, path, db, home):
    for answer in (Client().get(path), Client().post(path)):
        assert answer.status_code == 302, name
        assert answer["Location"].startswith("/sign-in/")


@pytest.mark.parametrize(
    ("name", "path"), [route for route in routes() if route[0] not in ("font", "robots", "public-media", "feed")]
)
def test_no_button_works_without_the_pages_own_token(name, path, studio):
    client = Client(enforce_csrf_checks=True)
    client.force_login(studio.coordinator)
    assert client.post(path).status_code in {403, 405}, name
    assert not Hold.objects.exists()


def without(settings, name):
    """The settings with one of their guards taken away: what a broken studio would be."""
    settings.MIDDLEWARE = [guard for guard in settings.MIDDLEWARE if not guard.endswith(name)]


def test_the_two_tests_above_would_notice_a_guard_that_is_gone(studio, settings):
    without(settings, "LoginRequiredMiddleware")
    assert Client().get("/drafts/").status_code == 200
    without(settings, "CsrfViewMiddleware")
    client = Client(enforce_csrf_checks=True)
    client.force_login(studio.coordinator)
    client.post("/hold/")
    assert Hold.objects.exists()


def test_the_open_doors_show_nothing_of_the_posts(studio):
    studio.post("Un titre que personne ne doit lire")
    for path in ("/sign-in/", "/language/"):
        assert "Un titre" not in Client().get(path, follow=True).content.decode()


AWAY = ["https://elsewhere.example/", "//elsewhere.example", "/\\elsewhere.example", "javascript:alert(1)"]


@pytest.mark.parametrize("away", AWAY)
def test_nothing_leads_away_from_the_studio(away, studio, enter):
    given = {"username": "camille", "password": PASSWORD, "next": away}
    assert Client().post("/sign-in/", given)["Location"] == "/"
    client = enter(studio.coordinator)
    for path, more in (("/hold/", {}), ("/release/", {}), ("/language/", {"language": "fr"})):
        assert client.post(path, {"next": away, **more})["Location"] == "/", path


def test_the_way_back_after_the_sign_in_stays_within_the_studio(studio):
    given = {"username": "camille", "password": PASSWORD, "next": "/drafts/"}
    assert Client().post("/sign-in/", given)["Location"] == "/drafts/"


def test_a_wrong_password_is_answered_with_a_sentence_and_lets_nobody_in(studio):
    answer = Client(HTTP_ACCEPT_LANGUAGE="en").post("/sign-in/", {"username": "camille", "password": "guess"})
    assert "do not go together" in answer.content.decode()
    assert "sessionid" not in answer.cookies


def test_someone_made_inactive_is_out_at_the_next_click(studio, enter):
    client = enter(studio.coordinator)
    assert client.get("/").status_code == 200
    User.objects.filter(pk=studio.coordinator.pk).update(is_active=False)
    assert client.get("/").status_code == 302


def test_pages_may_load_nothing_from_elsewhere_and_run_nothing_inline(studio, enter):
    answer = enter(studio.coordinator).get("/")
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    page = answer.content.decode()
    assert "<script" not in page and " style=" not in page and " onclick=" not in page


def test_pages_speak_the_language_of_the_person_and_change_it_on_the_page(studio, enter):
    client = enter(studio.intern, "en")
    assert '<html lang="en"' in client.get("/").content.decode()
    client.post("/language/", {"language": "fr", "next": "/drafts/"})
    page = client.get("/drafts/").content.decode()
    assert '<html lang="fr"' in page and "English" in page


def test_pages_are_in_french_for_who_reads_french(studio, enter):
    page = enter(studio.intern, "fr").get("/").content.decode()
    assert "Calendrier" in page and "Tout suspendre" in page and "Hold everything" not in page


@pytest.mark.parametrize(("lang", "sentence"), [("en", "There is no such page"), ("fr", "Cette page n’existe pas")])
def test_a_wrong_address_is_answered_in_plain_words(lang, sentence, studio, enter):
    answer = enter(studio.intern, lang).get("/nowhere/")
    assert answer.status_code == 404 and sentence in answer.content.decode()


def test_a_fault_of_ours_is_owned_in_plain_words_and_shows_no_traceback(studio, enter, monkeypatch):
    client = enter(studio.intern, raise_request_exception=False)
    monkeypatch.setattr("web.today.delivery.status", lambda: 1 / 0)
    answer = client.get("/")
    page = answer.content.decode()
    assert answer.status_code == 500 and "The fault is ours" in page and "ZeroDivision" not in page
