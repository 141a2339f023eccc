"""The same file gives the same figures on PostgreSQL and on SQLite."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.postgres import server
from tests.summaries import oracle

ROWS = """Date;Commune;Lieu de vie;Type;Personnes;Tentes;dont pleines;Arrestations;dont violentes;Huissier;Statut
03/09/2026;Calais;A1;expulsion;12;au moins 3;0;1;0;oui;vérifié
01/10/2026;Calais;A1;expulsion;10-15;3;1;0;0;N ;vérifié
1er octobre 2026;CALAIS;a1 ;maa;~20;;0;2;1;?;Vérifié
10/2026;Marck;B2;48h;NC;V/57;0;3;0;non;OK
02/10/2026;Calais;A2;expulsion;5;1;0;0;0;oui;brouillon
"""
SCRIPT = """
import sys, json
from datetime import date
from pathlib import Path
import django
django.setup()
from django.core.management import call_command
from pipeline import summaries
from pipeline.observations.importing import import_file, undo
call_command("migrate", verbosity=0)
path, today = Path(sys.argv[1]), date(2026, 11, 23)
first = import_file(path, "observations", by=None, today=today)
path.write_text(path.read_text().replace("03/09/2026;Calais;A1;expulsion;12", "03/09/2026;Calais;A1;expulsion;13"))
second = import_file(path, "observations", by=None, today=today)
result = summaries.compute("note_mensuelle", "2026-10", today=today)
bars = [bar["value"] for bar in summaries.card_data(result)["bars"]]
undo(second.import_id, by=None)
from pipeline.errors import Refused
from pipeline.models import Observation
from pipeline.summaries import computing
from tests.summaries import oracle, test_asking
oracle.store(oracle.records(2, 250))
random = []
for seed in range(60, 84):
    definition, where, period = oracle.summary(seed)
    try:
        told = computing.of(definition, period, today=oracle.TODAY)
        found = sorted((name, str(fact.value), str(fact.previous)) for name, fact in told.facts.items())
        random.append([found, list(told.tables)])
    except Refused as refused:
        random.append(str(refused))
own = []
for statement in test_asking.SAID:
    try:
        own.append(str(computing.of(test_asking.definition(statement), "2024", today=today).facts["own"].value))
    except Refused:
        own.append("refused")
    assert Observation.objects.filter(dataset="essai").count() == 250
print(json.dumps([first.as_json(), second.as_json(), result.as_json(), bars, random, own], sort_keys=True))
"""


def _told(url: str, folder: Path) -> str:
    folder.mkdir()
    (folder / "f.csv").write_text(ROWS, encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(folder / "f.csv")],
        env=os.environ
        | {"DATABASE_URL": url, "PORTEVOIX_HOME": str(folder), "DJANGO_SETTINGS_MODULE": "config.settings"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


def test_both_databases_tell_the_same(tmp_path: Path) -> None:
    with server() as url:
        on_postgresql = _told(url, tmp_path / "postgresql")
    assert on_postgresql == _told("", tmp_path / "sqlite")
    _first, second, result, _bars, random, own = json.loads(on_postgresql)
    assert sum(isinstance(one, list) for one in random) > 20
    year = oracle.within(oracle.records(2, 250), oracle.stretch("2024", "01-01"))
    rows = oracle.chosen(year, {"kind": "expulsion", "tents": {"from": 3}})
    assert own == [str(len({row.cells["site"] for row in rows if "site" in row.cells})), *["refused"] * 3]
    assert second["difference"] == {"new": 0, "changed": 1, "vanished": 0}
    assert (result["figures"]["expulsions"]["value"], result["figures"]["lieux"]["value"]) == (3, 2)
