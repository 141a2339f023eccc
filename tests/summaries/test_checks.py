"""What fires before a figure goes out, and how it is passed; what a figure is compared with, and how rare it is."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from django.test import Client

import cli
from pipeline import drafts, summaries
from pipeline.errors import Refused
from pipeline.models import AuditEntry, Confirmation
from pipeline.observations.importing import import_file
from pipeline.summaries import checks, computing, history
from pipeline.summaries.definitions import FOLDER, Definition, load
from pipeline.summaries.facts import Record
from pipeline.summaries.periods import Period, asked
from tests.worlds import World

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
HEADER = "Date;Commune;Lieu de vie;Type;Tentes;dont pleines;Observée;Statut\n"


def bring(folder: Path, *rows: str, name: str = "f.csv") -> None:
    (folder / name).write_text(HEADER + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    import_file(folder / name, "observations", by=None, today=TODAY)


def days(month: int, wanted: range, tents: int = 1, observed: str = "oui") -> list[str]:
    return [f"{day:02d}/{month:02d}/2026;Calais;A{day};expulsion;{tents};0;{observed};vérifié" for day in wanted]


def note(**changes: object) -> Definition:
    """The monthly note with other rules."""
    told = yaml.safe_load((FOLDER / "note_mensuelle.yaml").read_text(encoding="utf-8"))
    return Definition.model_validate(told | {"by": [], "series": None} | changes)


def of(period: str, **changes: object) -> summaries.SummaryResult:
    return computing.of(note(**changes), period, today=TODAY)


def fired(result: summaries.SummaryResult) -> dict[str, int | float | None]:
    return {one.name: one.number for one in result.checks if one.fired}


# ------------------------------------------------------------------------------------------------ what fires


def test_days_without_rows_fire_by_their_number_also_at_the_ends_of_the_month(tmp_path: Path) -> None:
    bring(tmp_path, *days(9, range(1, 31)), *days(10, range(1, 16)))
    rule = {"checks": {"no_gap_days": 4}}
    assert fired(of("2026-09", **rule)) == {}
    assert fired(of("2026-10", **rule)) == {"no_gap_days": 16}
    assert fired(of("2026-10", checks={"no_gap_days": 16})) == {}


def test_a_jump_fires_and_so_does_a_figure_out_of_its_bounds(tmp_path: Path) -> None:
    bring(tmp_path, *days(9, range(1, 31), tents=2), *days(10, range(1, 32), tents=10))
    rules = {"max_change": {"tentes": "60%", "expulsions": "60%"}, "bounds": {"tentes": [0, 300]}}
    assert fired(of("2026-10", checks=rules)) == {"max_change.tentes": 310, "bounds.tentes": 310}
    assert fired(of("2026-09", checks=rules)) == {}  # August has no rows to compare with


def test_rows_that_are_not_in_the_latest_file_fire(tmp_path: Path) -> None:
    bring(tmp_path, *days(10, range(1, 21)))
    assert fired(of("2026-10", checks={"same_rows_as_file": True})) == {}
    bring(tmp_path, *days(10, range(1, 18)), name="g.csv")
    assert fired(of("2026-10", checks={"same_rows_as_file": True})) == {"same_rows_as_file": 3}


def test_a_part_above_its_whole_in_one_town_is_refused_though_the_sum_is_fine(tmp_path: Path) -> None:
    bring(
        tmp_path,
        "01/10/2026;Calais;A1;expulsion;9;0;oui;vérifié",
        "02/10/2026;Marck;A2;expulsion;;3;oui;vérifié",
        "03/10/2026;Marck;A3;expulsion;2;;oui;vérifié",
    )
    assert of("2026-10").facts["pleines"].value == 3
    with pytest.raises(Refused, match=r"pleines .3. is more than tentes .2."):
        of("2026-10", by=[["commune"]])


def test_places_that_do_not_sum_to_their_total_are_refused() -> None:
    from pipeline.summaries.tables import Drawn, Table

    def one(value: int) -> Drawn:
        return Drawn(Decimal(value), value, value)

    good = Table("tentes", ("commune",), {("calais",): one(3), ("marck",): one(2)}, {(None,): one(5)})
    checks.refuse_sums([good])
    with pytest.raises(Refused, match="sums to 5 and not to 6"):
        checks.refuse_sums([Table("tentes", ("commune",), good.cells, {(None,): one(6)})])


# ------------------------------------------------------------------------------------------------- passing it


@pytest.fixture
def jump(tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """A note of October whose expulsions jumped from 5 to 30, as the command and the studio see it."""
    bring(tmp_path, *days(9, range(1, 6)), *days(10, range(1, 31)))
    strict = load("note_mensuelle").model_copy(
        update={"checks": note(checks={"max_change": {"expulsions": "60%"}}).checks}
    )
    monkeypatch.setattr(
        "pipeline.summaries.definitions.load", lambda name: strict if name == "note_mensuelle" else load(name)
    )
    return world


def test_no_post_is_made_before_somebody_typed_the_number_and_that_is_recorded(jump: World) -> None:
    with pytest.raises(Refused, match="oui, 30"):
        drafts.from_summary("note_mensuelle", "2026-10", [jump.channel], by=jump.intern)
    result = summaries.compute("note_mensuelle", "2026-10")
    for wrong in ("oui", "30", "non, 30", "oui, 31", "oui, 3 0 0", "oui, 30, 31", ""):
        with pytest.raises(Refused, match="oui, 30"):
            summaries.confirm(result.row, "max_change.expulsions", wrong, by=jump.intern)
    with pytest.raises(Refused, match=r"max_change\.expulsions"):
        summaries.confirm(result.row, "bounds.tentes", "oui, 30", by=jump.intern)
    assert not Confirmation.objects.exists()
    summaries.confirm(result.row, "max_change.expulsions", " Oui,\u00a030 ", by=jump.intern)
    assert summaries.unanswered(result.row) == []
    assert AuditEntry.objects.filter(action="summary.confirmed").count() == 1
    assert drafts.from_summary("note_mensuelle", "2026-10", [jump.channel], by=jump.intern).summary == result.row


def test_an_answer_holds_for_those_rows_alone(jump: World, tmp_path: Path) -> None:
    result = summaries.compute("note_mensuelle", "2026-10")
    summaries.confirm(result.row, "max_change.expulsions", "yes 30", by=jump.intern)
    bring(tmp_path, *days(10, range(1, 32)), name="g.csv")
    assert [one.number for one in summaries.unanswered(summaries.compute("note_mensuelle", "2026-10").row)] == [31]


def test_the_page_asks_and_takes_the_answer(jump: World, client: Client) -> None:
    client.force_login(jump.intern)
    url = "/summaries/note_mensuelle/2026-10/"
    page = client.get(url).content.decode()
    assert "oui, 30" in page.replace("\u00a0", " ")
    assert "SELECT" in page
    refused = client.post(url, {"check": "max_change.expulsions", "typed": "oui, 3"})
    assert refused.status_code == 400 and "oui, 30" in refused.content.decode().replace("\u00a0", " ")
    assert client.post(url, {"check": "max_change.expulsions", "typed": "oui, 30"}).status_code == 302
    assert "Est-ce juste" not in client.get(url).content.decode()


def test_a_page_of_no_period_or_no_summary_says_so(jump: World, client: Client) -> None:
    client.force_login(jump.intern)
    assert "2026-10" in client.get("/summaries/note_mensuelle/octobre/").content.decode()
    assert client.get("/summaries/rien/2026-10/").status_code == 404
    assert "note_mensuelle" in client.get("/summaries/").content.decode()


def test_an_internal_summary_makes_no_post(tmp_path: Path, world: World) -> None:
    bring(tmp_path, *days(10, range(1, 10)))
    result = summaries.compute("page_de_site", "2026-10", today=TODAY)
    assert {key[0] for key, _value, _hidden in result.tables[0]["cells"]} == {
        None,
        *(f"a{day}" for day in range(1, 10)),
    }
    with pytest.raises(Refused, match="team alone"):
        drafts.from_summary("page_de_site", "2026-10", [world.channel], by=world.intern)


def test_the_command_shows_checks_tables_and_how_to_pass_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(tmp_path, *days(10, range(1, 10), tents=400))
    monkeypatch.setenv("PORTEVOIX_LANG", "en")
    monkeypatch.setattr("pipeline.setup.require", lambda: None)  # the tests' store has no home of its own
    told = CliRunner().invoke(cli.main, ["summary", "note_mensuelle", "--period", "2026-10"])
    assert told.exit_code == 0, (told.output, told.exception)
    assert "commune" in told.output and "confirm-figure note_mensuelle bounds.tentes 'oui, 3600'" in told.output
    assert "page_de_site" in CliRunner().invoke(cli.main, ["summary", "--list"]).output


# --------------------------------------------------------------------------------------- comparing and records


def test_months_are_compared_only_where_both_were_seen_well_enough(tmp_path: Path) -> None:
    bring(tmp_path, *days(8, range(1, 25)), *days(9, range(1, 25), observed="non"), *days(10, range(1, 25)))
    assert of("2026-10").facts["expulsions"].previous is None
    assert of("2026-10", coverage=None, checks={}).facts["expulsions"].previous == 24
    setting = of("2026-09").setting
    assert setting.coverage is not None and (setting.coverage.share, setting.coverage.enough) == (0, False)


def test_a_month_with_a_gap_is_compared_with_none(tmp_path: Path) -> None:
    bring(tmp_path, *days(9, range(1, 31)), *days(10, range(1, 16)))
    assert of("2026-10").facts["expulsions"].previous is None
    assert of("2026-10", checks={}).facts["expulsions"].previous == 30


def test_a_record_names_the_last_month_that_reached_the_figure(tmp_path: Path) -> None:
    counts = {1: 9, 2: 20, 3: 3, 4: 4, 5: 5, 6: 6, 7: 8, 8: 10, 9: 12, 10: 19}
    bring(tmp_path, *(row for month, count in counts.items() for row in days(month, range(1, count + 1))))
    rule = {"records": {"metrics": ["expulsions"], "since": "2026-01", "least": 3}, "checks": {}}
    fact = of("2026-10", **rule).facts["expulsions"]
    assert fact.record is not None
    assert (fact.record.kind, fact.record.since.code, fact.record.ever, fact.record.compared) == (
        "most",
        "2026-02",
        False,
        7,
    )
    assert fact.streak == 7 and not fact.first
    assert of("2026-10", **rule | {"records": None}).facts["expulsions"].record is None
    september = of("2026-09", **rule).facts["expulsions"].record
    assert september is not None and september.since.code == "2026-02"


def month(number: int) -> Period:
    return asked(f"2026-{number:02d}", load("note_mensuelle").period, TODAY)


@pytest.mark.parametrize(
    ("earlier", "value", "expected"),
    [
        ([3, 2, 1], 4, ("most", 1, True, 3)), ([9, 2, 1, 3], 4, ("most", 1, False, 3)), ([4, 4, 4], 4, None),
        ([3, 4, 5], 2, ("least", 1, True, 3)), ([3, 4], 9, None), ([3, 9, 5], 4, None),
        ([5, 5, 5], 0, ("least", 1, True, 3)),
    ],
)  # fmt: skip
def test_records_by_hand(earlier: list[int], value: int, expected: tuple | None) -> None:
    told = [(month(number), Decimal(one)) for number, one in enumerate(earlier, 1)]
    found = history.record(told, Decimal(value), 3)
    assert found == (expected and Record(expected[0], month(expected[1]), expected[2], expected[3]))


@pytest.mark.parametrize(
    ("earlier", "value", "steps"),
    [([1, 2, 3], 4, 3), ([5, 2, 3], 4, 2), ([4, 3], 2, -2), ([3, 3], 3, 0), ([1, 2, 2], 3, 1)],
)  # fmt: skip
def test_streaks_by_hand(earlier: list[int], value: int, steps: int) -> None:
    assert history.streak([Decimal(one) for one in earlier], Decimal(value)) == steps


def test_the_command_writes_figures_and_tables_as_a_person_would(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring(tmp_path, *days(10, range(1, 32), tents=1226))
    monkeypatch.setattr("pipeline.setup.require", lambda: None)  # the tests' store has no home of its own
    for spoken, whole in (("fr", "38\u202f006"), ("en", "38,006")):
        asked_for = CliRunner(env={"PORTEVOIX_LANG": spoken})
        told = asked_for.invoke(cli.main, ["summary", "note_mensuelle", "--period", "2026-10"], catch_exceptions=False)
        assert told.output.count(whole) >= 2, "the figure, and its table by town"
        assert ".0 " not in told.output
