"""Cells typed: no right cell refused, no wrong one guessed, nothing unknown turned into zero."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.models.cells import short, whole
from pipeline.observations.cells import parse
from pipeline.observations.comparing import _as_stored
from pipeline.observations.datasets import Column
from pipeline.observations.times import EPOCH
from pipeline.observations.values import Bad, Cell
from pipeline.rendering.languages import language
from pipeline.summaries import words

COUNT = Column(type="count", units=("tente", "tentes", "personnes"), most=Decimal(100_000_000))
DATE = Column(type="date", least=date(1990, 1, 1))
TIME = Column(type="time")
YES_NO = Column(type="yes_no")
AGE = Column(type="age")
LATITUDE = Column(type="decimal", least=Decimal(-90), most=Decimal(90))
AMOUNT = Column(type="amount")


def typed(text: str, column: Column) -> Cell:
    cell = parse(text, column)
    assert isinstance(cell, Cell), f"{text!r} gave {cell}"
    return cell


@pytest.mark.parametrize(
    ("text", "value", "most", "qualifier"),
    [
        ("12", 12, None, "exact"),
        (" 12 ", 12, None, "exact"),
        ("0", 0, None, "exact"),
        ("12.0", 12, None, "exact"),
        ("1 234", 1234, None, "exact"),
        ("1\u00a0234", 1234, None, "exact"),
        ("1\u202f234", 1234, None, "exact"),
        ("1.234", 1234, None, "exact"),
        ("١٢", 12, None, "exact"),
        ("۱٬۲۳۴", 1234, None, "exact"),
        ("\u200f12", 12, None, "exact"),
        ("deux", 2, None, "exact"),
        ("12 tentes", 12, None, "exact"),
        ("12 (dont 3 pleines)", 12, None, "exact"),
        ("aucune", 0, None, "exact"),
        ("Néant", 0, None, "exact"),
        ("pas de saisie observée", 0, None, "exact"),
        ("au moins 12", 12, None, "at_least"),
        ("Au moins 12 tentes", 12, None, "at_least"),
        ("12+", 12, None, "at_least"),
        (">12", 12, None, "at_least"),
        ("≥ 12", 12, None, "at_least"),
        ("plus de 12", 12, None, "at_least"),
        ("plus d’une vingtaine", 20, None, "at_least"),
        ("12 et plus", 12, None, "at_least"),
        ("min. 12", 12, None, "at_least"),
        ("~20", 20, None, "approx"),
        ("environ 20", 20, None, "approx"),
        ("env. 20", 20, None, "approx"),
        ("20 env.", 20, None, "approx"),
        ("20?", 20, None, "approx"),
        ("une trentaine", 30, None, "approx"),
        ("Une trentaine de tentes", 30, None, "approx"),
        ("au moins une trentaine de tentes", 30, None, "at_least"),
        ("10-15", 10, 15, "range"),
        ("10 à 15", 10, 15, "range"),
        ("150–200", 150, 200, "range"),
        ("entre 10 et 15", 10, 15, "range"),
        ("3 ou 4", 3, 4, "range"),
        ("moins de 5", 0, 4, "at_most"),
        ("jusqu’à 5", 0, 5, "at_most"),
    ],
)
def test_a_count_is_read_with_its_qualifier(text: str, value: int, most: int | None, qualifier: str) -> None:
    cell = typed(text, COUNT)
    assert (cell.value, cell.max, cell.qual, cell.raw) == (value, most, qualifier, text)


@pytest.mark.parametrize("text", ["", "  ", "?", "-", "NC", "nc", "inconnu", "Non communiqué", "\u00a0", "pas d’info"])
@pytest.mark.parametrize("column", [COUNT, DATE, TIME, YES_NO, LATITUDE])
def test_what_says_nothing_is_unknown_and_never_zero(text: str, column: Column) -> None:
    assert parse(text, column) is None


@pytest.mark.parametrize(
    "text",
    [
        "V/57",
        "yes",
        "Y",
        "Y, au moins 1 voiture - 2 huissier présents",
        "we just see leaving",
        "-3",
        "12,50",
        "½",
        "2+3",
        "15-10",
        "10/15",
        "plusieurs",
        "pas de données",
        "12 (13)",
        "2026-05-10",
        "100000001",
    ],
)
def test_what_is_no_count_is_refused_with_a_reason_and_a_hint(text: str) -> None:
    cell = parse(text, COUNT)
    assert isinstance(cell, Bad)
    assert text in str(cell.reason) and str(cell.hint)


def test_a_vehicle_sign_in_a_count_column_is_told_with_its_number() -> None:
    cell = parse("V/57", COUNT)
    assert isinstance(cell, Bad) and "write 57 alone" in str(cell.hint)


def test_a_range_that_the_spreadsheet_made_a_date_says_so() -> None:
    cell = parse("2026-05-10", COUNT)
    assert isinstance(cell, Bad) and "range into a date" in str(cell.hint)


@given(st.integers(min_value=0, max_value=99_999_999))
def test_a_number_written_in_french_is_read_back(number: int) -> None:
    written = words.number(Decimal(number), language("fr"))
    assert typed(written, COUNT).value == number
    assert typed(written, AMOUNT).value == str(number)


@given(st.integers(min_value=0, max_value=99_999_999), st.sampled_from(["ar", "fa", "de", "en"]))
def test_a_number_written_in_any_of_our_languages_is_read_back(number: int, lang: str) -> None:
    assert typed(words.number(Decimal(number), language(lang)), COUNT).value == number


@given(st.decimals(min_value=0, max_value=9_999_999, places=2))
def test_an_amount_written_in_french_is_read_back(number: Decimal) -> None:
    from babel.numbers import format_decimal

    assert Decimal(str(typed(f"{format_decimal(number, locale='fr')} €", AMOUNT).value)) == number


@pytest.mark.parametrize(
    ("text", "day", "precision"),
    [
        ("2023-12-24", "2023-12-24", None),
        ("24/12/2023", "2023-12-24", None),
        ("4/2/2023", "2023-02-04", None),
        ("24.12.23", "2023-12-24", None),
        ("24-12-2023", "2023-12-24", None),
        ("1er août 2018", "2018-08-01", None),
        ("24 déc. 2023", "2023-12-24", None),
        ("24 decembre 2023", "2023-12-24", None),
        ("20241121", "2024-11-21", None),
        ("23102024", "2024-10-23", None),
        ("2023-12-24 08:48", "2023-12-24", None),
        ("29/02/2024", "2024-02-29", None),
        ("lundi 25 décembre 2023", "2023-12-25", None),
        ("lun. 25 déc. 2023", "2023-12-25", None),
        ("mar. 2018", "2018-03-01", "month"),
        ("Mar 24, 2018", "2018-03-24", None),
        ("199908", "1999-08-01", "month"),
        ("10/2018", "2018-10-01", "month"),
        ("oct. 2018", "2018-10-01", "month"),
        ("2004", "2004-01-01", "year"),
    ],
)
def test_a_date_is_read_in_the_listed_forms_with_its_precision(text: str, day: str, precision: str | None) -> None:
    cell = typed(text, DATE)
    assert (cell.value, cell.max) == (day, precision)


@pytest.mark.parametrize(
    "text",
    [
        "04/13/2024",
        "31/02/2024",
        "29/02/2023",
        "30",
        "mardi",
        "hier",
        "08h48",
        "45385",
        "lundi 24 décembre 2023",
        "1850",
    ],
)
def test_no_date_is_guessed(text: str) -> None:
    assert isinstance(parse(text, DATE), Bad)


def test_a_bare_number_is_a_day_only_in_a_workbook() -> None:
    assert isinstance(parse("45385", DATE), Bad)
    cell = parse("45385", DATE, epoch=EPOCH)
    assert isinstance(cell, Cell) and cell.value == "2024-04-03"


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2069, 12, 31)))
def test_every_day_is_read_back_from_every_form(day: date) -> None:
    months = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
    forms = [
        f"{day:%d/%m/%Y}",
        f"{day:%Y%m%d}",
        f"{day:%d%m%Y}",
        day.isoformat(),
        f"{day.day} {months.split()[day.month - 1]} {day.year}",
    ]
    assert {typed(form, DATE).value for form in forms} == {day.isoformat()}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("08h48", "08:48"),
        ("8:05", "08:05"),
        ("11H16", "11:16"),
        ("8h", "08:00"),
        ("08:48:00", "08:48"),
        ("vers 8h", "08:00"),
        ("6h30-7h15", "06:30"),
    ],
)
def test_a_time_is_read(text: str, value: str) -> None:
    assert typed(text, TIME).value == value


@pytest.mark.parametrize("text", ["24:00", "8h72", "8", "matin"])
def test_a_time_that_no_clock_shows_is_refused(text: str) -> None:
    assert isinstance(parse(text, TIME), Bad)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("oui", True),
        ("Y", True),
        ("x", True),
        ("✓", True),
        ("VRAI", True),
        ("Y, au moins 1 voiture - 2 huissier présents", True),
        ("2 huissiers présents", True),
        ("présente", True),
        ("absent", False),
        ("N ", False),
        ("non", False),
        ("Pas de traducteurs présents", False),
        ("aucun huissier", False),
    ],
)
def test_yes_and_no_are_read(text: str, value: bool) -> None:
    assert typed(text, YES_NO).value is value


def test_a_shifted_cell_is_neither_yes_nor_no() -> None:
    assert isinstance(parse("Irakienne", YES_NO), Bad)


@pytest.mark.parametrize(
    ("text", "value", "qualifier"),
    [
        ("25", 25, "exact"),
        (">30", 30, "at_least"),
        ("41 (20/04/1983)", 41, "exact"),
        ("26 (né le 1er janvier 1990)", 26, "exact"),
        ("10 months ", 0, "exact"),
        ("15 months", 1, "exact"),
        ("40 jours ou 4 mois\u00a0?", 0, "range"),
        ("16 ou 17Â\u00a0?", 16, "range"),
        ("16 (ou 17 ans ?)", 16, "approx"),
    ],
)
def test_an_age_is_read_in_years(text: str, value: int, qualifier: str) -> None:
    cell = typed(text, AGE)
    assert (cell.value, cell.qual) == (value, qualifier)


@pytest.mark.parametrize(
    ("text", "value"),
    [("50.9431253425738", "50.9431253425738"), ("50,95", "50.95"), ("-6.463146", "-6.463146"), ("−1,5", "-1.5")],
)
def test_a_coordinate_keeps_every_digit(text: str, value: str) -> None:
    assert typed(text, LATITUDE).value == value


@pytest.mark.parametrize("text", ["90.9060128138759", "-99", "110,9", "nord"])
def test_a_latitude_off_the_globe_is_refused(text: str) -> None:
    assert isinstance(parse(text, LATITUDE), Bad)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3000.00", "3000.00"),
        ("1 234,50 €", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1.234", "1234.0"),
    ],
)
def test_an_amount_is_read_in_french_and_english_writing(text: str, value: str) -> None:
    assert typed(text, AMOUNT).value == value


def test_a_marker_of_the_dataset_is_unknown() -> None:
    assert parse("-99", LATITUDE, missing=frozenset({"-99"})) is None


def test_a_word_that_the_column_does_not_list_is_refused_with_the_nearest() -> None:
    column = Column(type="category", closed=True, synonyms={"verifie": ("vérifié", "ok"), "brouillon": ()})
    cell = parse("vérifier", column)
    assert isinstance(cell, Bad) and "verifie" in str(cell.hint)
    assert typed(" VÉRIFIÉ ", column).value == typed("ok (par Jo)", column).value == "verifie"


@pytest.mark.parametrize("text", ["1" * 32_767, "9" * 40, "a" * 32_767, "(" * 5_000, "1 " * 9_000, "1e999999"])
@pytest.mark.parametrize("column", [COUNT, DATE, TIME, YES_NO, AGE, LATITUDE, AMOUNT, Column(type="count")])
def test_a_monstrous_cell_is_refused_at_once(text: str, column: Column) -> None:
    assert isinstance(parse(text, column), Bad)


@given(st.text(max_size=40), st.sampled_from([COUNT, DATE, TIME, YES_NO, AGE, LATITUDE, AMOUNT]))
def test_any_text_is_typed_or_refused_and_never_breaks(text: str, column: Column) -> None:
    cell = parse(text, column)
    assert cell is None or isinstance(cell, Cell | Bad)


@pytest.mark.parametrize(
    "cell",
    [Cell("Calais", "Calais"), Cell("calais", " Calais"), Cell(12, "12"), Cell(10, "10-15", 15, "range"),
     Cell(3, "~3", None, "approx"), Cell(value=True, raw="True"), Cell(value=False, raw="non"), Cell("[1]", "[1]"),
     Cell("2026-10-01", "oct. 2026", "month"), Cell("", "aucun"), Cell('un "mot"\\', 'un "mot"\\'), Cell("é\n", "é\n")],
)  # fmt: skip
def test_a_cell_is_stored_short_and_read_back_whole(cell: Cell) -> None:
    stored = json.loads(json.dumps(short(cell.as_json())))
    assert whole(stored) == cell.as_json()
    assert json.loads(_as_stored((cell.value, cell.max, cell.qual, cell.raw))) == stored  # as an import writes it
