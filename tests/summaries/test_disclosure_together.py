"""Metrics of one summary, one narrowed more than another: what one less the other would show is not shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline import summaries
from pipeline.observations.importing import import_file
from pipeline.summaries import definitions
from tests.summaries.drawn import NOUN
from tests.summaries.test_disclosure_ledger import HEADER, TODAY, declared

pytestmark = pytest.mark.django_db


@pytest.fixture
def narrower(monkeypatch: pytest.MonkeyPatch) -> None:
    """A note of all arrests by commune, and of those of one kind of operation."""
    metrics = {name: {"sum": "arrests", "noun": NOUN, "where": where} for name, where in
               (("toutes", {}), ("expulsions", {"type": "expulsion"}))}  # fmt: skip
    note = declared("deux", "month", metrics=metrics, by=[["commune"]])
    monkeypatch.setattr(definitions, "load", {"deux": note}.__getitem__)


def by_town(folder: Path, arrests: list[tuple[str, str, int]]) -> list[dict[str, float | None]]:
    """What the two tables tell of each town."""
    rows = "".join(f"0{n + 1}/10/2026;{town};A{n};{kind};9;{count};0;vérifié\n" for n, (town, kind, count) in
                   enumerate(arrests))  # fmt: skip
    (folder / "t.csv").write_text(HEADER + rows, encoding="utf-8")
    import_file(folder / "t.csv", "observations", by=None, today=TODAY)
    return [
        {key[0]: told for key, told, _hidden in one["cells"]}
        for one in summaries.compute("deux", "2026-10", today=TODAY).row.tables
    ]


def test_all_less_those_of_one_kind_does_not_tell_of_the_few_of_another(narrower: None, tmp_path: Path) -> None:
    every, evictions = by_town(
        tmp_path,
        [("Calais", "expulsion", 20), ("Calais", "contrôle", 2), ("Marck", "expulsion", 9), ("Marck", "contrôle", 8)],
    )
    assert None in (every["calais"], evictions["calais"])
    assert None not in (every[None], evictions[None])


def test_all_and_those_of_one_kind_are_told_where_nobody_or_enough_are_left(narrower: None, tmp_path: Path) -> None:
    every, evictions = by_town(
        tmp_path, [("Calais", "expulsion", 20), ("Calais", "contrôle", 7), ("Marck", "expulsion", 9)]
    )
    assert (every["calais"], evictions["calais"], evictions["marck"]) == (27, 20, 9)
