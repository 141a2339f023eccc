"""A day in the studio: reading and approving on a phone, stopping everything."""

from __future__ import annotations

import pytest

from pipeline.models import Approval, Hold

pytestmark = [pytest.mark.e2e]


def test_a_coordinator_approves_on_a_phone_in_two_taps(visit, newsroom):
    for text in newsroom.waiting.variants.model.objects.filter(post=newsroom.waiting):
        text.texts.update(read_by=newsroom.editor)
    phone = visit()
    phone.sign_in(newsroom.coordinator)
    phone.see(f"/post/{newsroom.waiting.pk}/")
    phone.shot("phone-approve-before", whole=False)
    summary = phone.page.locator(".decide summary.next")
    assert summary.is_visible() and summary.bounding_box()["y"] + summary.bounding_box()["height"] <= 844
    summary.tap()
    phone.shot("phone-approve-between", whole=False)
    button = phone.page.locator(".decide .panel button.next")
    box = button.bounding_box()
    assert box["height"] >= 44 and box["y"] + box["height"] <= 844, "the second tap needs no scrolling"
    button.tap()
    phone.page.wait_for_selector(".messages .success")
    phone.shot("phone-approve-after", whole=False)
    assert Approval.objects.filter(revision__post=newsroom.waiting, user=newsroom.coordinator).exists()


def test_a_language_that_nobody_read_asks_for_its_tick(visit, newsroom):
    phone = visit()
    phone.sign_in(newsroom.coordinator)
    phone.see(f"/post/{newsroom.waiting.pk}/")
    phone.page.locator(".decide summary.next").tap()
    phone.shot("phone-approve-unread", whole=False)
    phone.page.locator(".decide .panel button.next").tap()
    assert not Approval.objects.filter(revision__post=newsroom.waiting).exists()
    phone.page.locator(".decide .tick").tap()
    phone.page.locator(".decide .panel button.next").tap()
    phone.page.wait_for_selector(".messages .success")
    assert Approval.objects.get(revision__post=newsroom.waiting).unread_accepted == ["ar"]


def test_an_author_sees_who_may_approve_and_no_button(visit, newsroom):
    phone = visit()
    phone.sign_in(newsroom.intern)
    phone.see(f"/post/{newsroom.waiting.pk}/")
    phone.shot("phone-author", whole=False)
    assert "Samira Haddad" in phone.page.inner_text(".note")
    assert phone.page.locator(".decide .next").count() == 0


def test_everything_is_held_and_released_from_any_page(visit, newsroom):
    phone = visit()
    phone.sign_in(newsroom.intern)
    phone.see("/drafts/")
    phone.page.locator(".hold summary").tap()
    phone.page.fill("#reason", "Un prénom est resté dans une légende")
    phone.shot("phone-hold-open", whole=False)
    phone.page.locator(".hold button").tap()
    phone.page.wait_for_selector(".band")
    assert "Un prénom est resté" in phone.page.inner_text(".band") and phone.page.url.endswith("/drafts/")
    phone.shot("phone-held", whole=False)
    assert Hold.objects.filter(released_at=None).count() == 1
    assert phone.page.locator(".band button").count() == 0  # anyone may stop, not anyone starts again
    desk = visit()
    desk.sign_in(newsroom.coordinator)
    desk.page.locator(".band summary").tap()
    desk.shot("phone-release", whole=False)
    desk.page.locator(".band button").tap()
    desk.page.wait_for_selector(".messages .success")
    assert not Hold.objects.filter(released_at=None).exists()


def test_a_post_is_opened_from_the_calendar_and_its_pictures_load(visit, newsroom):
    desk = visit({"width": 1280, "height": 800})
    desk.sign_in(newsroom.coordinator)
    desk.see("/calendar/")
    desk.page.locator(".month a", has_text="Expulsions d’octobre").first.click()
    desk.page.wait_for_selector(".variant img")
    desk.page.wait_for_function("[...document.querySelectorAll('.variant img')].every(image => image.complete)")
    wide = desk.page.eval_on_selector_all(".variant img", "all => all.map(image => image.naturalWidth)")
    assert wide == [1080] * 3
    # The typeface is cut when it is first asked for: what is still on its way is waited for.
    assert desk.page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px Inter'))")
    assert desk.complaints == []


def test_the_keyboard_reaches_the_page_first_and_shows_where_it_is(visit, newsroom):
    desk = visit({"width": 1280, "height": 800})
    desk.sign_in(newsroom.coordinator)
    desk.page.keyboard.press("Tab")
    assert desk.page.evaluate("document.activeElement.className") == "skip"
    desk.shot("wide-skip", whole=False)
    desk.page.keyboard.press("Enter")
    assert desk.page.evaluate("document.activeElement.id") == "main"


def test_a_refused_action_is_a_sentence_on_the_page(visit, newsroom):
    phone = visit()
    phone.sign_in(newsroom.coordinator)
    phone.see(f"/post/{newsroom.waiting.pk}/")
    newsroom.waiting.variants.first().texts.filter(lang="fr").update(text="Autre chose.")
    phone.page.locator(".decide summary.next").tap()
    phone.page.locator(".decide .tick").tap()
    phone.page.locator(".decide .panel button.next").tap()
    phone.page.wait_for_selector(".messages .error")
    phone.shot("phone-refused", whole=False)
    assert not Approval.objects.filter(revision__post=newsroom.waiting).exists()
