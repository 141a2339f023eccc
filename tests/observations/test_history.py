"""What happens when files come again: unchanged, re-sorted, renumbered, edited, vanished, late, answered for."""

from __future__ import annotations

import base64
import json
from array import array
from datetime import date, timedelta
from pathlib import Path

import pytest

from pipeline.errors import Refused
from pipeline.models import AuditEntry, FileShape, Import, Observation
from pipeline.observations.alarms import gaps
from pipeline.observations.headers import Wishes
from pipeline.observations.importing import import_file
from pipeline.observations.report import Alarm, ImportReport, unanswered
from publishers._sentences import _

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
HEADER = "N°;Date;Commune;Lieu de vie;Type;Tentes;Statut\n"


def row(number: int, day: str, site: str = "A1", tents: object = 3) -> str:
    return f"{number};{day};Calais;{site};expulsion;{tents};vérifié\n"


ROWS = [row(1, "21/10/2026"), row(2, "22/10/2026", "A2"), row(3, "23/10/2026", "A1")]


@pytest.fixture
def bring(tmp_path: Path):
    def bring(*rows: str, name: str = "suivi.csv", header: str = HEADER, **how) -> ImportReport:
        path = tmp_path / name
        path.write_text(header + "".join(rows), encoding="utf-8")
        return import_file(path, "observations", by=None, today=TODAY, **{"answers": (), **how})

    return bring


def difference(report: ImportReport) -> tuple[int, int, int]:
    return report.difference.new, report.difference.changed, report.difference.vanished


def kinds(report: ImportReport) -> set[str]:
    return {one.kind for one in report.alarms}


def test_the_same_bytes_again_are_asked_about_and_change_nothing_when_they_say_nothing_new(bring) -> None:
    bring(*ROWS)
    again = bring(*ROWS)
    (alarm,) = again.unanswered
    assert (alarm.kind, alarm.number, again.import_id) == ("already_imported", 3, None)
    passed = bring(*ROWS, answers=["oui, 3"])
    assert passed.import_id is None and difference(passed) == (0, 0, 0) and Import.objects.count() == 1


def test_an_older_file_can_be_brought_again_on_purpose(bring) -> None:
    bring(*ROWS)
    bring(row(1, "21/10/2026", tents=9), *ROWS[1:])
    back = bring(*ROWS, answers=["yes, 3"])
    assert difference(back) == (0, 1, 0) and back.import_id is not None
    assert sorted(Import.objects.values_list("again", flat=True)) == [0, 0, 1]
    assert {r.values["tents"]["value"] for r in Observation.objects.filter(live=True)} == {3}


def test_rows_sorted_anew_are_unchanged_and_renumbered_ones_are_announced(bring) -> None:
    bring(*ROWS)
    anew = [f"{number}{text[1:]}" for number, text in enumerate(reversed(ROWS), start=7)]
    report = bring(*anew)
    assert difference(report) == (0, 0, 0) and "renumbered" in kinds(report)
    assert next(one for one in report.alarms if one.kind == "renumbered").number is None


def test_a_row_put_on_top_renumbers_all_and_is_the_only_new_one(bring) -> None:
    bring(*ROWS)
    report = bring(row(1, "24/10/2026", "B1"), *(f"{int(text[0]) + 1}{text[1:]}" for text in ROWS))
    assert difference(report) == (1, 0, 0) and "renumbered" in kinds(report)


def test_an_edited_row_is_a_change_and_not_a_new_row(bring) -> None:
    bring(*ROWS)
    report = bring(row(1, "21/10/2026", tents="au moins 3"), *ROWS[1:])
    assert difference(report) == (0, 1, 0) and "renumbered" not in kinds(report)


def test_a_row_that_is_marked_as_a_double_later_on_is_a_change(bring) -> None:
    """It leaves the figures, so the store has to learn of it."""
    marked = [line.replace("\n", ";\n") for line in ROWS]
    bring(*ROWS)
    report = bring(marked[0].replace("\n", "de 2\n"), *marked[1:], header=HEADER.replace("\n", ";Doublon\n"),
                   answers=["oui, 1"])  # fmt: skip
    assert difference(report) == (0, 1, 0) and "marked_doubles" in kinds(report)
    (double,) = [one for one in Observation.objects.filter(live=True) if "duplicate_of" in one.values]
    assert double.values["duplicate_of"]["value"] == "de 2"


def test_a_vanished_row_is_named_and_stays_until_a_person_says_so(bring) -> None:
    bring(*ROWS)
    report = bring(*ROWS[:2])
    assert difference(report) == (0, 0, 1) and report.gone == ("4: 23/10/2026, Calais, A1, expulsion",)
    assert Observation.objects.filter(live=True).count() == 3
    bring(*ROWS[:2], "\n", drop_vanished=True)
    assert (Observation.objects.filter(live=True).count(), Observation.objects.count()) == (2, 3)


