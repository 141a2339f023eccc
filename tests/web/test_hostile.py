"""What somebody hostile would try on the pages: each with the variant that a careless studio would be."""

from __future__ import annotations

import html
import logging
import re
import socket
import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from pipeline import composing, delivery, drafts, vault
from pipeline.models import Channel, Footage, Post, Rendition, User, VariantText
from tests.second import fresh_code
from tests.web.everything import CANARY, plant
from tests.web.studio import PASSWORD

SCRIPT = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


def raw(page: str) -> bool:
    """Whether the text came through as markup."""
    return "<script>alert(1)" in page or "<img src=x" in page


# ----------------------------------------------------------------------------------------------- scripts in our pages


@pytest.fixture
def poisoned(studio) -> Post:
    """A post, people and a channel whose every word is a script."""
    User.objects.filter(pk=studio.intern.pk).update(first_name=SCRIPT[:150])
    Channel.objects.filter(pk=studio.channel.pk).update(label=SCRIPT)
    words = {"fr": SCRIPT, "ar": SCRIPT}
    piece = drafts.Piece(studio.channel, words, [(studio.picture(), SCRIPT)])
    post = drafts.create(SCRIPT, [piece], by=studio.intern)
    delivery.pull(by=studio.intern, reason=SCRIPT)
    return post


def where_words_show(post: Post) -> list[str]:
    text = VariantText.objects.filter(variant__post=post).first()
    use = text.variant.media.get()
    own = f"/post/{post.pk}"
    return ["/", "/drafts/", "/to-approve/", f"{own}/", f"{own}/text/{text.pk}/", f"{own}/picture/{use.pk}/",
            f"{own}/schedule/", f"{own}/questions/", f"{own}/numerals/", "/channels/", "/channel/bluesky/", "/access/",
            "/calendar/", "/log/", "/slots/", "/calendar/week/2026-W48/"]  # fmt: skip


def test_a_script_in_a_caption_a_title_a_name_or_a_reason_is_shown_as_words(poisoned, approver):
    pages = {path: approver.get(path).content.decode() for path in where_words_show(poisoned)}
    assert [path for path, page in pages.items() if raw(page)] == []
    assert sum(html.escape("<script>alert(1)") in page for page in pages.values()) > 5, "else nothing was tried"


def test_that_test_would_notice_a_page_that_does_not_escape(poisoned, approver, monkeypatch):
    monkeypatch.setattr("django.template.base.conditional_escape", str)
    assert raw(approver.get(f"/post/{poisoned.pk}/").content.decode())


HOSTILE_FILES = {
    "a.svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "a.html": b"<html><script>alert(1)</script></html>",
    "a.jpg": b"<html><script>alert(1)</script></html>",  # what a browser would sniff
    "a.png": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>',
    "../../../a.mp4": b"ffconcat version 1.0\nfile /etc/passwd\n",
    "a.mp4": b"#EXTM3U\nfile:///etc/passwd\n",
}


@pytest.mark.parametrize("name", HOSTILE_FILES)
def test_a_file_that_is_no_picture_is_not_taken_and_never_served(name, studio, author, home):
    before = sorted(home.rglob("*"))
    given = {"originals": SimpleUploadedFile(name, HOSTILE_FILES[name]), "place": "Calais", "filmed_on": "2026-11-01"}
    page = author.post("/footage/add/", given, follow=True).content.decode()
    assert "File 1 did not come in" in page, "else it was not even looked at"
    assert not Footage.objects.exists() and not raw(page)
    left = [path for path in sorted(home.rglob("*")) if path not in before and path.is_file()]
    assert not [path for path in left if HOSTILE_FILES[name] in path.read_bytes()]


def test_a_file_is_served_by_its_own_type_only_and_never_sniffed(studio, author):
    row = studio.picture()
    answer = author.get(f"/file/{row.sha256}")
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Content-Type"] == "image/jpeg"
    answer.close()
    for mime in ("text/html", "image/svg+xml", "application/xhtml+xml"):
        Rendition.objects.filter(pk=row.pk).update(mime=mime)
        assert author.get(f"/file/{row.sha256}").status_code == 404, mime


# ------------------------------------------------------------------------------------- paths, frames, addresses, ways


CLIMBS = ["../../etc/passwd", "..%2f..%2fetc%2fpasswd", "....//etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "..\\..\\x",
          "/etc/passwd", "x%00.jpg", "keys/store.key", "..%252fkeys%252fstore.key"]  # fmt: skip


@pytest.mark.parametrize("climb", CLIMBS)
def test_no_name_in_an_address_leads_to_another_file(climb, studio, approver, home):
    kit = next(iter(home.rglob("store.key"))).read_bytes()
    places = ["/file/", "/media/", "/handoff/1/file/", "/footage/0000000000/look/", "/cards/", "/static/",
              "/summaries/", "/recipes/", "/channel/", "/invited/", "/calendar/week/"]  # fmt: skip
    for place in places:
        for asked in (f"{place}{climb}", f"{place}{climb}/"):
            answer = approver.get(asked, follow=True)
            body = b"".join(answer) if answer.streaming else answer.content
            assert answer.status_code in {400, 403, 404, 410}, asked
            assert kit not in body and b"root:" not in body, asked


