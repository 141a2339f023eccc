"""Files as they really arrive: every encoding and container, damaged, dressed up, locked, hostile."""

from __future__ import annotations

import io
import zipfile

import pytest

from pipeline.errors import Refused
from pipeline.observations.encoding import encoding_of, samples_of
from pipeline.observations.reading import read
from tests.observations.grids import looked_at, records, workbook

HEADER = "N°;Date;Commune;Lieu de vie;Tentes;Commentaire\n"
ROW = "1;24/12/2025;Béthune;Échouée;12;« déjà vidé » – c’était prévu, œuvre d’été… à Noël\n"
NOTE = "« déjà vidé » – c’était prévu, œuvre d’été… à Noël"

# Twelve short texts of the kind that observers write; the share read right is held against the measured table.
TEXTS = (
    "Expulsion à l’aube : tentes et bâches saisies, personnes repoussées vers la forêt.",
    "Périmètre mis en place ; l’équipe est tenue à l’écart, aucune visibilité.",
    "Deux interpellations, dont un mineur isolé. Pas d’interprète présent.",
    "Arrivée des fourgons à 8 h 48, départ à 9 h 15. Huissier présent.",
    "Vélos et téléphones jetés à la benne par l’équipe de nettoyage.",
    "Mise à l’abri annoncée la veille, bus à moitié vide, familles séparées.",
    "Gaz lacrymogène utilisé près des tentes ; trois blessés légers à l’hôpital.",
    "Témoignage recueilli après coup : couvertures mouillées, réchauds confisqués.",
    "Contrôle d’identité de toute l’équipe, menacée d’une amende pour stationnement gênant.",
    "Les personnes étaient déjà parties ; le terrain a été labouré et clôturé.",
    "Opération de même ampleur qu’hier, même base légale : flagrance prolongée.",
    "Où sont passées les affaires ? Réponse du préfet : « rien n’a été détruit ».",
)
# Right of twelve, by encoding; the old console's is the hard one in short texts.
AT_LEAST = {"utf-8": 12, "utf-16": 12, "cp1252": 12, "mac_roman": 12, "cp850": 11}


@pytest.mark.parametrize("encoding", AT_LEAST)
def test_short_french_texts_are_read_in_the_right_encoding(encoding: str) -> None:
    texts = [text.replace("’", "'") if encoding == "cp850" else text for text in TEXTS]
    right = 0
    for text in texts:
        content = text.encode(encoding, errors="replace")
        right += content.decode(encoding_of(content)) == content.decode(encoding)
    assert right >= AT_LEAST[encoding]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman"])
def test_the_same_record_comes_out_of_every_encoding(encoding: str) -> None:
    table, _alarms = looked_at((HEADER + ROW).encode(encoding))
    (record,) = records(table)
    assert record.cells["notes"].value == NOTE and record.cells["commune"].value == "Béthune"


def test_three_lines_with_accents_are_shown_so_that_a_person_sees_it() -> None:
    book = read((HEADER + "plain;ascii\n" * 50 + ROW + ROW.replace("Noël", "août") + ROW).encode("cp1252"), "f.csv")
    assert book.encoding == "cp1252" and len(book.samples) == 3
    assert "Béthune" in book.samples[1] and all(len(line) <= 120 for line in book.samples)
    assert samples_of("only ascii\n" * 10) == ()


def test_what_was_encoded_twice_is_set_right_and_told() -> None:
    twice = (HEADER + ROW).encode().decode("cp1252", errors="replace").replace("\ufffd", "").encode()
    table, alarms = looked_at(twice)
    assert records(table)[0].cells["commune"].value == "Béthune" and "encoded_twice" in alarms


def test_nul_bytes_are_refused_as_no_text() -> None:
    with pytest.raises(Refused, match="not a spreadsheet"):
        read((HEADER + ROW.replace("12", "1\0")).encode(), "f.csv")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r", "\x85"])
def test_every_line_end_is_one(end: str) -> None:
    table, _alarms = looked_at((HEADER + ROW + ROW).replace("\n", end))
    assert [record.row for record in records(table)] == [2, 3]


def test_a_header_alone_says_so() -> None:
    with pytest.raises(Refused, match="no row under it"):
        looked_at(HEADER)


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_may_change_from_year_to_year(sign: str) -> None:
    text = (HEADER + "1;24/12/2025;Calais;A1;12;vu de loin\n").replace(";", sign)
    assert records(looked_at(text)[0])[0].cells["tents"].value == 12
    assert records(looked_at(f"sep={sign}\n{text}")[0])[0].row == 2


