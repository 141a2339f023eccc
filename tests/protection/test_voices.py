"""Voices: what the footage asks is done and recorded as it is; nothing goes out that lets more be heard."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from pipeline import composing, delivery, review
from pipeline import footage as stage
from pipeline.demo._voice import ambience
from pipeline.errors import Refused
from pipeline.models import AuditEntry, Faces, Footage, How, PostState, Rendition, Voice
from pipeline.protection import consents, record, voices
from pipeline.protection.consents import Scope
from pipeline.reels import voice as disguise
from pipeline.reels.cutlist import CutList
from pipeline.rendering import copies, jobs, store
from pipeline.rendering.copies import Wanted
from tests.protection.settled import reviewed, searched
from tests.reels.ears import heard, pitch
from tests.reels.films import film, steps


@pytest.fixture
def filmed(world):
    """A world whose card counts as a film of one footage in which voices are heard as they are."""
    footage = Footage.objects.create(sha256="f" * 64, size=1, kind="video", added_by=world.intern)
    world.card().footage.add(footage)
    reviewed(world.card(), by=world.intern)
    lets_hear(world, "kept")
    return world


def lets_hear(world, voice: str) -> None:
    measured(world.card(), {"f" * 64: voice})


def measured(card: Rendition, heard_as: dict[str, str]) -> None:
    Rendition.objects.filter(pk=card.pk).update(measured={"voices": heard_as})
    card.refresh_from_db()


def confirm(world, voice: Voice, consent: str = ""):
    return record.confirm(world.card(), by=world.intern, faces=Faces.MASKED, voice=voice, consent=consent)


def footage_of(world) -> Footage:
    return world.card().footage.get()


def cut_list(clip: Path, *sounds: str) -> CutList:
    cuts = [{"clip": clip, "from": n, "to": n + 1, "sound": how} for n, how in enumerate(sounds)]
    return CutList.model_validate({"language": "fr", "format": "square", "cuts": cuts})


# ---------------------------------------------------------------------- what is recorded is true


@pytest.mark.parametrize("fact", [Voice.KEPT, Voice.MUTED, Voice.DISGUISED])
@pytest.mark.parametrize("said", [Voice.KEPT, Voice.MUTED, Voice.DISGUISED])
def test_nobody_can_say_of_the_voices_what_the_file_does_not_do(filmed, fact, said):
    lets_hear(filmed, fact.value)
    if said == fact:
        (row,) = confirm(filmed, said)
        assert row.voice == fact
    else:
        with pytest.raises(Refused, match="Voices are"):
            confirm(filmed, said)
        assert not filmed.card().protections.exists()


def test_a_person_hears_whether_anybody_speaks(filmed):
    (row,) = confirm(filmed, Voice.NONE)
    assert row.voice == Voice.NONE


def test_each_footage_is_recorded_with_its_own_and_the_file_with_the_most_open(filmed):
    other = Footage.objects.create(sha256="e" * 64, size=1, kind="video", added_by=filmed.intern)
    filmed.card().footage.add(other)
    reviewed(filmed.card(), by=filmed.intern)
    measured(filmed.card(), {"f" * 64: "muted", "e" * 64: "disguised"})
    with pytest.raises(Refused, match="disguised"):
        confirm(filmed, Voice.MUTED)
    rows = {row.footage.sha256[0]: row.voice for row in confirm(filmed, Voice.DISGUISED)}
    assert rows == {"f": Voice.MUTED, "e": Voice.DISGUISED}


def test_a_consent_to_a_face_is_none_to_a_voice(filmed):
    scope = Scope(face=True)
    consents.record("P-014", given_on=date(2026, 1, 5), how=How.WRITTEN, scope=scope, by=filmed.editor)
    with pytest.raises(Refused, match="does not let the voice be heard"):
        confirm(filmed, Voice.KEPT, "P-014")
    consents.record("P-015", given_on=date(2026, 1, 5), how=How.WRITTEN, scope=Scope(voice=True), by=filmed.editor)
    assert confirm(filmed, Voice.KEPT, "P-015")


# ---------------------------------------------------------------------- what the footage asks for


def test_voices_asked_for_after_approval_stop_the_sending(filmed):
    confirm(filmed, Voice.KEPT)
    publication = filmed.scheduled()
    voices.choose(footage_of(filmed), Voice.MUTED, by=filmed.editor)
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        delivery.tick()
    assert filmed.sent() == []
    publication.variant.post.refresh_from_db()
    assert publication.variant.post.state == PostState.DRAFT
    found = [p.sentence.msgid for p in composing.problems(publication.variant)]
    assert any("to be muted" in one for one in found)


def test_asked_for_past_the_code_they_stop_the_sending_too(filmed):
    confirm(filmed, Voice.KEPT)
    filmed.scheduled()
    Footage.objects.update(voices="disguised")
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        delivery.tick()
    assert filmed.sent() == []


def test_who_chooses_the_voices_does_not_approve_the_post(filmed):
    confirm(filmed, Voice.KEPT)
    post = filmed.draft()
    voices.choose(footage_of(filmed), Voice.MUTED, by=filmed.coordinator)
    lets_hear(filmed, "muted")
    record.withdraw(filmed.card(), by=filmed.intern)
    confirm(filmed, Voice.MUTED)
    with pytest.raises(Refused, match="yourself"):
        review.approve(review.submit(post, by=filmed.intern), by=filmed.coordinator)


@pytest.mark.parametrize("asked", ["", "kept", "disguised", "muted"])
def test_a_cut_may_protect_more_than_its_footage_asks_and_never_less(asked, tmp_path):
    footage = Footage(sha256="f" * 64, voices=asked)
    written = cut_list(tmp_path / "a.mp4", "keep", "duck", "disguise", "mute")
    found = [cut.sound for cut in voices.protected(written, {tmp_path / "a.mp4": footage}).cuts]
    assert found == {
        "": ["keep", "duck", "disguise", "mute"], "kept": ["keep", "duck", "disguise", "mute"],
        "disguised": ["disguise", "disguise", "disguise", "mute"], "muted": ["mute"] * 4,
    }[asked]  # fmt: skip


@pytest.fixture
def spoken(world, tmp_path):
    """A film of somebody speaking, taken in, its faces settled."""
    row = stage.add(film(tmp_path / "said.mp4", steps(60), sound=ambience(2.0, 150, 2)), by=world.intern)
    searched(row)
    return row


def test_a_reel_is_disguised_as_its_footage_asks_and_says_nowhere_by_how_much(world, spoken, tmp_path):
    voices.choose(spoken, Voice.DISGUISED, by=world.intern)
    path = tmp_path / "said.mp4"
    row = jobs.reel(cut_list(path, "keep", "keep"), {path: spoken}, by=world.intern)
    out = store.path_of(row.sha256, row.mime)
    shift = disguise.shift(voices.seed_of(spoken))
    assert pitch(heard(out)) / pitch(heard(path)[:96_000]) == pytest.approx(shift, rel=0.06)
    assert row.measured["voices"] == {spoken.sha256: "disguised"}
    told = json.dumps([row.spec, row.measured, row.texts, [entry.detail for entry in AuditEntry.objects.all()]])
    seed = voices.seed_of(spoken).hex()
    for secret in (seed, f"{shift:.4f}"[:5], str(round(48_000 * shift))):
        assert secret not in told
        assert secret.encode() not in out.read_bytes()


def test_another_newsroom_disguises_the_same_film_otherwise(world, spoken, settings):
    before = voices.seed_of(spoken)
    settings.PORTEVOIX_KEYS = "x" * 43 + "="
    assert voices.seed_of(spoken) != before


def test_a_copy_made_without_the_originals_is_muted_where_the_footage_asks_for_it_since(world, spoken, tmp_path):
    path = tmp_path / "said.mp4"
    row = jobs.reel(cut_list(path, "keep"), {path: spoken}, by=world.intern)
    Rendition.objects.filter(pk=row.pk).update(spec={"masks": row.spec["masks"]})
    row.refresh_from_db()
    timeline = reviewed(row, by=world.intern)
    record.confirm(timeline, by=world.intern, faces=Faces.NOBODY, voice=Voice.KEPT)
    voices.choose(spoken, Voice.MUTED, by=world.intern)
    wanted = Wanted(mime="video/mp4", format="square", size=(540, 540), max_width=540)
    made = copies.film(row, wanted, by=world.intern)
    assert abs(heard(store.path_of(made.sha256, made.mime))).max() < 1e-4
    assert made.measured["voices"] == {spoken.sha256: "muted"}
    assert not made.protections.exists()  # it has to be listened to again
