"""A poisoned photo from the field to its channels: all of them get the very bytes that the gate read."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from pipeline import channels, delivery, drafts, gate, mediahost, photos, planning, review
from pipeline import footage as stage
from pipeline.delivery import handoff
from pipeline.models import Faces, Footage, Publication, PublicationState, Voice
from pipeline.protection import record
from pipeline.rendering import store
from publishers._mediahost import MediaChoice
from tests.media.canary import CANARY
from tests.media.clean import picture
from tests.media.exposure import exposed
from tests.media.poison import hidden_in
from tests.media.poison_field import full_exif, heic
from tests.protection.settled import reviewed, searched
from tests.publishers.kits import OWN

NAME = f"IMG {CANARY.decode()} Amina 48.858.HEIC"
PROFILES = {"letter": "newsletter", "press": "press", "work": "linkedin"}


@pytest.fixture
def photo(world, tmp_path):
    """A telephone's photo full of what must not leave, under a name that says it too, developed and confirmed."""
    path = tmp_path / NAME
    path.write_bytes(heic(picture(640, 480), exif=full_exif()))
    assert hidden_in(path.read_bytes())
    row = searched(stage.add(path, by=world.intern))
    made = photos.make(row, format="whole", alt="Une rue.", lang="fr", by=world.intern)
    Footage.objects.update(embargo_until=None)
    record.confirm(reviewed(made, by=world.intern), by=world.intern, faces=Faces.MASKED, voice=Voice.NONE)
    return made


@pytest.fixture
def delivered(world, photo):
    """A post with that photo on every kind of channel, sent at its time."""
    by_hand = [
        channels.add(name, "handoff", {"profile": profile, **OWN}, by=world.administrator, verify=True)
        for name, profile in PROFILES.items()
    ]
    texts = {"fr": "La pluie sur Calais\n\nElle tombe sans fin."}
    pieces = [drafts.Piece(channel, texts, [(photo, "Une rue.")]) for channel in (world.channel, *by_hand)]
    post = drafts.create("Une rue", pieces, by=world.intern)
    for variant in post.variants.all():
        drafts.mark_read(variant.texts.get(), by=world.intern)
    review.approve(review.submit(post, by=world.intern), by=world.coordinator)
    at = timezone.now() + timedelta(minutes=5)
    planning.schedule(post, planning.wall_time(at.isoformat()), by=world.intern, in_quiet_time=True)
    with time_machine.travel(at + timedelta(minutes=1), tick=True):
        for _tick in range(4):
            delivery.tick()
    return list(Publication.objects.filter(variant__post=post).select_related("channel"))


def test_channels_and_pages_get_the_bytes_of_the_gate_and_nothing_else_of_the_photo(world, photo, delivered):
    channels_get_those_bytes(world, photo, delivered)
    pages_give_those_bytes(world, photo, delivered)


def channels_get_those_bytes(world, photo, delivered):
    assert {row.state for row in delivered} <= {PublicationState.PENDING, *(PublicationState.PUBLISHED, "verified")}
    folders = [handoff.folder(row) for row in delivered if row.channel.name in PROFILES]
    files = [path for folder in (world.outbox, *folders) for path in folder.rglob("*") if path.is_file()]
    pictures = [path for path in files if path.suffix == ".jpg"]
    assert len(pictures) == len(delivered) == 4 and len(files) > 20
    for path in pictures:
        assert hashlib.sha256(path.read_bytes()).hexdigest() == photo.sha256
        assert exposed(path) == [] and gate.inspect(path) == []
    for path in files:
        assert not hidden_in(path.read_bytes()) and b"Amina" not in path.read_bytes() and "Amina" not in str(path)


def pages_give_those_bytes(world, photo, delivered):
    client = Client()
    client.force_login(world.coordinator)
    given = [client.get(f"/file/{photo.sha256}")]
    for row in delivered:
        if (kit := handoff.kit(row)) is not None:
            given += [client.get(f"/handoff/{row.pk}/file/{item.file}") for item in kit.items]
    host = mediahost.chosen(MediaChoice(url="https://studio.example.org/media/"))
    address = host.put(store.path_of(photo.sha256, photo.mime))
    given.append(client.get("/media/" + address.rpartition("/")[2]))
    assert len(given) == 5
    for answer in given:
        assert hashlib.sha256(b"".join(answer.streaming_content)).hexdigest() == photo.sha256
        assert "Amina" not in str(answer.headers)
