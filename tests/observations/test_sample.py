"""The sample spreadsheet: the same from the same seed, of a realistic size, with the usual dirt told."""

from __future__ import annotations

from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from pipeline.demo.records import write_sample
from pipeline.errors import Refused
from pipeline.observations import alarms, datasets, reading, tables
from pipeline.observations.tables import Table
from tests.observations.grids import records

UNTIL = date(2026, 10, 31)


def table(path: Path) -> Table:
    book = reading.read(path.read_bytes(), path.name)
    built = tables.build(book, datasets.load("observations"), path.name)
    built.alarms += alarms.raised(book, built, date(2026, 11, 23))
    return built


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.csv"
    write_sample(path, until=UNTIL)
    return path


@pytest.fixture(scope="module")
def read(sample: Path) -> Table:
    return table(sample)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(sample: Path, tmp_path: Path) -> None:
    write_sample(tmp_path / "again.csv", until=UNTIL)
    write_sample(tmp_path / "other.csv", until=UNTIL, seed=7)
    assert (tmp_path / "again.csv").read_bytes() == sample.read_bytes() != (tmp_path / "other.csv").read_bytes()


def test_three_years_of_realistic_months(read: Table) -> None:
    months = Counter(str(record.cells["date"].value)[:7] for record in records(read))
    assert (min(months), max(months), len(months)) == ("2023-11", "2026-10", 36)
    assert 2_500 <= len(records(read)) <= 4_000
    assert all(60 <= count <= 135 for count in months.values())


def test_each_accident_in_it_is_told_and_nothing_else(read: Table) -> None:
    assert sorted((one.column, one.value) for one in read.problems) == sorted([
        ("Tentes", "V/57"), ("Tentes", "-3"), ("Bâches", "V/57"), ("Personnes", "yes"), ("Date", "31/02/2025"),
        ("Arrestations", "Y, au moins 1 voiture - 2 huissier présents"), ("dont remplies d’affaires", "beaucoup"),
    ])  # fmt: skip
    assert (read.rejected, read.ignored) == (1, {"total_rows": 1})
    assert {one.kind for one in read.alarms} == {"total_rows", "merged_category"}


def test_parts_never_exceed_their_wholes(read: Table) -> None:
    for record in records(read):
        for part, whole in (("tents_with_belongings", "tents"), ("arrests_violent", "arrests")):
            if part in record.cells and whole in record.cells:
                assert record.cells[part].value <= (record.cells[whole].max or record.cells[whole].value)


def test_the_workbook_holds_the_same_records(read: Table, tmp_path: Path) -> None:
    write_sample(tmp_path / "sample.xlsx", until=UNTIL)
    one, other = read, table(tmp_path / "sample.xlsx")
    assert [(r.row, {n: c.value for n, c in r.cells.items()}) for r in records(one)] == [
        (r.row, {n: c.value for n, c in r.cells.items()}) for r in records(other)
    ]


def test_any_other_kind_of_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"\.csv or \.xlsx"):
        write_sample(tmp_path / "sample.pdf", until=UNTIL)
