"""Files of associations and newsrooms as they come: what may be kept, and that no wrong value is kept in silence."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date

import pytest

from pipeline.errors import Refused
from pipeline.observations import reading
from pipeline.observations.datasets import Column
from pipeline.observations.times import order_of
from pipeline.observations.values import Bad, Cell, clean, same
from tests.observations.grids import looked_at, records, workbook
from tests.observations.test_cells import COUNT, DATE, parse

HEAD = ["Date", "Commune", "Lieu de vie", "Tentes"]
YES_NO = Column(type="yes_no")
AMOUNT = Column(type="amount")


def csv(*rows: str) -> str:
    return "\n".join(rows) + "\n"


def patched(content: bytes, part: str, change) -> bytes:
    """The workbook with one of its parts rewritten, as another program writes it."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name).decode()) if name == part else old.read(name))
    return out.getvalue()


# ------------------------------------------------------------------------------------------------------- cells


@pytest.mark.parametrize("text", ["nombreux", "nombreuses", "notées", "pas denombre", "sans doute 12", "pas d'info"])
def test_a_word_that_begins_like_no_is_no_zero(text: str) -> None:
    assert not isinstance(parse(text, COUNT), Cell)


@pytest.mark.parametrize(
    "text", ["nombreux", "nous avons vu", "noté", "pas demandé", "pas d'info sur place", "sans réponse", "not seen",
             "sans doute", "2 absents", "non vérifié"],
)  # fmt: skip
def test_an_answer_that_tells_nothing_is_not_taken_for_yes_or_no(text: str) -> None:
    assert isinstance(parse(text, YES_NO), Bad)


@pytest.mark.parametrize(
    ("text", "value"),
    [("aucun", False), ("pas d'huissier", False), ("no bailiff", False), ("presente", True), ("2", True)],
)  # fmt: skip
def test_an_answer_in_other_words_is_read(text: str, value: bool) -> None:
    cell = parse(text, YES_NO)
    assert isinstance(cell, Cell) and cell.value is value


@pytest.mark.parametrize("text", ["2\n150", "3 et 12", "12 personnes 300", "20 25"])
def test_two_numbers_are_never_read_as_one(text: str) -> None:
    assert isinstance(parse(text, Column(type="count", units=("personnes",))), Bad)


@pytest.mark.parametrize("text", ["20 25", "15 0", "1 23 456", "12\n500"])
def test_two_amounts_are_never_read_as_one(text: str) -> None:
    assert isinstance(parse(text, AMOUNT), Bad)


@pytest.mark.parametrize(("text", "value"), [("1 234,00", 1234), ("1.234,00", 1234), ("10\u201115", 10)])
def test_a_number_with_cents_of_none_or_a_word_processors_hyphen_is_right(text: str, value: int) -> None:
    cell = parse(text, COUNT)
    assert isinstance(cell, Cell) and cell.value == value


@pytest.mark.parametrize("column", [COUNT, DATE, YES_NO])
def test_a_formula_in_a_text_file_is_named_as_one(column: Column) -> None:
    cell = parse("=cmd|' /C calc'!A0", column)
    assert isinstance(cell, Bad) and "formula" in str(cell.reason)


def test_towns_of_no_area_are_named() -> None:
    _table, alarms = looked_at(csv("Date;Commune", "13/01/2024;Lille", "14/01/2024;Lille", "15/01/2024;Calais"))
    assert alarms["not_derived"].rows == (2, 3) and "“Lille” (2)" in str(alarms["not_derived"].sentence)


@pytest.mark.parametrize("text", ["03/01/2024", "2024-01-03", "08h48", "y" * 40_000])
def test_a_town_is_no_date_no_time_and_no_novel(text: str) -> None:
    assert isinstance(parse(text, Column(type="category")), Bad)


@pytest.mark.parametrize("text", ["le 3 janvier 2024", "03–01–2024", "Mer. 03/01/2024"])
def test_a_date_with_an_article_or_another_dash_is_read(text: str) -> None:
    cell = parse(text, DATE)
    assert isinstance(cell, Cell) and cell.value == "2024-01-03"


