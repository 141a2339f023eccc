"""The page of key dates."""

from __future__ import annotations

from datetime import timedelta

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from pipeline.models import KeyDate
from tests.planning.test_dates import event, file

SOON = timezone.localdate() + timedelta(days=10)
RAW = file(
    event("RRULE:FREQ=YEARLY", title="Journée <b>", start=f"DTSTART;VALUE=DATE:{SOON.replace(year=2000):%Y%m%d}")
)


def bring(client, name="PARTENAIRES", raw=RAW):
    return client.post(
        "/dates/", {"name": name, "file": SimpleUploadedFile("p.ics", raw)}, follow=True
    ).content.decode()


def test_a_calendar_is_brought_in_shown_and_taken_away(author):
    assert "No key dates yet." in author.get("/dates/").content.decode()
    page = bring(author)
    assert "PARTENAIRES: 1 new, 0 changed, 0 gone, 0 as before." in page
    assert "Journée &lt;b&gt;" in page and f"years: {SOON.year - 2000}" in page
    assert "0 new, 0 changed, 0 gone, 1 as before" in bring(author)
    page = author.post("/dates/", {"remove": "PARTENAIRES"}, follow=True).content.decode()
    assert "Dates taken away with PARTENAIRES: 1." in page and not KeyDate.objects.exists()


def test_what_is_refused_is_said_and_what_was_typed_stays(author):
    page = bring(author, raw=b"no calendar")
    assert "Not done." in page and "no calendar file" in page and 'value="PARTENAIRES"' in page
    page = author.post("/dates/", {"name": "X", "url": "http://127.0.0.1/secret"}).content.decode()
    assert "begins with https://" in page and "secret" not in page


def test_who_does_not_write_reads_only(studio, enter):
    client = enter(studio.administrator)
    page = client.get("/dates/").content.decode()
    assert "Bring a calendar in" not in page
    assert client.post("/dates/", {"remove": "X"}).status_code == 403
