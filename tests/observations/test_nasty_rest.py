"""What else stands on the list of nasty inputs: two languages in a cell, numbers as text, answers that tell nothing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipeline.observations import datasets
from pipeline.observations.cells import parse
from pipeline.observations.datasets import Column
from pipeline.observations.values import Bad, Cell
from tests.observations.grids import looked_at, records, workbook

HEAD = ["Date", "Commune", "Lieu de vie", "Tentes"]
YES_NO, AGE = Column(type="yes_no"), Column(type="age")
COUNT, DATE, AMOUNT = Column(type="count"), Column(type="date"), Column(type="amount")
LATITUDE = Column(type="decimal", least=Decimal(-90), most=Decimal(90))


@pytest.mark.parametrize(
    ("text", "value"), [("yes/oui", True), ("Oui / Yes", True), ("non/no", False), ("N/non", False)]
)
def test_an_answer_in_french_and_english_at_once_is_one_answer(text: str, value: bool) -> None:
    cell = parse(text, YES_NO)
    assert isinstance(cell, Cell) and (cell.value, cell.raw) == (value, text)


@pytest.mark.parametrize("text", ["oui/non", "yes / no", "oui/peut-être", "/"])
def test_two_answers_that_differ_are_none(text: str) -> None:
    assert isinstance(parse(text, YES_NO), Bad)


def test_a_remark_in_both_languages_is_kept_as_it_stands() -> None:
    notes = datasets.load("observations").columns["notes"]
    said = "we just see leaving, périmètre fermé / perimeter closed"
    cell = parse(said, notes)
    assert isinstance(cell, Cell) and cell.value == said


@pytest.mark.parametrize("kept_as", ["12", " 12", "12\u00a0"])
def test_a_number_that_the_workbook_keeps_as_text_is_that_number(kept_as: str) -> None:
    rows = [["Date", "Commune", "Tentes"], ["21/10/2026", "Calais", kept_as], ["22/10/2026", "Calais", 12]]
    table, alarms = looked_at(workbook(rows), name="f.xlsx")
    assert [one.cells["tents"].value for one in records(table)] == [12, 12] and not table.problems
    assert not [kind for kind, alarm in alarms.items() if alarm.number is not None]


@pytest.mark.parametrize("text", ["Grande-\nSynthe", "Grande\nSynthe", "Grande-Synthe\n", "\u202fGrande\u00a0Synthe "])
def test_a_line_end_or_a_space_of_any_kind_in_a_category_makes_no_other_category(text: str) -> None:
    cell = parse(text, datasets.load("observations").columns["commune"])
    assert isinstance(cell, Cell) and (cell.value, cell.raw) == ("Grande-Synthe", text)


@pytest.mark.parametrize(("text", "value", "qual"), [(">18", 18, "at_least"), ("18+", 18, "at_least"),
                                                     ("16 (ou 17 ans ?)", 16, "approx"),
                                                     ("une vingtaine d’années", 20, "approx")])  # fmt: skip
def test_ages_as_the_memorials_write_them_keep_their_doubt(text: str, value: int, qual: str) -> None:
    cell = parse(text, AGE)
    assert isinstance(cell, Cell) and (cell.value, cell.qual) == (value, qual)


@pytest.mark.parametrize("text", ["110.9", "90.1", "-91", "519,5"])
def test_a_latitude_beyond_the_pole_is_refused(text: str) -> None:
    cell = parse(text, LATITUDE)
    assert isinstance(cell, Bad) and text in str(cell.reason)


BLIND = ["pas de visibilité", "pas d’accès", "pas de comptage", "sans comptage", "pas d'estimation",
         "aucune visibilité", "aucun retour", "pas de bonne visibilité", "no access", "no count", "no view",
         "sans uniforme"]  # fmt: skip


@pytest.mark.parametrize("text", BLIND)
@pytest.mark.parametrize("column", ["tents", "bailiff", "forces"])
def test_who_could_not_see_or_count_has_not_counted_none(text: str, column: str) -> None:
    cell = parse(text, datasets.load("observations").columns[column])
    assert isinstance(cell, Bad) and str(cell.hint)


@pytest.mark.parametrize("text", ["pas de tente", "aucune tente", "sans tente", "pas d'arrestation", "no tents"])
def test_who_saw_none_has_counted_none(text: str) -> None:
    cell = parse(text, COUNT)
    assert isinstance(cell, Cell) and cell.value == 0


@pytest.mark.parametrize("text", ["présent : non", "présents, non", "présents mais pas vus", "présents ?", "absent ?",
                                  "pas d'huissier ?", "absent : non"])  # fmt: skip
def test_an_answer_that_denies_or_doubts_itself_is_neither_yes_nor_no(text: str) -> None:
    cell = parse(text, YES_NO)
    assert isinstance(cell, Bad) and "neither yes nor no" in str(cell.reason)


@pytest.mark.parametrize("text", ["12€50", "12 € 50", "12 euros 50", "12,50 €", "€ 12.50"])
def test_cents_after_the_sign_are_cents(text: str) -> None:
    cell = parse(text, AMOUNT)
    assert isinstance(cell, Cell) and cell.value == "12.50"


@pytest.mark.parametrize("text", ["12 € 500", "20€ 25€", "€20 € 25"])
def test_amounts_with_a_sign_between_them_are_not_joined(text: str) -> None:
    assert isinstance(parse(text, AMOUNT), Bad)


@pytest.mark.parametrize("text", ["8", "08", "31", "mardi 8"])
def test_a_bare_day_is_told_that_its_month_and_year_are_missing(text: str) -> None:
    cell = parse(text, DATE)
    assert isinstance(cell, Bad) and "neither the month nor the year" in str(cell.reason)
    assert "8/2024" not in str(cell.hint)


def test_a_decimal_of_a_workbook_is_no_thousand() -> None:
    table, _alarms = looked_at(workbook([HEAD, ["13/01/2024", "Calais", "A1", 1.125]]), name="f.xlsx")
    assert "tents" not in records(table)[0].cells and table.problems[0].value == "1.125"
    grants = workbook([["Nom", "Bénéficiaire", "Montant"], ["A", "B", 1.125], ["A", "C", 1125]])
    amounts = [one.cells["montant"].value for one in records(looked_at(grants, "reserve_parlementaire", "f.xlsx")[0])]
    assert [Decimal(one) for one in amounts] == [Decimal("1.125"), 1125]
