"""Figures of the monthly note against plain Python over the very file that was imported."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from datetime import date
from pathlib import Path

import pytest
import yaml

from pipeline import summaries
from pipeline.demo.records import write_sample
from pipeline.errors import Refused
from pipeline.models import Figure, Import, Observation, Summary
from pipeline.observations.importing import import_file, undo
from pipeline.summaries import checks, compiling, computing, definitions

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
MONTHS = ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."]


def _since(month: str, folder: Path) -> Path:
    """The rows of the sample from a month on, in a file of their own."""
    write_sample(folder / "whole.csv", until=date(2026, 10, 31))
    lines = (folder / "whole.csv").read_bytes().decode("cp1252").split("\r\n")
    kept = [line for line in lines[3:] if line.startswith("TOTAL") or (line and month_of(line.split(";")[1]) >= month)]
    path = folder / "sample.csv"
    path.write_bytes("\r\n".join([*lines[:3], *kept, ""]).encode("cp1252"))
    return path


@pytest.fixture(scope="session")
def year(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirteen months, for the figures and the series."""
    return _since("2025-10", tmp_path_factory.mktemp("year"))


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two months: quick to import, where the series does not matter."""
    return _since("2026-09", tmp_path_factory.mktemp("sample"))


@pytest.fixture
def october(sample: Path) -> summaries.SummaryResult:
    import_file(sample, "observations", by=None, today=TODAY)
    return summaries.compute("note_mensuelle", "2026-10", today=TODAY)


# --------------------------------------------------------------- the same figures, said in other words than ours


def month_of(text: str) -> str:
    if match := re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", text):
        return f"{match[3]}-{match[2]}"
    if match := re.fullmatch(r"(\d{4})-(\d\d)-\d\d|(\d{4})(\d\d)\d\d", text):
        return f"{match[1] or match[3]}-{match[2] or match[4]}"
    if match := re.fullmatch(r"\d\d\.(\d\d)\.(\d\d)", text):
        return f"20{match[2]}-{match[1]}"
    if match := re.fullmatch(r"\S+ (\S+) (\d{4})", text):
        return f"{match[2]}-{MONTHS.index(match[1]) + 1:02d}"
    return ""


def number_of(text: str) -> int | None:
    """The floor of what the sample writes; None for blank and words."""
    if text.strip() == "aucun":
        return 0
    if text == "une vingtaine":
        return 20
    match = re.fullmatch(r"(?:au moins |env\. |~)?(\d+)(?:\+|-\d+| )?", text)
    return int(match[1]) if match else None


def rows_of(path: Path, month: str) -> list[dict[str, str]]:
    """The rows of a month that the note speaks of: verified evictions and shelter operations in Calais."""
    lines = path.read_bytes().decode("cp1252").split("\r\n")[2:]
    return [
        row
        for row in csv.DictReader(io.StringIO("\n".join(lines)), delimiter=";")
        if month_of(row["Date"]) == month
        and row["Commune"].strip().lower() == "calais"
        and row["Statut"].strip().lower() == "vérifié"
        and row["Type d’expulsion"].lower().startswith(("expulsion", "mise à"))
    ]


def total(rows: list[dict[str, str]], title: str) -> int:
    return sum(number for row in rows if (number := number_of(row[title])) is not None)


def test_october_and_the_year_before_are_what_plain_python_counts_in_the_file(year: Path) -> None:
    import_file(year, "observations", by=None, today=TODAY)
    october = summaries.compute("note_mensuelle", "2026-10", today=TODAY)
    rows = rows_of(year, "2026-10")
    assert {name: one.value for name, one in october.figures.items()} == {
        "expulsions": len(rows),
        "lieux": len({row["Lieu de vie"].strip() for row in rows}),
        "jours": len({_day(row["Date"]) for row in rows}),
        "personnes": total(rows, "Personnes"),
        "mineurs": total(rows, "Mineurs isolés"),
        "tentes": total(rows, "Tentes"),
        "pleines": total(rows, "dont remplies d’affaires"),
        "arrestations": total(rows, "Arrestations"),
        "violentes": total(rows, "dont violentes"),
    }
    assert len(rows) > 50
    months = [f"2025-{n}" for n in (11, 12)] + [f"2026-{n:02d}" for n in range(1, 11)]
    bars = summaries.card_data(october)["bars"]
    assert [bar["value"] for bar in bars] == [len(rows_of(year, month)) for month in months]
    assert [bar["current"] for bar in bars] == [False] * 11 + [True]
    assert bars[0]["label"] == "nov."


def _day(text: str) -> int:
    """The day of the month; every row is of the same month."""
    if match := re.match(r"(\d\d)[/.]|(\d+)(?:er)? \D|\d{4}-\d\d-(\d\d)|\d{6}(\d\d)$", text):
        return int(next(found for found in match.groups() if found))
    raise AssertionError(text)


def test_a_query_that_forgets_the_status_would_be_caught(sample: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: drafts are counted too, and the independent count no longer agrees."""
    import_file(sample, "observations", by=None, today=TODAY)
    monkeypatch.setattr(compiling, "published", lambda *_any: [])
    with pytest.raises(Refused, match="row by row"):
        summaries.compute("note_mensuelle", "2026-10", today=TODAY)
    monkeypatch.setattr(checks, "_two_ways", lambda *_any: [])
    broken = summaries.compute("note_mensuelle", "2026-10", today=TODAY)
    assert broken.figures["expulsions"].value != len(rows_of(sample, "2026-10"))


