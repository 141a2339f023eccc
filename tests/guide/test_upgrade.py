"""A store made by an older version, with people and posts in it, brought up to date: every row of it still stands."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pyrage
import pytest

from tests.guide.machine import ROOT

MIGRATIONS = "pipeline/migrations"
FILLED = """
import django; django.setup()
from datetime import timedelta
from pathlib import Path
from django.utils import timezone
from pipeline import delivery, setup
setup.prepare()
from pipeline.models import Beat, Publication
from tests.worlds import World
world = World(Path({folder!r}))
row = world.scheduled()
world.scheduled(text="Encore à venir.")
Publication.objects.filter(pk=row.pk).update(due_at=timezone.now(), next_try_at=None)
delivery.tick()
Beat.objects.update(at=timezone.now() - timedelta(minutes=5))  # the scheduler was stopped before the upgrade
"""


def git(*words: str) -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def older(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program as it stood before its newest migration came in."""
    added = git("log", "--diff-filter=A", "-1", "--format=%H", "--", MIGRATIONS).decode().strip()
    known = ["git", "rev-parse", "--verify", "--quiet", f"{added}^"]
    if subprocess.run(known, cwd=ROOT, capture_output=True, check=False).returncode:
        pytest.skip("the history is cut off here: there is no older version to upgrade from")
    folder = tmp_path_factory.mktemp("older")
    subprocess.run(["tar", "-x", "-C", str(folder)], input=git("archive", f"{added}^"), check=True)
    return folder


def run(program: Path, home: Path, *words: str) -> None:
    """That version's Python, on that home."""
    env = {
        **os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONPATH": str(program), "PORTEVOIX_LANG": "en",
    }  # fmt: skip
    done = subprocess.run([sys.executable, *words], cwd=program, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def rows(home: Path) -> dict[str, list[dict[str, object]]]:
    """Everything in the store, by table, read without our code."""
    with closing(sqlite3.connect(home / "porte-voix.sqlite3")) as store:
        store.row_factory = sqlite3.Row
        tables = [name for (name,) in store.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        tables = [name for name in tables if not name.startswith("sqlite_")]
        return {name: [dict(row) for row in store.execute(f'SELECT * FROM "{name}" ORDER BY 1')] for name in tables}


def lost(before: dict[str, list[dict[str, object]]], after: dict[str, list[dict[str, object]]]) -> list[str]:
    """Each table that lacks a row or a value which stood in it; what came besides is no loss."""
    found = []
    for table, held in before.items():
        kept = [{column: row.get(column) for column in held[0]} for row in after.get(table, [])] if held else []
        found += [f"{table}: {row}" for row in held if row not in kept]
    return found


@pytest.mark.e2e
def test_an_older_store_keeps_every_row_and_every_value(older, tmp_path):
    home = tmp_path / "home"
    run(older, home, "-c", FILLED.format(folder=str(tmp_path)))
    before = rows(home)
    assert [row["state"] for row in before["pipeline_publication"]] == ["published", "scheduled"]
    recipient = str(pyrage.x25519.Identity.generate().to_public())
    run(ROOT, home, "-m", "cli", "backup", "recipients", "--add", recipient)
    run(ROOT, home, "-m", "cli", "upgrade", str(tmp_path / "backups"))
    after = rows(home)
    assert len(after["django_migrations"]) > len(before["django_migrations"])
    del before["pipeline_audithead"]  # the end of the log moves on with each new line; “audit verify” reads it all
    assert lost(before, after) == []
    run(ROOT, home, "-m", "cli", "audit", "verify")


def test_a_row_that_an_upgrade_loses_or_changes_is_seen():
    """The broken variant."""
    before = {"posts": [{"id": 1, "title": "Un"}, {"id": 2, "title": "Deux"}], "empty": []}
    assert lost(before, {"posts": [*before["posts"], {"id": 3, "title": "Trois"}], "new": []}) == []
    assert lost(before, {"posts": before["posts"][:1]}) == ["posts: {'id': 2, 'title': 'Deux'}"]
    changed = [{"id": 1, "title": "Un", "more": 1}, {"id": 2, "title": ""}]
    assert lost(before, {"posts": changed}) == ["posts: {'id': 2, 'title': 'Deux'}"]
