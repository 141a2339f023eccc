"""Sheets as people keep them: titles, merges, hidden rows, totals, errors, formulas, shifted and dragged cells."""

from __future__ import annotations

from datetime import datetime

import pytest

from pipeline.observations import datasets
from pipeline.observations.headers import Wishes, suggestion
from tests.observations.grids import looked_at, records, workbook

HEAD = ["N°", "Date", "Commune", "Lieu de vie", "Tentes", "dont pleines", "Heure", "Fin", "Statut"]


def row(number: int, *, day: int = 21, tents: object = 3, full: object = "", start: str = "", end: str = "") -> list:
    return [number, f"{day}/10/2026", "Calais", "A1", tents, full, start, end, "vérifié"]


def test_the_header_stands_under_titles_and_blank_rows() -> None:
    table, _alarms = looked_at(workbook([["Suivi 2026"], [], ["mis à jour le 3"], HEAD, row(1)]), name="f.xlsx")
    assert [one.row for one in records(table)] == [5]


def test_two_header_rows_in_french_and_english_are_one_header() -> None:
    english = ["No", "Date", "Town", "Site", "Tents", "of which full", "Start", "End", "Status"]
    french = ["N°", "Date", "Commune", "Lieu", "Nb de trucs", "dont pleines", "Heure", "Fin", "Statut"]
    table, _alarms = looked_at(workbook([french, english, row(1)]), name="f.xlsx")
    assert (table.read, [one.row for one in records(table)]) == (1, [3])
    assert {"tents", "site_code", "commune"} <= set(records(table)[0].cells)


def test_a_merged_header_over_the_titles_gives_the_titles_that_they_lack() -> None:
    rows = [["Date", "Commune", "Saisies", "", "Statut"], ["", "", "Tentes", "Bâches", ""],
            ["21/10/2026", "Calais", 3, 4, "vérifié"]]  # fmt: skip
    content = workbook(rows, change=lambda book: book["Suivi"].merge_cells("C1:D1"))
    table, alarms = looked_at(content, name="f.xlsx")
    cells = records(table)[0].cells
    assert (cells["tents"].value, cells["tarps"].value, cells["commune"].value) == (3, 4, "Calais")
    assert alarms["merged_cells"].sheet == "Suivi" and "C1:D1" in str(alarms["merged_cells"].sentence)


def test_a_header_repeated_in_the_middle_is_no_row() -> None:
    table, alarms = looked_at(workbook([HEAD, row(1), HEAD, row(2)]), name="f.xlsx")
    assert table.ignored == {"header_rows": 1} and alarms["header_rows"].rows == (3,)


FRENCH = ["N°", "Date", "Commune", "Lieu", "Nb de trucs", "dont pleines", "Heure", "Fin", "Statut"]
ENGLISH = ["No", "Date", "Town", "Site", "Tents", "of which full", "Start", "End", "Status"]


@pytest.mark.parametrize("titles", [[FRENCH, ENGLISH], [ENGLISH, FRENCH]])
def test_a_header_of_two_rows_that_is_repeated_on_each_page_changes_no_column(titles: list[list[str]]) -> None:
    table, alarms = looked_at(workbook([*titles, row(1), *titles, row(2), row(3, tents=4)]), name="f.xlsx")
    assert (len(table.parts), table.rejected, alarms["header_rows"].rows) == (1, 0, (4, 5))
    assert [one.cells["tents"].value for one in records(table)] == [3, 3, 4]


def test_a_repeated_title_over_several_columns_begins_no_other_table() -> None:
    """“Violences” alone, without the row under it, would be a column of its own."""
    titles = [["Date", "Commune", "Violences", "", "Statut"], ["", "", "Insultes", "Gaz", ""]]
    rows = [[f"{day}/10/2026", "Calais", "oui", "non", "vérifié"] for day in (21, 22)]
    table, alarms = looked_at(workbook([*titles, rows[0], *titles, rows[1]]), name="f.xlsx")
    assert (len(table.parts), table.kept, table.rejected, alarms["header_rows"].rows) == (1, 2, 0, (4, 5))
    assert [(one.cells["verbal"].value, one.cells["tear_gas"].value) for one in records(table)] == [(True, False)] * 2


