"""What a mail says: numbers, a channel and a link, in the person's language; never anything of the post."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core import serializers
from django.urls import resolve
from django.utils import timezone

from pipeline import channels, comments, delivery, drafts, notices, planning, review
from pipeline.models import Channel, Footage, Notice, NoticeKind, Publication, Rendition, User, VariantText
from pipeline.notices import letters
from publishers._sentences import Sentence
from tests.notices.conftest import URL

FACTS = {
    "post": 12, "channel": "bluesky", "day": "2026-12-02", "since": "2026-11-25T09:00:00+00:00", "sent": 1, "due": 2,
    "late": 3, "failed": 4, "decide": 5, "dying": 6, "seq": 7, "head": "a" * 64,
}  # fmt: skip


def note(kind, **facts):
    return Notice(kind=kind, subject="publication:34", facts=FACTS | facts)


def written(kind, lang, **facts):
    return letters.letter([note(kind, **facts)], SimpleNamespace(language=lang))


VARIANTS = [(kind, {}) for kind in NoticeKind.values] + [("silent", {"until": "2026-11-25T10:00:00+00:00"})]


@pytest.mark.parametrize(("kind", "more"), VARIANTS)
def test_each_kind_has_its_words_in_both_languages(kind, more, settings):
    settings.PORTEVOIX_URL = URL
    french, english = written(kind, "fr", **more), written(kind, "en", **more)
    for one in (french, english):
        assert "{" not in one.body + one.subject and URL in one.body
    assert french.subject != english.subject
    assert not set(french.body.splitlines()) & {line for line in english.body.splitlines() if line.endswith(".")}


@pytest.mark.parametrize(("kind", "more"), VARIANTS)
def test_a_subject_holds_no_name_not_even_the_channels(kind, more):
    assert "bluesky" not in written(kind, "en", **more).subject


def test_times_are_those_of_the_organisation():
    body = written("silent", "en", until="2026-11-25T10:30:00+00:00").body
    assert "from 2026-11-25 10:00 to 2026-11-25 11:30" in body


def test_each_person_is_written_to_in_their_own_language(room, office):
    for user in (room.intern, room.coordinator):
        Notice.objects.create(
            kind="missed", recipient=user, subject="publication:1", occasion="1", owed_at=timezone.now(), facts=FACTS
        )
    notices.send_due()
    assert "Le post 12 a manqué son heure" in office.to("camille@example.org")[0].subject
    assert "Post 12 missed its time" in office.to("samira@example.org")[0].subject
    assert "Mes mails" in office.to("camille@example.org")[0].body or "/mails/" in office.taken[0].body


def test_every_link_leads_to_a_page_of_the_studio(settings):
    settings.PORTEVOIX_URL = URL
    links = {link for kind, more in VARIANTS for link in re.findall(r"https?://\S+", written(kind, "en", **more).body)}
    assert links == {f"{URL}/post/12/", f"{URL}/handoff/34/", f"{URL}/", f"{URL}/mails/"}
    names = {resolve(link.removeprefix(URL)).url_name for link in links}
    assert names == {"post", "handoff", "today", "mails"}


def test_links_hold_nothing_of_the_person_who_gets_them(room, office):
    for user in (room.coordinator, room.second):
        Notice.objects.create(
            kind="failed", recipient=user, subject="publication:1", occasion="1", owed_at=timezone.now(), facts=FACTS
        )
    notices.send_due()
    one, other = office.taken
    assert one.body == other.body and one.to != other.to
    for mail in (one, other):
        assert mail.to not in mail.body and (mail.raw.count(b"@") == 3)  # From, To, Message-ID


def test_without_the_studios_address_the_mail_says_to_open_the_studio(settings):
    settings.PORTEVOIX_URL = ""
    body = written("failed", "en").body
    assert "Open the studio." in body and "http" not in body and "My mails" in body


ODD = "bad\r\nBcc: eve@example.org\r\n\r\nHello {post} %s \u2028 \u202e\x00 <b>"


def test_a_name_cannot_break_out_of_its_line(room, office):
    Channel.objects.filter(pk=room.channel.pk).update(name=ODD)
    room.channel.refresh_from_db()
    notices.owe("refused", about=room.channel)
    delivery.pull(room.channel, by=room.intern)
    notices.send_due()
    assert sorted(mail.to for mail in office.taken) == [
        "admin@example.org",
        "jo@example.org",
        "samira@example.org",
    ]
    for mail in office.taken:
        assert set(mail.message.keys()) == {
            "Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Subject", "From", "To", "Date", "Message-ID",
            "Auto-Submitted",
        }  # fmt: skip
        assert not [line for line in mail.body.splitlines() if line.startswith(("Bcc", "Hello"))]
        assert "bad Bcc: eve@example.org Hello {post} %s <b> is closed" in mail.body


CANARY = "canari-7f3a"


def test_nothing_of_a_post_stands_in_any_mail_nor_in_any_row(room, office):
    """Every text, name, place and file of a post holds a canary; then everything that can befall a post befalls it."""
    Channel.objects.update(label=f"{CANARY} label")
    rendition = room.picture()
    Rendition.objects.update(spec={"file": f"{CANARY}.jpg"})
    Footage.objects.create(
        sha256="f" * 64, size=1, kind="image", mime="image/jpeg", place=CANARY, filmed_by=CANARY,
        added_by=room.editor, probe={"name": f"{CANARY}.jpg"},
    )  # fmt: skip
    words = {"fr": f"{CANARY} à Loon-Plage", "en": f"{CANARY} in Loon-Plage"}
    piece = drafts.Piece(room.channel, words, [(rendition, f"{CANARY} en barres")])
    post = drafts.create(f"{CANARY} titre", [piece], by=room.intern)
    for text in VariantText.objects.all():
        drafts.mark_read(text, by=room.intern)
    comments.say(post, f"{CANARY} commentaire", by=room.editor)
    review.request_changes(review.submit(post, by=room.intern), by=room.coordinator, text=f"{CANARY} remarque")
    post.refresh_from_db()
    review.approve(review.submit(post, by=room.intern), by=room.coordinator)
    post.refresh_from_db()
    at = planning.wall_time((timezone.now() + timedelta(minutes=5)).isoformat())
    (row,) = planning.schedule(post, at, by=room.intern)
    Publication.objects.update(error={"msgid": f"{CANARY} error", "values": {}}, saved={"text": CANARY})
    for kind in ("handoff", "failed", "decide", "missed", "gone"):
        notices.owe(kind, about=row)
    delivery.pull(by=room.intern, reason=f"{CANARY} raison")
    channels.mark_unauthorised(room.channel, Sentence(f"{CANARY} token"))
    notices.owe("clock", about=delivery.pull(by=None))
    notices.watch()
    User.objects.update(first_name=CANARY, last_name=CANARY)
    assert notices.send_due() == Notice.objects.count() > 20
    seen = b"".join(mail.raw for mail in office.taken) + "".join(mail.body for mail in office.taken).encode()
    stored = json.dumps(serializers.serialize("json", Notice.objects.all()))
    for place in (seen.decode(), stored):
        assert f"{post.pk}" in place
        for secret in (CANARY, "Loon-Plage", "barres", ".jpg", str(room.folder)):
            assert secret not in place
