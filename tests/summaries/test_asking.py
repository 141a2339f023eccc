"""The sql metric: a statement of one's own, which the database lets read the period's rows and nothing else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from pipeline.errors import Refused
from pipeline.models import Figure, Observation, User
from pipeline.summaries import computing
from pipeline.summaries.definitions import Definition
from tests.summaries import oracle

pytestmark = pytest.mark.django_db
GOOD = "SELECT COUNT(DISTINCT site) AS value, group_concat(id) AS _ids FROM records WHERE tents >= 3"
# Said alike on both databases: what counts, what writes, what reads elsewhere, what reads a column it did not declare.
SAID = (
    "SELECT COUNT(DISTINCT site) AS value, '' AS _ids FROM records WHERE tents >= 3",
    "WITH gone AS (DELETE FROM pipeline_observation RETURNING id) SELECT COUNT(*) AS value, '' AS _ids FROM gone",
    "SELECT COUNT(*) AS value, '' AS _ids FROM pipeline_user",
    "SELECT COUNT(euros) AS value, '' AS _ids FROM records",
)


def definition(sql: str, columns: tuple[str, ...] = ("site", "tents")) -> Definition:
    noun = {"fr": {"other": "#"}}
    found = Definition.model_validate(
        {
            "summary": "essai", "title": {"fr": "Essai"}, "languages": ["fr"], "dataset": "essai",
            "period": {"unit": "year"}, "where": {"kind": "expulsion"},
            "metrics": {"own": {"sql": sql, "columns": list(columns), "noun": noun}},
        }
    )  # fmt: skip
    found.__dict__["rows"] = oracle.DATASET
    return found


@pytest.fixture
def rows(db: None) -> list[oracle.Row]:
    found = oracle.records(5, 300)
    oracle.store(found)
    return found


def asked(sql: str, columns: tuple[str, ...] = ("site", "tents")) -> computing.SummaryResult:
    return computing.of(definition(sql, columns), "2024", today=date(2026, 11, 23))


def test_it_counts_and_its_rows_are_traced(rows: list[oracle.Row]) -> None:
    own = oracle.chosen(
        oracle.within(rows, oracle.stretch("2024", "01-01")), {"kind": "expulsion", "tents": {"from": 3}}
    )
    result = asked(GOOD)
    assert result.facts["own"].value == len({row.cells["site"] for row in own if "site" in row.cells})
    kept = Figure.objects.get(summary=result.row).provenance
    assert kept["rows"]["count"] == len(own) and "COUNT(DISTINCT site)" in kept["query"]


def test_percent_signs_and_a_with_of_its_own_are_taken_as_they_are(rows: list[oracle.Row]) -> None:
    sql = "WITH few AS (SELECT id FROM records WHERE tents % 2 = 0 AND site LIKE 'a%') SELECT COUNT(*) AS value, "
    assert asked(sql + "group_concat(id) AS _ids FROM few").facts["own"].value > 0


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM records", "SELECT 1 AS value, 1 AS _ids) AS x; DELETE FROM pipeline_observation; --",
        "SELECT COUNT(*) AS value, '' AS _ids FROM pipeline_user",
        "SELECT COUNT(*) AS value, '' AS _ids FROM columns_essai, pipeline_observation",
        "SELECT COUNT(*) AS value, '' AS _ids FROM sqlite_master",
        "SELECT load_extension('x') AS value, '' AS _ids FROM records",
        "SELECT COUNT(euros) AS value, group_concat(id) AS _ids FROM records",
        "SELECT COUNT(*) AS value FROM records",
        "SELECT site AS value, id AS _ids FROM records",
        "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT COUNT(*) AS value, '' AS _ids FROM n",
    ],
)  # fmt: skip
def test_what_writes_reads_elsewhere_or_never_ends_is_refused_and_nothing_changes(
    rows: list[oracle.Row], sql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.summaries import asking

    monkeypatch.setattr(asking, "SECONDS", 0.2)
    with pytest.raises(Refused, match="own"):
        asked(sql)
    assert Observation.objects.count() == len(rows)
    User.objects.create(username="x")  # the store can be written again


def test_rows_of_another_period_cannot_be_named(rows: list[oracle.Row]) -> None:
    stranger = Observation.objects.filter(date__year=2025).values_list("pk", flat=True)[0]
    with pytest.raises(Refused, match=str(stranger)):
        asked(f"SELECT COUNT(*) AS value, '{stranger}' AS _ids FROM records")


def test_what_it_declares_is_protected(rows: list[oracle.Row]) -> None:
    people = oracle.DATASET.columns["tents"].model_copy(update={"people": True})
    dataset = oracle.DATASET.model_copy(update={"columns": oracle.DATASET.columns | {"tents": people}})
    found = definition("SELECT 3 AS value, MIN(id) AS _ids FROM records")
    found.__dict__["rows"] = dataset
    result = computing.of(found, "2024-03-01..2024-06-30", today=date(2026, 11, 23))
    assert result.definition.counts_people("own")
    narrowed = found.model_copy(
        update={"where": {"commune": found.where["kind"].model_copy(update={"values": ("Calais",)})}}
    )
    narrowed.__dict__["rows"] = dataset
    hidden = computing.of(narrowed, "2024", today=date(2026, 11, 23)).facts["own"]
    assert hidden.suppressed and hidden.value is None


def test_decimals_are_numbers_there(rows: list[oracle.Row]) -> None:
    own = oracle.chosen(oracle.within(rows, oracle.stretch("2024", "01-01")), {"kind": "expulsion"})
    result = asked("SELECT SUM(euros) AS value, group_concat(id) AS _ids FROM records", ("euros",))
    total = sum(row.cells["euros"] for row in own if "euros" in row.cells)
    assert abs(result.facts["own"].value - total) < Decimal("0.001")