def test_one_sheet_for_each_month_gives_all_months_with_their_sheet() -> None:
    def more(book) -> None:
        sheet = book.create_sheet("novembre 2026")
        sheet.append(HEAD)
        sheet.append([1, "3/11/2026", "Calais", "A1", 2])

    table, _alarms = looked_at(workbook([HEAD, row(1)], change=more), name="f.xlsx")
    assert [(one.sheet, one.cells["date"].value) for one in records(table)] == [
        ("Suivi", "2026-10-21"), ("novembre 2026", "2026-11-03"),
    ]  # fmt: skip


def test_a_date_outside_the_month_that_its_sheet_is_named_after_is_asked_about() -> None:
    def renamed(book) -> None:
        book["Suivi"].title = "Octobre 2026"

    rows = [HEAD, row(1), row(2), [3, "21/09/2026", "Calais", "A1", 2]]
    _table, alarms = looked_at(workbook(rows, change=renamed), name="f.xlsx")
    assert (alarms["out_of_period"].rows, alarms["out_of_period"].number) == ((4,), 1)
    assert "out_of_period" not in looked_at(workbook(rows[:3], change=renamed), name="f.xlsx")[1]


def test_hidden_rows_and_columns_and_filters_are_told_and_read() -> None:
    def hide(book) -> None:
        book["Suivi"].row_dimensions[3].hidden = True
        book["Suivi"].column_dimensions["F"].hidden = True

    table, alarms = looked_at(workbook([HEAD, row(1), row(2)], change=hide), name="f.xlsx")
    assert table.kept == 2 and alarms["hidden_rows"].rows == (3,)
    assert "F" in str(alarms["hidden_columns"].sentence)


def test_comments_and_colours_are_told_as_lost() -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    def mark(book) -> None:
        book["Suivi"]["E2"].fill = PatternFill("solid", fgColor="FFFF0000")
        book["Suivi"]["E2"].comment = Comment("vu de loin", "Jo")

    alarms = looked_at(workbook([HEAD, row(1)], change=mark), name="f.xlsx")[1]
    assert {"comments", "colours"} <= set(alarms)
    assert not {"comments", "colours"} & set(looked_at(workbook([HEAD, row(1)]), name="f.xlsx")[1])


def test_a_cell_that_shows_an_error_is_refused_and_not_blank() -> None:
    def break_it(book) -> None:
        book["Suivi"]["E2"] = "#DIV/0!"
        book["Suivi"]["E2"].data_type = "e"

    table, _alarms = looked_at(workbook([HEAD, row(1)], change=break_it), name="f.xlsx")
    (problem,) = table.problems
    assert (problem.row, problem.letter, problem.value) == (2, "E", "#DIV/0!") and "error" in str(problem.reason)


def test_a_formula_that_was_never_calculated_is_refused_and_not_blank() -> None:
    table, _alarms = looked_at(workbook([HEAD, row(1, tents="=1+2")]), name="f.xlsx")
    assert [(p.row, p.letter) for p in table.problems] == [(2, "E")] and "formula" in str(table.problems[0].reason)


def test_days_of_the_1904_calendar_are_the_days_that_the_sheet_shows() -> None:
    def early(book) -> None:
        from openpyxl.utils.datetime import CALENDAR_MAC_1904

        book.epoch = CALENDAR_MAC_1904
        book["Suivi"]["B2"] = datetime(2026, 10, 21)  # noqa: DTZ001 - a sheet knows no zone

    assert records(looked_at(workbook([HEAD, row(1)], change=early), name="f.xlsx")[0])[0].cells["date"].value == (
        "2026-10-21"
    )


def test_bare_day_numbers_of_a_workbook_are_read_and_told() -> None:
    table, alarms = looked_at(workbook([HEAD, [1, 45385, "Calais", "A1", 3]]), name="f.xlsx")
    assert records(table)[0].cells["date"].value == "2024-04-03" and alarms["serial_dates"].number is None


def test_true_and_one_are_not_the_same_cell() -> None:
    rows = [["Date", "Commune", "Tentes", "Huissier"], *(["21/10/2026", "Calais", tents, bailiff] for tents, bailiff in
            ((1, True), (True, 1), (1, False), (0, 0)))]  # fmt: skip
    table, _alarms = looked_at(workbook(rows), name="f.xlsx")
    assert [one.cells.get("tents") and one.cells["tents"].value for one in records(table)] == [1, None, 1, 0]
    assert [one.cells["bailiff"].value for one in records(table)] == [True, True, False, False]
    assert [problem.row for problem in table.problems] == [3]


