"""Texts are read for what could give somebody away; each finding is a named person's to answer."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from pipeline import delivery, drafts, planning, review
from pipeline.composing import NotReady
from pipeline.errors import Refused
from pipeline.models import ConsentName, How, PublicationState, ScanAnswer
from pipeline.protection import consents, textscan
from pipeline.protection.consents import Scope
from pipeline.protection.textscan import Kind, scan

ASKED = [
    ("Expulsion à 08h48 à Calais.", Kind.TIME, "08h48"),
    ("Police at 8:05 am.", Kind.TIME, "8:05"),
    ("۰۸:۴۸ صبح در کاله", Kind.TIME, "۰۸:۴۸"),
    ("um 8.15 Uhr", Kind.TIME, "8.15 Uhr"),
    ("rue de Verrotières, Calais", Kind.STREET, "rue de Verrotières"),
    ("au quai de la Loire ce matin", Kind.STREET, "quai de la Loire"),
    ("sous le pont Freycinet", Kind.STREET, "pont Freycinet"),
    ("near Calais Road today", Kind.STREET, "Calais Road"),
    ("dans der Hafenstraße", Kind.STREET, "Hafenstraße"),
    ("terrain bmx", Kind.STREET, "bmx"),
    ("véhicule AB-123-CD", Kind.PLATE, "AB-123-CD"),
    ("véhicule 1234 AB 62", Kind.PLATE, "1234 AB 62"),
    ("van LK65 ABC", Kind.PLATE, "LK65 ABC"),
    ("matricule 1234567", Kind.PLATE, "matricule 1234567"),
    ("appelez 06 12 34 56 78", Kind.PHONE, "06 12 34 56 78"),
    ("call +44 7911 123456", Kind.PHONE, "+44 7911 123456"),
    ("٠٦ ١٢ ٣٤ ٥٦ ٧٨", Kind.PHONE, "٠٦ ١٢ ٣٤ ٥٦ ٧٨"),
    ("50.9513, 1.8587", Kind.COORDINATES, "50.9513, 1.8587"),
    ("50,9513 ; 1,8587", Kind.COORDINATES, "50,9513 ; 1,8587"),
    ("50°57′04″N 1°51′31″E", Kind.COORDINATES, "50°57′04″N 1°51′31″E"),
    ("https://maps.app.goo.gl/abc", Kind.COORDINATES, "https://maps.app.goo.gl/abc"),
    ("9F26XVX5+2H", Kind.COORDINATES, "9F26XVX5+2H"),
    ("///filled.count.soap", Kind.COORDINATES, "///filled.count.soap"),
]


@pytest.mark.parametrize(("text", "kind", "found"), ASKED)
def test_what_is_finer_than_the_commune_or_points_at_a_person_is_asked_about(text, kind, found):
    assert [(one.kind, one.text) for one in scan(text)] == [(kind, found)]
    assert text[scan(text)[0].start :].startswith(found)


@pytest.mark.parametrize(
    "text",
    [
        "Le 14 octobre 2026, 98 expulsions de 17 lieux de vie informels à Calais.",
        "Au moins 1 226 expulsions, 5 794 tentes et bâches, 141 arrestations.",
        "Expulsions « 48 h », 24 h/24, après 2 h d’attente.",
        "Hausse de 23 %, soit 7,5 points ; de 10 à 15 personnes.",
        "En 2023-24 : 108 456 personnes. Du 1er novembre au 31 octobre.",
        "La permanence se tient à 15 h ; rendez-vous vers 8 heures ; at 3 p.m.",
        "La place des femmes ; sur la route ; au pont. Format 16:9.",
        "Source : observations de l’équipe. #Calais @hro https://example.org/a/2026",
        "CRS 62, V/57 et 3 fourgons ; 06/05/2024.",
        "١٬٢٢٦ عملية إخلاء في كاليه في أكتوبر",
    ],
)
def test_figures_dates_and_plain_words_are_not_asked_about(text):
    assert scan(text) == []


@given(st.text(max_size=300))
def test_any_text_is_read_and_each_finding_stands_where_it_says(text):
    for one in scan(text):
        assert text[one.start :].startswith(one.text)


def test_a_post_with_an_exact_time_is_not_submitted_until_somebody_answers(world):
    post = world.draft("Expulsion à 08h48 à Calais, 132 personnes.")
    with pytest.raises(NotReady, match="exact time"):
        review.submit(post, by=world.intern)
    textscan.answer(post, "08h48", by=world.editor)
    revision = review.submit(post, by=world.intern)
    assert review.approve(revision, by=world.coordinator)


def test_whoever_answers_is_an_author(world):
    post = world.draft("Expulsion à 08h48 à Calais, 132 personnes.")
    textscan.answer(post, "08h48", by=world.coordinator)
    revision = review.submit(post, by=world.intern)
    with pytest.raises(Refused, match="second person"):
        review.approve(revision, by=world.coordinator)


def test_another_text_asks_again(world):
    from pipeline import drafts

    post = world.draft("Expulsion à 08h48 à Calais.")
    textscan.answer(post, "08h48", by=world.editor)
    drafts.set_text(post.variants.get(), "fr", "Expulsion à 08h48 à Calais. Encore.", by=world.intern)
    assert [one.finding.text for one in textscan.of_post(post)] == ["08h48"]


def test_what_is_finer_waits_after_it_was_let_stand(world, settings):
    settings.PORTEVOIX_FOOTAGE_DELAY = timedelta(hours=48)
    post = world.draft("Expulsion rue de Verrotières, 132 personnes.")
    textscan.answer(post, "rue de Verrotières", by=world.editor)
    soon, late = (timezone.now() + timedelta(hours=hours) for hours in (47, 49))
    with pytest.raises(Refused, match="finer than the commune"):
        planning.schedule(post, planning.wall_time(soon.isoformat()), by=world.intern)
    assert planning.schedule(post, planning.wall_time(late.isoformat()), by=world.intern)


def test_a_public_appointment_does_not_wait(world, settings):
    settings.PORTEVOIX_FOOTAGE_DELAY = timedelta(hours=48)
    post = world.draft("Rassemblement à 14h30, rue de Moscou à Calais.")
    for found in ("14h30", "rue de Moscou"):
        textscan.answer(post, found, by=world.editor, public=True)
    soon = timezone.now() + timedelta(hours=1)
    assert planning.schedule(post, planning.wall_time(soon.isoformat()), by=world.intern)
    assert set(ScanAnswer.objects.values_list("public", flat=True)) == {True}


def test_an_answer_after_the_time_was_chosen_waits_all_the_same(world, settings):
    """The place in the calendar is older than the answer: it is asked once more before the request."""
    from pipeline import drafts

    publication = world.scheduled()
    post = publication.variant.post
    settings.PORTEVOIX_FOOTAGE_DELAY = timedelta(hours=48)
    drafts.set_text(publication.variant, "fr", "132 expulsions rue de Verrotières.", by=world.intern)
    drafts.mark_read(publication.variant.texts.get(), by=world.intern)
    textscan.answer(post, "rue de Verrotières", by=world.intern)
    review.approve(review.submit(post, by=world.intern), by=world.coordinator)
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        delivery.tick()
    publication.refresh_from_db()
    assert publication.state == PublicationState.FAILED and world.sent() == []


def test_a_phone_number_does_not_wait(world, settings):
    settings.PORTEVOIX_FOOTAGE_DELAY = timedelta(hours=48)
    post = world.draft("132 personnes. Permanence : 03 21 00 00 00.")
    for one in textscan.of_post(post):
        textscan.answer(post, one.finding.text, by=world.editor)
    soon = timezone.now() + timedelta(hours=1)
    assert planning.schedule(post, planning.wall_time(soon.isoformat()), by=world.intern)


def test_a_position_takes_a_coordinator(world):
    post = world.draft("Ici : 50.9513, 1.8587.")
    with pytest.raises(Refused, match="coordinator"):
        textscan.answer(post, "50.9513, 1.8587", by=world.intern)
    assert textscan.answer(post, "50.9513, 1.8587", by=world.second)


NAMES = ["Amina Yusufzai", "أمينة يوسفزي", "Jean-Luc d’Arcy"]


@pytest.fixture
def registered(world):
    scope = Scope(names=NAMES)
    return consents.record("P-014", given_on=date(2026, 1, 5), how=How.SPOKEN, scope=scope, by=world.editor)


@pytest.mark.parametrize(
    "text",
    ["Merci à amina YUSUFZAI pour ses mots.", "شكرا أمينة يوسفزي", "témoignage de Jean Luc d'Arcy,", "Amina  Yusufzaï"],
)
def test_a_name_of_the_register_is_found_however_it_is_written(registered, text):
    hashed = frozenset(ConsentName.objects.values_list("digest", flat=True))
    assert [one.kind for one in scan(text, hashed)] == [Kind.NAME]


def test_no_name_stands_in_the_store(registered, world, home):
    """Not in a row, not in the log, not in an answer: the database file is read for its bytes."""
    from django.db import connection

    post = world.draft("Merci à Amina Yusufzai.")
    (question,) = textscan.of_post(post)
    textscan.answer(post, question.finding.text, by=world.second)
    stored = "\n".join(line for line in connection.connection.iterdump() if "pipeline_varianttext" not in line)
    for word in ("Yusufzai", "yusufzai", "Arcy", "يوسفزي"):
        assert word not in stored
    assert ScanAnswer.objects.get().found == ""


def test_a_store_taken_without_its_key_gives_no_name_back(registered):
    """Broken on purpose: a plain hash is found by trying names; the keyed one is not."""
    import hashlib

    digests = set(ConsentName.objects.values_list("digest", flat=True))
    tried = {hashlib.sha256(name.encode()).hexdigest() for name in ("amina yusufzai", "jean luc d arcy", *NAMES)}
    assert digests.isdisjoint(tried) and len(digests) == len(NAMES)


def test_without_the_scan_the_time_would_go_out(world, monkeypatch):
    """Broken on purpose: with the scan switched off, the very text is sent."""
    monkeypatch.setattr("pipeline.protection.textscan.checking.scan", lambda *_given: [])
    publication = world.scheduled(text="Expulsion à 08h48 à Calais.")
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        delivery.tick()
    publication.refresh_from_db()
    assert publication.state in (PublicationState.PUBLISHED, PublicationState.VERIFIED)
    assert len(world.sent()) == 1


def test_the_register_is_read_once_for_all_channels_of_a_post(world, registered):
    channels = [world.channel, world.add_channel("mastodon"), world.add_channel("facebook")]
    words = {"fr": "132 expulsions à Calais."}
    pieces = [drafts.Piece(channel, words, [(world.card(), "132 expulsions.")]) for channel in channels]
    post = drafts.create("Octobre", pieces, by=world.intern)
    with CaptureQueriesContext(connection) as asked:
        review.submit(post, by=world.intern)
    assert sum("consentname" in query["sql"] for query in asked) == 1