@pytest.mark.parametrize(("text", "full"), [("3 janvier", "3 janvier 2024"), ("3/1", "3/1/2024")])
def test_a_date_without_its_year_is_refused_for_that(text: str, full: str) -> None:
    cell = parse(text, DATE)
    assert isinstance(cell, Bad) and "the year" in str(cell.reason) and full in str(cell.hint)


def test_a_date_without_its_year_takes_that_of_the_month_its_sheet_is_named_after() -> None:
    rows = [["mercredi 3 janvier", "Calais"], ["4 janv.", "Calais"], ["5/1", "Calais"], ["mardi 3 janvier", "Calais"],
            ["3 février", "Calais"]]  # fmt: skip

    def renamed(book) -> None:
        book["Suivi"].title = "Janvier 2024"

    table, alarms = looked_at(workbook([["Date", "Commune"], *rows], change=renamed), name="f.xlsx")
    assert [one.cells["date"].value for one in records(table)] == ["2024-01-03", "2024-01-04", "2024-01-05"]
    assert [one.row for one in table.problems] == [5, 6] and alarms["years_added"].rows == (2, 3, 4)
    assert looked_at(workbook([["Date", "Commune"], *rows]), name="janvier.xlsx")[0].kept == 0


@pytest.mark.parametrize("text", ["C\u0430lais", "Cal\u00adais", "\u0421alais", "Calais\ufe0f", "Ca\u2060lais"])
def test_what_looks_the_same_is_the_same(text: str) -> None:
    assert same(text) == "calais"


def test_words_in_another_script_stay_as_they_are() -> None:
    assert [clean(one) for one in ("Харків", "Ωμέγα", "СМС")] == ["Харків", "Ωμέγα", "СМС"]
    assert clean("\u04101") == "A1"


def test_a_column_typed_in_both_orders_is_asked_about_and_a_slip_is_not() -> None:
    both = [*(f"{day}/01/2024" for day in range(13, 20)), "02/13/2024", "02/14/2024", "02/03/2024"]
    assert order_of(both) == ("day", "02/03/2024")
    assert order_of([*both[:8], both[9]]) == ("day", "")
    _table, alarms = looked_at(csv("Date;Commune", *(f"{one};Calais" for one in both)))
    assert alarms["date_order"].number == 10 and "2024-03-02" in str(alarms["date_order"].sentence)


# ------------------------------------------------------------------------------------------------------ sheets


@pytest.mark.parametrize("cell", ["?", "n.c.", "-", "#N/A"])
def test_a_row_is_not_kept_without_its_date_whatever_stands_there(cell: str) -> None:
    table, _alarms = looked_at(csv("Date;Commune;Tentes", f"{cell};Calais;3", "03/01/2024;Calais;3"))
    assert (table.kept, table.rejected, [one.row for one in table.problems]) == (1, 1, [2])


@pytest.mark.parametrize("below", [["", "", "Adultes", "Mineurs isolés", "Tentes"], ["", "", "Adultes", "Enfants", ""]])
def test_a_title_over_several_columns_does_not_name_the_first_of_them(below: list[str]) -> None:
    over = ["Date", "Commune", "Personnes", "", "" if below[-1] else "Tentes"]
    table, alarms = looked_at(workbook([over, below, ["03/01/2024", "Calais", 10, 3, 4]]), name="f.xlsx")
    (record,) = records(table)
    assert "people" not in record.cells and record.cells["tents"].value == 4
    assert "Adultes" in str(alarms["columns_not_read"].sentence)


def test_a_second_table_below_the_first_is_read_by_its_own_titles() -> None:
    table, _alarms = looked_at(
        csv(
            "Date;Commune;Tentes;Bâches",
            "13/01/2024;Calais;3;30",
            "Date;Commune;Bâches;Tentes",
            "14/01/2024;Marck;50;5",
        )
    )
    assert [(one.row, one.cells["tents"].value, one.cells["tarps"].value) for one in records(table)] == [
        (2, 3, 30), (4, 5, 50),
    ]  # fmt: skip
    assert table.read == table.kept == 2


