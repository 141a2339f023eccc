"""A hand-off through the real engine: the kit at its time, the people told, and the word that closes it, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from pipeline import audit, channels, delivery, drafts, planning, review, sweeping
from pipeline.delivery import handoff
from pipeline.errors import Refused
from pipeline.models import AuditEntry, Notice, Publication, PublicationState, Receipt, User
from pipeline.rendering import store

S = PublicationState
LINK = "https://www.linkedin.com/feed/update/urn:li:activity:7123456789012345678/"
OTHER = "https://www.linkedin.com/feed/update/urn:li:activity:7999999999999999999/"


@pytest.fixture
def linkedin(world):
    User.objects.exclude(username="noor").update(email="x@example.org")
    return channels.add("hro", "handoff", {"profile": "linkedin"}, by=world.administrator, verify=True)


def due(world, channel, text="132 expulsions à Calais. #Calais"):
    """An approved post that is due a minute ago."""
    row = world.scheduled(minutes=5, text=text, channel=channel)
    Publication.objects.filter(pk=row.pk).update(due_at=timezone.now() - timedelta(minutes=1))
    row.refresh_from_db()
    return row


@pytest.fixture
def waiting(world, linkedin):
    """A post whose kit is there."""
    row = due(world, linkedin)
    delivery.tick()
    row.refresh_from_db()
    assert row.state == S.PENDING, row.error
    return row


def log(row):
    found = AuditEntry.objects.filter(subject=f"publication:{row.pk}", action__startswith="handoff.").order_by("seq")
    return [(entry.actor, entry.action) for entry in found]


def test_no_kit_is_there_before_its_time(world, linkedin):
    row = world.scheduled(minutes=5, channel=linkedin)
    delivery.tick()
    row.refresh_from_db()
    assert row.state == S.SCHEDULED and not list(store.kits().glob("*/*")) and handoff.kit(row) is None


def test_at_its_time_the_kit_is_there_and_those_who_must_post_it_are_told_once(waiting):
    assert handoff.kit(waiting).texts[0].text == "132 expulsions à Calais. #Calais"
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=True):
        for _tick in range(3):
            delivery.tick()
    waiting.refresh_from_db()
    assert waiting.state == S.PENDING and [row.pk for row in handoff.waiting()] == [waiting.pk]
    told = Notice.objects.filter(kind="handoff").values_list("recipient__username", flat=True)
    assert sorted(told) == ["camille", "jo", "samira"]


def test_what_changed_after_approval_makes_no_kit(world, linkedin):
    row = due(world, linkedin)
    row.variant.texts.update(text="Autre chose.")
    delivery.tick()
    row.refresh_from_db()
    assert row.state == S.FAILED and not list(store.kits().glob("*/*"))


def test_a_picture_that_the_gate_refuses_makes_no_kit(world, linkedin, monkeypatch):
    from pipeline.delivery import sealed

    def closed(_sha256, _mime):
        raise Refused(review._("Not this one."))

    row = due(world, linkedin)
    monkeypatch.setattr(sealed, "_through_the_gate", closed)
    delivery.tick()
    row.refresh_from_db()
    assert row.state == S.FAILED and not list(store.kits().glob("*/*"))


@pytest.mark.parametrize("name", ["intern", "editor", "coordinator"])
def test_whoever_writes_posts_closes_it_with_the_address(world, waiting, name):
    by = getattr(world, name)
    assert handoff.done(waiting, by=by, link=LINK)
    waiting.refresh_from_db()
    receipt = Receipt.objects.get(publication=waiting)
    assert (waiting.state, receipt.url, receipt.remote_id) == (S.PUBLISHED, LINK, "linkedin:7123456789012345678")
    assert handoff.who(waiting) == by.username and log(waiting) == [(by.username, "handoff.closed")]
    assert audit.verify().ok and not handoff.waiting()


def test_an_administrator_closes_nothing(world, waiting):
    with pytest.raises(Refused):
        handoff.done(waiting, by=world.administrator, link=LINK)
    with pytest.raises(Refused):
        handoff.not_posted(waiting, by=world.administrator)


def test_a_wrong_address_is_refused_and_closes_nothing(world, waiting):
    with pytest.raises(Refused, match="does not belong"):
        handoff.done(waiting, by=world.intern, link="https://linkedin.com.example.org/x")
    waiting.refresh_from_db()
    assert waiting.state == S.PENDING and not Receipt.objects.exists()


def test_of_two_who_paste_at_once_one_is_told_that_the_other_was_faster(world, waiting):
    first, second = Publication.objects.get(pk=waiting.pk), Publication.objects.get(pk=waiting.pk)
    assert handoff.done(first, by=world.intern, link=LINK)
    assert not handoff.done(second, by=world.editor, link=OTHER)
    assert not handoff.not_posted(second, by=world.editor)
    assert Receipt.objects.get().url == LINK and handoff.who(second) == "camille" and len(log(waiting)) == 1


def test_a_worker_that_looked_meanwhile_writes_into_the_void(world, waiting, monkeypatch):
    from publishers.handoff import Handoff

    real = Handoff.check

    def pasted_meanwhile(adapter, pending):
        assert handoff.done(waiting, by=world.intern, link=LINK)
        return real(adapter, pending)

    monkeypatch.setattr(Handoff, "check", pasted_meanwhile)
    with time_machine.travel(timezone.now() + timedelta(hours=2), tick=True):
        delivery.tick()
    waiting.refresh_from_db()
    assert waiting.state == S.PUBLISHED and waiting.lease_until is None and Receipt.objects.get().url == LINK


def test_a_closed_post_is_not_looked_for_any_more(world, waiting):
    handoff.done(waiting, by=world.intern, link=LINK)
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=True):
        delivery.tick()
    waiting.refresh_from_db()
    assert waiting.state == S.PUBLISHED and waiting.error is None


def test_the_address_may_be_corrected_once_more_and_again_by_a_coordinator(world, waiting):
    handoff.done(waiting, by=world.intern, link=LINK)
    assert handoff.done(waiting, by=world.editor, link=OTHER, seen=LINK)
    assert Receipt.objects.get().url == OTHER and handoff.who(waiting) == "noor"
    assert not handoff.done(waiting, by=world.intern, link=LINK, seen=LINK)  # saw the address of before
    with pytest.raises(Refused, match="coordinator"):
        handoff.done(waiting, by=world.intern, link=LINK, seen=OTHER)
    assert handoff.done(waiting, by=world.coordinator, link=LINK, seen=OTHER)
    assert [action for _who, action in log(waiting)] == ["handoff.closed", "handoff.corrected", "handoff.corrected"]


def test_no_address_stands_for_two_posts(world, linkedin, waiting):
    other = due(world, linkedin, "Un autre post.")
    delivery.tick()
    assert handoff.done(waiting, by=world.intern, link=LINK)
    with pytest.raises(Refused, match=str(waiting.pk)):
        handoff.done(other, by=world.intern, link=LINK + "?utm_source=share")


@pytest.mark.parametrize("closed", [False, True])
def test_not_posted_after_all_is_a_state_and_the_post_may_get_another_time(world, waiting, closed):
    seen = LINK if closed else ""
    if closed:
        handoff.done(waiting, by=world.intern, link=LINK)
    assert handoff.not_posted(waiting, by=world.editor, seen=seen)
    waiting.refresh_from_db()
    assert waiting.state == S.CANCELLED and "noor" in str(waiting.error) and not Receipt.objects.exists()
    assert log(waiting)[-1] == ("noor", "handoff.not_posted")
    assert not handoff.done(waiting, by=world.intern, link=LINK, seen=seen)
    at = planning.wall_time((timezone.now() + timedelta(minutes=5)).isoformat())
    (again,) = planning.schedule(waiting.variant.post, at, by=world.intern)
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=True):
        delivery.tick()
    again.refresh_from_db()
    assert again.state == S.PENDING and handoff.folder(again) != handoff.folder(waiting)


def swept(days: int) -> sweeping.Kept:
    return sweeping.sweep(timezone.now() + timedelta(days=days))


def test_kits_of_posts_that_are_out_go_after_their_days_and_those_that_wait_stay_for_ever(world, linkedin, waiting):
    other = due(world, linkedin, "Un autre post.")
    delivery.tick()
    other.refresh_from_db()
    out, still = handoff.folder(waiting), handoff.folder(other)
    assert handoff.done(waiting, by=world.intern, link=LINK)
    assert swept(29).kits == 0 and out.is_dir()
    assert sweeping.kept().kits == 2
    assert swept(31).kits == 1 and not out.exists()
    assert swept(3000).kits == 0 and still.is_dir()
    assert handoff.not_posted(other, by=world.editor)
    assert swept(31).kits == 1 and sweeping.kept().kits == 0


def test_with_zero_days_no_kit_is_ever_removed(world, waiting, settings):
    settings.PORTEVOIX_KITS_DAYS = 0
    assert handoff.done(waiting, by=world.intern, link=LINK)
    assert swept(3000).kits == 0 and handoff.folder(waiting).is_dir()


def test_what_is_no_kit_is_not_touched(world, waiting, home, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (home / "handoff" / "hro" / "link").symlink_to(tmp_path / "elsewhere")
    (home / "handoff" / "hro" / ".half.written").mkdir()
    assert swept(3000).kits == 0
    assert (tmp_path / "elsewhere").is_dir() and (home / "handoff" / "hro" / ".half.written").is_dir()


def test_a_note_written_over_in_the_database_opens_no_other_folder(waiting):
    saved = {**waiting.saved, "key": "../../keys"}
    Publication.objects.filter(pk=waiting.pk).update(saved=saved)
    waiting.refresh_from_db()
    assert handoff.folder(waiting) is None and handoff.kit(waiting) is None


def test_languages_stay_apart_where_the_network_keeps_them_apart_and_together_elsewhere(world, linkedin):
    from pipeline import composing

    letter = channels.add("lettre", "handoff", {"profile": "newsletter", "sender": "HRO"}, by=world.administrator)
    words = {"fr": "Titre\n\nCorps.", "ar": "عنوان"}
    post = drafts.create("Deux", [drafts.Piece(one, words) for one in (letter, linkedin)], by=world.intern)
    apart, together = (composing.compose(variant) for variant in post.variants.order_by("pk"))
    assert [(part.langs, part.text) for part in apart.parts] == [(("fr",), "Titre\n\nCorps."), (("ar",), "عنوان")]
    assert [(part.langs, part.text) for part in together.parts] == [(("fr", "ar"), "Titre\n\nCorps.\n\nعنوان")]


def test_status_tells_what_waits_for_a_hand_apart_from_what_needs_a_decision(waiting):
    now = delivery.status()
    (one,) = now.by_hand
    assert (one.publication, one.channel, one.since) == (waiting.pk, "hro", waiting.committed_at)
    assert now.needs_decision == 0


def test_a_word_that_first_reads_and_then_writes_would_lose_the_faster_one_so_these_tests_can_tell(
    world, waiting, monkeypatch
):
    from pipeline.delivery import rows

    def naive(publication, receipt):
        if publication.state != S.PENDING:
            return False
        Publication.objects.filter(pk=publication.pk).update(state=S.PUBLISHED)
        Receipt.objects.filter(publication=publication).delete()
        rows._write_receipt(publication, receipt)
        return True

    monkeypatch.setattr(rows, "put_up", naive)
    first, second = Publication.objects.get(pk=waiting.pk), Publication.objects.get(pk=waiting.pk)
    assert handoff.done(first, by=world.intern, link=LINK) and handoff.done(second, by=world.editor, link=OTHER)
    assert Receipt.objects.get().url == OTHER  # and nobody told camille


def test_a_reel_with_parts_long_enough_brings_its_chapters_to_youtube_and_to_no_other_network(world, linkedin):
    from pipeline.models import Rendition

    youtube = channels.add("chaine", "handoff", {"profile": "youtube"}, by=world.administrator)
    cut = {"clip": "a.mp4", "start": 0, "end": 12}
    spec = {"language": "fr", "title": {"text": "Une journée"}, "cuts": [
        cut, {**cut, "caption": "Le  matin"}, {**cut, "end": 4}, {**cut, "caption": "Le soir"}]}  # fmt: skip
    reel = Rendition.objects.create(
        kind="reel", spec=spec, lang="fr", format="portrait", mime="video/mp4", duration_ms=40_000,
        inputs_sha256="1" * 64, requested_by=world.intern,
    )  # fmt: skip

    def texts(channel, text="Titre\n\nCorps."):
        piece = drafts.Piece(channel, {"en": "Title", "fr": text}, [(reel, "De dos.")])
        return {t.lang: t.text for t in drafts.create("Reel", [piece], by=world.intern).variants.get().texts.all()}

    told = {"en": "Title", "fr": "Titre\n\nCorps.\n\n0:00 Une journée\n0:12 Le matin\n0:28 Le soir"}
    assert texts(youtube) == told and texts(linkedin)["fr"] == "Titre\n\nCorps."
    assert texts(youtube, "T\n0:00 A")["fr"] == "T\n0:00 A"  # somebody wrote chapters
    reel.duration_ms = 37_000  # the last part is too short
    assert texts(youtube)["fr"] == "Titre\n\nCorps."
