"""A post's page: what is read there, and what its buttons do."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from pipeline import drafts, review
from pipeline.models import Approval, PostState, Publication, Remark, VariantMedia, VariantText
from tests.web.studio import WORDS, page_of, path, press

# ---------------------------------------------------------------------------------------------- what is read


def test_the_page_shows_pictures_words_sources_seal_and_history(studio, approver):
    post = studio.in_review(summary=studio.summary())
    shown = page_of(approver, post)
    revision = post.revisions.latest()
    for part in ("Instagram", "Bluesky", "132 evictions", "A7F3", revision.seal,
                 "withheld", "submitted it", "drafted it", f"/file/{studio.picture().sha256}"):  # fmt: skip
        assert part in shown
    assert all(item.seal in shown for item in revision.items.all())


def test_a_figure_is_named_in_words_and_shows_its_file_its_rows_and_the_files_hash(studio, approver, enter):
    post = studio.in_review(summary=studio.summary())
    english, french = page_of(approver, post), page_of(enter(studio.second, "fr"), post)
    for shown, *words in ((english, "Monthly note – October 2026", "<td>evictions</td>", "rows: 132"),
                          (french, "Bulletin mensuel – octobre 2026", "<td>expulsions</td>")):  # fmt: skip
        section = re.search(r'aria-labelledby="sources".*?</section>', shown, re.DOTALL)[0]
        for part in (*words, "observations-2026-10.xlsx", ">2c2c2c2c</code>"):
            assert part in section
        assert "note_mensuelle" not in section


def test_a_summary_that_is_no_longer_declared_is_shown_by_its_name(studio, approver):
    shown = page_of(approver, studio.in_review(summary=studio.summary("gone")))
    assert "gone, 2026-10" in shown and "mineurs" in shown and "observations-2026-10.xlsx" in shown


def test_a_text_that_repeats_another_channels_is_folded_and_one_that_differs_is_not(studio, approver):
    post = studio.post()
    assert page_of(approver, post).count("same text as Instagram") == 1
    twin = VariantText.objects.get(variant__post=post, variant__channel=studio.channel)
    drafts.set_text(twin.variant, "fr", "Autre chose.", by=studio.intern)
    assert "same text as" not in page_of(approver, post)


def test_an_account_that_is_called_like_its_network_is_not_said_twice(studio, approver):
    shown = page_of(approver, studio.in_review())
    assert 'class="account">hro-instagram' in shown and 'class="account">bluesky' not in shown


def test_french_pages_spell_languages_and_dates_in_french(studio, enter):
    with time_machine.travel(datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Europe/Paris")), tick=False):
        post = studio.in_review()
        review.approve(post.revisions.latest(), by=studio.coordinator, accept_unread=["ar"])
        shown = page_of(enter(studio.second, "fr"), post)
    assert "<h3>anglais</h3>" in shown and "<h3>arabe</h3>" in shown and "English</h3>" not in shown
    history = shown[shown.index('class="history"') :]
    assert "23 nov., 09:00" in history and "Accepté sans relecture" in history and "arabe" in history


def test_each_language_stands_in_its_own_direction(studio, approver):
    shown = page_of(approver, studio.post())
    assert re.search(r'lang="ar" dir="rtl">رُصدت', shown)
    assert re.search(r'lang="fr" dir="ltr">132 expulsions', shown)


def test_the_page_says_who_read_each_language_and_who_reads_it_next(studio, approver):
    post = studio.in_review()
    assert "read by noor" in page_of(approver, post)
    row = VariantText.objects.get(variant__post=post, lang="ar")
    assert "you have read this text" in press(approver, post, "text", row.pk, "read")
    row.refresh_from_db()
    assert row.read_by == studio.coordinator


def test_words_with_markup_stay_words(studio, approver):
    evil = '<script>alert("1")</script><img src=x onerror=alert(1)>'
    post = studio.post(f"Titre {evil}", words={**WORDS, "fr": evil, "ar": evil})
    VariantMedia.objects.update(alt=evil)
    for shown in (page_of(approver, post), approver.get("/drafts/").content.decode()):
        assert "<script" not in shown and "<img src=x" not in shown and "&lt;script&gt;" in shown


def test_markup_in_a_remark_a_reason_and_a_title_in_the_calendar_stays_words(studio, approver):
    post = studio.in_review("<script>alert(1)</script>")
    studio.place(post, timezone.now() + timedelta(minutes=1))
    press(approver, post, "request-changes", revision=1, text="<script>alert(2)</script>")
    approver.post("/hold/", {"reason": "<script>alert(3)</script>"})
    for shown in (page_of(approver, post), approver.get("/").content.decode()):
        assert "<script" not in shown


def test_a_link_that_is_not_of_the_web_is_never_a_link(studio, approver):
    post = studio.in_review(read=("fr", "en", "ar"))
    review.approve(post.revisions.latest(), by=studio.coordinator)
    post.refresh_from_db()
    row = studio.place(post, timezone.now() + timedelta(minutes=1))[0]
    Publication.objects.filter(pk=row.pk).update(state="needs_human")
    shown = press(approver, post, "publication", row.pk, "decide", live="yes", link="javascript:alert(1)")
    assert "beginning with https://" in shown
    shown = press(approver, post, "publication", row.pk, "decide", live="yes", link="https://bsky.app/x")
    assert 'href="https://bsky.app/x"' in shown and "Settled: it counts as published" in shown


def test_the_page_lists_what_stands_against_a_submission(studio, author):
    post = studio.post(words={**WORDS, "fr": "x" * 2300})
    shown = page_of(author, post)
    assert "characters, 2200 at most" in shown and 'class="next"' not in shown
    assert "Not done." in press(author, post, "submit")


def test_the_page_of_a_long_post_costs_few_queries(studio, approver, django_assert_max_num_queries):
    post = studio.in_review(summary=studio.summary())
    with django_assert_max_num_queries(60):
        page_of(approver, post)


# ---------------------------------------------------------------------------------------------- two people


def test_a_post_is_submitted_by_its_author_and_approved_by_a_second_person(studio, author, approver):
    post = studio.post(read=("fr", "en", "ar"))
    assert "Submitted." in press(author, post, "submit")
    assert "Approved." in press(approver, post, "approve", revision=1)
    assert Approval.objects.get().user == studio.coordinator


def test_nobody_approves_their_own_and_the_page_says_who_may(studio, approver):
    post = studio.in_review(by=studio.coordinator, read=("fr", "en", "ar"))
    shown = page_of(approver, post)
    assert "You worked on this post" in shown and "Who can: jo." in shown
    assert path(post, "approve") not in shown
    assert "a second person has to approve it" in press(approver, post, "approve", revision=1)
    assert not Approval.objects.exists()


@pytest.mark.parametrize("who", ["intern", "editor", "administrator"])
def test_only_coordinators_approve_whatever_they_post(who, studio, enter):
    post = studio.in_review(by=studio.second, read=("fr", "en", "ar"))
    client = enter(getattr(studio, who))
    assert path(post, "approve") not in page_of(client, post)
    assert "Only a coordinator decides this" in press(client, post, "approve", revision=1)
    assert not Approval.objects.exists()


def test_a_refusal_is_said_in_the_persons_language(studio, enter):
    post = studio.in_review(by=studio.coordinator, read=("fr", "en", "ar"))
    shown = press(enter(studio.coordinator, "fr"), post, "approve", revision=1)
    assert "Pas fait." in shown and "Traceback" not in shown


def test_unread_languages_need_a_tick_each(studio, approver):
    post = studio.in_review()
    assert 'name="accept_unread" value="ar"' in page_of(approver, post)
    assert "Nobody has read what is written in: ar" in press(approver, post, "approve", revision=1)
    press(approver, post, "approve", revision=1, accept_unread=["ar"])
    assert Approval.objects.get().unread_accepted == ["ar"]


def test_the_tick_names_the_channels_of_the_language(studio, approver):
    post = studio.in_review(read=("en", "ar"))
    tick = re.search(r'value="fr" required>.*?</label>', page_of(approver, post), re.DOTALL)[0]
    assert "French" in tick and "Instagram, Bluesky" in tick
    drafts.mark_read(VariantText.objects.get(variant__channel=studio.channel), by=studio.editor)
    tick = re.search(r'value="fr" required>.*?</label>', page_of(approver, post), re.DOTALL)[0]
    assert "Instagram" in tick and "Bluesky" not in tick


def test_what_was_accepted_unread_no_longer_asks_to_be_read(studio, approver):
    post = studio.in_review()
    assert "nobody has read this text yet" in page_of(approver, post)
    press(approver, post, "approve", revision=1, accept_unread=["ar"])
    shown = page_of(approver, post)
    assert "accepted unread by Samira Haddad" in shown and "nobody has read this text yet" not in shown


@pytest.mark.parametrize("revision", ["1", "0", "7", "-1", "x", "", "²"])
def test_only_the_revision_that_the_page_showed_is_approved(revision, studio, approver):
    post = studio.in_review(read=("fr", "en", "ar"))
    text = VariantText.objects.filter(variant__post=post, lang="fr").first()
    drafts.set_text(text.variant, "fr", "Un autre texte.", by=studio.intern)
    drafts.mark_read(VariantText.objects.get(pk=text.pk), by=studio.editor)
    post.refresh_from_db()
    review.submit(post, by=studio.intern)
    approver.post(path(post, "approve"), {"revision": revision})
    assert not Approval.objects.exists()


def test_changes_are_requested_with_a_remark_that_the_author_reads(studio, approver, author):
    post = studio.in_review()
    assert "Say what should change" in press(approver, post, "request-changes", revision=1, text=" ")
    press(approver, post, "request-changes", revision=1, text="Le lieu est trop précis.")
    assert "asks for changes:" in (shown := page_of(author, post)) and "Le lieu est trop précis." in shown
    assert "Changes requested" in author.get("/drafts/").content.decode()


def test_after_a_request_the_next_step_is_to_change_the_text_then_to_submit(studio, approver, author):
    post = studio.in_review(read=("fr", "en", "ar"))
    press(approver, post, "request-changes", revision=1, text="La permanence est à 15 h.")
    shown = page_of(author, post)
    assert "Nothing has been changed since" in shown and "Nothing stands against it" not in shown
    assert re.search(r'class="button next"[^>]*>Change the text<', shown)
    row = VariantText.objects.filter(variant__post=post, lang="fr").first()
    drafts.set_text(row.variant, "fr", "La permanence se tient à 15 h.", by=studio.intern)
    shown = page_of(author, post)
    assert "Nothing stands against it" in shown and "Nothing has been changed since" not in shown


def test_whoever_sent_a_post_back_sees_to_whom_and_is_not_asked_to_submit_it(studio, approver):
    post = studio.in_review()
    press(approver, post, "request-changes", revision=1, text="Le lieu est trop précis.")
    shown = page_of(approver, post)
    assert "You sent it back to Camille Roux." in " ".join(shown.split())
    assert path(post, "submit") not in shown


def test_an_author_takes_a_post_back(studio, author):
    post = studio.in_review()
    assert "Taken back" in press(author, post, "recall", text="une coquille")
    assert Remark.objects.get().text == "une coquille"


def test_a_change_behind_the_seal_is_said_before_anyone_approves(studio, approver):
    post = studio.in_review()
    VariantText.objects.filter(variant__post=post, lang="fr").update(text="Autre chose.")
    assert "no longer what was sealed" in page_of(approver, post)


# ---------------------------------------------------------------------------------------------- writing


def test_an_edit_is_saved_with_plain_line_ends_and_makes_the_post_a_draft_again(studio, author):
    post = studio.in_review()
    row = VariantText.objects.filter(variant__post=post, lang="fr").first()
    assert "a draft again" in author.get(path(post, "text", row.pk)).content.decode()
    shown = press(author, post, "text", row.pk, text="Un.\r\n\r\nDeux.", version=post.version)
    row.refresh_from_db()
    post.refresh_from_db()
    assert row.text == "Un.\n\nDeux." and row.read_by is None and post.state == PostState.DRAFT
    assert "The text is saved." in shown


def test_an_edit_reaches_the_channels_that_said_the_same_where_that_stays_ticked(studio, author):
    post = studio.post()
    one, two = VariantText.objects.filter(variant__post=post, lang="fr").order_by("pk")
    form = author.get(path(post, "text", one.pk)).content.decode()
    assert re.search(rf'name="also" value="{two.pk}"[^>]*checked', form) and "also on Bluesky" in form
    press(author, post, "text", one.pk, text="Les deux.", version=post.version, also=[two.pk])
    assert {t.text for t in VariantText.objects.filter(variant__post=post, lang="fr")} == {"Les deux."}
    post.refresh_from_db()
    press(author, post, "text", one.pk, text="Un seul.", version=post.version)
    two.refresh_from_db()
    assert two.text == "Les deux." and two.read_by is None
    form = author.get(path(post, "text", one.pk)).content.decode()
    assert "in place of what it says today" in form and "checked" not in form
    post.refresh_from_db()
    press(author, post, "text", one.pk, text="De nouveau les deux.", version=post.version, also=[two.pk])
    assert {t.text for t in VariantText.objects.filter(variant__post=post, lang="fr")} == {"De nouveau les deux."}


def test_an_edit_reaches_no_text_but_those_that_the_page_offered(studio, author):
    post, other = studio.post(), studio.post("Autre")
    one = VariantText.objects.filter(variant__post=post, lang="fr").first()
    english = VariantText.objects.get(variant__post=post, lang="en")
    elsewhere = VariantText.objects.filter(variant__post=other, lang="fr").first()
    for foreign in (english, elsewhere):
        press(author, post, "text", one.pk, text="Volé.", version=post.version, also=[foreign.pk])
        foreign.refresh_from_db()
        assert foreign.text == WORDS[foreign.lang]


def test_of_two_edits_at_once_the_second_is_refused_and_keeps_what_was_typed(studio, author, enter):
    post = studio.post()
    row = VariantText.objects.filter(variant__post=post, lang="fr").first()
    press(author, post, "text", row.pk, text="La première.", version=post.version)
    shown = press(enter(studio.editor), post, "text", row.pk, text="La seconde, longue.", version=post.version)
    assert "Somebody changed this post" in shown and ">La seconde, longue.</textarea>" in shown
    row.refresh_from_db()
    assert row.text == "La première."


def test_a_description_is_changed(studio, author):
    post = studio.post()
    use = VariantMedia.objects.filter(variant__post=post).first()
    press(author, post, "picture", use.pk, text="Barres grises, octobre en noir.", version=post.version)
    use.refresh_from_db()
    assert use.alt == "Barres grises, octobre en noir."


def test_administrators_write_nothing(studio, enter):
    post = studio.post()
    row = VariantText.objects.filter(variant__post=post, lang="fr").first()
    client = enter(studio.administrator)
    assert "Change the text" not in page_of(client, post)
    assert "Your role does not write posts" in press(client, post, "text", row.pk, text="Non.", version=post.version)


def test_parts_of_another_post_are_not_reached_through_this_one(studio, author, approver):
    mine, other = studio.post("Un"), studio.post("Autre")
    row = VariantText.objects.filter(variant__post=other).first()
    use = VariantMedia.objects.filter(variant__post=other).first()
    publication = studio.place(other, timezone.now() + timedelta(days=1))[0]
    due = ("publication", publication.pk)
    parts = [("text", row.pk), ("text", row.pk, "read"), ("picture", use.pk), ("protect", use.rendition_id + 99)]
    for more in [*parts, (*due, "move"), (*due, "cancel")]:
        assert author.post(path(mine, *more)).status_code == 404, more
    for more in ((*due, "send"), (*due, "decide")):
        assert approver.post(path(mine, *more)).status_code == 404, more
