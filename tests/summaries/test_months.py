"""Only the months that an import touched are drawn again, and what comes out is what a full recount gives."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.db import connection

from pipeline import summaries
from pipeline.errors import Refused
from pipeline.models import ColumnMonth, Observation, Partial
from pipeline.observations import datasets
from pipeline.observations.importing import import_file, undo
from pipeline.summaries import columns, computing, growing, partials
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
    assert sorted(set(drawn)) == [f"2026-{month:02d}" for month in range(1, 11)]
    assert copied == []  # the import put its rows into the columns itself
    drawn.clear()
    told()
    assert (copied, drawn) == ([], [])
    second = bring(tmp_path / "b.csv", a_row("03/05/2026", 40), a_row("17/05/2026", 5), a_row("09/08/2026", 2, "É9"))
    after = told()
    assert copied == ["2026-05"] and set(drawn) == {"2026-05", "2026-08"}  # a row of May was replaced
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


def rows_of(dataset: str) -> list:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT * FROM "columns_{dataset}" ORDER BY "_date", "_id"')
        return list(cursor.fetchall())


def test_what_an_import_puts_into_the_columns_is_what_copying_its_rows_gives(tmp_path: Path, shared: Path) -> None:
    titles = "Date;Heure;Commune;Lieu de vie;Type;Personnes;Tentes;FDO;Huissier;Statut\n"
    first = ["03/05/2026;08h48;Calais;A1;expulsion;10-15;~20;CRS, PN;oui;vérifié",
             "04/05/2026;;GS;b 2;contrôle;au moins 4;;16 CRS;non;à revoir",
             "09/06/2026;7h;Marck; A1 ;Expulsion;0;3;aucun;?;vérifié"]  # fmt: skip
    later = ["11/05/2026;;Calais;A1;expulsion;2;;;;vérifié", "12/07/2026;;Calais;A1;expulsion;2;;PN;;vérifié"]
    for number, rows in enumerate((first, later)):
        path = tmp_path / f"{number}.csv"
        path.write_text(titles + "".join(f"{row}\n" for row in rows), encoding="utf-8")
        import_file(path, "observations", by=None, today=TODAY)
    import_file(
        shared / "data" / "calais_border_deaths_2024-11-21.csv", "calais_border_deaths", by=None, today=TODAY
    )  # fmt: skip
    for name, least in (("observations", 5), ("calais_border_deaths", 300)):
        dataset = datasets.load(name)
        kept = ColumnMonth.objects.filter(dataset=name)
        assert {one.month: one.stamp for one in kept} == {
            month: stamp for month, stamp in columns._current(dataset, None, None).items() if month
        }
        grown = rows_of(name)
        kept.delete()
        columns.refreshed(dataset, None, None)
        assert len(grown) >= least and grown == [row for row in rows_of(name) if row[0]]


def test_a_month_that_was_not_current_is_copied_and_not_grown(
    tmp_path: Path, looked_at: tuple[list[str], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant takes any month for current: the second count refuses what comes of it."""
    copied, _drawn = looked_at
    bring(tmp_path / "a.csv", a_row("03/05/2026", 4), a_row("04/05/2026", 2))
    Observation.objects.filter(row=3).update(live=False)
    bring(tmp_path / "b.csv", a_row("05/05/2026", 10))
    assert told()[0]["tentes"] == 14 and copied == ["2026-05"]
    Observation.objects.filter(row=3).update(live=True)
    monkeypatch.setattr(growing, "ready", lambda *_a, **_k: {"2026-05"})
    bring(tmp_path / "c.csv", a_row("06/05/2026", 20))
    with pytest.raises(Refused, match="expulsions is 3 by the database and 4 row by row"):
        told()
