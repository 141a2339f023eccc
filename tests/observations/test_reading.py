"""Files of every make as text cells, with the row numbers that the spreadsheet shows."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import Refused
from pipeline.observations.encoding import delimiter_of, encoding_of
from pipeline.observations.reading import read
from tests.observations.grids import workbook

FRENCH = "Date;Lieu de vie;Remarque\r\n01/10/2026;Échouée;« déjà vidé » – c’était prévu, œuvre d’été à Noël\r\n" * 3


def cells(content: bytes, name: str = "file.csv") -> list[tuple[str, ...]]:
    sheet = read(content, name).sheets[0]
    return [sheet.texts(at) for at in range(len(sheet.rows))]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman"])
def test_french_text_is_read_right_in_every_usual_encoding(encoding: str) -> None:
    content = FRENCH.encode(encoding)
    assert cells(content)[1] == ("01/10/2026", "Échouée", "« déjà vidé » – c’était prévu, œuvre d’été à Noël")


def test_text_of_the_old_console_is_read_right() -> None:
    assert encoding_of("Expulsion à l'aube, tentes déchirées, forêt vidée".encode("cp850")) == "cp850"


def test_latin_1_would_have_lost_what_windows_1252_keeps() -> None:
    content = "œuvre – d’été… 12 €".encode("cp1252")
    assert content.decode("latin-1") != content.decode(encoding_of(content)) == "œuvre – d’été… 12 €"


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_that_gives_even_rows_is_found(sign: str) -> None:
    text = "\n".join(sign.join(("1er août, tôt", "12,50", "a;b" if sign != ";" else "a", "3")) for _n in range(9))
    quoted = io.StringIO()
    csv.writer(quoted, delimiter=sign).writerows(line.split(sign) for line in text.split("\n"))
    assert delimiter_of(quoted.getvalue()) == sign


def test_rows_are_numbered_as_the_spreadsheet_shows_them_despite_newlines_in_cells() -> None:
    content = b'a,b\n"one\ntwo\nthree",2\n\nx,y\n'
    assert cells(content) == [("a", "b"), ("one\ntwo\nthree", "2"), (), ("x", "y")]


def test_the_line_that_names_the_delimiter_is_no_row() -> None:
    assert cells(b"sep=;\r\na;b\r\n1;2\r\n") == [("a", "b"), ("1", "2")]


def test_a_workbook_gives_text_with_its_sheet_and_its_row_numbers() -> None:
    from datetime import date, time

    content = workbook(
        [["Titre"], [], ["Date", "Heure", "N"], [date(2026, 10, 3), time(8, 48), 12], ["01000", None, 1.5]]
    )
    sheet = read(content, "f.xlsx").sheets[0]
    assert sheet.name == "Suivi"
    assert len(sheet.rows) == 5
    assert sheet.texts(3) == ("2026-10-03", "08:48", "12")
    assert sheet.texts(4) == ("01000", "", "1.5")


def test_a_workbook_named_csv_and_a_csv_named_xlsx_are_read_by_what_they_are() -> None:
    assert cells(workbook([["a", "b"], [1, 2]]), "f.csv") == [("a", "b"), ("1", "2")]
    assert cells(b"a,b\n1,2\n", "f.xlsx") == [("a", "b"), ("1", "2")]


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "empty"),
        (b" \r\n\r\n", "empty"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\xff\xd8\xff\xe0 picture", "JPEG"),
        (b"<!DOCTYPE html><table></table>", "web page"),
        (b"\x01\x02\x03\x04\x05\x06\x07\x08 a,b", "binary"),
        (workbook([["a", "b"], [1, 2]])[:900], "cut off"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 600, "cut off"),
    ],
)
def test_what_is_no_spreadsheet_is_refused_saying_what_to_do(content: bytes, word: str) -> None:
    with pytest.raises(Refused) as refused:
        read(content, "envoi.xlsx")
    assert word in str(refused.value) and "envoi.xlsx" in str(refused.value)


def test_an_archive_that_promises_too_much_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.observations.reading.MOST_UNPACKED", 1_000_000)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 2_000_000)
    assert len(bomb.getvalue()) < 10_000
    with pytest.raises(Refused, match="1 GB"):
        read(bomb.getvalue(), "bombe.xlsx")


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_in_one_sentence(content: bytes) -> None:
    try:
        read(content, "f.csv")
    except Refused as refused:
        assert str(refused)
