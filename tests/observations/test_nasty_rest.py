"""What else stands on the list of nasty inputs: two languages in a cell, numbers kept as text, what is off the map."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pipeline.observations import datasets
from pipeline.observations.cells import parse
from pipeline.observations.datasets import Column
from pipeline.observations.values import Bad, Cell
from tests.observations.grids import looked_at, records, workbook

YES_NO, AGE = Column(type="yes_no"), Column(type="age")
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
