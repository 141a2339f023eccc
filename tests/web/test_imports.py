"""The pages on which records come in: looked at, settled, answered for, imported, taken back."""

from __future__ import annotations

import html
import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pipeline.models import FileShape, Import, Observation, Upload
from pipeline.observations import importing
from tests.importing import here
from tests.observations.grids import workbook

HEADER = "N°;Date;Commune;Lieu de vie;Type;Tentes;Statut\n"
GOOD = HEADER + "1;21/10/2026;Calais;A1;expulsion;3;vérifié\n2;22/10/2026;Calais;A2;expulsion;V/57;vérifié\n"


@pytest.fixture(autouse=True)
def quick_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "run_limited", here)


def choose(client, content, name="suivi.csv", dataset="observations"):
    """What the page says of a file, and its address."""
    data = content.encode() if isinstance(content, str) else content
    answer = client.post("/imports/", {"file": SimpleUploadedFile(name, data), "dataset": dataset}, follow=True)
    return html.unescape(answer.content.decode()), answer.redirect_chain[-1][0] if answer.redirect_chain else ""


def press(client, address, **given):
    return html.unescape(client.post(address, given, follow=True).content.decode())


def test_before_the_first_file_the_page_says_what_to_expect(author):
    assert "No spreadsheet was imported yet" in author.get("/imports/").content.decode()


def test_a_file_is_looked_at_first_imported_when_confirmed_and_taken_back(author, studio):
    page, address = choose(author, GOOD)
    assert "Rows read <b>2</b> = kept <b>2</b>" in page and "F3" in page and "“V/57” is not a number" in page
    assert "Read as UTF-8" in page and not Observation.objects.exists()
    page = press(author, address, **{"import": "yes"})
    assert "Imported: the rows count" in page and Observation.objects.filter(live=True).count() == 2
    brought = Import.objects.get()
    assert brought.imported_by == studio.intern and not Upload.objects.exists()
    page = press(author, f"/imports/{brought.pk}/undo/")
    assert "Taken back" in page and not Observation.objects.filter(live=True).exists()


def test_an_alarm_stands_in_the_way_until_its_words_are_typed(author):
    page, address = choose(author, GOOD + "TOTAL;;;;;3;\n")
    assert "Type <b>yes, 1</b>" in page
    for wrong in ("", "yes", "yes, 2", "on", "1"):
        page = press(author, address, **{"import": "yes", "answer": wrong})
        assert "still waits for its typed answer" in page and not Import.objects.exists()
    press(author, address, **{"import": "yes", "answer": "oui, 1"})
    assert Import.objects.get().answers == [{"kind": "total_rows", "number": 1}]


def test_titles_are_settled_on_the_page_and_kept_for_the_next_file(author):
    text = GOOD.replace("Tentes", "Canadiennes")
    page, address = choose(author, text)
    assert "were not read: Canadiennes" in page
    press(author, address, settle="yes", title=["Canadiennes"], found=[""], column=["tents"])
    assert "V/57" in author.get(address).content.decode()
    press(author, address, **{"import": "yes"})
    assert FileShape.objects.get().titles == {"Canadiennes": "tents"}
    page, _address = choose(author, text.replace(";3;", ";4;"), "novembre.csv")
    assert "were not read" not in page and "changed <b>1</b>" in page


def test_a_file_whose_titles_are_all_unknown_can_be_settled_too(author):
    text = GOOD.replace("Date;Commune", "Quand;Où")
    page, address = choose(author, text)
    assert "date" in page and "commune" in page and "Not done." in page
    press(author, address, settle="yes", title=["Quand", "Où"], found=["", ""], column=["date", "commune"])
    assert "Rows read <b>2</b>" in author.get(address).content.decode()


def test_dates_that_could_be_either_are_asked_and_settled(author):
    page, address = choose(author, GOOD.replace("21/10", "03/04").replace("22/10", "05/04"))
    assert "could be day/month or month/day" in page and "yes, 2" in page
    page = press(author, address, settle="yes", **{"order-date": "month"})
    assert "could be day/month" not in page
    press(author, address, **{"import": "yes"})
    assert [row.date.isoformat() for row in Observation.objects.order_by("row")] == ["2026-03-04", "2026-05-04"]


