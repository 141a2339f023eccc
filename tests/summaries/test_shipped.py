"""The summaries that come with the tool, on the public files and on the sample: each figure found again by hand."""

from __future__ import annotations

import csv
import statistics
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline import summaries
from pipeline.observations.importing import import_file
from pipeline.summaries import charting, definitions

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)


def brought(
    path: Path, folder: Path, dataset: str, encoding: str, keep: Callable[[list[str]], bool]
) -> list[list[str]]:
    """The rows of a public file that are kept, brought in; a part of it, as these are large."""
    delimiter = ";" if encoding == "cp1252" else ","
    with path.open(encoding=encoding, newline="") as file:
        header, *rows = csv.reader(file, delimiter=delimiter)
    rows = [row for row in rows if keep(row)]
    part = folder / "part.csv"
    with part.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows([header, *rows])
    import_file(part, dataset, by=None, today=TODAY)
    return rows


def test_the_grants_of_the_reserve_sum_to_the_cent(shared: Path, tmp_path: Path) -> None:
    path = shared / "data" / "reserve_parlementaire_2016_cp1252.csv"
    rows = brought(path, tmp_path, "reserve_parlementaire", "cp1252", lambda row: row[0].startswith(("A", "C")))
    amounts = [Decimal(row[7]) for row in rows]
    result = summaries.compute("reserve_parlementaire", today=TODAY)
    assert len(amounts) > 500
    assert result.facts["montant"].value == sum(amounts)
    assert result.facts["subventions"].value == len(amounts)
    assert result.facts["mediane"].value == statistics.median(amounts).quantize(Decimal(1))
    groups = {key[0]: Decimal(str(value)) for key, value, _hidden in result.tables[1]["cells"]}
    assert groups.pop(None) == sum(groups.values()) == sum(amounts)


def test_deaths_of_a_year_are_the_memorials_and_drowning_is_one_cause(shared: Path, tmp_path: Path) -> None:
    path = shared / "data" / "calais_border_deaths_2024-11-21.csv"
    titles = path.read_text(encoding="utf-8-sig").split("\n")[0].split(",")
    when, why = titles.index("date"), titles.index("cause")
    rows = brought(path, tmp_path, "calais_border_deaths", "utf-8-sig", lambda row: True)
    of_year = [row for row in rows if row[when].startswith("2022")]
    result = summaries.compute("morts_a_la_frontiere", "2022", today=TODAY)
    assert result.facts["morts"].value == len(of_year)
    causes = {key[0]: value for key, value, _hidden in result.tables[0]["cells"]}
    assert causes["noyade"] == sum(row[why].strip().casefold() == "noyade" for row in of_year) > 0
    assert result.tables[0]["labels"][0]["noyade"] == "Noyade"


def test_the_dead_and_missing_of_a_year_are_those_of_the_file(shared: Path, tmp_path: Path) -> None:
    path = shared / "data" / "iom_missing_migrants_europe_2026-05.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        titles = next(csv.reader(file))
    year, dead = titles.index("Incident year"), titles.index("No. dead/missing")
    rows = brought(path, tmp_path, "iom_missing_migrants", "utf-8-sig", lambda row: row[year] == "2023")
    result = summaries.compute("disparus", "2023", today=TODAY)
    assert result.facts["incidents"].value == len(rows) > 300
    assert result.facts["disparus"].value == sum(int(row[dead]) for row in rows if row[dead].isdigit())


@pytest.mark.parametrize("name", definitions.listed())
def test_each_shipped_definition_can_be_read(name: str) -> None:
    assert definitions.load(name).summary == name


def test_the_coast_gives_the_map_the_ranking_and_the_line_their_figures(tmp_path: Path) -> None:
    """Two years of records of two communes: each chart holds what is counted here by hand."""
    rows = [f"{day:02d}/{month:02d}/{year};{town};S1;expulsion;{tents};oui;vérifié"
            for year in (2025, 2026) for month in range(1, 13 if year == 2025 else 11)
            for day, town, tents in ((1, "Calais", 2), (7, "Calais", 1), (13, "Grande-Synthe", month),
                                     (19, "Calais", 0), (25, "Marck", 1))]  # fmt: skip
    path = tmp_path / "f.csv"
    path.write_text("Date;Commune;Lieu de vie;Type;Tentes;Observée;Statut\n" + "".join(f"{row}\n" for row in rows))
    import_file(path, "observations", by=None, today=TODAY)
    result = summaries.compute("littoral", "2026-10", today=TODAY)

    def charts(card: str) -> dict:
        return charting.charts(result, result.definition.cards[card], "fr")

    points = {one["label"]: one["value"] for one in charts("map")["points"]}
    assert points == {"Calais": 3, "Grande-Synthe": 1, "Marck": 1}
    assert [(one["label"], one["value"]) for one in charts("ranking")["rows"]] == [
        ("Grande-Synthe", 10), ("Calais", 3), ("Marck", 1)
    ]  # fmt: skip
    lines = charts("years")["lines"]["series"]
    assert [(one["name"], one["values"]) for one in lines] == [("2025", [5] * 12), ("2026", [5] * 10)]
    assert not [one for one in result.checks if one.fired]
