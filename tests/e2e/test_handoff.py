"""A hand-off on phone and desk: a tap copies a text, without the script a click selects it, the address closes it."""

from __future__ import annotations

import pytest

from pipeline.delivery import handoff
from pipeline.models import Publication, PublicationState
from tests.web.test_handoff import LINK, waiting_kit

pytestmark = [pytest.mark.e2e]


@pytest.fixture
def row(newsroom):
    return waiting_kit(newsroom)


def test_a_tap_copies_a_text_as_it_stands_in_the_kit_and_the_address_closes_the_post(visit, newsroom, row):
    phone = visit()
    phone.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    phone.sign_in(newsroom.intern)
    phone.see(f"/handoff/{row.pk}/")
    phone.shot("phone-handoff")
    buttons = phone.page.locator("button[data-copy]")
    texts = [text.text for text in handoff.kit(row).texts]
    for number, text in enumerate(texts):
        buttons.nth(number).tap()
        phone.page.wait_for_function("n => document.querySelectorAll('button[data-copy]')[n].textContent == 'Copié'",
                                     arg=number)  # fmt: skip
        assert phone.page.evaluate("navigator.clipboard.readText()") == text
    phone.page.fill("#link", "https://example.org")
    phone.page.locator("button.next").tap()
    phone.page.wait_for_selector(".messages .error")
    assert phone.page.input_value("#link") == "https://example.org"
    phone.page.fill("#link", LINK)
    phone.page.locator("button.next").tap()
    phone.page.wait_for_selector(".messages .success")
    phone.shot("phone-handoff-closed")
    assert Publication.objects.get(pk=row.pk).state == PublicationState.PUBLISHED
    assert [line for line in phone.complaints if "handoff" in line] == []


def test_without_the_script_a_click_selects_a_text_whole(visit, newsroom, row):
    desk = visit({"width": 1280, "height": 900})
    desk.page.route("**/handoff.js*", lambda route: route.abort())
    desk.sign_in(newsroom.coordinator)
    desk.see(f"/handoff/{row.pk}/")
    desk.shot("wide-handoff-without-script")
    assert desk.page.locator("button[data-copy]:visible").count() == 0
    desk.page.locator(".whole[lang=ar]").first.click()
    chosen = next(text.text for text in handoff.kit(row).texts if text.lang == "ar")
    assert desk.page.evaluate("getSelection().toString()").strip() == chosen


def test_the_lists_lead_to_the_kit(visit, newsroom, row):
    for size, name in (({"width": 390, "height": 844}, "phone"), ({"width": 1280, "height": 900}, "wide")):
        window = visit(size)
        window.sign_in(newsroom.intern)
        for path in ("/", "/handoff/", "/calendar/"):
            window.see(path)
            window.shot(f"{name}-handoff-from{path.replace('/', '-')}")
            assert window.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            window.page.locator(f"a[href='/handoff/{row.pk}/']:visible").first.click()
            window.page.wait_for_selector("#steps")


def test_the_kit_fits_the_smallest_phone_in_the_dark_and_asks_no_other_host(visit, newsroom, row):
    newsroom.editor.language = "en"
    newsroom.editor.save()
    phone = visit({"width": 360, "height": 640}, dark=True, lang="en")
    phone.sign_in(newsroom.editor)
    phone.see(f"/handoff/{row.pk}/")
    phone.shot("small-dark-handoff")
    assert phone.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert all(url.startswith(phone.base) for url in phone.asked) and phone.complaints == []