def test_people_who_look_alike_on_paper_stay_as_many(bring) -> None:
    bring(ROWS[0], ROWS[0])
    assert difference(bring(ROWS[0], ROWS[0], ROWS[0])) == (1, 0, 0)
    assert difference(bring(ROWS[0], ROWS[0], "\n")) == (0, 0, 1)
    assert difference(bring(ROWS[0], row(2, "21/10/2026", tents=8), ROWS[0], "\n")) == (0, 1, 0)


def test_a_late_row_of_an_old_month_is_new_and_takes_nothing_away(bring) -> None:
    bring(*ROWS)
    bring(row(4, "15/11/2026"), name="novembre.csv")
    assert difference(bring(row(9, "30/10/2026", "C1"), *ROWS)) == (1, 0, 0)


def test_a_definition_that_changes_mid_year_is_a_change_of_those_rows_only(bring) -> None:
    """From July on “Tentes” means tents and tarps: the titles differ, the rows are compared by what they say."""
    bring(*ROWS)
    header = HEADER.replace("Tentes", "Tentes et bâches")
    report = bring(*ROWS, header=header, name="suite.csv")
    assert "columns_not_read" in kinds(report) and difference(report) == (0, 3, 0)


# ---------------------------------------------------------------------------------------------------- answers


def test_nothing_is_written_before_each_alarm_has_its_own_answer(bring, home: Path) -> None:
    total = "TOTAL;;;;;9;\n"
    for answers in ((), ("oui",), ("oui, 2",), ("1",), ("oui, 1", "oui, 5")[:0], ("ok, 1",)):
        report = bring(*ROWS, total, row(9, "25/12/2026"), answers=answers)
        assert report.import_id is None and {one.kind for one in report.unanswered} == {"total_rows", "future_dates"}
        assert not Import.objects.exists() and not Observation.objects.exists() and not (home / "imports").exists()
    half = bring(*ROWS, total, row(9, "25/12/2026"), answers=["oui, 1"])
    assert len(half.unanswered) == 1 and not Import.objects.exists()  # one answer passes one alarm
    report = bring(*ROWS, total, row(9, "25/12/2026"), answers=["Oui, 1", "yes 1."])
    assert report.import_id and Import.objects.get().answers == [
        {"kind": "total_rows", "number": 1}, {"kind": "future_dates", "number": 1},
    ]  # fmt: skip


@pytest.mark.parametrize("typed", ["oui, 1234", "Oui 1234", "yes, 1 234", "« oui, 1\u202f234 »", "oui,1.234"])
def test_an_answer_is_understood_as_people_type_it(typed: str) -> None:
    assert unanswered([Alarm("x", (), _("x"), 1234)], [typed]) == []


@pytest.mark.parametrize("typed", ["", "oui", "1234", "non, 1234", "oui, 123", "oui, 12345", "oui, mille"])
def test_any_other_answer_is_none(typed: str) -> None:
    assert len(unanswered([Alarm("x", (), _("x"), 1234)], [typed])) == 1


