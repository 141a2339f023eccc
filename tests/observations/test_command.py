"""`portevoix import`: the same doors as the page, its answers typed as options."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import main
from pipeline import setup
from pipeline.models import Import, Observation

pytestmark = pytest.mark.django_db
SHEET = (
    "N°;Date;Commune;Lieu de vie;Type;Canadiennes;Statut\n1;03/04/2026;Calais;A1;expulsion;3;vérifié\n"
    "2;05/04/2026;Calais;A2;expulsion;V/57;vérifié\nTOTAL;;;;;3;\n"
)


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTEVOIX_LANG", "en")
    monkeypatch.setattr(setup, "require", lambda: None)


def run(*words: object) -> Result:
    return CliRunner().invoke(main, ["import", *map(str, words)])


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "suivi.csv"
    path.write_text(SHEET, encoding="utf-8")
    return path


def test_alarms_stop_it_with_the_options_that_pass_them(sheet: Path) -> None:
    done = run(sheet, "--dataset", "observations")
    assert done.exit_code == 1 and not Import.objects.exists()
    assert "Nothing was imported" in done.stderr
    assert "--answer 'yes, 2'" in done.stderr and "--answer 'yes, 1'" in done.stderr
    assert "2 dates of Date could be day/month or month/day" in " ".join(done.stdout.split())


def test_typed_answers_a_title_and_an_order_bring_it_in(sheet: Path, tmp_path: Path) -> None:
    out = tmp_path / "marked.xlsx"
    done = run(
        sheet, "--dataset", "observations", "--answer", "yes, 1", "--map", "tents=Canadiennes", "--dates",
        "month-first", "--report", out, "--json", "--details",
    )  # fmt: skip
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert (told["read"], told["kept"], told["ignored"], told["import"]) == (3, 2, 1, Import.objects.get().pk)
    assert [(p["letter"], p["row"], p["column"]) for p in told["problems"]] == [("F", 3, "Canadiennes")]
    row = Observation.objects.get(row=2)
    assert (row.date.isoformat(), row.values["tents"]["value"]) == ("2026-03-04", 3)
    assert out.read_bytes()[:2] == b"PK"


def test_a_script_gets_the_whole_account_of_what_was_not_imported(sheet: Path) -> None:
    done = run(sheet, "--dataset", "observations", "--json", "--details")
    assert done.exit_code == 1 and not Import.objects.exists()
    assert {a["kind"]: a["answer"] for a in json.loads(done.stdout)["alarms"] if a["answer"]} == {
        "date_order": "yes, 2", "total_rows": "yes, 1",
    }  # fmt: skip


def test_a_rehearsal_needs_no_answer(sheet: Path) -> None:
    done = run(sheet, "--dataset", "observations", "--dry-run")
    assert done.exit_code == 0 and "--answer 'yes, 2'" in done.stdout and not Import.objects.exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--map", "tents"), "column=Title"),
        (("--map", "tentes=Canadiennes"), "There is no column tentes"),
        (("--undo", "99"), "There is no import 99"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(sheet: Path, words: tuple[str, ...], said: str) -> None:
    done = run(sheet, "--dataset", "observations", *words)
    assert done.exit_code == 1 and said in done.stderr and "Traceback" not in done.output


def test_vanished_rows_are_dropped_only_when_asked(sheet: Path) -> None:
    answers = ("--answer", "yes, 1", "--dates", "day-first")
    run(sheet, "--dataset", "observations", *answers)
    sheet.write_text(SHEET.replace("2;05/04/2026;Calais;A2;expulsion;V/57;vérifié\n", ""), encoding="utf-8")
    assert "3: 05/04/2026, Calais, A2" in run(sheet, "--dataset", "observations", "--dry-run").stdout
    run(sheet, "--dataset", "observations", "--drop-vanished", *answers)
    assert Observation.objects.filter(live=True).count() == 1
