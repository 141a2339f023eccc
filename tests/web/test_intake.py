"""Files brought in on the page: several at once, each taken or refused for itself, with three questions."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from pipeline import intake
from pipeline.errors import Refused
from pipeline.footage import original_path
from pipeline.models import Consent, Footage, How
from pipeline.protection import consents
from pipeline.protection.consents import Scope
from tests.media.canary import CANARY
from tests.media.clean import picture
from tests.media.poison_field import full_exif, heic

GIVEN = {"filmed_on": "2026-11-20", "place": "Calais", "filmed_by": "équipe 2", "consents": "p-014"}


def photo() -> bytes:
    out = BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "JPEG", exif=full_exif())
    return out.getvalue()


def agreed(studio) -> Consent:
    return consents.record("P-014", given_on=date(2026, 1, 5), how=How.WRITTEN, scope=Scope(), by=studio.editor)


def dropped(client, *files: bytes, **given: str) -> str:
    named = [SimpleUploadedFile(f"Chez Amina {n}.mp4", data) for n, data in enumerate(files)]
    return client.post("/footage/add/", {**GIVEN, **given, "originals": named}).content.decode()


def test_several_files_come_in_with_the_three_answers_and_what_they_carry_is_named(author, studio, home):
    consent = agreed(studio)
    said = dropped(author, photo(), heic(picture(), exif=full_exif()), b"ffconcat version 1.0\nfile x.mp4")
    rows = Footage.objects.order_by("pk")
    assert [(r.mime, r.place, r.filmed_by, r.filmed_on) for r in rows] == [
        (mime, "Calais", "équipe 2", date(2026, 11, 20)) for mime in ("image/jpeg", "image/heic")
    ]
    assert set(consents.footage_of(consent)) == set(rows)
    assert said.count("the place (GPS)") == 2 and "did not come in" in said and "not a video or a picture" in said
    assert CANARY.decode() not in said and "48.8584" not in said and "Chez Amina" not in said
    kept = original_path(rows[0].sha256)
    assert kept.read_bytes() == photo() and kept.stat().st_mode & 0o777 == 0o400 and "Amina" not in str(kept)
    assert not list((Path(home) / "work").iterdir())


def test_an_unknown_consent_or_no_file_brings_nothing_in(author, studio):
    assert "did not come in" in dropped(author, photo(), consents="P-999")
    assert "Choose at least one file" in author.post("/footage/add/", GIVEN).content.decode()
    assert not Footage.objects.exists()


def test_who_does_not_write_brings_nothing_in(studio, enter):
    assert enter(studio.administrator).get("/footage/add/").status_code == 403
    with pytest.raises(Refused):
        intake.bring(Path(__file__), intake.Answers(), by=studio.administrator)
