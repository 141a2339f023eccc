"""The pages of consents, removals, questions and originals."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils import timezone

from pipeline import drafts
from pipeline.models import Consent, ConsentName, Footage, How, Removal, VariantText
from pipeline.protection import consents
from pipeline.protection.consents import Scope

GIVEN = {"code": "p-014", "given_on": "2026-01-05", "how": "written", "face": "on", "networks": ["bluesky"]}


def agreed(studio, code="P-014"):
    return consents.record(code, given_on=date(2026, 1, 5), how=How.WRITTEN, scope=Scope(), by=studio.editor)


def test_a_consent_is_recorded_without_its_name(author):
    assert "everyone is masked" in author.get("/consents/").content.decode()
    page = author.post("/consents/", {**GIVEN, "names": "Amina Yusufzai\n"}, follow=True).content.decode()
    assert "P-014" in page and "face seen" in page and "Yusufzai" not in page
    row = Consent.objects.get()
    assert (row.code, row.face, row.networks) == ("P-014", True, ["bluesky"])
    assert ConsentName.objects.get().words == 2


def test_what_is_refused_is_said_and_what_was_typed_stays(author):
    page = author.post("/consents/", {**GIVEN, "code": "Amina"}).content.decode()
    assert "Not done." in page and "never a name" in page and 'value="2026-01-05"' in page


def test_a_person_withdraws_on_the_page(author, studio):
    row = agreed(studio)
    footage = Footage.objects.create(sha256="f" * 64, size=1, kind="video", added_by=studio.editor)
    page = author.post(f"/consents/{row.code}/", {"footage": footage.pk}, follow=True).content.decode()
    assert "Noted: this person is in footage ffffffffff." in page
    page = author.post(f"/consents/{row.code}/", {"withdraw": "1"}, follow=True).content.decode()
    assert "Publications cancelled: 0" in page and "nothing with this person goes out any more" in page


def test_who_does_not_write_sees_no_register(studio, enter):
    row, client = agreed(studio), enter(studio.administrator)
    for path in ("/consents/", f"/consents/{row.code}/", "/removals/", "/originals/"):
        assert client.get(path).status_code == 403


def test_a_question_is_answered_on_the_page(author, studio):
    post = drafts.create("Titre", [drafts.Piece(studio.channel, {"fr": "Expulsion à 08h48."})], by=studio.intern)
    page = author.get(f"/post/{post.pk}/").content.decode()
    assert f"/post/{post.pk}/questions/" in page
    page = author.get(f"/post/{post.pk}/questions/").content.decode()
    assert "<mark>08h48</mark>" in page
    text = VariantText.objects.get()
    from pipeline.passages import Place

    given = {"text": Place("text", "fr", text.text).sha256, "kind": "time", "kept": "08h48", "found": "08h48"}
    page = author.post(f"/post/{post.pk}/questions/", given, follow=True).content.decode()
    assert "it may stand" in page and "is an exact time" not in page


def test_hostile_words_are_shown_as_words(author, studio):
    said = "<script>alert(1)</script> à 08h48 <b>"
    post = drafts.create("Titre", [drafts.Piece(studio.channel, {"fr": said})], by=studio.intern)
    page = author.get(f"/post/{post.pk}/questions/").content.decode()
    assert "<script>alert" not in page and "&lt;script&gt;" in page


def test_a_post_taken_down_by_hand_is_said_so(author, studio):
    publication = studio.scheduled()
    type(publication).objects.filter(pk=publication.pk).update(state="published")
    task = Removal.objects.create(
        publication=publication, state="by_hand", asked_by=studio.editor, asked_at=timezone.now()
    )
    assert "by hand" in author.get("/removals/").content.decode()
    page = author.post("/removals/", {"task": task.pk}, follow=True).content.decode()
    assert "it is down" in page and "Nothing waits" in page


def test_an_original_is_kept_then_freed_then_destroyed(studio, enter, settings):
    from pipeline.footage import original_path

    footage = Footage.objects.create(sha256="f" * 64, size=1, kind="video", added_by=studio.editor)
    Footage.objects.update(added_at=timezone.now() - timedelta(days=400))
    path = original_path(footage.sha256)
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    client = enter(studio.coordinator)
    assert "ffffffffff" in client.get("/originals/").content.decode()
    page = client.post("/originals/", {"footage": footage.pk, "reason": "Procès en cours"}, follow=True)
    assert "Procès en cours" in page.content.decode()
    page = client.post("/originals/", {"footage": footage.pk, "destroy": "1"}).content.decode()
    assert "kept as evidence: end that first" in page and path.exists()
    client.post("/originals/", {"footage": footage.pk, "free": "1"})
    client.post("/originals/", {"footage": footage.pk, "destroy": "1"})
    assert not path.exists() and Footage.objects.get().deleted_at is not None


def test_only_a_coordinator_destroys(author, studio):
    footage = Footage.objects.create(sha256="f" * 64, size=1, kind="video", added_by=studio.editor)
    assert "coordinator" in author.post("/originals/", {"footage": footage.pk, "destroy": "1"}).content.decode()
    assert Footage.objects.get().deleted_at is None
