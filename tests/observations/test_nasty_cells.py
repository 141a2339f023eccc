"""Cells as people type them: what is right is taken, what is not is refused with a hint, nothing is guessed."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.observations import datasets
from pipeline.observations.cells import parse
from pipeline.observations.times import order_of
from pipeline.observations.values import Bad, Cell
from pipeline.rendering.languages import language
from pipeline.summaries import words

COLUMNS = datasets.load("observations").columns


def typed(text: str, column: str, **how) -> Cell:
    cell = parse(text, COLUMNS[column], **how)
    assert isinstance(cell, Cell), f"{text!r} gave {cell}"
    return cell


def refused(text: str, column: str) -> str:
    cell = parse(text, COLUMNS[column])
    assert isinstance(cell, Bad), f"{text!r} gave {cell}"
    assert text in str(cell.reason) or text[:20] in str(cell.reason)
    return str(cell.hint)


@pytest.mark.parametrize(
    ("text", "value", "vehicles"),
    [
        ("CRS", "CRS", None),
        ("CRS, PN", "CRS, PN", None),
        ("pn et crs", "CRS, PN", None),
        ("CRS + PAF", "CRS, PAF", None),
        ("16 CRS", "CRS", "CRS 16"),
        ("16 fourgons CRS, 2 voitures PN", "CRS, PN", "CRS 16, PN 2"),
        ("9 voitures banalisées PN", "PN", "PN 9"),
        ("CRS (16) / PAF (2)", "CRS, PAF", "CRS 16, PAF 2"),
        ("CRS: 4; GM: 3", "CRS, GM", "CRS 4, GM 3"),
        ("Police nationale", "PN", None),
        ("Au moins un agent de la BAC", "BAC", None),
        ("1 fourgon d'armurerie", "armurerie", "armurerie 1"),
        ("gendarmes mobiles", "GM", None),
        ("aucune", "", None),
    ],
)
def test_forces_are_a_set_with_the_vehicles_of_each(text: str, value: str, vehicles: str | None) -> None:
    cell = typed(text, "forces")
    assert (cell.value, cell.max, cell.raw) == (value, vehicles, text)


def test_vehicles_of_nobody_are_refused_with_a_hint() -> None:
    assert "CRS 57" in refused("V/57", "forces")
    assert "write 57 alone" in refused("V/57", "tents")


def test_a_force_that_is_not_listed_is_refused_with_the_nearest() -> None:
    cell = parse("CRS, gendarmerie mobil", COLUMNS["forces"])
    assert isinstance(cell, Bad) and "gendarmerie mobil" in str(cell.reason) and "GM" in str(cell.hint)


@pytest.mark.parametrize("text", ["oct.-15", "10-mai", "15-oct", "2026-10-15", "10/15/2026", "mai-10"])
def test_a_range_that_became_a_date_says_so(text: str) -> None:
    cell = parse(text, COLUMNS["tents"])
    assert isinstance(cell, Bad) and "range into a date" in str(cell.hint)


@pytest.mark.parametrize(
    ("text", "value", "precision"),
    [("Jan 18", "2018-01-01", "month"), ("févr. 2019", "2019-02-01", "month"), ("fevrier 19", "2019-02-01", "month"),
     ("20241121", "2024-11-21", None), ("23102024", "2024-10-23", None), ("201608", "2016-08-01", "month"),
     ("2016", "2016-01-01", "year"), ("21/10/26", "2026-10-21", None), ("mer. 21/10/2026", "2026-10-21", None),
     ("mercredi 21 octobre 2026", "2026-10-21", None), ("21/10/2026 08:48", "2026-10-21", None),
     ("٢١/١٠/٢٠٢٦", "2026-10-21", None), ("۲۱/۱۰/۲۰۲۶", "2026-10-21", None)],
)  # fmt: skip
def test_dates_in_every_listed_form(text: str, value: str, precision: str | None) -> None:
    cell = typed(text, "date")
    assert (cell.value, cell.max) == (value, precision)


@pytest.mark.parametrize(
    "text", ["31/02/2026", "29/02/2023", "32/01/2026", "24:00", "08h48", "30", "lundi", "18", "99/99/9999"]
)
def test_no_day_is_made_up(text: str) -> None:
    refused(text, "date")


def test_a_wrong_weekday_is_named() -> None:
    cell = parse("lundi 21/10/2026", COLUMNS["date"])
    assert isinstance(cell, Bad) and "Wednesday" in str(cell.reason)


def test_the_order_of_dates_follows_the_majority_of_what_is_proven() -> None:
    assert order_of(["03/04/2026", "24/12/2026"]) == ("day", "")
    assert order_of(["03/04/2026", "12/24/2026"]) == ("month", "")
    assert order_of(["03/04/2026", "04/04/2026"]) == (None, "03/04/2026")
    assert typed("03/04/2026", "date", order="month").value == "2026-03-04"


@pytest.mark.parametrize("text", ["24:00", "8h72", "25h", "8:5:99:1", "matin"])
def test_no_time_is_made_up(text: str) -> None:
    refused(text, "time_start")


@pytest.mark.parametrize(
    "text", ["Grande-Synthe", "Grande Synthe", "GS", "G-S", "gs ", "GRANDE‑SYNTHE", "Grande\u00a0Synthe"]
)
def test_one_place_however_it_is_written(text: str) -> None:
    assert typed(text, "commune").value == "Grande-Synthe"


def test_composed_and_decomposed_accents_are_one_spelling() -> None:
    assert typed("Be\u0301thune", "commune").value == typed("B\u00e9thune", "commune").value


@pytest.mark.parametrize("title", ["mineur.e.s isolé.e.s", "Mineur·es isolé·es", "MINEURS ISOLÉS", "MIE/MNA"])
def test_inclusive_writing_and_abbreviations_of_a_title_are_one(title: str) -> None:
    assert datasets.load("observations").column_titled(title) == "minors_alone"


def test_ligatures_direction_marks_and_emoji_are_no_obstacle() -> None:
    assert typed("\u200f\u202b12\u202c", "tents").value == 12
    assert typed("vu 👀 de loin", "notes").value == "vu 👀 de loin"
    assert datasets.fold("Œuvre") == datasets.fold("oeuvre")


def test_a_cell_of_the_greatest_length_is_kept_as_text_and_refused_as_a_number() -> None:
    assert len(str(typed("x" * 32_767, "notes").value)) == 32_767
    refused("1" * 32_767, "tents")


@pytest.mark.parametrize("text", ["-99", "999", "NA", "#N/A", "NC", "?", "inconnu", "  ", "-", "\u202f"])
def test_markers_for_unknown_are_unknown_and_never_zero(text: str) -> None:
    dataset = datasets.load("observations")
    assert parse(text, COLUMNS["tents"], missing=dataset.markers("tents")) is None


@pytest.mark.parametrize("text", ["N ", "n", "non", "✗", "FAUX", "absent"])
def test_no_is_no(text: str) -> None:
    assert typed(text, "bailiff").value is False


@pytest.mark.parametrize(
    "text", ["Y, au moins 1 voiture - 2 huissier présents", "yes", "oui", "Y", "VRAI", "TRUE", "✓", "x", "Oui."]
)
def test_yes_is_yes(text: str) -> None:
    assert typed(text, "bailiff").value is True


@pytest.mark.parametrize("text", ["#DIV/0!", "#REF!", "#NOM?", "#VALEUR!", "Err:502"])
@pytest.mark.parametrize("column", ["tents", "date", "notes", "commune"])
def test_a_spreadsheets_error_is_no_value_of_any_column(text: str, column: str) -> None:
    assert "formula" in refused(text, column)


def test_postal_codes_keep_their_zero_and_name_their_town() -> None:
    assert typed("01000", "site_code").value == "01000"
    assert typed("62100", "commune").value == "Calais"


@pytest.mark.parametrize(("text", "value"), [("1 234", 1234), ("1.234", 1234), ("1,234", 1234), ("1’234", 1234)])
def test_thousands_are_read_in_every_writing(text: str, value: int) -> None:
    assert typed(text, "people").value == value


@pytest.mark.parametrize("text", ["12,50", "½", "−3", "2+3", "12 (13)", "we just see leaving", "1e3"])
def test_what_is_no_whole_number_is_refused(text: str) -> None:
    refused(text, "tents")


# ----------------------------------------------------------------------- typed values through French formatting

COUNTS = st.integers(min_value=0, max_value=3000)


@given(COUNTS, st.sampled_from(["{}", "au moins {}", "~{}", "{}+", "environ {}", "{} tentes", ">{}"]))
def test_a_count_and_its_qualifier_come_back_from_french(number: int, form: str) -> None:
    said = words.number(Decimal(number), language("fr"))
    wanted = {"au moins {}": "at_least", "{}+": "at_least", ">{}": "at_least", "~{}": "approx", "environ {}": "approx"}
    cell = typed(form.format(said), "tents")
    assert (cell.value, cell.qual) == (number, wanted.get(form, "exact"))


@given(COUNTS, COUNTS)
def test_a_range_comes_back_from_french(one: int, other: int) -> None:
    low, high = sorted((one, other))
    said = f"{words.number(Decimal(low), language('fr'))} à {words.number(Decimal(high), language('fr'))}"
    cell = typed(said, "tents")
    assert (cell.value, cell.max) == (low, high)


@given(st.dates(min_value=COLUMNS["date"].least, max_value=datetime.date(2069, 12, 31)),  # type: ignore[type-var]
       st.sampled_from(["full", "long", "medium", "short"]))  # fmt: skip
def test_a_day_comes_back_from_every_french_form(day, form: str) -> None:
    from babel.dates import format_date

    assert typed(format_date(day, form, locale="fr"), "date").value == day.isoformat()


@given(st.times(), st.sampled_from(["{:%H:%M}", "{:%H}h{:%M}", "{:%H:%M:%S}"]))
def test_a_time_comes_back_from_french(time, form: str) -> None:
    assert typed(form.format(time, time), "time_start").value == f"{time:%H:%M}"


@given(st.lists(st.sampled_from(list(COLUMNS["forces"].synonyms)), min_size=1, unique=True), st.data())
def test_a_set_comes_back_in_any_order_with_its_numbers(names: list[str], data) -> None:
    numbers = {name: data.draw(st.integers(min_value=0, max_value=99)) for name in names}
    cell = typed(", ".join(f"{n} {name}" if n else name for name, n in numbers.items()), "forces")
    assert set(str(cell.value).split(", ")) == set(names)
    said = dict(one.rsplit(" ", 1) for one in str(cell.max or "").split(", ") if one)
    assert said == {name: str(n) for name, n in numbers.items() if n}


@given(st.text(max_size=60), st.sampled_from(list(COLUMNS)))
def test_any_text_in_any_column_is_typed_or_refused_in_a_sentence(text: str, column: str) -> None:
    cell = parse(text, COLUMNS[column])
    assert cell is None or isinstance(cell, Cell) or (str(cell.reason) and str(cell.hint))
