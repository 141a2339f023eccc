"""Only the months that an import touched are drawn again, and what comes out is what a full recount gives."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pipeline import summaries
from pipeline.errors import Refused
from pipeline.models import ColumnMonth, Observation, Partial
from pipeline.observations.importing import import_file, undo
from pipeline.summaries import columns, computing, partials
from pipeline.summaries.definitions import Definition, load
from tests.summaries import oracle

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
HEADER = "Date;Commune;Lieu de vie;Type;Personnes;Tentes;Arrestations;Statut\n"


def bring(path: Path, *rows: str) -> int:
    path.write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return int(import_file(path, "observations", by=None, today=TODAY).import_id)


def a_row(day: str, tents: int = 1, site: str = "A1") -> str:
    return f"{day};Calais;{site};expulsion;9;{tents};0;vérifié"


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> tuple[list[str], list[str]]:
    """The months whose columns are copied, and those of which figures are drawn, as it happens."""
    copied: list[str] = []
    drawn: list[str] = []
    copy, of = columns._copy, partials.Kept.of
    monkeypatch.setattr(columns, "_copy", lambda dataset, month: (copied.append(month), copy(dataset, month))[1])

    def noted(self, months, draw):
        return of(self, months, lambda month: (drawn.append(month), draw(month))[1])

    monkeypatch.setattr(partials.Kept, "of", noted)
    return copied, drawn


def year() -> Definition:
    return load("rapport_annuel").model_copy(update={"checks": load("note_hebdomadaire").checks.model_copy(
        update={"no_gap_days": None, "max_change": {}, "bounds": {}})})  # fmt: skip


def told(period: str = "2026") -> list:
    result = computing.of(year(), period, today=TODAY)
    return [{name: fact.value for name, fact in result.facts.items()}, list(result.tables)]


def from_scratch() -> list:
    Partial.objects.all().delete()
    ColumnMonth.objects.all().delete()
    return told()


def test_after_an_import_only_the_months_that_it_touched_are_drawn_again(
    tmp_path: Path, looked_at: tuple[list[str], list[str]]
) -> None:
    copied, drawn = looked_at
    old = [a_row(f"{day:02d}/{month:02d}/2026", month) for month in range(1, 11) for day in (3, 17)]
    bring(tmp_path / "a.csv", *old)
    told()
    assert sorted(copied) == [f"2026-{month:02d}" for month in range(1, 11)]
    copied.clear(), drawn.clear()
    told()
    assert (copied, drawn) == ([], [])
    second = bring(tmp_path / "b.csv", a_row("03/05/2026", 40), a_row("17/05/2026", 5), a_row("09/08/2026", 2, "É9"))
    after = told()
    assert copied == ["2026-05", "2026-08"] and set(drawn) == {"2026-05", "2026-08"}
    assert after[0]["tentes"] == 2 * sum(range(1, 11)) + 35 + 2
    assert after == from_scratch()
    copied.clear(), drawn.clear()
    undo(second, by=None)
    before = told()
    assert set(copied) == {"2026-05", "2026-08"} and before[0]["tentes"] == 2 * sum(range(1, 11))
    assert before == from_scratch()


def test_stale_months_would_be_seen_by_the_second_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: a stamp that only counts rows misses a correction."""
    bring(tmp_path / "a.csv", a_row("03/05/2026", 4))
    honest = columns._current
    monkeypatch.setattr(columns, "_current", lambda *a: {m: s.split(".")[0] for m, s in honest(*a).items()})
    told()
    bring(tmp_path / "b.csv", a_row("03/05/2026", 40))
    with pytest.raises(Refused, match="tentes is 4 by the database and 40 row by row"):
        told()
    monkeypatch.setattr(columns, "_current", honest)
    assert told()[0]["tentes"] == 40


def test_any_row_that_appears_or_goes_makes_another_stamp() -> None:
    """Rows taken away and brought back at random: figures from kept months are those of a full recount."""
    import random

    rows = oracle.records(7, 300)
    oracle.store(rows)
    dice = random.Random(7)
    definition, _where, _period = oracle.summary(3)
    definition = definition.model_copy(update={"period": definition.period.model_copy(update={"unit": "all"})})
    definition.__dict__["rows"] = oracle.DATASET
    for _turn in range(6):
        for pk in dice.sample(list(Observation.objects.values_list("pk", flat=True)), 5):
            row = Observation.objects.get(pk=pk)
            Observation.objects.filter(pk=pk).update(live=not row.live)
        kept = computing.of(definition, "all", today=TODAY)
        Partial.objects.all().delete()
        ColumnMonth.objects.all().delete()
        fresh = computing.of(definition, "all", today=TODAY)
        assert (kept.facts, kept.tables) == (fresh.facts, fresh.tables)


def test_new_columns_of_a_dataset_are_copied_at_once(tmp_path: Path) -> None:
    rows = oracle.records(1, 60)
    oracle.store(rows)
    dataset = oracle.DATASET
    columns.refreshed(dataset, None, None)
    wider = dataset.model_copy(update={"columns": dataset.columns | {"notes": dataset.columns["site"]}})
    columns.refreshed(wider, None, None)
    assert {one.layout for one in ColumnMonth.objects.filter(dataset="essai")} == {columns._layout(wider)}


def test_other_words_leave_what_is_kept_of_months(tmp_path: Path, looked_at: tuple[list[str], list[str]]) -> None:
    _copied, drawn = looked_at
    bring(tmp_path / "a.csv", a_row("03/10/2026", 4))
    summaries.compute("note_mensuelle", "2026-10", today=TODAY)
    drawn.clear()
    note = load("note_mensuelle")
    computing.of(note.model_copy(update={"title": {**note.title, "fr": "Autre"}}), "2026-10", today=TODAY)
    assert drawn == []
