"""Every page in both themes and languages, on a desktop and two phones: pictures to look at, and what is measurable."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from pipeline.models import Post, Publication, VariantText

pytestmark = [pytest.mark.e2e]
PATIENCE = 30_000  # milliseconds: as long as every other wait, on a busy machine too
SIZES = {
    "wide": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
    "small": {"width": 360, "height": 640},
}


@pytest.mark.parametrize(
    ("size", "dark", "lang"),
    [("wide", False, "fr"), ("wide", True, "en"), ("phone", False, "fr"), ("small", True, "en")],
)
def test_no_page_is_wider_than_its_window_or_asks_another_host(visit, newsroom, size, dark, lang):
    newsroom.coordinator.language = lang
    newsroom.coordinator.save()
    somebody = visit(SIZES[size], dark=dark, lang=lang)
    somebody.see("/sign-in/")
    somebody.shot(f"{size}-{lang}-sign-in")
    somebody.sign_in(newsroom.coordinator)
    posts = {post.title: post.pk for post in Post.objects.all()}
    moved = Publication.objects.filter(state="scheduled").first()
    reel, news = posts["Reel : la distribution"], posts["Un reel sans masque"]
    paths = {
        "today": "/", "calendar": "/calendar/", "queue": "/to-approve/", "drafts": "/drafts/",
        "post": f"/post/{newsroom.waiting.pk}/", "reel": f"/post/{reel}/",
        "draft": f"/post/{news}/", "returned": f"/post/{posts['Témoignage de Loon-Plage']}/",
        "when": f"/post/{news}/schedule/", "missing": "/nowhere/", "mails": "/mails/",
        "text": f"/post/{news}/text/{VariantText.objects.filter(variant__post=news).first().pk}/",
        "words": f"/post/{posts['Permanence du mercredi']}/", "new": "/drafts/new/",
        "week": "/calendar/week/2026-W48/", "slots": "/slots/", "reach": f"/post/{newsroom.waiting.pk}/reach/",
        "day": "/calendar/day/2026-11-27/",
        "deadline": f"/post/{newsroom.waiting.pk}/deadline/",
        "swap": f"/post/{moved.variant.post_id}/publication/{moved.pk}/swap/",
        "numbers": "/numbers/", "plan": "/plan/", "dates": "/dates/", "feed": "/calendar/feed/",
        "recipes": "/recipes/", "recipe": "/recipes/semaine/", "cards": "/cards/", "card": "/cards/figure/",
        "missed": f"/post/{posts['38 % avant neuf heures']}/",
    }  # fmt: skip
    for name, path in paths.items():
        somebody.see(path)
        somebody.shot(f"{size}-{lang}-{name}")
        assert somebody.page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"], name
    assert all(url.startswith(somebody.base) for url in somebody.asked)
    # One page is not there, and without a month of records a recipe's cards are refused in words.
    assert not [line for line in somebody.complaints if not re.search("status of (404|422)", line)]


def test_a_card_that_is_refused_says_why_in_the_place_of_its_picture(visit, newsroom):
    somebody = visit(SIZES["phone"])
    somebody.sign_in(newsroom.coordinator)
    somebody.see("/recipes/semaine/")  # there are no records of any month
    pictures, words = somebody.page.locator(".looks img"), somebody.page.locator(".looks [data-why]")
    for number in range(pictures.count()):
        expect(words.nth(number)).to_contain_text("importez d’abord", timeout=PATIENCE)
        expect(pictures.nth(number)).to_be_hidden()
    assert pictures.count() > 1
    somebody.shot("phone-fr-recipe-refused")
