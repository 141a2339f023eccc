"""The page of a file's receipt of protection, and the same to take along."""

from __future__ import annotations

import hashlib
import html
import json

import pytest
from django.utils import timezone

from pipeline import gate
from pipeline.models import Faces, ProtectionReceipt, Voice
from pipeline.protection import receipts, record, timelines
from pipeline.protection.tracks import Box, Track
from tests.protection.settled import reviewed, searched


@pytest.fixture
def film(studio):
    """A reel of footage with one mask that ends inside the picture, looked at."""
    row = studio.video()
    footage = searched(row.footage.get(), (Track((Box(0, 0.4, 0.4, 0.1, 0.1),), 0.0, 0.25, 1),), seconds=0.48)
    for gap in timelines.gap_report(timelines.standing(footage)):
        timelines.decide(footage, gap.key, "nobody", by=studio.editor)
    return reviewed(row, by=studio.editor)


@pytest.fixture
def confirmed(studio, film):
    record.confirm(film, by=studio.intern, faces=Faces.MASKED, voice=Voice.DISGUISED)
    return film


def page(client, row):
    return html.unescape(client.get(f"/made/{row.pk}/receipt/").content.decode())


def test_before_anybody_confirmed_the_page_says_what_to_do(film, author):
    assert "Nobody has confirmed this file yet" in page(author, film)
    assert author.get(f"/made/{film.pk}/receipt.json").status_code == 404


def test_it_shows_everything_that_was_settled_and_its_hash(confirmed, author):
    said = page(author, confirmed)
    for words in (
        "exactly what was sealed",
        "disguised",
        "noor",
        "camille",
        "1 in all (nobody is there: 1)",
        "Embargo",
    ):
        assert words in said
    assert receipts.current(confirmed).sha256 in said


def test_what_was_changed_in_the_store_is_said_and_no_longer_given_out(confirmed, author):
    held = ProtectionReceipt.objects.get()
    ProtectionReceipt.objects.update(body=held.body.replace("camille", "noor"))
    said = page(author, confirmed)
    assert "not what was sealed" in said and "exactly what was sealed" not in said
    for ending in ("json", "pdf"):
        assert author.get(f"/made/{confirmed.pk}/receipt.{ending}").status_code == 404


def test_the_pages_of_the_footage_and_of_the_file_lead_to_it(confirmed, author):
    footage = confirmed.footage.get()
    assert f"/made/{confirmed.pk}/receipt/" in author.get(f"/footage/{footage.code}/").content.decode()
    assert f"/made/{confirmed.pk}/receipt/" in author.get(f"/library/{confirmed.pk}/").content.decode()
    ProtectionReceipt.objects.update(withdrawn_at=timezone.now())
    assert "not confirmed" in author.get(f"/footage/{footage.code}/").content.decode()


def test_a_second_confirmation_keeps_the_first_receipt_readable(studio, confirmed, author):
    first = receipts.current(confirmed)
    record.confirm(confirmed, by=studio.editor, faces=Faces.MASKED, voice=Voice.MUTED)
    assert first.sha256[:16] in page(author, confirmed) and "muted" in page(author, confirmed)


def test_as_json_it_can_be_checked_anywhere(confirmed, author):
    answer = author.get(f"/made/{confirmed.pk}/receipt.json")
    told = json.loads(answer.content)
    plain = json.dumps(told["receipt"], sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    assert hashlib.sha256(plain.encode()).hexdigest() == told["sha256"]
    assert "attachment" in answer["Content-Disposition"] and "no-store" in answer["Cache-Control"]


def test_on_paper_it_is_a_pdf_that_the_gate_lets_out(confirmed, author, tmp_path):
    answer = author.get(f"/made/{confirmed.pk}/receipt.pdf")
    path = tmp_path / "receipt.pdf"
    path.write_bytes(answer.content)
    assert answer.status_code == 200 and gate.inspect(path) == []


def test_only_those_who_work_with_footage_see_it(studio, confirmed, enter):
    shut_out = enter(studio.administrator)
    for path in ("receipt/", "receipt.json", "receipt.pdf"):
        assert shut_out.get(f"/made/{confirmed.pk}/{path}").status_code == 403
