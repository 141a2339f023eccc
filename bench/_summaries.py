"""The summaries' half of bench/observations.py; by itself: python bench/_summaries.py [--json] [--rows 1000000]

The note: `portevoix summary note_mensuelle` over 50,000 rows that were imported from a file, in a process that has
already started: the first time after the import, again, and after one row of its month changed.
A month: over all rows, one month of a summary with two crossings, two distinct counts, sums and a median; beside it the
bare SQL of the same groups in sqlite3, on a plain table of the same rows with an index on the date. The copy that
comes before, where rows of the month were replaced, is shown apart.
Full history: the same figures of every month; beside it DuckDB reading the same rows from a CSV file. Ours is measured
for a definition's first time, and after a row of one month changed: the other months are kept.
"""

from __future__ import annotations

import csv
import json
import os
import platform
import random
import resource
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
FIRST, LAST = date(2018, 11, 1), date(2026, 10, 31)
TODAY = date(2026, 11, 23)
NOTE_ROWS, ALL_ROWS, ROUNDS = 50_000, 1_000_000, 5
MONTH = "2024-05"
TITLES = ("date", "commune", "site_code", "type", "people", "tents", "arrests", "status")
BARE = """SELECT {month}, commune, type, COUNT(*), COUNT(DISTINCT site_code), COUNT(DISTINCT date), COUNT(people),
SUM(people), SUM(tents), SUM(arrests){median} FROM {source} WHERE {where} GROUP BY 1, 2, 3"""