def test_vanished_rows_are_named_and_stop_counting_only_when_that_is_ticked(author):
    _page, address = choose(author, GOOD)
    press(author, address, **{"import": "yes"})
    page, address = choose(author, HEADER + "1;21/10/2026;Calais;A1;expulsion;3;vérifié\n", "suite.csv")
    assert "vanished <b>1</b>" in page and "3: 22/10/2026, Calais, A2, expulsion" in page
    press(author, address, **{"import": "yes", "drop_vanished": "on"})
    assert Observation.objects.filter(live=True).count() == 1


def test_the_file_comes_back_with_its_bad_cells_marked(author):
    from openpyxl import load_workbook

    _page, address = choose(author, GOOD)
    answer = author.get(address + "marked.xlsx")
    assert "attachment" in answer["Content-Disposition"]
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[1]
    assert sheet["F3"].comment is not None and sheet["F3"].fill.fgColor.rgb == "FFF4C20D"
    press(author, address, **{"import": "yes"})
    assert author.get(f"/imports/{Import.objects.get().pk}/marked.xlsx").content[:2] == b"PK"


@pytest.mark.parametrize(
    ("content", "name"),
    [(b"", "vide.csv"), (b"%PDF-1.7", "a.xlsx"), (b"PK\3\4", "a.xlsx"), (b"a;b\n1;2\n", ".~lock.a#")],
)
def test_what_is_no_spreadsheet_is_said_in_a_sentence_and_can_be_forgotten(author, content, name):
    page, address = choose(author, content, name)
    assert "Not done." in page or "Choose" in page
    if address:
        press(author, address, forget="yes")
        assert not Upload.objects.exists()


def test_a_hostile_name_and_hostile_cells_are_shown_as_text(author):
    rows = GOOD.replace("V/57", "<script>alert(1)</script>")
    answer = author.post(
        "/imports/",
        {"file": SimpleUploadedFile("<img src=x>.csv", rows.encode()), "dataset": "observations"},
        follow=True,
    )
    page = answer.content.decode()
    assert "<script>alert" not in page and "<img src=x>" not in page and "&lt;script&gt;" in page


def test_an_unknown_dataset_is_refused(author):
    page, _address = choose(author, GOOD, dataset="../settings")
    assert "There is no dataset" in page and not Upload.objects.exists()


def test_only_who_writes_brings_files_in_and_looks_at_rows(studio, enter, author):
    _page, address = choose(author, GOOD)
    press(author, address, **{"import": "yes"})
    client, pk = enter(studio.administrator), Import.objects.get().pk
    assert client.get("/imports/").status_code == 200
    assert client.post("/imports/", {"dataset": "observations"}).status_code == 403
    for door in (f"/imports/{pk}/", f"/imports/{pk}/marked.xlsx", address):
        assert client.get(door).status_code in {403, 404}
    assert client.post(f"/imports/{pk}/undo/").status_code == 403


def test_a_chosen_file_is_forgotten_after_a_week(author, home: Path):
    import time_machine

    choose(author, GOOD)
    assert len(list((home / "uploads").iterdir())) == 1
    with time_machine.travel("2099-01-01", tick=False):
        from pipeline.observations import uploads

        uploads.forget_old()
    assert not Upload.objects.exists() and not list((home / "uploads").iterdir())


def test_a_third_file_does_not_wait_for_two_others(author, monkeypatch):
    from threading import BoundedSemaphore

    from web import imports

    full = BoundedSemaphore(1)
    full.acquire()
    monkeypatch.setattr(imports, "AT_ONCE", full)
    monkeypatch.setattr(full, "acquire", lambda timeout: False)
    page, _address = choose(author, workbook([["Date", "Commune"], ["2026-10-01", "Calais"]]), "a.xlsx")
    assert "try again in a minute" in page