def test_subtotals_of_a_town_are_totals_although_they_are_dated() -> None:
    table, alarms = looked_at(
        csv("Date;Commune;Lieu de vie;Tentes", "03/01/2024;Calais;Total Access;3", "31/01/2024;Total Calais;;3",
            "janvier 2024;Calais;Sous-total camps;3")
    )  # fmt: skip
    assert table.kept == 1 and alarms["total_rows"].rows == (3, 4)
    assert looked_at(csv("Date;Commune", "13/01/2024;Somme-Suippe"))[0].kept == 1


def test_a_formula_that_gives_nothing_is_a_blank_cell() -> None:
    """=SI(A2="";"";…) filled down to the end of the sheet: its result is the empty text, not missing."""
    content = workbook([HEAD, [date(2024, 1, 3), "Calais", "A1", 3], ["x", "x", "x", "x"]])
    blank = '<c r="{}3" t="str"><f>IF(Z3="","",Z3)</f><v></v></c>'

    def change(xml: str) -> str:
        for letter in "ABCD":
            xml = re.sub(rf'<c r="{letter}3".*?</c>', blank.format(letter), xml)
        return re.sub(r'<c r="D2".*?</c>', '<c r="D2" t="str"><f>IF(Z2="","",Z2)</f><v></v></c>', xml)

    table, _alarms = looked_at(patched(content, "xl/worksheets/sheet1.xml", change), name="f.xlsx")
    assert (table.kept, table.rejected, table.problems) == (1, 0, [])
    assert "tents" not in records(table)[0].cells


def test_bare_day_numbers_are_counted_from_the_workbooks_own_first_day() -> None:
    serial = (date(2024, 1, 3) - date(1904, 1, 1)).days
    content = workbook([HEAD, [serial, "Calais", "A1", 3], [serial + 0.5, "Calais", "A2", 3]])
    content = patched(
        content, "xl/workbook.xml", lambda xml: re.sub(r"<workbookPr\b[^>]*/>", '<workbookPr date1904="1"/>', xml)
    )
    table, alarms = looked_at(content, name="f.xlsx")
    assert [one.cells["date"].value for one in records(table)] == ["2024-01-03"] * 2 and "serial_dates" in alarms


def test_dates_that_a_foreign_spreadsheet_turned_are_asked_about() -> None:
    """A list of 01/03/2024 to 28/03/2024 opened where the month stands first."""

    def rows(turned: bool) -> list[list[object]]:
        days = [date(2024, day, 3) if turned else date(2024, 3, day) for day in range(1, 13)]
        return [[day, "Calais", f"A{n}", n * 7 % 5] for n, day in enumerate(days)]

    text = [[f"{day}/03/2024", "Calais", f"B{day}", day * 3 % 5] for day in range(13, 29)]
    _table, alarms = looked_at(workbook([HEAD, *rows(True), *text]), name="f.xlsx")
    assert (alarms["turned_dates"].number, alarms["turned_dates"].rows) == (12, tuple(range(2, 14)))
    mixed = [*rows(False), [date(2024, 3, 20), "Calais", "C", 2], *text]
    assert "turned_dates" not in looked_at(workbook([HEAD, *mixed]), name="f.xlsx")[1]


def test_a_hidden_sheet_with_records_is_asked_about() -> None:
    def hide(book) -> None:
        sheet = book.create_sheet("Ancien")
        for row in (HEAD, ["03/01/2023", "Calais", "A1", 3]):
            sheet.append(row)
        sheet.sheet_state = "hidden"
        book.create_sheet("Listes").sheet_state = "hidden"

    table, alarms = looked_at(workbook([HEAD, ["13/01/2024", "Calais", "A1", 3]], change=hide), name="f.xlsx")
    assert table.kept == 2 and (alarms["hidden_sheet"].sheet, alarms["hidden_sheet"].number) == ("Ancien", 1)


def test_a_month_whose_header_has_a_slip_is_asked_about_and_a_recap_is_not() -> None:
    def more(book) -> None:
        for title, lines in (
            ("Février", [["Date", "Communne", "Tentes"], ["13/02/2024", "Calais", 3], ["14/02/2024", "Calais", 2]]),
            ("Bilan", [["Commune", "Tentes", "Bâches"], ["Calais", 5, 1]]),
        ):
            sheet = book.create_sheet(title)
            for line in lines:
                sheet.append(line)

    _table, alarms = looked_at(workbook([HEAD, ["13/01/2024", "Calais", "A1", 3]], change=more), name="f.xlsx")
    assert (alarms["sheet_incomplete"].sheet, alarms["sheet_incomplete"].number) == ("Février", 2)
    assert "commune" in str(alarms["sheet_incomplete"].sentence) and alarms["sheet_skipped"].sheet == "Bilan"