def records(count: int) -> Iterator[tuple[Any, ...]]:
    """Rows in the order of their dates, as in TITLES."""
    dice, days = random.Random(6), (LAST - FIRST).days + 1
    for number in range(count):
        day = FIRST + timedelta(days=number * days // count)
        yield (
            day.isoformat(), dice.choice(("calais", "marck", "grande-synthe", "loon-plage")), f"s{dice.randrange(60)}",
            dice.choice(("expulsion", "mise_a_l_abri", "controle")), dice.randrange(90), dice.randrange(1, 40),
            dice.randrange(1, 5), "verifie" if dice.random() < 0.95 else "brouillon",
        )  # fmt: skip


def set_up(home: Path) -> None:
    """Makes a store of its own and tells Django of it."""
    os.environ.update(PORTEVOIX_HOME=str(home), DATABASE_URL="", DJANGO_SETTINGS_MODULE="config.settings")
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    from pipeline import setup

    setup.prepare()


def fill(count: int) -> None:
    """So many stored observations of one import."""
    from django.db import connection, transaction
    from django.utils import timezone

    from pipeline.models import Import

    now = timezone.now()
    brought = Import.objects.create(dataset="observations", file_name="b.csv", sha256="b" * 64, bytes=1, at=now)
    sql = (
        "INSERT INTO pipeline_observation (dataset, source_id, sheet, row, key, occurrence, content, date, "
        'date_precision, "values", live, first_seen, last_seen) '
        "VALUES ('observations', %s, '', %s, %s, 0, '', %s, 'day', %s, 1, %s, %s)"
    )
    rows = (
        (brought.pk, number, str(number), row[0], stored(row), str(now), str(now))
        for number, row in enumerate(records(count), 2)
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(sql, rows)


def stored(row: tuple[Any, ...]) -> str:
    """A row's cells as an import stores them."""
    area = "calaisis" if row[1] in {"calais", "marck"} else "dunkerquois"
    cells = {**dict(zip(TITLES, row, strict=True)), "area": area, "observed": "observee", "bailiff": False}
    return json.dumps({name: [v, str(v)] if isinstance(v, bool) else v for name, v in cells.items()})


def definition() -> Any:
    """The groups that peers are asked for too."""
    from pipeline.summaries.definitions import Definition

    noun = {"noun": {"fr": {"other": "#"}}}
    counted = {
        "rows": {"count": "rows"}, "sites": {"distinct": "site_code"}, "days": {"distinct": "date"},
        "people": {"sum": "people"}, "tents": {"sum": "tents"}, "arrests": {"sum": "arrests"},
        "middle": {"median": "people"},
    }  # fmt: skip
    return Definition.model_validate(
        {"summary": "bench", "title": {"fr": "Bench"}, "languages": ["fr"], "dataset": "observations",
         "period": {"unit": "month"}, "by": [["commune", "type"]],
         "metrics": {name: one | noun for name, one in counted.items()}}
    )  # fmt: skip


def seconds(work: Callable[[], object]) -> float:
    """How long it takes on the processor; the machine may be busy with others."""
    before = time.process_time()
    work()
    return time.process_time() - before


def touch(month: str) -> None:
    """One row of the month corrected: the old one stops counting, a new one stands for it."""
    from pipeline.models import Observation

    old = Observation.objects.filter(date__gte=f"{month}-01", live=True).order_by("date", "pk").first()
    assert old is not None
    Observation.objects.filter(pk=old.pk).update(live=False)
    old.pk = None
    old.save(force_insert=True)


# --------------------------------------------------------------------------------------------------- the note


def note(home: Path) -> dict[str, float]:
    """Milliseconds of the monthly note, and the process's memory."""
    set_up(home)
    from pipeline import summaries
    from pipeline.models import Partial

    def drawn() -> None:
        summaries.compute("note_mensuelle", "2026-10", today=TODAY)

    summaries.compute("note_mensuelle", "2019-01", today=TODAY)  # what a process loads once
    Partial.objects.all().delete()
    first, again, touched = seconds(drawn), [], []
    for _round in range(ROUNDS):
        again.append(seconds(drawn))
        touch("2026-10")
        touched.append(seconds(drawn))
    return {"first": first * 1000, "again": statistics.median(again) * 1000,
            "touched": statistics.median(touched) * 1000, "memory": memory()}  # fmt: skip


def brought(home: Path) -> dict[str, float]:
    """Imports so many rows from a file; in a process of its own, as the import is measured elsewhere."""
    set_up(home)
    from pipeline.observations.importing import import_file

    path = home / "records.csv"
    write(path, NOTE_ROWS)
    assert import_file(path, "observations", by=None, today=TODAY).kept == NOTE_ROWS
    return {}


def write(path: Path, count: int) -> None:
    """The rows as a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([TITLES, *records(count)])


def memory() -> float:
    """The most memory that this process has held, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# ------------------------------------------------------------------------------------------- all rows, stored


def filled(home: Path, count: int) -> dict[str, float]:
    """Stores the rows; in a process of its own, whose memory is not ours."""
    set_up(home)
    fill(count)
    return {}


def month(home: Path, _count: int) -> dict[str, float]:
    """Seconds for one touched month: copying its rows, drawing it."""
    set_up(home)
    from django.db import transaction

    from pipeline.summaries.drawing import Reader

    asked, told, copies, draws = definition(), None, [], []
    from pipeline.summaries import periods

    span = periods.asked(MONTH, asked.period, TODAY)
    for _round in range(ROUNDS + 1):
        touch(MONTH)
        with transaction.atomic():
            started = time.process_time()
            reader = Reader.of(asked, span.start, span.end)
            copied = time.process_time()
            told = reader.places(span, ("commune", "type"))
            ended = time.process_time()
        copies.append(copied - started)
        draws.append(ended - copied)
    assert told and len(told) == 12
    return {"copy": statistics.median(copies[1:]), "draw": statistics.median(draws[1:]), "memory": memory()}


def history(home: Path, _count: int) -> dict[str, float]:
    """Seconds for the figures of every month: copied first, drawn from nothing, and again once a month was touched."""
    set_up(home)
    from django.db import transaction

    from pipeline.models import Partial
    from pipeline.summaries import columns
    from pipeline.summaries.drawing import Reader

    asked = definition()

    def copied() -> None:
        with transaction.atomic():
            columns.refreshed(asked.rows, None, None)

    def drawn() -> None:
        from pipeline.summaries.periods import containing

        with transaction.atomic():
            reader = Reader.of(asked, None, None)
            for code in sorted(reader.stamps):
                span = containing(date.fromisoformat(f"{code}-01"), asked.period)
                reader.tables(span)
            reader.keep()

    copy = seconds(copied)
    Partial.objects.all().delete()
    draw, touched = seconds(drawn), []
    for _round in range(3):
        touch(MONTH)
        touched.append(seconds(drawn))
    return {"copy": copy, "draw": draw, "touched": statistics.median(touched), "memory": memory()}


# ------------------------------------------------------------------------------------------------------ peers


def bare(path: Path, count: int) -> dict[str, float]:
    """Seconds of the bare SQL of a month in sqlite3, on a plain table, the median's values fetched too."""
    store = sqlite3.connect(path)
    store.execute(f"CREATE TABLE r ({', '.join(TITLES)})")
    store.executemany(f"INSERT INTO r VALUES ({', '.join('?' * len(TITLES))})", records(count))
    store.execute("CREATE INDEX r_date ON r (date)")
    store.commit()
    where = f"date >= '{MONTH}-01' AND date < '2024-06-01' AND status = 'verifie'"
    groups = BARE.format(month="substr(date, 1, 7)", median="", source="r", where=where)
    values = f"SELECT commune, type, people, COUNT(*) FROM r WHERE {where} GROUP BY 1, 2, 3"

    def asked() -> None:
        store.execute(groups).fetchall()
        store.execute(values).fetchall()

    return {"month": statistics.median(seconds(asked) for _round in range(ROUNDS))}


def duck(path: Path, count: int) -> dict[str, float]:
    """Seconds of DuckDB for the full history, from the CSV file."""
    try:
        import duckdb
    except ImportError:
        return {}
    write(path, count)
    sql = BARE.format(month="strftime(date, '%Y-%m')", median=", median(people)", source=f"read_csv('{path}')",
                      where="status = 'verifie'")  # fmt: skip
    store = duckdb.connect()
    store.execute("SET threads = 1")
    took = [seconds(lambda: store.execute(sql).fetchall()) for _round in range(3)]
    return {"history": statistics.median(took), "memory": memory()}


# ----------------------------------------------------------------------------------------------------- report


def apart(work: str, *given: str) -> dict[str, float]:
    """What one of the functions above finds, in a process of its own."""
    run = subprocess.run([sys.executable, __file__, "--one", work, *given], capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(run.stderr)
    return dict(json.loads(run.stdout.splitlines()[-1]))


def figures(count: int = ALL_ROWS) -> list[dict[str, Any]]:
    """Every figure with its goal, for bench/observations.py."""
    folder = Path(tempfile.mkdtemp(prefix="porte-voix-bench-"))
    try:
        apart("brought", str(folder / "note"))
        small = apart("note", str(folder / "note"))
        apart("filled", str(folder / "all"), str(count))
        whole = apart("history", str(folder / "all"), str(count))
        one = apart("month", str(folder / "all"), str(count))
        plain = apart("bare", str(folder / "bare.sqlite3"), str(count))
        peer = apart("duck", str(folder / "rows.csv"), str(count))
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return [
        told("monthly note, first time after an import", small["first"], "ms", 200),
        told("monthly note, again", small["again"], "ms", 200),
        told("monthly note, a row of its month changed", small["touched"], "ms", 200),
        told("memory, monthly note", small["memory"], "MB", 150),
        told("a touched month: copying its rows into columns", one["copy"] * 1000, "ms", None),
        told("a touched month: drawing it", one["draw"] * 1000, "ms", None),
        told("a touched month: bare SQL in sqlite3", plain["month"] * 1000, "ms", None),
        told("a touched month: drawing it / bare SQL", one["draw"] / plain["month"], "times", 1.5),
        told("memory, a touched month", one["memory"], "MB", 150),
        told("full history: copying all rows into columns, once", whole["copy"], "s", None),
        told("full history: drawn for the first time", whole["draw"], "s", None),
        told("full history: a row of one month changed", whole["touched"], "s", None),
        told("full history: DuckDB from CSV, one thread", peer.get("history"), "s", None),
        *([told("full history: drawn for the first time / DuckDB", whole["draw"] / peer["history"], "times", 2),
           told("full history: a row of one month changed / DuckDB", whole["touched"] / peer["history"], "times", 2)]
          if peer else []),
        told("memory, full history", whole["memory"], "MB", 150),
    ]  # fmt: skip


def told(name: str, value: float | None, unit: str, goal: float | None) -> dict[str, Any]:
    """One figure; `met` where it has a goal. None was not measured: the peer is not installed."""
    met = None if goal is None or value is None else value <= goal
    return {"name": name, "value": None if value is None else round(value, 2), "unit": unit, "goal": goal, "met": met}


def main() -> None:
    """Prints the table, or one JSON document."""
    if "--one" in sys.argv:
        work, path, *rest = sys.argv[sys.argv.index("--one") + 1 :]
        print(json.dumps(globals()[work](Path(path), *map(int, rest))))
        return
    count = int(sys.argv[sys.argv.index("--rows") + 1]) if "--rows" in sys.argv else ALL_ROWS
    found = figures(count)
    if "--json" in sys.argv:
        versions = {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
        print(json.dumps({"figures": found, "versions": versions}, indent=1))
        return
    for one in found:
        mark = {True: "yes", False: "NO", None: ""}[one["met"]]
        print(f"{one['name']:<52} {one['value']:>9} {one['unit']:<6} {one['goal'] or '':>6} {mark}")


if __name__ == "__main__":
    main()
