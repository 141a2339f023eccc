"""The pages of what a person puts up: the list, a kit in its order, its files, and the address that closes it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from pipeline import channels, delivery, drafts, planning, review
from pipeline.delivery import handoff
from pipeline.models import Publication, PublicationState, Receipt
from tests.web.studio import page_of

S = PublicationState
LINK = "https://example.org/lettres/octobre"
WORDS = {"fr": "132 expulsions\n\nLe détail <b>.\n\n| Expulsions | 132 |", "ar": "١٣٢ عملية إخلاء\n\nالتفاصيل هنا."}


def waiting_kit(studio, profile="newsletter", words=WORDS, **own):
    """A publication whose kit is there."""
    given = {"profile": profile, "sender": "HRO <note@example.org>", "contact": "Presse", **own}
    channel = channels.add(f"hro-{profile}", "handoff", given, by=studio.administrator)
    card = studio.picture()
    post = drafts.create(
        "Lettre d’octobre", [drafts.Piece(channel, words, [(card, "132, en barres.")])], by=studio.intern
    )
    for text in post.variants.get().texts.all():
        drafts.mark_read(text, by=studio.intern)
    review.approve(review.submit(post, by=studio.intern), by=studio.coordinator)
    at = planning.wall_time((timezone.now() + timedelta(minutes=5)).isoformat())
    (row,) = planning.schedule(post, at, by=studio.intern)
    Publication.objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    delivery.tick()
    row.refresh_from_db()
    assert row.state == S.PENDING, row.error
    return row


@pytest.fixture
def row(studio):
    return waiting_kit(studio)


def see(client, row, more=""):
    answer = client.get(f"/handoff/{row.pk}/{more}")
    assert answer.status_code == 200
    return answer.content.decode()


def say(client, row, what, **given):
    return unescape(client.post(f"/handoff/{row.pk}/{what}/", given, follow=True).content.decode())


def test_the_page_shows_steps_texts_and_files_in_their_order(author, row):
    page = see(author, row)
    kit = handoff.kit(row)
    named = [text.file for text in kit.texts] + [item.file for item in kit.items]
    places = [page.index(f">{name}<") for name in named]
    assert places == sorted(places) and page.count('type="checkbox"') == len(kit.steps)
    assert "Le détail &lt;b&gt;." in page and "<b>.\n" not in page


def test_a_text_stands_whole_in_its_language_and_direction_ready_to_be_selected(author, row):
    page = see(author, row)
    found = re.findall(r'<p class="words whole" id="t\d+" lang="(\w+)" dir="(\w+)">([^<]*)</p>', page)
    kit = [(t.lang, t.text) for t in handoff.kit(row).texts if t.lang and not t.file.endswith(".html")]
    assert [(lang, unescape(text)) for lang, _dir, text in found] == kit
    assert {(lang, way) for lang, way, _text in found} == {("fr", "ltr"), ("ar", "rtl")}


def test_every_copy_button_names_a_text_and_is_hidden_without_the_script(author, row):
    page = see(author, row)
    buttons = re.findall(r'<button type="button" hidden data-copy="(\w+)"', page)
    assert len(buttons) == len(handoff.kit(row).texts) + 1 == page.count("data-copy")
    assert all(f'id="{name}"' in page for name in buttons)


def test_files_are_given_as_the_kit_holds_them_and_nothing_else_is(author, row):
    folder = handoff.folder(row)
    for name in handoff.kit(row).names():
        answer = author.get(f"/handoff/{row.pk}/file/{name}")
        assert b"".join(answer.streaming_content) == (folder / name).read_bytes()
        shown = answer["Content-Disposition"].startswith("inline")
        assert shown == name.endswith(".jpg") and answer["X-Content-Type-Options"] == "nosniff"
    kept = author.get(f"/handoff/{row.pk}/file/media-1-image.jpg?keep")
    assert kept["Content-Disposition"].startswith("attachment")
    kept.close()
    for name in ("kit.json", "..%2Fkit.json", "keys", "media-2-image.jpg"):
        assert author.get(f"/handoff/{row.pk}/file/{name}").status_code == 404


def test_the_address_closes_it_and_the_post_shows_it(author, row):
    page = say(author, row, "done", link=f"  {LINK} ")
    assert "Noted." in page and LINK in page and "camille noted this address" in page
    row.refresh_from_db()
    assert row.state == S.PUBLISHED and LINK in page_of(author, row.variant.post)


def test_a_wrong_address_is_a_sentence_and_what_was_typed_stays(author, row):
    page = say(author, row, "done", link="http://example.org/<x>")
    assert "paste the one that begins with https://" in page and 'value="http://example.org/<x>"' in page
    assert not Receipt.objects.exists()


def test_who_was_slower_is_told_who_was_faster_and_corrects_it_there(studio, author, enter, row):
    other = enter(studio.editor)
    say(author, row, "done", link=LINK)
    assert "camille was faster" in say(other, row, "done", link=LINK + "-2")
    assert "camille was faster" in say(other, row, "not-posted")
    assert LINK + "-2" in say(other, row, "done", link=LINK + "-2", seen=LINK)
    page = say(author, row, "done", link=LINK, seen=LINK + "-2")
    assert "ask a coordinator" in page and "Correct the address" not in page
    assert "Correct the address" in see(enter(studio.coordinator), row)


def test_not_posted_after_all_is_said_on_the_page_and_leaves_the_lists(author, row):
    page = say(author, row, "not-posted")
    assert "Noted: not posted." in page and "camille says that it was not posted after all" in page
    assert "Nothing waits to be put up by hand." in author.get("/handoff/").content.decode()


def test_an_administrator_reads_and_is_offered_no_word(studio, enter, row):
    admin = enter(studio.administrator)
    page = see(admin, row)
    assert "/done/" not in page and "/not-posted/" not in page
    assert "Your role does not write posts" in say(admin, row, "done", link=LINK)


def test_it_is_linked_from_delivery_the_calendar_the_list_and_the_post(author, row):
    where = f'href="/handoff/{row.pk}/"'
    for path in ("/", "/calendar/", "/handoff/", f"/post/{row.variant.post_id}/"):
        page = author.get(path).content.decode()
        assert where in page and "to be put up by hand" in page, path
    assert 'aria-labelledby="way"' not in author.get("/").content.decode()


def test_during_a_hold_the_page_says_not_to_post_it(studio, author, row):
    assert "do not put this post up" not in see(author, row)
    delivery.pull(by=studio.intern)
    assert "do not put this post up" in see(author, row)


def test_a_kit_that_is_not_due_yet_or_missing_says_so(studio, author, row):
    handoff.folder(row).rename(studio.folder / "away")
    assert "written again within the hour" in see(author, row)
    later = studio.scheduled(minutes=500, channel=row.channel, text="Titre\n\nCorps.")
    assert "it appears when the post is due" in see(author, later)


def test_only_hand_offs_have_such_a_page(studio, author):
    other = studio.scheduled(minutes=500)
    assert author.get(f"/handoff/{other.pk}/").status_code == 404


def test_a_word_for_a_network_is_said_in_the_language_of_the_page(studio, enter, row):
    assert "Lettre d’information" in see(enter(studio.intern, "fr"), row)


def test_what_a_network_could_not_carry_stands_on_the_posts_page(studio, author):
    row = studio.scheduled(minutes=5)
    refused = {"msgid": "It is due.", "values": {}}
    Publication.objects.filter(pk=row.pk).update(state=S.PUBLISHED)
    Receipt.objects.create(
        publication=row, channel=row.channel, remote_id="x", url=LINK, published_at=timezone.now(),
        details={"left_out": [refused, {"msgid": "Nothing waits to be put up by hand.", "values": {}}]},
    )  # fmt: skip
    page = page_of(author, row.variant.post)
    assert page.count("△</span> It is due.") == 1 and "△</span> Nothing waits" in page
