"""What is too like what a channel had a few days before: pointed out once, by what is alike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from pipeline import drafts, planning
from pipeline.models import Publication, PublicationState, Summary
from pipeline.planning import likeness

SAID = "À Calais, ce matin, l’équipe a vu trois expulsions de lieux de vie."


def placed(world, text, *, days, channel=None, summary=None, picture=False):
    media = [(world.card(), "Barres.")] if picture else []
    piece = drafts.Piece(channel or world.channel, {"fr": text}, media, kind="image" if picture else "text")
    post = drafts.create(text[:20], [piece], by=world.intern, summary=summary)
    at = planning.wall_time((timezone.now() + timedelta(days=days)).isoformat())
    return planning.schedule(post, at, by=world.intern)[0]


def alike(row: Publication) -> list[str]:
    return [one.what for one in likeness.of(row.variant, row.due_at)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SAID, ["text"]),
        (SAID.upper() + " https://example.org/x #Calais", ["text"]),
        (SAID.replace("trois", "quatre"), ["text"]),
        ("Une permanence juridique se tient jeudi à quinze heures.", []),
    ],
)
def test_almost_the_same_words_are_found_whatever_their_case_links_or_tags(world, text, found):
    placed(world, SAID, days=1)
    assert alike(placed(world, text, days=3)) == found


def test_the_same_picture_and_the_same_figures_are_found(world):
    summary = Summary.objects.create(
        name="note", period="2026-10", definition_sha256="", fingerprint="x", computed_at=timezone.now()
    )
    placed(world, "Premier.", days=1, summary=summary, picture=True)
    assert alike(placed(world, "Autre chose.", days=2, summary=summary, picture=True)) == ["figures", "picture"]


def test_a_fortnight_later_another_channel_or_a_cancelled_post_is_nothing_alike(world, settings):
    settings.PORTEVOIX_ALIKE_DAYS = 14
    first = placed(world, SAID, days=1)
    assert alike(placed(world, SAID, days=17)) == []
    assert alike(placed(world, SAID, days=1, channel=world.add_channel("bluesky", "other"))) == []
    Publication.objects.filter(pk=first.pk).update(state=PublicationState.CANCELLED)
    assert alike(placed(world, SAID, days=2)) == []


def test_the_sentence_names_the_channel_the_post_and_the_day(world):
    first = placed(world, SAID, days=1)
    (one,) = likeness.of(placed(world, SAID, days=2).variant, first.due_at + timedelta(days=1))
    day = timezone.localtime(first.due_at).strftime("%Y-%m-%d")
    assert str(one.sentence) == f"bluesky: post {first.variant.post_id} says almost the same on {day}."


def test_two_posts_at_the_very_same_time_are_pointed_out(world):
    first = placed(world, SAID, days=1)
    other = drafts.create("x", [drafts.Piece(world.channel, {"fr": "Rien de tel."})], by=world.intern)
    assert [one.what for one in likeness.of(other.variants.get(), first.due_at)] == ["time"]
