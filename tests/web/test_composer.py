"""Writing in the studio: what is typed is kept though it is not saved, and nobody writes over somebody unawares."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from pipeline import drafts, jottings, signs, sweeping
from pipeline.models import Change, Comment, Jotting, Post, PostState, VariantMedia, VariantText
from tests.web.studio import path, press

PART = {"X-Part": "said"}


@pytest.fixture
def draft(studio):
    return studio.post()


@pytest.fixture
def french(draft):
    return VariantText.objects.filter(variant__post=draft, lang="fr").order_by("pk")


def typing(client, post, row, text, *, version=None, **more):
    """What the page's script sends when a person stops typing, and what it is answered."""
    given = {"text": text, "version": version or post.version, "check": "1", **more}
    return client.post(path(post, "text", row.pk), given, headers=PART).content.decode()


def opened(client, post, row):
    return client.get(path(post, "text", row.pk)).content.decode()


def test_what_is_typed_and_not_saved_is_there_again_and_changes_no_post(studio, author, french):
    post = studio.in_review("Sous scellé")
    row = VariantText.objects.filter(variant__post=post, lang="fr").first()
    told = typing(author, post, row, "Une phrase commencée", also=[])
    assert "Kept on" in told and "only you see it" in told
    shown = opened(author, post, row)
    assert ">Une phrase commencée</textarea>" in shown and "Throw it away" in shown
    assert "checked" not in shown  # the ticks as they were left
    row.refresh_from_db()
    post.refresh_from_db()
    assert "commencée" not in row.text and post.state == PostState.IN_REVIEW and not Change.objects.exists()


def test_what_one_person_typed_is_shown_to_nobody_else(studio, author, draft, french, enter):
    typing(author, draft, french[0], "Mes mots à moi")
    assert "Mes mots à moi" not in opened(enter(studio.editor), draft, french[0])


def test_saving_and_throwing_away_leave_nothing_behind(author, draft, french):
    row = french[0]
    typing(author, draft, row, "Provisoire")
    author.post(path(draft, "text", row.pk), {"drop": "1"})
    assert not Jotting.objects.exists() and "Provisoire" not in opened(author, draft, row)
    typing(author, draft, row, "Enfin.")
    press(author, draft, "text", row.pk, text="Enfin.", version=draft.version)
    assert not Jotting.objects.exists()


def test_typing_back_to_what_is_saved_keeps_nothing(author, draft, french):
    typing(author, draft, french[0], "Autre")
    assert "Kept on" not in typing(author, draft, french[0], french[0].text.replace("\n", "\r\n"))
    assert not Jotting.objects.exists()


def test_a_new_post_and_a_description_are_kept_alike(studio, author, draft):
    use = VariantMedia.objects.filter(variant__post=draft).first()
    author.post(path(draft, "picture", use.pk), {"text": "Des barres", "version": 1, "check": "1"}, headers=PART)
    assert ">Des barres</textarea>" in author.get(path(draft, "picture", use.pk)).content.decode()
    given = {"title": "Mercredi", "text_fr": "À 15 h.", "channels": [studio.channel.pk], "kind": "news", "check": "1"}
    author.post("/drafts/new/", given, headers=PART)
    shown = author.get("/drafts/new/").content.decode()
    assert 'value="Mercredi"' in shown and "À 15 h." in shown and shown.count("checked") == 2
    given.pop("check")
    author.post("/drafts/new/", given)
    assert Post.objects.filter(title="Mercredi").exists() and not Jotting.objects.filter(place="new").exists()


def test_unsaved_words_are_forgotten_after_a_month_and_too_long_ones_never_kept(studio, draft):
    jottings.keep(studio.intern, "new", {"title": ["x"]})
    sweeping.sweep(timezone.now() + timedelta(days=29))
    assert Jotting.objects.exists()
    sweeping.sweep(timezone.now() + timedelta(days=31))
    assert not Jotting.objects.exists()
    assert jottings.keep(studio.intern, "new", {"title": ["x" * 100_001]}) is None and not Jotting.objects.exists()


