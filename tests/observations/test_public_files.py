"""The public files that no one here wrote: every kept and refused cell against a computation of our own."""

from __future__ import annotations

import csv
import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from pipeline.observations import importing
from pipeline.observations.report import ImportReport

TODAY = date(2026, 11, 23)
CALAIS = ("calais_border_deaths_2024-11-02.csv", "calais_border_deaths_2024-11-21.csv")


def rows_of(path: Path, encoding: str = "utf-8", delimiter: str = ",") -> list[list[str]]:
    with path.open(newline="", encoding=encoding) as file:
        return list(csv.reader(file, delimiter=delimiter))


def bring(path: Path, dataset: str, *, dry_run: bool = False) -> ImportReport:
    return importing.import_file(path, dataset, by=None, dry_run=dry_run, today=TODAY)


def refused(report: ImportReport) -> set[tuple[int, str, str]]:
    return {(one.row, one.column, one.value) for one in report.problems}


def wrong_calais_cells(rows: list[list[str]]) -> set[tuple[int, str, str]]:
    """What a person would call wrong, said in other words than the importer's."""
    titles = {title: index for index, title in enumerate(rows[0])}
    found = set()
    for number, row in enumerate(rows[1:], start=2):
        for title, right in (
            ("latitude", lambda cell: cell == "-99" or abs(float(cell)) <= 90),
            ("minor (Y/N)", lambda cell: cell.strip() in {"", "Y", "N", "?"}),
            ("Genre (H/F)", lambda cell: cell.strip() in {"", "H", "F", "M"}),
            ("nationality", lambda cell: not cell.isdigit()),
            ("nationalite", lambda cell: not cell.isdigit()),
            ("date", lambda cell: cell.isdigit() and len(cell) in {4, 6, 8}),
        ):
            if not right(cell := row[titles[title]]):
                found.add((number, title, cell))
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("name", CALAIS)
def test_of_the_memorial_every_row_is_kept_and_exactly_the_wrong_cells_are_refused(shared: Path, name: str) -> None:
    rows = rows_of(shared / "data" / name)
    report = bring(shared / "data" / name, "calais_border_deaths")
    assert (report.read, report.kept, report.rejected, report.ignored) == (len(rows) - 1, len(rows) - 1, 0, 0)
    assert refused(report) == wrong_calais_cells(rows)


ALL = {
    CALAIS[0]: "calais_border_deaths", CALAIS[1]: "calais_border_deaths",
    "iom_missing_migrants_europe_2026-05.csv": "iom_missing_migrants",
    "reserve_parlementaire_2016_cp1252.csv": "reserve_parlementaire",
}  # fmt: skip


@pytest.mark.django_db
def test_of_all_public_files_exactly_the_one_dragged_series_is_asked_about(shared: Path) -> None:
    asked = [
        (name, alarm.kind, alarm.rows, alarm.number)
        for name, dataset in ALL.items()
        for alarm in bring(shared / "data" / name, dataset, dry_run=True).alarms
        if alarm.number is not None
    ]
    assert asked == [(CALAIS[1], "fill_handle", tuple(range(7, 67)), 60)]


@pytest.mark.django_db
def test_noyade_with_a_space_is_noyade_and_the_report_says_so(shared: Path) -> None:
    from pipeline.models import Observation

    path = shared / "data" / CALAIS[1]
    written = Counter(row[rows_of(path)[0].index("cause")] for row in rows_of(path))
    report = bring(path, "calais_border_deaths")
    told = next(one for one in report.alarms if one.kind == "merged_category" and "“Noyade ”" in str(one.sentence))
    assert len(told.rows) == written["Noyade "] == 54
    stored = Observation.objects.filter(dataset="calais_border_deaths")
    drowned = [row for row in stored if row.values.get("cause", {}).get("value") == "Noyade"]
    assert len(drowned) == written["Noyade"] + written["Noyade "] == 149


@pytest.mark.django_db
def test_the_second_release_is_told_as_a_difference_although_every_id_changed(shared: Path) -> None:
    """By date and place 12 deaths are new and none has gone, as plain Python counts them; the rest is edits."""

    def deaths(path: Path) -> Counter[tuple[str, ...]]:
        rows = rows_of(path)
        named = [rows[0].index(title) for title in ("date", "location")]
        return Counter(tuple(" ".join(row[index].split()).casefold() for index in named) for row in rows[1:])

    before, after = (deaths(shared / "data" / name) for name in CALAIS)
    bring(shared / "data" / CALAIS[0], "calais_border_deaths")
    report = bring(shared / "data" / CALAIS[1], "calais_border_deaths")
    assert ((after - before).total(), (before - after).total()) == (12, 0)
    assert (report.difference.new, report.difference.vanished) == (12, 0)
    assert 54 <= report.difference.changed <= 62
    assert "renumbered" in [one.kind for one in report.alarms]


@pytest.mark.django_db
def test_of_the_iom_file_only_negative_counts_are_refused(shared: Path) -> None:
    path = shared / "data" / "iom_missing_migrants_europe_2026-05.csv"
    rows = rows_of(path)
    counts = [index for index, title in enumerate(rows[0]) if title.startswith("No. ")]
    negative = {
        (number, rows[0][index], row[index])
        for number, row in enumerate(rows[1:], start=2)
        for index in counts
        if row[index].startswith("-")
    }
    report = bring(path, "iom_missing_migrants", dry_run=True)
    assert (report.read, report.kept, report.rejected) == (6802, 6802, 0)
    assert refused(report) == negative and negative


@pytest.mark.django_db
def test_of_the_windows_1252_file_every_grant_is_kept_and_the_footnote_is_no_row(shared: Path) -> None:
    path = shared / "data" / "reserve_parlementaire_2016_cp1252.csv"
    rows = rows_of(path, "cp1252", ";")
    grants = [row for row in rows[1:] if len(row) == 8 and re.fullmatch(r"\d+\.\d\d", row[7])]
    report = bring(path, "reserve_parlementaire", dry_run=True)
    assert (report.read, report.kept, report.ignored) == (len(rows) - 1, len(grants), 1)
    assert not report.problems
    assert not [one for one in report.alarms if one.kind == "fill_handle"]
