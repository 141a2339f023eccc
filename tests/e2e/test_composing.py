"""Writing in a browser: what a network would refuse is said while the words are typed, and mended by a button."""

from __future__ import annotations

import pytest

from pipeline import drafts, sessions
from pipeline.models import Jotting, Post, VariantText
from tests.web.studio import PASSWORD

pytestmark = [pytest.mark.e2e]
LONG = "Premier point, vu à Calais. " * 14 + "Dernier point."


@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, {"width": 390, "height": 844}])
def test_a_text_is_checked_as_it_is_typed_then_repaired_and_put_back(visit, newsroom, size):
    piece = drafts.Piece(newsroom.channel, {"fr": LONG}, [(newsroom.picture(), "132, en grand.")])
    post = drafts.create("Trop long", [piece], by=newsroom.intern)
    row = VariantText.objects.get(variant__post=post)
    somebody = visit(size)
    somebody.sign_in(newsroom.intern)
    name = "wide" if size["width"] > 600 else "phone"

    somebody.see(f"/post/{post.pk}/text/{row.pk}/")
    somebody.page.fill("#words", "x" * 301)
    somebody.page.wait_for_selector("#said .over")
    somebody.shot(f"{name}-fr-typing")
    somebody.page.fill("#words", "Court.")
    somebody.page.wait_for_selector("#said .room:not(.over)")

    somebody.see(f"/post/{post.pk}/")
    somebody.shot(f"{name}-fr-problem")
    somebody.page.click("a.mend")
    somebody.shot(f"{name}-fr-repair")
    assert somebody.page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    somebody.page.click("main form button.next")
    somebody.page.click(".repaired summary")
    somebody.shot(f"{name}-fr-repaired")
    row.refresh_from_db()
    assert len(row.text) <= 300
    somebody.page.click(".repaired button")
    row.refresh_from_db()
    assert row.text == LONG and not somebody.complaints


def test_neither_a_lost_network_nor_an_ended_session_loses_what_is_typed_and_a_paste_is_cleaned(visit, newsroom):
    post = newsroom.post("Une soirée difficile")
    row = VariantText.objects.filter(variant__post=post, lang="fr").first()
    somebody = visit({"width": 390, "height": 844})
    page = somebody.page
    somebody.sign_in(newsroom.intern)
    somebody.see(f"/post/{post.pk}/text/{row.pk}/")
    page.fill("#words", "Première phrase.")
    page.wait_for_selector("#said .kept")
    somebody.shot("phone-fr-kept")
    page.reload()
    assert page.input_value("#words") == "Première phrase."

    page.context.set_offline(True)
    page.fill("#words", "Sans réseau.")
    page.wait_for_selector("[data-when=offline]:visible")
    page.click("button.next")  # goes nowhere, and takes nothing with it
    assert page.input_value("#words") == "Sans réseau."
    somebody.shot("phone-fr-offline")
    page.context.set_offline(False)
    page.wait_for_selector("[data-when=offline]", state="hidden")

    sessions.end_all(newsroom.intern, by=None)
    page.fill("#words", "Déconnectée.")
    page.wait_for_selector("[data-when=signed-out]:visible")
    page.click("button.next")
    assert page.input_value("#words") == "Déconnectée."
    somebody.shot("phone-fr-signed-out")
    in_another_tab(somebody, newsroom.intern)
    page.wait_for_selector("[data-when=signed-out]", state="hidden", timeout=12000)  # it asks again by itself

    page.fill("#words", "Note : ")
    with page.expect_response(lambda answer: answer.url.endswith(f"/text/{row.pk}/")):  # it is kept a moment later
        paste(page, "[12:03, 5/11/2026] Samira: Ils\u200b partent.")
    page.wait_for_selector("[data-when=cleaned]:visible")
    page.click("button.next")
    page.wait_for_url(lambda url: url.endswith(f"/post/{post.pk}/"))
    row.refresh_from_db()
    assert row.text == "Note : Ils partent." and not Jotting.objects.exists()


def test_a_second_click_saves_no_second_post_and_the_words_of_one_person_are_never_sent_as_another(visit, newsroom):
    somebody = visit({"width": 390, "height": 844})
    page = somebody.page
    somebody.sign_in(newsroom.intern)
    somebody.see("/drafts/new/")
    page.fill("[name=title]", "Jeudi")
    page.check(f"[name=channels][value='{newsroom.channel.pk}']")
    page.fill("[name=text_fr]", "À 15 h.")
    page.dblclick("main form button.next")
    page.wait_for_url(lambda url: "/post/" in url)
    post = Post.objects.get(title="Jeudi")

    row = VariantText.objects.get(variant__post=post)
    somebody.see(f"/post/{post.pk}/text/{row.pk}/")
    in_another_tab(somebody, newsroom.editor)
    page.fill("#words", "Les mots de Camille.")
    page.wait_for_selector("[data-when=signed-out]:visible")
    page.click("main form button.next")
    row.refresh_from_db()
    assert row.text == "À 15 h." and not Jotting.objects.exists()
    assert page.input_value("#words") == "Les mots de Camille."


def in_another_tab(somebody, user):
    """That person signs in with the same browser."""
    somebody.page.context.clear_cookies(name="sessionid")
    other = somebody.page.context.new_page()
    other.goto(somebody.base + "/sign-in/")
    other.fill("[name=username]", user.username)
    other.fill("[name=password]", PASSWORD)
    other.click("main button")
    other.wait_for_url(lambda url: not url.endswith("/sign-in/"))


def paste(page, text):
    page.evaluate(
        """text => { const given = new DataTransfer(); given.setData("text/plain", text);
        const box = document.getElementById("words"); box.setSelectionRange(99, 99);
        box.dispatchEvent(new ClipboardEvent("paste", {clipboardData: given, bubbles: true, cancelable: true})); }""",
        text,
    )
