"""Captions that a machine heard: asked about like unread languages until a named person has checked them."""

from __future__ import annotations

import html
import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pipeline import drafts, films, review, subtitles
from pipeline.errors import Refused
from pipeline.models import Faces, Rendition, User, Voice
from pipeline.protection import record
from pipeline.reels.cutlist import CutList
from pipeline.reels.finding import Search
from pipeline.reels.knowing import Knowledge
from tests.protection.settled import reviewed
from tests.web.studio import PASSWORD, Studio

CUES = [subtitles.Cue(0, 200, "La rue est vide."), subtitles.Cue(200, 400, "Plus personne.")]


@pytest.fixture
def studio(db, home, tmp_path, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return Studio(tmp_path)


@pytest.fixture
def post(studio):
    """A film that was watched, whose words were read."""
    film = reviewed(studio.video(by=studio.intern), by=studio.intern)
    record.confirm(film, by=studio.intern, faces=Faces.NOBODY, voice=Voice.NONE)
    channel = studio.add_channel("facebook")
    piece = drafts.Piece(channel, {"fr": "Une rue."}, [(film, "Une rue, de dos.")], kind="video")
    made = drafts.create("Film", [piece], by=studio.intern)
    drafts.mark_read(made.variants.get().texts.get(), by=studio.intern)
    return made


def heard() -> subtitles.Cues:
    """The captions as they come back from the file that a machine wrote."""
    return subtitles.read(subtitles.marked(CUES, "srt"))


def with_captions(post, studio, cues) -> None:
    films.set_subtitles(films.films(post)[0], {"fr": cues}, by=studio.intern)


def test_unchecked_captions_make_their_language_unread_though_its_text_was_read(studio, post):
    assert review.unread_languages(post) == []
    with_captions(post, studio, heard())
    assert review.unread_languages(post) == ["fr"]
    revision = review.submit(post, by=studio.intern)
    with pytest.raises(Refused, match="Nobody has read what is written in: fr"):
        review.approve(revision, by=studio.coordinator)
    assert review.approve(revision, by=studio.coordinator, accept_unread=["fr"]).unread_accepted == ["fr"]


def test_a_named_person_checks_them_and_nobody_is_asked_any_more(studio, post):
    with_captions(post, studio, heard())
    assert subtitles.check(post, "fr", by=studio.editor) == 1
    assert review.unread_languages(post) == []
    row = Rendition.objects.get(kind="subtitles")
    assert (row.checked_by, row.checked_at is None) == (studio.editor, False)
    review.approve(review.submit(post, by=studio.intern), by=studio.coordinator)


def test_there_must_be_something_to_check_and_somebody_who_may(studio, post):
    with pytest.raises(Refused, match="no captions to check"):
        subtitles.check(post, "fr", by=studio.editor)
    with_captions(post, studio, heard())
    with pytest.raises(Refused, match="no captions to check"):
        subtitles.check(post, "ar", by=studio.editor)


def test_the_same_words_written_by_a_person_are_not_asked_about(studio, post):
    with_captions(post, studio, heard())
    with_captions(post, studio, subtitles.read(subtitles.write(CUES, "srt")))
    assert review.unread_languages(post) == []


def test_captions_burnt_into_a_reel_are_asked_about_too(studio, post, tmp_path):
    film = films.films(post)[0].rendition
    (tmp_path / "said.srt").write_bytes(subtitles.marked(CUES, "srt"))
    written = CutList.model_validate({"language": "fr", "cuts": [{"clip": "a.mp4"}], "captions": "said.srt"})
    found = Search(tmp_path, {(): 1}, Knowledge())._captions(written.captions)
    assert (len(found.cues), found.unchecked) == (2, True)
    Rendition.objects.filter(pk=film.pk).update(by_machine=found.unchecked)
    assert review.unread_languages(post) == ["fr"]
    subtitles.check(post, "fr", by=studio.editor)
    assert review.unread_languages(post) == []


def test_without_the_mark_the_approver_would_not_be_asked(studio, post):
    """The broken variant: captions whose mark is lost go through unasked, so it is the mark that asks."""
    lost = subtitles.Cues(heard())
    with_captions(post, studio, lost)
    assert review.unread_languages(post) == []


def test_on_the_page_they_are_brought_in_told_and_checked(studio, post, client):
    User.objects.filter(pk=studio.intern.pk).update(language="en")
    client.post("/sign-in/", {"username": studio.intern.username, "password": PASSWORD})
    use, address = films.films(post)[0], f"/post/{post.pk}/"
    file = SimpleUploadedFile("said.vtt", subtitles.marked(CUES, "vtt"))
    given = {"cover": "", "lang": "fr", "file": file, "version": post.version}
    client.post(f"{address}film/{use.pk}/", given)
    shown = html.unescape(client.get(address).content.decode())
    assert "Captions to be checked" in shown
    assert "I compared them with the sound" in shown
    said = html.unescape(client.post(f"{address}captions/", {"lang": "fr"}, follow=True).content.decode())
    assert "Noted: you compared the captions" in said
    assert "Captions to be checked" not in said
    assert "no captions to check" in html.unescape(
        client.post(f"{address}captions/", {"lang": "fr"}, follow=True).content.decode()
    )


def test_the_command_writes_a_marked_file_and_takes_a_persons_word(studio, post, tmp_path: Path, monkeypatch, capsys):
    import cli
    from pipeline.reels import speechmodel, transcribing
    from tests.reels.ears import wave
    from tests.reels.films import tone
    from tests.reels.test_transcribing import StandIn, said

    monkeypatch.setattr(transcribing, "refuse_without_extra", lambda: None)
    monkeypatch.setattr(transcribing, "whisper", lambda _folder: StandIn(said("La rue est vide.")))
    monkeypatch.setattr(speechmodel, "at_hand", lambda *_given: tmp_path)
    sound = wave(tmp_path / "a.wav", tone(3.0))
    cli.main(["reel", "transcribe", str(sound), "--lang", "fr", "--json"], standalone_mode=False)
    facts = json.loads(capsys.readouterr().out)
    assert facts == {"path": str(tmp_path / "a.fr.srt"), "lang": "fr", "cues": 1, "checked": False}
    assert subtitles.read(Path(facts["path"]).read_bytes()).unchecked