# ---------------------------------------------------------------------------------------------- two at once


def test_a_conflict_says_who_changed_what_and_marks_the_words_then_lets_one_decide(studio, author, draft, french):
    row = french[0]
    drafts.set_text(row.variant, "fr", "Elle écrit ceci.", by=studio.coordinator)
    given = {"text": "Il écrit ceci.", "version": draft.version}
    shown = author.post(path(draft, "text", row.pk), given).content.decode()
    assert "Samira Haddad" in shown and "text (français)" in shown and "Instagram" in shown
    assert "Elle </del>" in shown and "Il </ins>" in shown
    row.refresh_from_db()
    assert row.text == "Elle écrit ceci."
    draft.refresh_from_db()
    assert f'name="version" value="{draft.version}"' in shown
    press(author, draft, "text", row.pk, text="Il écrit ceci.", version=draft.version)
    row.refresh_from_db()
    assert row.text == "Il écrit ceci."


def test_a_conflict_is_told_while_one_types_and_the_save_still_asks(studio, author, draft, french):
    row = french[0]
    drafts.set_text(row.variant, "fr", "Elle écrit ceci.", by=studio.coordinator)
    assert "Samira Haddad" in typing(author, draft, row, "Il écrit", version=1)
    assert "Somebody changed this post" in press(author, draft, "text", row.pk, text="Il écrit", version=1)


def test_two_people_at_two_texts_of_a_post_are_in_nobodys_way(studio, author, draft, french):
    english = VariantText.objects.get(variant__post=draft, lang="en")
    drafts.set_text(english.variant, "en", "She writes.", by=studio.coordinator)
    assert "The text is saved." in press(author, draft, "text", french[0].pk, text="Il écrit.", version=draft.version)


def test_a_channel_that_says_the_same_counts_where_it_is_changed_too(studio, author, draft, french):
    mine, other = french
    drafts.set_text(other.variant, "fr", "Elle écrit ailleurs.", by=studio.coordinator)
    given = {"text": "Partout.", "version": draft.version, "also": [other.pk]}
    assert "Somebody changed this post" in press(author, draft, "text", mine.pk, **given)
    assert not VariantText.objects.filter(text="Partout.").exists()


def test_a_conflict_shows_the_words_of_the_channel_on_which_they_changed(studio, author, draft, french):
    mine, other = french
    drafts.set_text(other.variant, "fr", "Elle écrit ailleurs.", by=studio.coordinator)
    shown = typing(author, draft, mine, "Il écrit ailleurs.", version=draft.version, also=[other.pk])
    assert "Elle </del>" in shown and "Il </ins>" in shown and "132" not in shown
    drafts.set_text(mine.variant, "fr", "Elle écrit ici.", by=studio.coordinator)
    shown = typing(author, draft, mine, "Il écrit ailleurs.", version=draft.version, also=[other.pk])
    assert "ici.</del>" in shown and shown.count("Elle ") == 2


def test_changes_from_before_they_were_noted_are_a_conflict_without_a_name(author, draft, french):
    Post.objects.filter(pk=draft.pk).update(version=7)
    shown = press(author, draft, "text", french[0].pk, text="Oui.", version=1)
    assert "Somebody changed this post" in shown and "Nobody knows any more" in shown


# ---------------------------------------------------------------------------------------------- tabs, sets, paste


def test_the_texts_of_a_post_are_tabs_that_say_which_is_the_same_and_which_is_not_saved(author, draft, french):
    typing(author, draft, french[1], "Autre")
    shown = opened(author, draft, french[0])
    tabs = shown.split('class="tabs"')[1].split("</nav>")[0]
    assert tabs.count("<a ") == 4 and tabs.count("aria-current") == 1
    assert "says the same" in tabs and "not saved" in tabs