def test_decimal_commas_cut_in_two_are_asked_about() -> None:
    text = csv("date,location,latitude,longitude", "2024-01-13,Calais,50,95,1,85", "2024-01-14,Calais,50.95,1.85")
    assert looked_at(text, "calais_border_deaths")[1]["cells_without_title"].number == 1


def block(month: int, count: int = 5) -> list[str]:
    return [f"{day}/{month:02d}/2024;Calais;A{day};{day * 3 % 7};vu" for day in range(13, 13 + count)]


def test_rows_pasted_twice_are_asked_about_far_apart_and_on_another_sheet() -> None:
    head = "Date;Commune;Lieu de vie;Tentes;Remarque inconnue"
    table, alarms = looked_at(csv(head, *block(1), *block(2), *block(1)))
    assert table.kept == 15 and (alarms["pasted_rows"].number, alarms["pasted_rows"].rows) == (5, (12, 13, 14, 15, 16))

    def recap(book) -> None:
        sheet = book.create_sheet("Toutes")
        for line in (head, *block(1)):
            sheet.append([None, *line.split(";")])

    content = workbook([line.split(";") for line in (head, *block(1))], change=recap)
    alarms = looked_at(content, name="f.xlsx")[1]
    assert alarms["pasted_rows"].sheet == "Toutes" and "Suivi" in str(alarms["pasted_rows"].sentence)


def test_people_who_look_alike_on_paper_are_no_pasted_block() -> None:
    """Ten unnamed dead of one day, and four rows that come again: all kept; only what is the very same is told."""
    table, alarms = looked_at(csv("N°;Date;Commune;Tentes", *(f"{n};13/01/2024;Calais;1" for n in range(10))))
    assert table.kept == 10 and not {"pasted_rows", "same_rows"} & alarms.keys()
    alarms = looked_at(csv("Date;Commune;Lieu de vie;Tentes;x", *block(1, 4), *block(2), *block(1, 4)))[1]
    assert "pasted_rows" not in alarms and alarms["same_rows"].rows == (11, 12, 13, 14)


def test_rows_marked_as_doubles_are_kept_and_told() -> None:
    table, alarms = looked_at(csv("N°;Date;Commune;Doublon", "1;13/01/2024;Calais;Unique", "2;13/01/2024;Calais;de 1"))
    assert table.kept == 2 and (alarms["marked_doubles"].rows, alarms["marked_doubles"].number) == ((3,), 1)


@pytest.mark.parametrize("label", ["Original", "originale", "aucune", "pas de doublon", "Non.", "unique"])
def test_a_row_that_says_it_is_no_double_is_none(label: str) -> None:
    rows = csv("N°;Date;Commune;Doublon", f"1;13/01/2024;Calais;{label}", "2;13/01/2024;Calais;Doublon")
    assert looked_at(rows)[1]["marked_doubles"].rows == (3,)


def test_spellings_that_differ_by_an_accent_are_told_and_counted_apart() -> None:
    table, alarms = looked_at(csv("Date;Commune", "13/01/2024;Béthune", "14/01/2024;Bethune", "15/01/2024;Le Portel"))
    assert [one.cells["commune"].value for one in records(table)] == ["Béthune", "Bethune", "Le Portel"]
    assert alarms["alike_values"].rows == (2, 3) and "“Béthune” (1)" in str(alarms["alike_values"].sentence)


def test_one_old_date_in_a_short_file_is_asked_about() -> None:
    rows = [f"{day}/10/2026;Calais" for day in range(13, 25)]
    assert looked_at(csv("Date;Commune", *rows, "14/10/2020;Calais"))[1]["far_dates"].rows == (14,)


