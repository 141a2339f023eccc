"""Bringing 50,000 rows of XLSX in, beside python-calamine's reading and pydantic's validation of the same file.

The peer knows nothing of ours: calamine's `to_python`, and one pydantic model with plain validators for what the file
holds (French dates, times, numbers with a qualifier, listed words); no alarms, no explanation, no store.
"""

from __future__ import annotations

import json
import os
import random
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

ROOT = Path(__file__).parents[1]
ROWS = 50_000
ROUNDS = 5
TITLES = (
    "N°", "Date", "Heure", "Commune", "Lieu de vie", "Type d’expulsion", "Personnes", "Tentes", "Bâches",
    "Arrestations", "Huissier", "Observée", "Statut", "Commentaire",
)  # fmt: skip


def figures(rounds: int = ROUNDS) -> list[dict[str, Any]]:
    """The figures of the import half, peer and ours in turn in one run."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "observations.xlsx"
        write(path, ROWS)
        kinds = ("peer", "preview", "store")
        runs: dict[str, list[dict[str, float]]] = {kind: [] for kind in kinds}
        for number in range(rounds):
            for kind in kinds:
                runs[kind].append(_run(kind, path, Path(folder) / f"{kind}-{number}"))
    return _told(runs)


def _run(kind: str, path: Path, home: Path) -> dict[str, float]:
    env = {**os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, __file__, kind, str(path)], env=env, capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def _told(runs: dict[str, list[dict[str, float]]]) -> list[dict[str, Any]]:
    def middle(kind: str, what: str) -> float:
        return statistics.median(run[what] for run in runs[kind])

    def ratio(kind: str, what: str) -> float:
        """The median of the ratios of neighbouring runs: the machine is busy in both alike."""
        pairs = zip(runs[kind], runs["peer"], strict=True)
        return round(statistics.median(ours[what] / peer[what] for ours, peer in pairs), 2)

    found = [_figure(f"calamine + pydantic, {ROWS:,} rows of XLSX", middle("peer", "cpu"), "s of processor")]
    for kind, said in (("preview", "import until the preview"), ("store", "import into the store")):
        found.append(_figure(f"{said}, {ROWS:,} rows", middle(kind, "cpu"), "s of processor"))
        found.append(_figure(f"{said} / calamine + pydantic, processor", ratio(kind, "cpu"), "times", 1.6))
        found.append(_figure(f"{said} / calamine + pydantic, clock", ratio(kind, "wall"), "times"))
    for who in ("worker", "parent"):
        found.append(_figure(f"peak memory of the import, {who}", middle("store", who), "MB", 150))
    return found


def _figure(name: str, value: float, unit: str, goal: float | None = None) -> dict[str, Any]:
    return {"name": name, "value": round(value, 2), "unit": unit, "goal": goal, "met": goal is None or value <= goal}


# ------------------------------------------------------------------------------------------------- the file


def write(path: Path, rows: int) -> None:
    """So many rows of eviction records over eight years, written by openpyxl; the same every time."""
    from openpyxl import Workbook

    dice = random.Random(1)
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Suivi")
    sheet.append(TITLES)
    for number in range(rows):
        day = date(2018, 1, 1) + timedelta(days=number * 3100 // rows)
        sheet.append([
            number + 1, day if dice.random() < 0.7 else f"{day:%d/%m/%Y}",
            f"{dice.randrange(7, 11):02d}h{dice.randrange(60):02d}",
            dice.choice(["Calais", "Calais", "GS", "Grande-Synthe", "Marck"]),
            f"{dice.choice('ABCD')}{dice.randrange(30)}",
            dice.choice(["expulsion", "expulsion", "Mise à l’abri", "contrôle"]),
            dice.choice([dice.randrange(60), f"au moins {dice.randrange(60)}", "~20", "10-15", None]),
            dice.choice([dice.randrange(20), None, "au moins 12"]), dice.choice([dice.randrange(9), None]),
            dice.choice([0, 0, 1, None]), dice.choice(["oui", "non", "Y", None]),
            dice.choice(["observée", "rapportée"]),
            dice.choice(["vérifié", "à revoir"]),
            dice.choice([None, None, f"Périmètre, on voit les départs ({number})", "Équipe de nettoyage"]),
        ])  # fmt: skip
    book.save(path)


# ------------------------------------------------------------------------------------------------- one run each


def peer(path: Path) -> int:
    """How many rows calamine and pydantic take."""
    from pydantic import BaseModel, BeforeValidator, ValidationError
    from python_calamine import CalamineWorkbook

    def day(value: Any) -> Any:
        if isinstance(value, str) and (match := re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", value)):
            return date(int(match[3]), int(match[2]), int(match[1]))
        return value

    def clock(value: Any) -> Any:
        match = re.fullmatch(r"(\d\d?)[h:](\d\d)", value)
        return f"{match[1]}:{match[2]}" if match else value

    def count(value: Any) -> Any:
        if isinstance(value, str):
            match = re.fullmatch(r"(?:au moins |~)?(\d+)(?:-\d+)?", value)
            return int(match[1]) if match else None if value == "" else value
        return value

    def words(known: dict[str, Any]) -> BeforeValidator:
        return BeforeValidator(lambda value: known.get(value.lower(), value))

    number = Annotated[int | None, BeforeValidator(count)]
    towns = {"calais": "Calais", "gs": "Grande-Synthe", "grande-synthe": "Grande-Synthe", "marck": "Marck"}

    class Record(BaseModel):
        identifier: int
        day: Annotated[date, BeforeValidator(day)]
        start: Annotated[str, BeforeValidator(clock)]
        town: Annotated[str, words(towns)]
        site: str
        kind: Annotated[str, words({"mise à l’abri": "mise_a_l_abri", "contrôle": "controle"})]
        people: number
        tents: number
        tarps: number
        arrests: number
        bailiff: Annotated[bool | None, words({"oui": True, "non": False, "y": True, "": None})]
        observed: str
        status: str
        notes: str

    names, kept = list(Record.model_fields), []
    book = CalamineWorkbook.from_path(str(path))
    for row in book.get_sheet_by_index(0).to_python()[1:]:
        try:
            kept.append(Record.model_validate(dict(zip(names, row, strict=True))))
        except ValidationError as error:
            error.errors()
    return len(kept)


def ours(path: Path, *, dry_run: bool) -> int:
    """How many rows our import takes."""
    from pipeline.observations import importing

    report = importing.import_file(path, "observations", by=None, dry_run=dry_run)
    return report.kept


def _set_up() -> None:
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from pipeline import setup

    setup.prepare()
    from pipeline.observations import importing  # noqa: F401 - what is imported at start is not what is measured


def _spent() -> float:
    both = (resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in both)


def _measured(work: Callable[[], int]) -> dict[str, float]:
    began, spent = time.perf_counter(), _spent()
    assert work() == ROWS
    unit = 1024 if sys.platform == "linux" else 1024 * 1024
    return {
        "wall": time.perf_counter() - began,
        "cpu": _spent() - spent,
        "parent": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit,
        "worker": resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / unit,
    }


if __name__ == "__main__":
    kind, file = sys.argv[1], Path(sys.argv[2])
    if kind == "peer":
        import pydantic  # noqa: F401
        import python_calamine  # noqa: F401

        print(json.dumps(_measured(lambda: peer(file))))
    else:
        _set_up()
        print(json.dumps(_measured(lambda: ours(file, dry_run=kind == "preview"))))
