"""Files into the store: once, undoable, compared row by row."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path

import pytest

from pipeline.errors import Refused
from pipeline.models import AuditEntry, Import, Observation, User
from pipeline.observations.importing import import_file, undo
from pipeline.observations.report import ImportReport

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
HEADER = "N°;Date;Commune;Lieu de vie;Type d’expulsion;Tentes;Statut\n"
ROWS = [
    "1;01/10/2026;Calais;A1;expulsion;3;vérifié\n",
    "2;01/10/2026;Calais;A2;expulsion;au moins 12;vérifié\n",
    "3;03/10/2026;Calais;A1;expulsion;;vérifié\n",
]


@pytest.fixture
def bring(tmp_path: Path):
    def bring(*rows: str, name: str = "octobre.csv", **how: bool) -> ImportReport:
        path = tmp_path / name
        path.write_text(HEADER + "".join(rows), encoding="utf-8")
        return import_file(path, "observations", by=None, today=TODAY, **how)

    return bring


def live() -> list[tuple[str, int | None]]:
    rows = Observation.objects.filter(live=True)
    rows = sorted(rows, key=lambda row: (row.date, row.values["site_code"]["value"]))
    return [(row.values["site_code"]["value"], row.values.get("tents", {}).get("value")) for row in rows]


def test_rows_are_stored_with_their_origin_their_values_and_their_raw_text(bring) -> None:
    report = bring(*ROWS)
    row = Observation.objects.get(row=3)
    assert (row.source_id, row.sheet, row.date, row.date_precision) == (report.import_id, "", date(2026, 10, 1), "day")
    assert row.values["tents"] == {"value": 12, "max": None, "qual": "at_least", "raw": "au moins 12"}
    assert row.values["area"]["value"] == "calaisis"
    assert "tents" not in Observation.objects.get(row=4).values


def test_the_bytes_are_kept_under_their_hash(bring, home: Path, tmp_path: Path) -> None:
    bring(*ROWS)
    content = (tmp_path / "octobre.csv").read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    assert (home / "imports" / sha256).read_bytes() == content
    assert Import.objects.get().sha256 == sha256


def test_a_rehearsal_tells_the_same_and_writes_nothing(bring, home: Path) -> None:
    told = bring(*ROWS, dry_run=True)
    assert not Import.objects.exists() and not Observation.objects.exists() and not (home / "imports").exists()
    assert told.as_json() == bring(*ROWS).as_json() and told.in_detail()["import"] is None


def test_the_same_file_again_is_an_alarm_and_no_duplicate(bring) -> None:
    bring(*ROWS)
    again = bring(*ROWS, name="copie.csv")
    assert "already_imported" in [one.kind for one in again.alarms]
    assert again.import_id is None and Observation.objects.count() == 3 and Import.objects.count() == 1


def test_a_corrected_file_is_told_as_new_changed_and_vanished(bring) -> None:
    bring(*ROWS)
    report = bring(ROWS[0].replace(";3;", ";4;"), ROWS[1], "9;05/10/2026;Calais;B1;expulsion;1;vérifié\n")
    assert report.as_json()["difference"] == {"new": 1, "changed": 1, "vanished": 1}
    assert live() == [("A1", 4), ("A2", 12), ("A1", None), ("B1", 1)]


def test_vanished_rows_still_count_unless_they_are_dropped(bring) -> None:
    bring(*ROWS)
    assert "vanished_rows" in [one.kind for one in bring(*ROWS[:2]).alarms]
    assert len(live()) == 3
    bring(*ROWS[:2], "\n", drop_vanished=True)
    assert live() == [("A1", 3), ("A2", 12)] and Observation.objects.count() == 3


def test_another_months_file_makes_nothing_vanish(bring) -> None:
    bring(*ROWS)
    report = bring("1;02/11/2026;Calais;A1;expulsion;2;vérifié\n", name="novembre.csv")
    assert report.difference.vanished == 0 and len(live()) == 4


def test_rows_sorted_and_numbered_anew_are_unchanged(bring) -> None:
    bring(*ROWS)
    anew = [f"{number}{row[1:]}" for number, row in enumerate(reversed(ROWS), start=7)]
    assert bring(*anew).as_json()["difference"] == {"new": 0, "changed": 0, "vanished": 0}


def test_rows_that_look_alike_stay_as_many_as_they_are(bring) -> None:
    bring(ROWS[0], ROWS[0], ROWS[0])
    assert len(live()) == 3
    report = bring(ROWS[0], ROWS[0], ROWS[0], ROWS[0])
    assert report.as_json()["difference"] == {"new": 1, "changed": 0, "vanished": 0}
    assert sorted(Observation.objects.filter(live=True).values_list("occurrence", flat=True)) == [0, 1, 2, 3]


def test_an_import_is_undone_and_what_it_replaced_counts_again(bring) -> None:
    bring(*ROWS)
    before = live()
    second = bring(ROWS[0].replace(";3;", ";4;"), drop_vanished=True)
    assert live() == [("A1", 4)]
    undo(second.import_id, by=None)
    assert live() == before


def test_a_file_whose_import_was_undone_may_come_again(bring) -> None:
    undo(bring(*ROWS).import_id, by=None)
    assert live() == []
    assert bring(*ROWS).difference.new == 3 and len(live()) == 3


def test_only_the_latest_import_is_undone(bring) -> None:
    first = bring(*ROWS)
    second = bring(ROWS[0].replace(";3;", ";4;"))
    with pytest.raises(Refused, match=f"undo import {second.import_id} first"):
        undo(first.import_id, by=None)
    with pytest.raises(Refused, match="no import"):
        undo(9999, by=None)


def test_a_refused_file_leaves_nothing_behind(bring, tmp_path: Path, home: Path) -> None:
    path = tmp_path / "photo.csv"
    path.write_bytes(b"\x89PNG....")
    with pytest.raises(Refused):
        import_file(path, "observations", by=None)
    with pytest.raises(Refused, match="no file"):
        import_file(tmp_path / "absent.csv", "observations", by=None)
    assert not Import.objects.exists() and not (home / "imports").exists()


def test_a_failure_while_writing_leaves_the_store_as_it_was(bring, monkeypatch: pytest.MonkeyPatch) -> None:
    bring(*ROWS)
    before = live()
    monkeypatch.setattr("pipeline.observations.importing.audit.append", lambda *_a, **_k: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        bring(ROWS[0].replace(";3;", ";4;"))
    assert live() == before and Import.objects.count() == 1


def test_the_report_has_exactly_the_documented_shape_in_both_languages(bring) -> None:
    told = bring(ROWS[0].replace(";3;", ";V/57;"), "TOTAL;;;;;3;\n").as_json("fr")
    assert set(told) == {
        "file", "dataset", "read", "kept", "rejected", "ignored", "problems", "alarms", "difference",
    }  # fmt: skip
    assert set(told["problems"][0]) == {"sheet", "row", "column", "value", "reason", "hint"}
    assert set(told["alarms"][0]) == {"kind", "rows", "sentence"}
    assert told["read"] == told["kept"] + told["rejected"] + told["ignored"] == 2
    assert json.loads(json.dumps(told)) == told


def test_the_stored_report_is_read_back_whole(bring) -> None:
    report = bring(ROWS[0].replace(";3;", ";V/57;"), "TOTAL;;;;;3;\n")
    again = ImportReport.from_stored(Import.objects.get().report, report.import_id)
    assert again.as_json("fr")["problems"] == report.as_json("fr")["problems"]
    assert again.as_json("fr")["alarms"] == report.as_json("fr")["alarms"]


def test_who_imports_and_undoes_is_in_the_log(tmp_path: Path) -> None:
    intern = User.objects.create(username="camille")
    path = tmp_path / "f.csv"
    path.write_text(HEADER + ROWS[0], encoding="utf-8")
    report = import_file(path, "observations", by=intern, today=TODAY)
    undo(report.import_id, by=intern)
    said = list(AuditEntry.objects.values_list("actor", "action"))
    assert said == [("camille", "records.imported"), ("camille", "records.import_undone")]