@pytest.mark.parametrize(
    "cells", [["TOTAL", "", "", "", 6], ["", "", "", "Total", 6], ["", "", "", "", 6, "", "", "", "Somme"]]
)
def test_total_rows_are_left_out_and_asked_about(cells: list) -> None:
    table, alarms = looked_at(workbook([HEAD, row(1), row(2), cells]), name="f.xlsx")
    assert (table.kept, table.rejected, table.ignored) == (2, 0, {"total_rows": 1})
    assert alarms["total_rows"].answer("fr") == "oui, 1" and alarms["total_rows"].rows == (4,)


def test_a_row_dated_by_a_bare_number_or_month_first_is_no_total() -> None:
    """Its date is the one that its column was read with: these rows are records of a place with such a name."""
    head = ["Date", "Commune", "Lieu de vie", "Tentes"]
    serial = [[46316, "Calais", "Total Energies", 3], [46317, "Calais", "A1", 3]]
    assert looked_at(workbook([head, *serial]), name="f.xlsx")[0].kept == 2
    american = "Date;Commune;Lieu de vie;Tentes\n10/21/2026;Calais;Total Energies;3\n10/22/2026;Calais;A1;3\n"
    assert looked_at(american)[0].kept == 2


def test_a_total_under_a_title_that_is_not_read_is_a_total_too() -> None:
    table, _alarms = looked_at(
        workbook([["Semaine", *HEAD], ["40", *row(1)], ["Total", "", "", "", "", 3]]), name="f.xlsx"
    )
    assert table.ignored == {"total_rows": 1}


def test_cells_shifted_by_one_column_are_told_as_shifted() -> None:
    normal = row(1, start="08h00", end="09h00")
    slipped = [5, "21/10/2026", "Calais", 3, "", "08h00", "09h00", "vérifié", ""]  # the site was left out
    wrong = [6, "21/10/2026", "Calais", "A1", "beaucoup", "trop", "08h00", "09h00", "vérifié"]
    _table, alarms = looked_at(workbook([HEAD, normal, slipped, wrong]), name="f.xlsx")
    assert alarms["column_shift"].rows == (3,) and alarms["column_shift"].number == 1


def test_a_part_greater_than_its_whole_is_asked_about_but_a_floor_is_not() -> None:
    rows = [
        HEAD,
        row(1, tents=3, full=4),
        row(2, tents="au moins 3", full=4),
        row(3, tents="3-5", full=5),
        row(4, full=3),
    ]
    _table, alarms = looked_at(workbook(rows), name="f.xlsx")
    assert alarms["part_over_whole"].rows == (2,) and "3" in str(alarms["part_over_whole"].sentence)


def test_an_end_before_its_start_is_refused_except_over_night() -> None:
    rows = [
        HEAD,
        row(1, start="08h48", end="08h05"),
        row(2, start="23h30", end="01h15"),
        row(3, start="8h", end="8:00"),
    ]
    table, _alarms = looked_at(workbook(rows), name="f.xlsx")
    (problem,) = table.problems
    assert (problem.row, problem.column, problem.value) == (2, "Fin", "08h05") and table.kept == 3
    assert "time_end" not in records(table)[0].cells and "time_start" in records(table)[0].cells


def test_a_weekday_that_is_not_the_dates_rejects_the_row() -> None:
    text = "Jour;Date;Commune\nmercredi;21/10/2026;Calais\nlundi;21/10/2026;Calais\n;22/10/2026;Calais\n"
    table, _alarms = looked_at(text)
    assert [one.row for one in records(table)] == [2, 4]
    assert "Wednesday" in str(table.problems[0].reason) and table.problems[0].column == "Date"


def test_one_number_copied_down_is_asked_about_and_quiet_zeros_are_not() -> None:
    usual = [row(n, tents=n * 7 % 11) for n in range(40)]
    _table, alarms = looked_at(workbook([HEAD, *usual, *(row(n, tents=37) for n in range(25)), *usual]), name="f.xlsx")
    assert alarms["constant_run"].number == 25
    assert (
        "constant_run"
        not in looked_at(workbook([HEAD, *usual, *(row(n, tents=0) for n in range(60))]), name="f.xlsx")[1]
    )


def test_exchanged_coordinates_are_asked_about() -> None:
    lines = [f"2024010{n},Calais,50.{n}1,1.8{n},x\n" for n in range(1, 9)]
    text = "date,location,latitude,longitude,name\n" + "".join(lines) + "20240109,Calais,1.85,50.95,x\n"
    _table, alarms = looked_at(text, "calais_border_deaths")
    assert alarms["swapped_coordinates"].rows == (10,)