# ------------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("folder", "told"),
    [("old", True), ("Anciens fichiers", True), ("2024_archives", True), ("suivi", False), ("gold", False)],
)  # fmt: skip
def test_a_file_in_a_folder_of_old_files_is_told(folder: str, told: bool) -> None:
    book = reading.read(b"Date;Commune\n13/01/2024;Calais\n", "suivi.csv", folder)
    assert [one.kind for one in book.alarms] == (["copy_name"] if told else [])


@pytest.mark.django_db
def test_the_folder_is_that_of_the_file_that_is_imported(tmp_path, home) -> None:
    from pipeline.observations.importing import import_file

    (tmp_path / "données été" / "old").mkdir(parents=True)
    path = tmp_path / "données été" / "old" / "suivi du 3.csv"
    path.write_text("Date;Commune\n13/01/2024;Béthune\n")
    report = import_file(path, "observations", by=None, dry_run=True)
    assert report.kept == 1 and "copy_name" in [one.kind for one in report.alarms]
    named = import_file(path, "observations", by=None, dry_run=True, name="suivi.csv")
    assert "copy_name" not in [one.kind for one in named.alarms]


def test_what_is_no_text_is_refused_in_french_too() -> None:
    with pytest.raises(Refused) as refused:
        reading.read(b"Date;Commune\n13/01/2024;Cal\0ais\n", "f.csv")
    assert "octets nuls" in refused.value.sentence.text("fr")


NS = "urn:oasis:names:tc:opendocument:xmlns"
SHEET = (
    f'<office:document-content xmlns:office="{NS}:office:1.0" xmlns:table="{NS}:table:1.0" xmlns:text="{NS}:text:1.0" '
    f'xmlns:style="{NS}:style:1.0" xmlns:calcext="urn:calcext">'
    '<office:automatic-styles><style:style style:name="t2" style:family="table"><style:table-properties '
    'table:display="false"/></style:style></office:automatic-styles><office:body><office:spreadsheet>'
    '<table:table table:name="Suivi"><table:table-column table:number-columns-repeated="2"/>'
    '<table:table-column table:visibility="collapse"/>{rows}</table:table>'
    '<table:table table:name="Vieux" table:style-name="t2">{head}{plain}</table:table>'
    "</office:spreadsheet></office:body></office:document-content>"
)


def ods() -> bytes:
    """A sheet with an error, a comment, a hidden row below empty ones, merged cells; and a hidden sheet."""

    def row(*cells: str, how: str = "") -> str:
        return f"<table:table-row{how}>{''.join(cells)}</table:table-row>"

    def text(said: str, how: str = "", note: str = "") -> str:
        return f'<table:table-cell office:value-type="string"{how}>{note}<text:p>{said}</text:p></table:table-cell>'

    note = "<office:annotation><text:p>plutôt Marck</text:p></office:annotation>"
    wrong = text("#DIV/0!", ' office:string-value="" calcext:value-type="error"')
    head, plain = row(*map(text, ("Date", "Commune", "Tentes"))), row(*map(text, ("13/01/2024", "Calais", "3")))
    rows = head + row(text("13/01/2024"), text("Calais", note=note), wrong)
    rows += row('<table:table-cell table:number-columns-repeated="9"/>', how=' table:number-rows-repeated="40"')
    rows += row(text("14/01/2024"), text("Marck", ' table:number-columns-spanned="2"'), "<table:covered-table-cell/>",
                how=' table:visibility="filter"')  # fmt: skip
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", SHEET.format(rows=rows, head=head, plain=plain))
    return content.getvalue()


def test_an_open_document_tells_its_hidden_side_as_an_xlsx_does() -> None:
    table, alarms = looked_at(ods(), name="f.ods")
    assert [(one.sheet, one.row, one.cells["commune"].value) for one in records(table)] == [
        ("Suivi", 2, "Calais"), ("Suivi", 43, "Marck"), ("Vieux", 2, "Calais"),
    ]  # fmt: skip
    assert [(one.row, one.letter, one.value) for one in table.problems] == [(2, "C", "#DIV/0!")]
    assert alarms["hidden_rows"].rows == (43,) and "C" in str(alarms["hidden_columns"].sentence)
    assert "B43:C43" in str(alarms["merged_cells"].sentence) and "comments" in alarms
    assert alarms["hidden_sheet"].sheet == "Vieux"
