"""Problems beside their fields, said while writing; the button that mends them, and the one that puts back."""

from __future__ import annotations

import re

import pytest

from pipeline import drafts
from pipeline.models import Contribution, Repair, VariantText
from tests.web.studio import page_of, path, press

LONG = "Premier point, vu à Calais. " * 14 + "Dernier point."


@pytest.fixture
def post(studio):
    piece = drafts.Piece(studio.channel, {"fr": LONG}, [(studio.picture(), "")])
    return drafts.create("Trop long", [piece], by=studio.intern)


def words(post):
    return VariantText.objects.get(variant__post=post)


def repair_address(shown):
    return re.search(r'href="(/post/\d+/repair/\d+/text/)"', shown)[1]


def test_a_problem_stands_beside_the_field_that_it_is_about(studio, author, post):
    shown = page_of(author, post)
    texts, media = shown.index('class="texts"'), shown.index('class="media"')
    assert media < shown.index("write one.") < texts < shown.index("300 at most.")
    assert shown.count('class="button mend"') == 1  # no machine describes a picture


def test_the_repair_page_shows_before_and_after_and_changes_nothing(studio, author, post):
    shown = author.get(repair_address(page_of(author, post))).content.decode()
    for part in ("Before", "After", "Kept beside", "Dernier point."):
        assert part in shown
    assert words(post).text == LONG


def test_a_repair_is_done_by_its_button_and_put_back_by_another(studio, author, post):
    address = repair_address(page_of(author, post))
    done = author.post(address, {"version": post.version}, follow=True).content.decode()
    assert "Repaired." in done and len(words(post).text) <= 300 and "Dernier point." in done
    assert "300 at most." not in done
    back = press(author, post, "repaired", Repair.objects.get().pk, "put-back")
    assert "Put back as it was before." in back and words(post).text == LONG


def test_a_repair_of_a_page_that_is_no_longer_true_changes_nothing(studio, author, post):
    address = repair_address(page_of(author, post))
    drafts.set_text(words(post).variant, "fr", LONG + " Encore.", by=studio.editor)
    done = author.post(address, {"version": post.version}, follow=True).content.decode()
    assert "Somebody changed this post" in done and words(post).text.endswith("Encore.")


def test_who_repairs_becomes_an_author_and_who_only_reads_may_not(studio, author, enter, post):
    address = repair_address(page_of(author, post))
    enter(studio.second).post(address, {"version": post.version})
    assert Contribution.objects.filter(post=post, user=studio.second).exists()
    assert enter(studio.administrator).post(address, {"version": post.version}).status_code == 403
    assert 'class="button mend"' not in page_of(enter(studio.administrator), post)


def test_what_needs_no_repair_has_no_page(studio, author, post):
    variant = post.variants.get()
    for place in ("media.0", "media.9", "media.x", "nowhere"):
        assert author.get(path(post, "repair", variant.pk, place)).status_code == 404


def test_words_are_checked_while_they_are_written_and_not_saved(studio, author, post):
    there = path(post, "text", words(post).pk)
    whole = author.post(there, {"text": "x" * 301, "version": post.version, "check": "1"}).content.decode()
    part = author.post(
        there, {"text": "x" * 301, "version": post.version, "check": "1"}, headers={"X-Part": "said"}
    ).content.decode()
    assert "301 characters, 300 at most." in whole and "<html" in whole and "x" * 301 in whole
    assert "301 characters, 300 at most." in part and "<html" not in part and "<b>301</b> / 300" in part
    assert words(post).text == LONG


def test_a_new_post_is_checked_on_every_channel_ticked(studio, author):
    facebook = studio.add_channel("facebook")
    given = {"title": "Essai", "kind": "evergreen", "channels": [studio.channel.pk, facebook.pk], "text_fr": "x" * 301}
    shown = author.post("/drafts/new/", {**given, "check": "1"}, headers={"X-Part": "said"}).content.decode()
    assert shown.count("at most.") == 1 and "<b>301</b> / 300" in shown and "<b>301</b> / 63206" in shown


def test_a_description_is_checked_while_it_is_written(studio, author, post):
    use = post.variants.get().media.get()
    there = path(post, "picture", use.pk)
    assert "write one." in author.get(there).content.decode()
    fine = author.post(there, {"text": "Une image.", "version": post.version, "check": "1"}).content.decode()
    use.refresh_from_db()
    assert "write one." not in fine and use.alt == ""