# --------------------------------------------------------------------------------------------------- provenance


def test_every_figure_traces_to_its_query_its_rows_and_the_files_hash(
    sample: Path, october: summaries.SummaryResult
) -> None:
    figure = Figure.objects.get(summary=october.row, name="tentes")
    kept = figure.provenance
    assert kept["sources"] == [
        {"file": "sample.csv", "sha256": hashlib.sha256(sample.read_bytes()).hexdigest(), "rows": kept["rows"]["count"]}
    ]
    known = [row for row in rows_of(sample, "2026-10") if number_of(row["Tentes"]) is not None]
    assert kept["rows"]["count"] == len(known)
    assert kept["cells"]["selected"] == len(rows_of(sample, "2026-10"))
    assert "SUM" in kept["query"] and "2026-10-01" in kept["params"]
    assert kept["definition"]["sha256"] == october.row.definition_sha256
    assert list(october.row.imports.all()) == [Import.objects.get()]


def test_codes_are_short_unique_and_printed_on_the_card(october: summaries.SummaryResult) -> None:
    codes = [one.code for one in october.figures.values()]
    assert len(set(codes)) == len(codes)
    assert all(re.fullmatch(r"(?:[A-HJ-NP-Z][2-9]){2,}", code) for code in codes)
    assert summaries.card_data(october)["code"] == f"#{october.figures['expulsions'].code}"


def test_the_same_rows_give_the_stored_summary_again(october: summaries.SummaryResult) -> None:
    again = summaries.compute("note_mensuelle", "2026-10", today=TODAY)
    assert again.row == october.row and again.as_json() == october.as_json()
    assert Summary.objects.count() == 1


def test_a_corrected_row_makes_a_new_summary_and_leaves_the_published_one(
    october: summaries.SummaryResult, sample: Path, tmp_path: Path
) -> None:
    lines = sample.read_bytes().decode("cp1252").split("\r\n")
    tentless = re.compile(r"\d+;\d\d/10/2026;[^;]*;Calais;[^;]*;Expulsion;[^;]*;[^;]*;0;(?:[^;]*;){10}vérifié;")
    place = next(number for number, line in enumerate(lines) if tentless.match(line))
    cells = lines[place].split(";")
    cells[8] = "7"
    corrected = tmp_path / "corrected.csv"
    corrected.write_bytes("\r\n".join([*lines[:place], ";".join(cells), *lines[place + 1 :]]).encode("cp1252"))
    report = import_file(corrected, "observations", by=None, today=TODAY)
    assert report.as_json()["difference"] == {"new": 0, "changed": 1, "vanished": 0}
    after = summaries.compute("note_mensuelle", "2026-10", today=TODAY)
    assert after.figures["tentes"].value == october.figures["tentes"].value + 7
    assert after.row != october.row and after.figures["tentes"].code != october.figures["tentes"].code
    assert {one["file"] for one in after.figures["tentes"].sources} == {"sample.csv", "corrected.csv"}
    undo(report.import_id, by=None)
    assert summaries.compute("note_mensuelle", "2026-10", today=TODAY).row == october.row


