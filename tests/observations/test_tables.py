"""Books as datasets: which rows are kept, rejected or ignored, and what is told of each."""

from __future__ import annotations

from datetime import date

import pytest

from pipeline.errors import Refused
from pipeline.observations import alarms, datasets, reading, tables
from pipeline.observations.series import fill_runs
from pipeline.observations.tables import Table
from tests.observations.grids import records, workbook

TODAY = date(2026, 11, 23)
HEADER = "Date;Commune;Lieu de vie;Tentes;Statut\n"


def table(text: str, dataset: str = "observations") -> Table:
    return tables.build(reading.read(text.encode(), "f.csv"), datasets.load(dataset), "f.csv")


def raised(text: str, dataset: str = "observations") -> dict[str, tuple[int, ...]]:
    book = reading.read(text.encode(), "f.csv")
    built = tables.build(book, datasets.load(dataset), "f.csv")
    return {one.kind: one.rows for one in [*built.alarms, *alarms.raised(book, built, TODAY)]}


def test_the_header_is_found_under_a_title_and_a_blank_row() -> None:
    found = table("Suivi des expulsions;;;;\n\n" + HEADER + "01/10/2026;Calais;A1;3;vérifié\n")
    assert [(record.row, record.cells["tents"].value) for record in records(found)] == [(4, 3)]


def test_titles_are_known_in_french_and_english_whatever_their_case_and_accents() -> None:
    found = table("JOUR;TOWN;ldv;TENTS;etat\n01/10/2026;Calais;A1;3;OK\n")
    assert records(found)[0].cells["status"].value == "verifie"


def test_a_wrong_cell_in_a_required_column_rejects_its_row_alone() -> None:
    found = table(HEADER + "31/02/2026;Calais;A1;3;vérifié\n01/10/2026;Calais;A1;3;vérifié\n")
    assert (found.read, len(records(found)), found.rejected) == (2, 1, 1)
    problem = found.problems[0]
    assert (problem.row, problem.column, problem.value) == (2, "Date", "31/02/2026")


def test_a_missing_cell_in_a_required_column_is_told_too() -> None:
    found = table(HEADER + "01/10/2026;;A1;3;vérifié\n")
    assert found.rejected == 1 and found.problems[0].column == "Commune" and found.problems[0].value == ""


def test_a_wrong_cell_in_another_column_is_told_and_kept_as_unknown() -> None:
    found = table(HEADER + "01/10/2026;Calais;A1;V/57;vérifié\n")
    assert "tents" not in records(found)[0].cells
    assert [(p.row, p.column, p.value) for p in found.problems] == [(2, "Tentes", "V/57")]


def test_a_blank_cell_is_unknown_and_a_zero_is_zero() -> None:
    found = table(HEADER + "01/10/2026;Calais;A1;;vérifié\n01/10/2026;Calais;A2;0;vérifié\n")
    assert [record.cells.get("tents") and record.cells["tents"].value for record in records(found)] == [None, 0]


def test_totals_repeated_headers_and_remarks_are_ignored_and_counted() -> None:
    body = (
        "01/10/2026;Calais;A1;3;vérifié\n"
        + HEADER
        + "TOTAL;;;3;\nTotal octobre 2026;;;3;\nSource : équipe du matin;;;;\n"
    )
    found = table(HEADER + body)
    assert found.ignored == {"header_rows": 1, "total_rows": 2, "note_rows": 1}
    assert found.read == len(records(found)) + found.rejected + found.ignored.total() == 5
    assert raised(HEADER + body)["total_rows"] == (4, 5)


def test_rows_that_hold_only_a_dragged_down_number_are_ignored() -> None:
    found = table("N°;Date;Commune\n1;01/10/2026;Calais\n2;;\n3;;\n")
    assert (len(records(found)), found.ignored) == (1, {"id_rows": 2})