def test_a_set_that_is_ticked_stands_behind_the_words_where_its_network_takes_it(studio, author, draft, french):
    signs.save("coast", hashtags=["Calais", "Littoral"], mentions=[], by=studio.intern)
    signs.save("elsewhere", hashtags=["Nope"], mentions=[], only=["linkedin"], by=studio.intern)
    shown = opened(author, draft, french[0])
    assert 'value="coast"' in shown and "elsewhere" not in shown
    assert "#Littoral" in press(author, draft, "text", french[0].pk, text="Vu.", version=draft.version, sets=["coast"])
    french[0].refresh_from_db()
    assert VariantText.objects.get(pk=french[0].pk).text == "Vu.\n\n#Calais #Littoral"


def test_what_is_pasted_comes_back_as_plain_text_and_what_is_saved_is_plain(studio, author, draft, french, enter):
    message = "[12:03, 5/11/2026] Samira: Ils sont\u200b partis.\r\n"
    assert author.post("/drafts/clean/", {"text": message}).content.decode() == "Ils sont partis."
    assert enter(studio.administrator).post("/drafts/clean/", {"text": message}).status_code == 403
    assert author.post("/drafts/clean/", {"text": " ils\t"}).content.decode() == " ils "
    press(author, draft, "text", french[0].pk, text=message, version=draft.version)
    assert VariantText.objects.get(pk=french[0].pk).text == "[12:03, 5/11/2026] Samira: Ils sont partis."


def test_saving_takes_no_word_away_in_a_text_a_description_a_new_post_and_a_comment(studio, author, draft, french):
    words = "26/11/2026 à 18:00 – Rassemblement : place d’Armes, Calais"
    use = VariantMedia.objects.filter(variant__post=draft).first()
    press(author, draft, "text", french[0].pk, text=words, version=draft.version)
    press(author, draft, "picture", use.pk, text=words, version=draft.version + 1)
    press(author, draft, "comment", text=words)
    given = {"title": "Jeudi", "text_fr": words, "channels": [studio.channel.pk], "kind": "news"}
    author.post("/drafts/new/", given)
    use.refresh_from_db()
    assert VariantText.objects.get(pk=french[0].pk).text == use.alt == Comment.objects.get().text == words
    assert VariantText.objects.get(variant__post__title="Jeudi").text == words


def test_the_ends_of_lines_that_a_browser_sends_count_once_while_one_types(author, draft, french):
    row = french.filter(variant__channel__network="bluesky").get()
    assert "<b>10</b> / 300" in typing(author, draft, row, "Un.\r\n\r\nDeux.\u200b ")
    drafts.set_kind(row.variant, "thread", by=draft.created_by)
    thread = typing(author, draft, row, "a" * 200 + "\r\n---\r\n" + "b" * 200)
    assert "<b>200</b> / 300" in thread


@pytest.mark.parametrize("version", ["9" * 30, "9" * 5000, "٣", "²", "-1", ""])
def test_a_version_that_is_no_number_of_ours_breaks_no_page(author, draft, french, version):
    use = VariantMedia.objects.filter(variant__post=draft).first()
    for parts in (("text", french[0].pk), ("picture", use.pk)):
        for check in ({"check": "1"}, {}):
            answer = author.post(path(draft, *parts), {"text": "Oui.", "version": version, **check})
            assert answer.status_code == 200
    assert not VariantText.objects.filter(text="Oui.").exists()


def test_what_no_store_can_hold_is_left_out_of_what_is_kept(author, draft, french):
    typing(author, draft, french[0], "Un\x00 mot")
    assert Jotting.objects.get().words["text"] == ["Un mot"]


def test_a_text_far_too_long_is_refused_and_pasted_as_it_came(author, draft, french):
    long = "[12:03, 5/11/2026] Samira: " + "a b " * 12_000
    assert author.post("/drafts/clean/", {"text": long}).content.decode() == long
    assert "Not done." in press(author, draft, "text", french[0].pk, text=long, version=draft.version)
    drafts.set_text(french[0].variant, "fr", "b " * 9_000, by=draft.created_by)
    assert "a b" in typing(author, draft, french[0], long, version=draft.version)