def test_the_statements_can_be_read(october: summaries.SummaryResult) -> None:
    text = summaries.sql_text("note_mensuelle", "2026-10", today=TODAY)
    assert text.count("SELECT") == len(october.figures) and "'verifie'" in text


# ------------------------------------------------------------------------------------------- what is not known


def bring(path: Path, *rows: str) -> None:
    header = "Date;Commune;Lieu de vie;Type;Personnes;Tentes;dont pleines;Arrestations;dont violentes;Statut\n"
    path.write_text(header + "".join(rows), encoding="utf-8")
    import_file(path, "observations", by=None, today=TODAY)


def test_a_period_without_rows_is_refused_and_gives_no_zeros(october: summaries.SummaryResult) -> None:
    with pytest.raises(Refused, match="no row of observations for 2020-01"):
        summaries.compute("note_mensuelle", "2020-01", today=TODAY)
    assert Summary.objects.count() == 1


def test_rows_that_nobody_verified_are_refused_saying_which_status_is_needed(tmp_path: Path) -> None:
    bring(tmp_path / "f.csv", "01/10/2026;Calais;A1;expulsion;3;1;0;0;0;à revoir\n")
    with pytest.raises(Refused, match="None of the 1 rows"):
        summaries.compute("note_mensuelle", "2026-10", today=TODAY)


@pytest.mark.parametrize("period", ["2026", "octobre", "2026-13", "2026-10-01", "../x"])
def test_what_is_no_month_is_refused_with_an_example(period: str) -> None:
    with pytest.raises(Refused, match="2026-10"):
        summaries.compute("note_mensuelle", period, today=TODAY)


def test_the_future_is_refused() -> None:
    with pytest.raises(Refused, match="has not begun"):
        summaries.compute("note_mensuelle", "2026-12", today=TODAY)


def test_a_month_that_is_not_over_is_compared_with_none(october: summaries.SummaryResult) -> None:
    assert "trend" in october.sentences
    assert "trend" not in summaries.compute("note_mensuelle", "2026-10", today=date(2026, 10, 31)).sentences


def test_without_a_period_the_last_complete_month_is_taken(october: summaries.SummaryResult) -> None:
    assert summaries.compute("note_mensuelle", today=TODAY).period == "2026-10"


def test_an_unknown_cell_is_no_zero_and_a_sum_of_none_is_not_known(tmp_path: Path) -> None:
    bring(
        tmp_path / "f.csv",
        "01/10/2026;Calais;A1;expulsion;;;;0;0;vérifié\n",
        "02/10/2026;Calais;A2;expulsion;?;NC;;0;0;vérifié\n",
    )
    result = summaries.compute("note_mensuelle", "2026-10", today=TODAY)
    assert result.figures["tentes"].value is None and result.figures["tentes"].text == "non connu"
    assert result.figures["arrestations"].value == 0
    assert "detail" not in result.sentences
    assert result.sentences["headline"]["fr"].startswith("En octobre 2026, l’équipe a observé au moins 2 expulsions")


def test_sums_take_the_floor_of_uncertain_counts(tmp_path: Path) -> None:
    bring(
        tmp_path / "f.csv",
        "01/10/2026;Calais;A1;expulsion;10-15;au moins 12;0;0;0;vérifié\n",
        "02/10/2026;Calais;A2;expulsion;~20;3;1;0;0;vérifié\n",
    )
    result = summaries.compute("note_mensuelle", "2026-10", today=TODAY)
    assert (result.figures["personnes"].value, result.figures["tentes"].value) == (30, 15)
    assert Figure.objects.get(summary=result.row, name="personnes").provenance["cells"]["uncertain"] == 2


