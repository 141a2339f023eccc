"""A post as its networks show it: folded, covered, cut, and nothing that would not go out."""

from __future__ import annotations

import re

import pytest

from pipeline import drafts
from publishers._limits import limits, networks
from tests.web.studio import WORDS
from web import shown

LONG = "Les équipes ont observé ce matin une expulsion. " * 12


@pytest.mark.parametrize("network", networks())
@pytest.mark.parametrize("text", [LONG, "Un\nDeux\nTrois\nQuatre\nCinq\nSix", "court", "", "x" * 900, "\n\n\n\nEnfin"])
def test_nothing_of_a_text_is_lost_where_it_is_folded(network: str, text: str) -> None:
    above, below = shown.folded(text, limits(network))
    assert "".join((above + below).split()) == "".join(text.split())


def test_a_feed_folds_by_characters_or_lines_whichever_comes_first() -> None:
    above, below = shown.folded(LONG, limits("instagram"))
    assert 100 < len(above) <= 125 and below and not above.endswith("expul"), "between words"
    assert shown.folded("Un\nDeux\nTrois", limits("instagram")) == ("Un\nDeux", "Trois")
    assert shown.folded(LONG, limits("bluesky")) == (LONG.rstrip(), "")


def previews(client, post):
    page = client.get(f"/post/{post.pk}/shown/").content.decode()
    found = re.findall(r'<section aria-labelledby="s\d+">(.*?<h2[^>]*>(\w+).*?)</section>', page, re.DOTALL)
    return page, {name: section for section, name in found}


def test_each_network_s_preview_has_its_text_and_pictures_in_order(studio, approver):
    post = studio.post(words={**WORDS, "fr": LONG + "\n\n#Calais"})
    page, found = previews(approver, post)
    assert set(found) == {"Instagram", "Bluesky"}
    assert "… more" in found["Instagram"] and "… more" not in found["Bluesky"]
    one, two = (use.rendition.sha256 for use in post.variants.get(channel=studio.instagram).media.all())
    assert found["Instagram"].index(one) < found["Instagram"].index(two) and "2 / 2" in found["Instagram"]
    assert "account’s grid" in found["Instagram"] and "account’s grid" not in found["Bluesky"]
    assert "https://" not in re.sub(r'href="[^"]*"', "", page)


def test_a_reel_shows_what_the_network_s_buttons_cover(studio, approver):
    reel = drafts.Piece(studio.instagram, WORDS, [(studio.video(), "Deux personnes, de dos.")])
    post = drafts.create("Reel", [reel], by=studio.intern)
    post.variants.update(kind="reel")
    _page, found = previews(approver, post)
    assert '<rect width="100" height="14"/><rect y="65" width="100" height="35"/>' in found["Instagram"]
    french = approver.get(f"/post/{post.pk}/shown/", headers={"Accept-Language": "fr"}).content.decode()
    assert "0,14" not in french and 'height="14"' in french


def test_the_post_s_page_leads_there_and_costs_no_more(studio, approver, django_assert_max_num_queries):
    post = studio.post()
    assert f"/post/{post.pk}/shown/" in approver.get(f"/post/{post.pk}/").content.decode()
    with django_assert_max_num_queries(20):
        approver.get(f"/post/{post.pk}/shown/")
