"""Nothing made from footage is submitted or sent before a named person has watched it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from django.utils import timezone

from pipeline import composing, delivery, review
from pipeline.composing import NotReady
from pipeline.errors import Refused
from pipeline.models import Faces, Footage, How, PublicationState, Voice
from pipeline.protection import consents, record
from pipeline.protection.consents import Scope
from tests.protection.settled import reviewed


@pytest.fixture
def filmed(world):
    """A world whose card was made from footage."""
    footage = Footage.objects.create(sha256="f" * 64, size=1, kind="video", added_by=world.intern)
    world.card().footage.add(footage)
    reviewed(world.card(), by=world.intern)
    return world


def agreed(world, code):
    """A person of that code agreed that their face is seen."""
    return consents.record(code, given_on=date(2026, 1, 5), how=How.WRITTEN, scope=Scope(face=True), by=world.editor)


def confirm(world, **changes):
    settled = {"by": world.intern, "faces": Faces.MASKED, "voice": Voice.MUTED, **changes}
    return record.confirm(world.card(), **settled)


def test_without_a_record_it_is_not_submitted(filmed):
    with pytest.raises(NotReady, match="recognisable"):
        review.submit(filmed.draft(), by=filmed.intern)


def test_with_a_record_it_is(filmed):
    confirm(filmed)
    assert review.submit(filmed.draft(), by=filmed.intern)


def test_a_record_for_other_bytes_does_not_count(filmed):
    """A new render under the same row asks again."""
    confirm(filmed)
    filmed.card().protections.update(rendition_sha256="0" * 64)
    with pytest.raises(NotReady, match="recognisable"):
        review.submit(filmed.draft(), by=filmed.intern)


def test_a_record_withdrawn_after_approval_stops_the_sending(filmed):
    confirm(filmed)
    publication = filmed.scheduled()
    record.withdraw(filmed.card(), by=filmed.editor)
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        delivery.tick()
    publication.refresh_from_db()
    assert publication.state == PublicationState.MISSED  # the approval was void at once
    assert filmed.sent() == []


def test_a_record_withdrawn_past_the_code_stops_the_sending_too(filmed):
    confirm(filmed)
    publication = filmed.scheduled()
    filmed.card().protections.update(withdrawn_at=timezone.now())
    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False):
        delivery.tick()
    publication.refresh_from_db()
    assert publication.state == PublicationState.FAILED
    assert filmed.sent() == []


def test_a_protection_settled_after_approval_voids_it_and_its_author_cannot_approve(filmed):
    confirm(filmed)
    publication = filmed.scheduled()
    agreed(filmed, "C-1")
    confirm(filmed, by=filmed.coordinator, faces=Faces.CONSENT, consent="C-1")
    publication.refresh_from_db()
    assert publication.state == PublicationState.PLANNED
    revision = review.submit(publication.variant.post, by=filmed.intern)
    with pytest.raises(Refused, match="second person"):
        review.approve(revision, by=filmed.coordinator)


def test_whoever_confirmed_does_not_approve(filmed):
    post = filmed.draft()
    confirm(filmed, by=filmed.coordinator)
    with pytest.raises(Refused, match="second person"):
        review.approve(review.submit(post, by=filmed.intern), by=filmed.coordinator)


def test_shown_faces_need_a_consent(filmed):
    with pytest.raises(Refused, match="consent"):
        confirm(filmed, faces=Faces.CONSENT)
    agreed(filmed, "C-014")
    assert confirm(filmed, faces=Faces.CONSENT, consent="C-014")


def test_what_holds_no_footage_needs_no_record(world):
    with pytest.raises(Refused, match="no footage"):
        confirm(world)
    assert composing.problems(world.draft().variants.get()) == []