def test_a_spelling_with_a_trailing_space_is_merged_and_told() -> None:
    causes = ("Noyade", "Noyade ", "Noyade", "Homicide")
    text = "date,location,cause\n" + "".join(f"2024010{n},Calais,{cause}\n" for n, cause in enumerate(causes, 1))
    found = table(text, "calais_border_deaths")
    assert [record.cells["cause"].value for record in records(found)] == ["Noyade", "Noyade", "Noyade", "Homicide"]
    assert raised(text, "calais_border_deaths")["merged_category"] == (3,)


def test_columns_that_the_dataset_does_not_know_are_told() -> None:
    assert "columns_not_read" in raised("Date;Commune;Météo\n01/10/2026;Calais;pluie\n")


def test_a_town_of_no_area_is_told() -> None:
    assert raised(HEADER + "01/10/2026;Lille;A1;3;vérifié\n")["not_derived"] == (2,)


def test_a_date_after_today_is_told() -> None:
    text = HEADER + "01/10/2027;Calais;A1;3;vérifié\n23/11/2026;Calais;A1;3;vérifié\n"
    assert raised(text)["future_dates"] == (2,)


def test_a_quotation_mark_that_swallows_rows_is_told() -> None:
    text = HEADER + '01/10/2026;Calais;"A1;3;vérifié\n02/10/2026;Calais;A2;1;vérifié\n03/10/2026;Calais;A2;1;vérifié\n'
    assert raised(text)["open_quote"] == (2,)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("un mot\nun autre mot\n", "no header"),
        ("nom;prix;stock\nvis;3;4\n", "no header"),
        ("Date;Tentes;Statut\n01/10/2026;3;vérifié\n", "commune"),
        (HEADER, "no row under it"),
    ],
)
def test_a_file_of_something_else_is_refused_saying_what_is_expected(text: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        table(text)


def test_a_sheet_of_something_else_is_skipped_and_told() -> None:
    content = workbook([["Date", "Commune"], ["21/10/2026", "Calais"]], extra=[["Date", "Tentes"], ["x", "y"]])
    found = tables.build(reading.read(content, "f.xlsx"), datasets.load("observations"), "f.xlsx")
    assert len(records(found)) == 1 and [one.kind for one in found.alarms] == ["sheet_skipped"]


def test_an_unknown_dataset_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(Refused, match="calais_border_deaths"):
        datasets.load("../settings")


# ---------------------------------------------------------------------------------------------- dragged series


def test_five_cells_in_equal_steps_are_a_dragged_series() -> None:
    assert fill_runs([50.1, 50.3, 51.9, 52.9, 53.9, 54.9, 55.9, 50.2]) == [(2, 6)]


def test_four_cells_are_not() -> None:
    assert fill_runs([50.1, 50.3, 51.9, 52.9, 53.9, 54.9, 50.2]) == []


def test_equal_numbers_are_no_series_and_gaps_end_one() -> None:
    assert fill_runs([3.0] * 12) == []
    assert fill_runs([1.0, 2.0, 3.0, None, 4.0, 5.0, 6.0]) == []


def test_small_counts_do_not_raise_the_alarm_by_themselves() -> None:
    zigzag = [0.0, 1.0, 2.0, 1.0, 0.0, 1.0, 0.0, 1.0] * 300
    assert fill_runs([*zigzag, 0.0, 1.0, 2.0, 3.0, 4.0, *zigzag]) == []
    assert fill_runs([*zigzag, *(float(n) for n in range(2, 40)), *zigzag]) != []


def test_a_dragged_count_is_told_with_its_rows() -> None:
    rows = "".join(
        f"{day:02d}/10/2026;Calais;A1;{tents};vérifié\n" for day, tents in enumerate([7, 2, 12, 13, 14, 15, 16, 3], 1)
    )
    assert raised(HEADER + rows)["fill_handle"] == (4, 5, 6, 7, 8)


def test_a_column_that_numbers_the_rows_is_no_series() -> None:
    rows = "".join(f"{n};{n:02d}/10/2026;Calais\n" for n in range(1, 20))
    assert "fill_handle" not in raised("N°;Date;Commune\n" + rows)
