"""Writing in a browser: what a network would refuse is said while the words are typed, and mended by a button."""

from __future__ import annotations

import pytest

from pipeline import drafts
from pipeline.models import VariantText

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