def test_no_page_may_be_framed_and_a_studio_without_that_guard_is_noticed(studio, approver, settings):
    for path in ("/", "/sign-in/again/", "/people/", "/access/"):
        answer = approver.get(path)
        assert answer["X-Frame-Options"] == "DENY" and "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    settings.MIDDLEWARE = [one for one in settings.MIDDLEWARE if "XFrame" not in one and "CSP" not in one]
    assert "X-Frame-Options" not in Client().get("/sign-in/")


@pytest.mark.parametrize(
    "away", ["https://evil.example/", "//evil.example", "/\\evil.example", "\thttps://evil.example", "javascript:x"]
)
def test_neither_the_code_nor_the_second_asking_leads_away(away, studio, approver):
    client = Client()
    client.post("/sign-in/", {"username": "samira", "password": PASSWORD, "next": away})
    assert client.post("/sign-in/code/", {"code": fresh_code(studio.coordinator)})["Location"] == "/"
    given = {"password": PASSWORD, "code": fresh_code(studio.coordinator), "next": away}
    assert approver.post("/sign-in/again/", given)["Location"] == "/"


def test_buttons_of_access_and_people_want_the_pages_own_token(studio, enter):
    client = Client(enforce_csrf_checks=True)
    client.force_login(studio.administrator)
    place = f"/people/{studio.intern.pk}"
    for path in (f"{place}/deactivate/", f"{place}/role/", "/people/", "/access/", "/access/second-factor/",
                 "/sign-in/again/", "/channel/bluesky/remove/"):  # fmt: skip
        assert client.post(path, {"role": "administrator"}).status_code == 403, path
    assert User.objects.get(pk=studio.intern.pk).is_active and Channel.objects.filter(name="bluesky").exists()


# ----------------------------------------------------------------------------------------------- links are not fetched


def test_a_link_in_a_post_is_never_fetched_by_us(studio, author):
    """No preview is made by asking the linked machine: there is nothing that a link could be turned against."""
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.5)
        asked: list[object] = []

        def listen() -> None:
            try:
                asked.append(canary.accept())
            except TimeoutError:
                return

        ear = threading.Thread(target=listen)
        ear.start()
        port = canary.getsockname()[1]
        link = f"http://127.0.0.1:{port}/latest/meta-data/"
        piece = drafts.Piece(studio.channel, {"fr": f"À lire : {link}"}, [(studio.picture(), "132.")])
        post = drafts.create("Lien", [piece], by=studio.intern)
        for variant in post.variants.all():
            composing.problems(variant)
            composing.compose(variant)
        text = VariantText.objects.get(variant__post=post)
        for path in (f"/post/{post.pk}/", f"/post/{post.pk}/text/{text.pk}/", f"/post/{post.pk}/questions/"):
            assert author.get(path).status_code == 200
        author.post(f"/post/{post.pk}/text/{text.pk}/", {"text": f"Encore {link}", "version": post.version})
        ear.join()
    assert asked == []


# -------------------------------------------------------------------------------------------------------- canaries


@pytest.fixture
def planted(studio) -> list[str]:
    return plant(studio)


def test_the_walk_over_all_pages_would_notice_a_secret_that_is_shown(studio, planted, monkeypatch):
    monkeypatch.setattr("web.channels.open_settings", lambda model, stored: dict(stored))
    client = Client()
    client.force_login(studio.administrator)
    assert CANARY in client.get("/channel/secret/").content.decode()


def test_the_studios_own_log_lines_leave_secret_addresses_out(studio):
    from config.logs import Redacted

    token = "x" * 43
    paths = [f"/calendar/{token}.ics", f"/invited/{token}/", f"/password/MQ/{token}/"]
    for path in paths:
        record = logging.LogRecord("django.request", logging.WARNING, "", 0, "Not Found: %s", (path,), None)
        line = Redacted("{message}", style="{").format(record)
        assert token not in line and re.search(r"/(calendar|invited|password)/", line)


def test_a_fault_while_signing_in_shows_neither_password_nor_code(studio, monkeypatch, caplog):
    client = Client(raise_request_exception=False)
    monkeypatch.setattr("web.people.second_factor.enrolled", lambda user: 1 / 0)
    answer = client.post("/sign-in/", {"username": "camille", "password": "le phare de Walde"})
    assert answer.status_code == 500
    assert "le phare de Walde" not in answer.content.decode() + caplog.text


def test_what_is_stored_of_a_channel_opens_only_with_the_key(studio, planted):
    row = Channel.objects.get(name="secret")
    assert CANARY not in row.credentials and vault.decrypt(row.credentials)["app_password"] == f"{CANARY}1"
