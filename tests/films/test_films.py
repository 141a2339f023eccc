"""A film's cover and subtitles: set in the composer, sealed, looked at by the gate, in the form of each network."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from pipeline import composing, delivery, drafts, films, repairs, review, subtitles
from pipeline.errors import Refused
from pipeline.models import Faces, Footage, PostState, Voice
from pipeline.protection import record
from pipeline.rendering import store
from tests.delivery.acts import later, state
from tests.protection.settled import reviewed
from tests.web.studio import Studio, page_of, path

CUES = [subtitles.Cue(0, 200, "La rue est vide."), subtitles.Cue(200, 400, "Plus personne.")]


@pytest.fixture
def studio(db, home, tmp_path):
    return Studio(tmp_path)


@pytest.fixture
def draft(studio):
    """A film on a network, confirmed and read."""

    def made(network="facebook", kind="video"):
        film = reviewed(studio.video(by=studio.intern), by=studio.intern)
        record.confirm(film, by=studio.intern, faces=Faces.NOBODY, voice=Voice.NONE)
        there = {"bluesky": studio.channel, "instagram": studio.instagram}
        channel = there.get(network) or studio.add_channel(network)
        piece = drafts.Piece(channel, {"fr": "Une rue."}, [(film, "Une rue, de dos.")], kind=kind)
        post = drafts.create("Film", [piece], by=studio.intern)
        drafts.mark_read(post.variants.get().texts.get(), by=studio.intern)
        return post

    return made


def use_of(post):
    return films.films(post)[0]


def sent(post):
    [medium] = composing.compose(post.variants.get()).media
    return medium


def errors(post):
    return [one.code for one in composing.problems(post.variants.get()) if one.severity == "error"]


@pytest.mark.parametrize(("network", "form"), [("facebook", "srt"), ("bluesky", "vtt")])
def test_subtitles_travel_in_the_form_of_their_network(studio, draft, network, form):
    post = draft(network)
    films.set_subtitles(use_of(post), {"fr": CUES}, by=studio.editor)
    [one] = sent(post).subtitles
    held = store.path_of(one.file.sha256, subtitles.MIMES[form]).read_bytes()
    assert (one.lang, one.format, one.file.mime) == ("fr", form, subtitles.MIMES[form])
    assert subtitles.read(held) == CUES and one.file in composing.compose(post.variants.get()).files()
    assert errors(post) == []


def test_a_language_is_replaced_and_taken_away_and_others_stay(studio, draft):
    post = draft()
    films.set_subtitles(use_of(post), {"fr": CUES, "en": CUES}, by=studio.intern)
    films.set_subtitles(use_of(post), {"fr": CUES[:1]}, by=studio.intern)
    assert [one.lang for one in sent(post).subtitles] == ["en", "fr"]
    films.set_subtitles(use_of(post), {"en": None}, by=studio.intern)
    assert [one.lang for one in sent(post).subtitles] == ["fr"]


def test_a_cover_is_a_picture_or_a_moment(studio, draft):
    post = draft("instagram", "reel")
    picture = studio.picture(7)
    films.set_cover(use_of(post), by=studio.editor, cover=picture)
    assert sent(post).cover.sha256 == picture.sha256 and sent(post).cover_offset_ms is None
    films.set_cover(use_of(post), by=studio.editor, moment_ms=250)
    assert sent(post).cover is None and sent(post).cover_offset_ms == 250
    films.set_cover(use_of(post), by=studio.editor)
    assert sent(post).cover is None and sent(post).cover_offset_ms is None


def test_what_is_no_cover_and_what_are_no_subtitles_is_refused(studio, draft):
    use = use_of(draft())
    for wrong in ({"cover": use.rendition}, {"cover": studio.picture(7), "moment_ms": 1}, {"moment_ms": 480}):
        with pytest.raises(Refused):
            films.set_cover(use, by=studio.intern, **wrong)
    for cues in ([subtitles.Cue(0, 9_000, "Trop tard.")], [subtitles.Cue(0, 200, "Voir https://a.org")]):
        with pytest.raises(Refused):
            films.set_subtitles(use, {"fr": cues}, by=studio.intern)
    with pytest.raises(Refused):
        films.set_subtitles(use, {"tlh": CUES}, by=studio.intern)
    with pytest.raises(Refused):
        films.set_subtitles(use, {"fr": CUES}, by=studio.administrator)
    for broken in (b"pas de sous-titres", b"\xff\xfe1\x00", b""):
        with pytest.raises(Refused):
            subtitles.read(broken, "x.srt")


def test_a_change_of_subtitles_voids_the_approval_and_its_author_cannot_approve(studio, draft):
    post = draft()
    review.approve(review.submit(post, by=studio.intern), by=studio.coordinator)
    post.refresh_from_db()
    films.set_subtitles(use_of(post), {"fr": CUES}, by=studio.second)
    post.refresh_from_db()
    assert post.state == PostState.DRAFT
    review.submit(post, by=studio.intern)
    with pytest.raises(Refused):
        review.approve(review.waiting(post), by=studio.second)


def test_subtitles_in_a_language_that_nobody_read_must_be_accepted_by_name(studio, draft):
    post = draft()
    films.set_subtitles(use_of(post), {"ar": CUES}, by=studio.intern)
    revision = review.submit(post, by=studio.intern)
    with pytest.raises(Refused):
        review.approve(revision, by=studio.coordinator)
    review.approve(revision, by=studio.coordinator, accept_unread=["ar"])


def test_a_cover_made_of_unconfirmed_footage_stops_the_post(studio, draft):
    post, still = draft("instagram", "reel"), studio.picture(8)
    still.footage.set(
        [Footage.objects.create(sha256="b" * 64, size=1, kind="photo", mime="image/jpeg", added_by=studio.intern)]
    )
    films.set_cover(use_of(post), by=studio.intern, cover=still)
    assert "unprotected" in errors(post)
    reviewed(still, by=studio.intern)
    record.confirm(still, by=studio.intern, faces=Faces.NOBODY, voice=Voice.NONE)
    assert "unprotected" not in errors(post)


@pytest.mark.parametrize("spoilt", [False, True])
def test_a_sealed_film_goes_out_with_its_subtitles_and_not_once_they_changed_on_disk(studio, draft, spoilt):
    post = draft("bluesky")
    [row] = films.set_subtitles(use_of(post), {"fr": CUES}, by=studio.intern)
    review.approve(review.submit(post, by=studio.intern), by=studio.coordinator)
    post.refresh_from_db()
    [publication] = studio.place(post, timezone.localtime() + timedelta(minutes=5))
    if spoilt:
        held = store.path_of(row.sha256, row.mime)
        held.chmod(0o640)
        held.write_bytes(held.read_bytes().replace(b"rue", b"rve"))
    with later(6):
        delivery.tick()
    assert state(publication) == ("failed" if spoilt else "published")
    assert [path.suffix for path in studio.outbox.rglob("*.vtt")] == ([] if spoilt else [".vtt"])


def test_a_film_encoded_anew_keeps_its_cover_and_subtitles(studio, draft):
    post = draft("facebook", "reel")
    films.set_subtitles(use_of(post), {"fr": CUES}, by=studio.intern)
    before = sent(post)
    [step] = repairs.fix(post, by=studio.intern)
    assert step.refused is None and sent(post).file != before.file
    assert sent(post).subtitles == before.subtitles


# ---------------------------------------------------------------------------------------------------- the page


def entered(studio, user):
    from django.test import Client

    from tests.web.studio import PASSWORD

    type(user).objects.filter(pk=user.pk).update(language="en")
    client = Client()
    client.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    return client


def test_the_page_sets_a_cover_and_subtitles(studio, draft):
    post, client, picture = draft(), entered(studio, studio.intern), studio.picture(9)
    use = use_of(post)
    there = path(post, "film", use.pk)
    assert there in page_of(client, post)
    given = {"version": use.variant.post.version, "cover": str(picture.pk), "lang": "fr",
             "file": SimpleUploadedFile("f.srt", subtitles.write(CUES, "srt"))}  # fmt: skip
    shown = client.post(there, given, follow=True).content.decode()
    assert "is saved" in shown and "subtitles: French" in shown and "with its own cover" in shown
    assert sent(post).cover.sha256 == picture.sha256 and len(sent(post).subtitles) == 1
    post.refresh_from_db()
    again = {"version": post.version, "cover": "", "lang": "fr", "remove": ["fr"]}
    client.post(there, again)
    assert sent(post).cover is None and sent(post).subtitles == ()


def test_the_page_says_what_is_wrong_with_a_file_and_keeps_what_was_there(studio, draft):
    post, client = draft(), entered(studio, studio.intern)
    use = use_of(post)
    for content, said in (
        (b"rien", "holds no subtitles"),
        (subtitles.write([subtitles.Cue(0, 100, "www.a.b")], "srt"), "an address"),
    ):
        given = {
            "version": use.variant.post.version,
            "cover": "",
            "lang": "fr",
            "file": SimpleUploadedFile("f.srt", content),
        }
        assert said in client.post(path(post, "film", use.pk), given).content.decode()
    assert sent(post).subtitles == ()
