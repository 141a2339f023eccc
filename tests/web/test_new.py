"""The page that starts a post of words."""

from __future__ import annotations

import pytest

from pipeline.models import Post, PostKind, VariantText

GIVEN = {"title": "Permanence du mercredi", "kind": "news", "text_fr": "À 15 h.\r\nVenez.", "text_en": "At 3 p.m."}


def start(client, **given):
    return client.post("/drafts/new/", given, follow=True).content.decode()


@pytest.fixture
def author(studio, enter):
    return enter(studio.intern)


def test_a_post_of_words_is_drafted_for_the_channels_ticked_in_the_order_of_their_languages(studio, author):
    facebook = studio.add_channel("facebook")
    studio.channel.languages = ["en", "fr"]
    studio.channel.save()
    shown = start(author, **GIVEN, channels=[studio.channel.pk, facebook.pk])
    post = Post.objects.get()
    assert "The draft is saved." in shown and "Permanence du mercredi" in shown
    assert (post.created_by, post.kind) == (studio.intern, PostKind.NEWS)
    said = {v.channel.name: [(t.lang, t.text) for t in v.texts.all()] for v in post.variants.all()}
    fr, en = ("fr", "À 15 h.\nVenez."), ("en", "At 3 p.m.")
    assert said == {"bluesky": [en, fr], "facebook": [fr, en]}


def test_one_language_is_enough_and_none_is_not(studio, author):
    start(author, **{**GIVEN, "text_en": "  "}, channels=[studio.channel.pk])
    assert [text.lang for text in VariantText.objects.all()] == ["fr"]
    shown = start(author, **{**GIVEN, "text_en": "", "text_fr": ""}, channels=[studio.channel.pk])
    assert "at least one language" in shown and "Permanence du mercredi" in shown
    assert Post.objects.count() == 1


def test_a_channel_that_takes_no_words_alone_or_is_shut_is_not_offered_nor_taken(studio, author):
    shut = studio.add_channel("linkedin")
    shut.active = False
    shut.save()
    page = author.get("/drafts/new/").content.decode()
    assert "Bluesky" in page and "Instagram" not in page and "LinkedIn" not in page
    for channel in (studio.instagram, shut):
        assert "Not done." in start(author, **GIVEN, channels=[channel.pk])
    assert not Post.objects.exists()


def test_a_post_without_a_channel_is_refused_and_what_was_typed_stays(studio, author):
    shown = start(author, **GIVEN)
    assert "Not done." in shown and "At 3 p.m." in shown and not Post.objects.exists()


def test_those_who_write_are_led_there_and_those_who_do_not_are_kept_out(studio, author, enter):
    reader = enter(studio.administrator)
    for page in ("/", "/drafts/"):
        assert 'href="/drafts/new/"' in author.get(page).content.decode()
        assert 'href="/drafts/new/"' not in reader.get(page).content.decode()
    assert reader.get("/drafts/new/").status_code == 403
    assert reader.post("/drafts/new/", {**GIVEN, "channels": [studio.channel.pk]}).status_code == 403
    assert not Post.objects.exists()


def test_the_page_is_in_french_for_who_reads_french(studio, enter):
    page = enter(studio.intern, "fr").get("/drafts/new/").content.decode()
    assert "Nouveau post" in page and "français" in page and "anglais" in page and "Where it goes" not in page


def test_a_saved_set_is_put_beside_the_words_and_changed_on_its_page(studio, author):
    given = {"name": "littoral", "hashtags": "#Calais #Littoral", "mentions": "@asso"}
    author.post("/sets/", given)
    assert 'name="sets" value="littoral"' in author.get("/drafts/new/").content.decode().replace("\n", "")
    start(author, **GIVEN, channels=[studio.channel.pk], sets=["littoral"])
    words = [text.text for text in VariantText.objects.order_by("position")]
    assert "À 15 h." in words[0] and "#Calais" in words[-1] and "#Littoral" in words[-1] and "@asso" in words[-1], words
    page = author.get("/sets/?change=littoral").content.decode()
    assert "#Calais #Littoral" in page and 'value="@asso"' in page
    author.post("/sets/", {**given, "hashtags": "#Calais"})
    assert "#Littoral" not in author.get("/sets/").content.decode()