def test_quoted_newlines_do_not_move_the_row_numbers() -> None:
    table, _alarms = looked_at(HEADER + '1;24/12/2025;Calais;A1;12;"deux\nlignes"\n2;25/12/2025;Calais;A1;V/57;\n')
    assert [(p.row, p.letter) for p in table.problems] == [(3, "E")]


def test_ragged_rows_and_a_trailing_empty_column_lose_nothing() -> None:
    table, _alarms = looked_at(
        "Date;Commune;Tentes;\n24/12/2025;Calais;3;\n25/12/2025;Calais\n26/12/2025;Calais;4;en trop\n"
    )
    assert [record.cells.get("tents") and record.cells["tents"].value for record in records(table)] == [3, None, 4]


def test_a_bare_quotation_mark_inside_a_cell_is_text() -> None:
    table, _alarms = looked_at(HEADER + '1;24/12/2025;Calais;le "petit" bois;3;\n')
    assert records(table)[0].cells["site_code"].value == 'le "petit" bois'


@pytest.mark.parametrize("name", [".~lock.suivi.ods#", "~$suivi.xlsx"])
def test_a_lock_file_is_named_for_what_it_is(name: str) -> None:
    with pytest.raises(Refused, match="while a file is open"):
        read(b",jo,pc,23.11.2026 10:00;\n", name)


@pytest.mark.parametrize(
    ("name", "told"), [("suivi (copie).csv", True), ("suivi (2).csv", True), ("old-suivi.csv", True),
                       ("OK.csv", True), ("suivi.csv", False), ("oklahoma.csv", False)],
)  # fmt: skip
def test_a_copy_by_its_name_is_asked_about(name: str, told: bool) -> None:
    assert ("copy_name" in looked_at(HEADER + ROW, name=name)[1]) is told


def test_the_old_excel_format_is_read_and_its_blind_spots_are_said() -> None:
    import xlwt

    book = xlwt.Workbook()
    sheet = book.add_sheet("Suivi")
    for row, cells in enumerate((["Date", "Commune", "Tentes"], ["24/12/2025", "Calais", 12])):
        for column, value in enumerate(cells):
            sheet.write(row, column, value)
    for row in range(2, 3000):  # identifiers filled down to the end of the sheet
        sheet.write(row, 3, row)
    sheet.write(0, 3, "N°")
    content = io.BytesIO()
    book.save(content)
    table, alarms = looked_at(content.getvalue(), name="OK.xls")
    assert (table.kept, table.ignored) == (1, {"id_rows": 2998}) and "old_format" in alarms


def test_the_open_document_format_is_read() -> None:
    cells = (["Date", "Commune", "Tentes"], ["24/12/2025", "Béthune", "12"])
    rows = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>' for cell in row
        )
        + "</table:table-row>"
        for row in cells
    )
    names = "urn:oasis:names:tc:opendocument:xmlns"
    xml = (
        f'<office:document-content xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0" '
        f'xmlns:text="{names}:text:1.0"><office:body><office:spreadsheet><table:table table:name="Suivi">{rows}'
        "</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", xml)
    table, _alarms = looked_at(content.getvalue(), name="suivi.ods")
    assert records(table)[0].cells["commune"].value == "Béthune"


def test_macros_are_told_and_never_run() -> None:
    content = io.BytesIO(workbook([["Date", "Commune"], ["24/12/2025", "Calais"]]))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"not run")
    assert "macros" in looked_at(content.getvalue(), name="suivi.xlsm")[1]


def test_a_workbook_named_csv_and_the_reverse_are_what_they_are() -> None:
    assert looked_at(workbook([["Date", "Commune"], ["24/12/2025", "Calais"]]), name="f.csv")[0].kept == 1
    assert looked_at(HEADER + ROW, name="f.xlsx")[0].kept == 1


def test_the_parts_of_a_workbook_are_scanned_without_growing_entities() -> None:
    """A thousand laughs in a part that only we look at cost nothing: nothing of it is parsed as XML."""
    laughs = '<!DOCTYPE x [<!ENTITY a "ha">' + "".join(f'<!ENTITY a{n} "{"&a;" * 50}">' for n in range(20)) + "]>"
    content = io.BytesIO(workbook([["Date", "Commune"], ["24/12/2025", "Calais"]]))
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("xl/comments9.xml", laughs)
    assert "comments" in looked_at(content.getvalue(), name="f.xlsx")[1]
