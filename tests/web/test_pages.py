"""Every page, by its bytes: light, without anything inline or from elsewhere, under a strict policy."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation

from pipeline.models import AuditEntry, Channel, Notice, SecondFactor, SignIn, User
from publishers._sentences import Sentence
from tests.second import KEY
from tests.web.everything import CANARY, NO_PAGES, choice, everything
from tests.web.studio import PASSWORD, full_month
from web.rights import NEEDS

STATIC = Path(__file__).parents[2] / "web" / "static"
STORED = (AuditEntry, Channel, Notice, SecondFactor, SignIn, User)
HEAVIEST = 60_000  # bytes of HTML in a page
SCRIPTS = 100_000  # bytes of script in all
# Quotes of texts that are shown are escaped, so these are the page's own.
INLINE = re.compile(r"<script(?![^>]*\bsrc=)|<[^>]+\s(?:style|on[a-z]+)=[\"']|<style|=[\"']javascript:", re.IGNORECASE)
PHYSICAL = re.compile(
    r"(?:margin|padding|border)-(?:left|right)|[{;\s](?:left|right)\s*:|(?:text-align|float)\s*:\s*(?:left|right)"
)
ELSEWHERE = re.compile(r"<(?:script|link|img|video|source|iframe|form|use)[^>]*(?:src|href|action)=\"(?:https?:)?//")


@pytest.fixture
def pages(studio, tmp_path, caplog) -> dict[str, bytes]:
    """The HTML of every page, each as whoever may see it."""
    caplog.set_level(logging.DEBUG)
    studio.waiting = full_month(studio)
    found, clients = {}, {"stranger": Client()}
    for who in ("coordinator", "administrator"):
        clients[who] = Client()
        clients[who].force_login(getattr(studio, who))
    walk = everything(studio, tmp_path)
    walk["administrator"]["choose"] = choice(studio, clients["administrator"].session.session_key)
    walk["coordinator"]["again"] = "/sign-in/again/"
    for who, paths in walk.items():
        for name, path in paths.items():
            answer = clients[who].get(path, follow=True)
            assert answer.status_code in {200, 403, 404, 410}, (name, path)
            assert (answer.status_code == 200) or name in {"not for this role", "nowhere", "an old invitation"}, name
            found[name] = answer
            if who != "stranger":
                clients[who].cookies["django_language"] = "ar"
                mirrored = clients[who].get(path, follow=True)
                assert mirrored.status_code == answer.status_code, f"{name} in Arabic"
                assert '<html lang="ar" dir="rtl">' in mirrored.content.decode(), name
                del clients[who].cookies["django_language"]
    clients["stranger"].post("/sign-in/", {"username": "samira", "password": PASSWORD})
    for name in ("secret", "page"):  # where nobody answers: what is raised shows on the page
        found[f"check {name}"] = clients["administrator"].post(f"/channel/{name}/check/", follow=True)
    found["code"] = clients["stranger"].get("/sign-in/code/")
    return found


def test_every_page_is_light_asks_for_nothing_elsewhere_and_shows_no_secret(pages, caplog):
    unseen = {name for name, (read, _act) in NEEDS.items() if read} - NO_PAGES - set(pages)
    assert unseen <= {"language"}, "a new page belongs into tests/web/everything.py"
    heavy, wrong = {}, {}
    for name, answer in pages.items():
        html = answer.content.decode()
        if len(answer.content) >= HEAVIEST:
            heavy[name] = len(answer.content)
        if found := (INLINE.findall(html) or ELSEWHERE.findall(html)):
            wrong[name] = found
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy, name
        assert answer["X-Frame-Options"] == "DENY" and answer["X-Content-Type-Options"] == "nosniff", name
        scripts = re.findall(r"<script[^>]*>", html)
        nonce = re.search(r"script-src 'nonce-([^']+)'", policy)
        assert all(nonce and f'nonce="{nonce[1]}"' in one for one in scripts), (name, scripts, policy)
    assert heavy == {} and wrong == {}
    secrets, held = (f"{CANARY}1", f"{CANARY}2", KEY), " ".join(str(list(one.objects.values())) for one in STORED)
    assert "hro.example" in pages["secret"].content.decode(), "else the page shows nothing of the channel at all"
    assert [name for name, page in pages.items() if any(one in page.content.decode() for one in secrets)] == []
    assert not any(one in caplog.text + held for one in secrets)


def test_what_the_arabic_pages_lack_is_said_in_french(studio, enter):
    page = enter(studio.coordinator, "ar").get("/to-approve/").content.decode()
    assert "تسجيل الخروج" in page and "للموافقة" in page and "Sign out" not in page
    with translation.override("ar"):
        assert translation.gettext("The statements (SQL)") == "Les requêtes (SQL)"
    assert Sentence("There is no second factor yet: set it up first.").text("ar").startswith("Il n’y a pas")


def test_nothing_in_the_style_sheet_keeps_its_side_when_the_pages_mirror():
    """Physical sides would stay where they are in Arabic; `object-position` knows no other words."""
    style = (STATIC / "porte-voix.css").read_text(encoding="utf-8")
    assert PHYSICAL.findall(style) == [] and "margin-inline" in style
    assert PHYSICAL.findall("a { margin-left: 1rem; text-align: right; left: 0 }") != []


def test_the_scripts_are_small_in_all():
    assert 0 < sum(path.stat().st_size for path in STATIC.rglob("*.js")) < SCRIPTS


def test_the_test_of_pages_would_notice_what_is_inline_or_from_elsewhere():
    for bad in ("<script>x</script>", '<p style="color:red">', '<button onclick="x()">', "<a href='javascript:x'>"):
        assert INLINE.search(bad), bad
    for bad in ('<img src="https://x.example/a.png">', '<link href="//x.example/a.css">', '<form action="http://x/">'):
        assert ELSEWHERE.search(bad), bad