def test_a_gate_that_takes_a_click_would_be_caught(bring, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: any answer passes, and the row is in the store although nobody typed its number."""
    monkeypatch.setattr("pipeline.observations.report.unanswered", lambda alarms, answers: [])
    report = bring(*ROWS, "TOTAL;;;;;9;\n", answers=["ok"])
    assert report.import_id is not None


# ------------------------------------------------------------------------------------------- what is remembered


def test_what_was_settled_for_a_file_is_kept_for_the_next_of_its_shape(bring) -> None:
    header = HEADER.replace("Tentes", "Canadiennes")
    rows = [row(1, "03/04/2026"), row(2, "05/04/2026", "A2")]
    assert "date_order" in kinds(bring(*rows, header=header))
    wishes = Wishes({"Canadiennes": "tents"}, {"date": "month"})
    bring(*rows, header=header, wishes=wishes)
    assert FileShape.objects.count() == 1
    report = bring(row(3, "06/07/2026", "B1"), header=header, name="suite.csv")
    assert report.import_id and not {"date_order", "columns_not_read"} & kinds(report)
    last = Observation.objects.get(source_id=report.import_id)
    assert (last.date, last.values["tents"]["value"]) == (date(2026, 6, 7), 3)


def test_a_file_of_another_shape_is_asked_again(bring) -> None:
    bring(row(1, "03/04/2026"), wishes=Wishes({}, {"date": "month"}))
    other = HEADER.replace("Statut", "État")
    assert "date_order" in kinds(bring(row(1, "03/04/2026"), header=other, name="autre.csv"))


def test_an_import_that_is_refused_remembers_nothing(bring) -> None:
    bring(*ROWS, "TOTAL;;;;;9;\n", wishes=Wishes({"Tentes": ""}))
    assert not FileShape.objects.exists() and not AuditEntry.objects.exists()


# ---------------------------------------------------------------------------------------------------- coverage


def days(start: str, number: int, step: int = 1) -> set[date]:
    return {date.fromisoformat(start) + timedelta(days=n * step) for n in range(number)}


def test_a_hole_longer_than_any_in_two_years_is_told() -> None:
    before = days("2024-10-01", 365, 2)  # every second day
    october = days("2026-10-31", 1) | days("2026-10-01", 8, 2)
    assert gaps(october, before, TODAY) == [(date(2026, 10, 16), date(2026, 10, 30))]


def test_a_month_that_ends_early_and_one_that_is_still_running() -> None:
    before = days("2024-10-01", 730)
    assert gaps(days("2026-10-01", 20), before, TODAY) == [(date(2026, 10, 21), date(2026, 10, 31))]
    assert gaps(days("2026-11-01", 22), before | days("2026-10-01", 31), TODAY) == []


def test_a_usual_rhythm_and_a_short_history_tell_nothing() -> None:
    assert gaps(days("2026-10-01", 16, 2), days("2024-10-01", 365, 2), TODAY) == []
    assert gaps(days("2026-10-01", 3), days("2026-09-01", 30), TODAY) == []


def test_a_missing_week_is_asked_about_at_the_import(bring) -> None:
    year = [row(n, f"{date(2025, 10, 1) + timedelta(days=n):%d/%m/%Y}", f"A{n % 7}", n % 6) for n in range(365)]
    bring(*year, name="annee.csv")
    october = [row(n, f"{n:02d}/10/2026", tents=n % 5) for n in (*range(1, 14), *range(22, 32))]
    report = bring(*october)
    assert [(one.kind, one.number) for one in report.unanswered] == [("day_gap", 8)]


# --------------------------------------------------------------------------------------------------- the account


def test_the_account_adds_up_and_says_it_in_both_languages(bring) -> None:
    report = bring(
        *ROWS, row(4, "31/02/2026"), row(5, "24/10/2026", tents="V/57"), "TOTAL;;;;;9;\n", answers=["oui, 1"]
    )
    assert report.read == report.kept + report.rejected + report.ignored == 6
    french, english = report.in_detail("fr"), report.in_detail("en")
    assert [p["letter"] + str(p["row"]) for p in french["problems"]] == ["B5", "F6"]
    assert all(
        one["reason"] != other["reason"] for one, other in zip(french["problems"], english["problems"], strict=True)
    )
    assert [a["answer"] for a in french["alarms"] if a["kind"] == "total_rows"] == ["oui, 1"]
    assert [a["answer"] for a in english["alarms"] if a["kind"] == "total_rows"] == ["yes, 1"]
    assert json.loads(json.dumps(french)) == french


def test_a_file_that_changes_while_it_is_read_is_not_kept(
    bring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from pipeline.observations import importing

    honest = importing.run_limited

    def slow(work, *args, **limits):
        found = honest(work, *args, **limits)
        (tmp_path / "suivi.csv").write_text("other bytes")
        return found

    monkeypatch.setattr(importing, "run_limited", slow)
    with pytest.raises(Refused, match="was changed while it was read"):
        bring(*ROWS)
    assert not Import.objects.exists() and not Observation.objects.exists()


def of(*numbers: int) -> str:
    """Whole numbers as the worker tells them."""
    return base64.b64encode(array("I", numbers)).decode()


@pytest.mark.parametrize(
    "lie", [{"kept": 7}, {"read": 99}, {"entries": [["x", None, "sure", "x"]]}, {"codes": of(9, 9, 9)},
            {"codes": of(0, 0)}, {"codes": of(*[0] * 9)}, {"codes": "0"}, {"codes": [0] * 3}, {"rows": of(2, 3)}],
)  # fmt: skip
def test_a_worker_that_lies_is_not_believed(bring, lie: dict, monkeypatch: pytest.MonkeyPatch) -> None:
    """A taken-over worker can send numbers; what does not fit its own account or the shape of a cell is refused."""
    from pipeline.observations import importing

    honest = importing.run_limited

    def lying(work, *args, **limits):
        told, out = honest(work, *args, **limits), Path(args[-1])
        lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
        for number, line in enumerate(lines):
            if isinstance(line, list):
                lines[number] = lie.get("entries", line)
            else:
                line.update({key: value for key, value in lie.items() if key in line})
        out.write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
        return {**told, **{key: value for key, value in lie.items() if key in told}}

    monkeypatch.setattr(importing, "run_limited", lying)
    with pytest.raises(Refused, match="broke the program"):
        bring(*ROWS)
    assert not Observation.objects.exists()