def test_a_lost_decimal_comma_is_hinted_at() -> None:
    text = "date,location,latitude,longitude,name\n20240101,Calais,5095,1.85,x\n"
    table, _alarms = looked_at(text, "calais_border_deaths")
    assert "comma" in str(table.problems[0].hint)


def test_dates_after_today_and_far_from_all_others_are_asked_about() -> None:
    usual = [row(n, day=10 + n % 20) for n in range(60)]
    old, late = [99, "21/10/2016", "Calais", "A1", 2], [98, "25/12/2026", "Calais", "A1", 2]
    _table, alarms = looked_at(workbook([HEAD, *usual, old, late]), name="f.xlsx")
    assert alarms["far_dates"].rows == (62,) and alarms["future_dates"].rows == (63,)
    assert not {"far_dates", "future_dates"} & set(looked_at(workbook([HEAD, *usual]), name="f.xlsx")[1])


def test_phone_numbers_and_plates_in_comments_are_warned_of_and_not_repeated() -> None:
    notes = ("appeler Jo au 06 12 34 56 78", "fourgon AB-123-CD", "jo@example.org", "vu 12 tentes le 24/12/2025 à 8h48",
             "RIO 1234567", "+33 6 12 34 56 78")  # fmt: skip
    text = "Date;Commune;Commentaire\n" + "".join(f"21/10/2026;Calais;{note}\n" for note in notes)
    table, _alarms = looked_at(text)
    told = [one for one in table.alarms if one.kind == "personal_data"]
    assert [one.rows for one in told] == [(2, 7), (3,), (4,), (6,)]
    assert all("06 12" not in str(one.sentence) and "AB-123" not in str(one.sentence) for one in told)


def test_unknown_titles_get_a_suggestion_and_are_settled_by_a_person() -> None:
    text = "Date;Commune;Nombre tente saisies;Météo\n21/10/2026;Calais;3;pluie\n"
    table, alarms = looked_at(text)
    assert {one.title: one.suggested for one in table.mapping if not one.column} == {
        "Nombre tente saisies": "tents", "Météo": "",
    }  # fmt: skip
    assert "tents?" in str(alarms["columns_not_read"].sentence)
    settled, _alarms = looked_at(text, wishes=Wishes({"Nombre tente saisies": "tents"}))
    assert records(settled)[0].cells["tents"].value == 3
    assert suggestion("tente", datasets.load("observations"), ["tents"]) == ""


def test_a_title_can_be_kept_from_being_read() -> None:
    table, _alarms = looked_at("Date;Commune;Tentes\n21/10/2026;Calais;3\n", wishes=Wishes({"Tentes": ""}))
    assert "tents" not in records(table)[0].cells


@pytest.mark.parametrize(
    ("dates", "asked"),
    [
        (["03/04/2026", "05/06/2026"], True),
        (["03/04/2026", "24/06/2026"], False),
        (["04/03/2026", "06/24/2026"], False),
        (["03/03/2026", "05/05/2026"], False),
        (["2026-04-03", "5 juin 2026"], False),
        (["vendredi 03/04/2026"], False),
    ],
)
def test_the_order_of_day_and_month_is_proven_by_the_column_or_asked(dates: list[str], asked: bool) -> None:
    text = "Date;Commune\n" + "".join(f"{date};Calais\n" for date in dates)
    table, alarms = looked_at(text)
    assert ("date_order" in alarms) is asked
    if "06/24/2026" in dates:
        assert [one.cells["date"].value for one in records(table)] == ["2026-04-03", "2026-06-24"]


def test_the_month_that_a_file_is_named_after_proves_the_order() -> None:
    text = "Date;Commune\n03/04/2026;Calais\n05/04/2026;Calais\n"
    assert "date_order" not in looked_at(text, name="avril 2026.csv")[1]
    assert "date_order" in looked_at(text, name="suivi.csv")[1]


def test_nothing_is_asked_of_a_clean_month() -> None:
    rows = [row(n, day=1 + n % 28, tents=n * 7 % 5, start="08h00", end="08h40") for n in range(60)]
    _table, alarms = looked_at(workbook([HEAD, *rows]), name="suivi.xlsx")
    assert [one.kind for one in alarms.values() if one.number is not None] == []