def test_ranges_sum_to_a_range_unless_a_row_has_no_upper_end_or_the_people_are_few(tmp_path: Path) -> None:
    bring(
        tmp_path / "f.csv",
        "01/10/2026;Calais;A1;expulsion;10-15;1;0;0;0;vérifié\n",
        "02/10/2026;Calais;A2;expulsion;entre 20 et 30;3;1;0;0;vérifié\n",
        "03/10/2026;Marck;A3;expulsion;7;moins de 5;1;0;0;vérifié\n",
        "04/10/2026;Marck;A3;expulsion;9;~4;1;0;0;vérifié\n",
    )
    note = definitions.load("note_mensuelle")
    told = computing.of(_whole_note(tmp_path), "2026-10", today=TODAY)
    assert (told.facts["personnes"].value, told.facts["personnes"].upper) == (46, 61)
    assert Figure.objects.get(summary=told.row, name="personnes").provenance["upper"] == "61"
    assert told.facts["tentes"].upper is None, "one row says about four"
    assert computing.of(note, "2026-10", today=TODAY).facts["personnes"].upper is None, "not everything was seen"
    fine = computing.of(_whole_note(tmp_path, commune="Calais"), "2026-10", today=TODAY).facts
    assert fine["personnes"].value == 30, "30 people may be told of one town"
    assert fine["personnes"].upper is None, "how uncertain the number is may not"


def _whole_note(folder: Path, **where: str) -> definitions.Definition:
    """The monthly note as if everything had been seen, of some rows only."""
    text = (definitions.FOLDER / "note_mensuelle.yaml").read_text(encoding="utf-8")
    told = yaml.safe_load(text.replace("    floor: true\n", ""))
    told["where"] |= where
    (folder / "note_mensuelle.yaml").write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    return definitions.load("note_mensuelle", folder)


def test_a_row_dated_to_the_year_enters_no_month(tmp_path: Path) -> None:
    bring(
        tmp_path / "f.csv",
        "01/10/2026;Calais;A1;expulsion;1;1;0;0;0;vérifié\n",
        "10/2026;Calais;A2;expulsion;1;1;0;0;0;vérifié\n",
        "2026;Calais;A3;expulsion;1;1;0;0;0;vérifié\n",
    )
    assert summaries.compute("note_mensuelle", "2026-10", today=TODAY).figures["expulsions"].value == 2
    with pytest.raises(Refused):
        summaries.compute("note_mensuelle", "2026-01", today=TODAY)


def test_a_part_larger_than_its_whole_is_refused(tmp_path: Path) -> None:
    bring(tmp_path / "f.csv", "01/10/2026;Calais;A1;expulsion;1;2;5;0;0;vérifié\n")
    with pytest.raises(Refused, match="pleines"):
        summaries.compute("note_mensuelle", "2026-10", today=TODAY)


def test_a_month_that_nobody_counted_is_a_gap_and_not_a_zero(tmp_path: Path) -> None:
    bring(
        tmp_path / "f.csv",
        "01/08/2026;Calais;A1;expulsion;1;1;0;0;0;vérifié\n",
        "01/09/2026;Calais;A1;contrôle;1;1;0;0;0;vérifié\n",
        "01/10/2026;Calais;A1;expulsion;1;1;0;0;0;vérifié\n",
    )
    result = summaries.compute("note_mensuelle", "2026-10", today=TODAY)
    assert [bar["value"] for bar in summaries.card_data(result)["bars"]][-4:] == [None, 1, 0, 1]


def test_rows_of_another_area_or_kind_are_left_out(tmp_path: Path) -> None:
    bring(
        tmp_path / "f.csv",
        "01/10/2026;Calais;A1;expulsion;1;1;0;0;0;vérifié\n",
        "01/10/2026;GS;S1;expulsion;1;1;0;0;0;vérifié\n",
        "01/10/2026;Calais;A1;contrôle;1;1;0;0;0;vérifié\n",
        "01/10/2026;Calais;A2;48h;1;1;0;0;0;brouillon\n",
        "01/10/2026;calais ;a1;maa;1;1;0;0;0;VÉRIFIÉ\n",
    )
    result = summaries.compute("note_mensuelle", "2026-10", today=TODAY)
    assert (result.figures["expulsions"].value, result.figures["lieux"].value) == (2, 1)
    assert Observation.objects.filter(live=True).count() == 5
