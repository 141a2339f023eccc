"""People who ask for the next free slot at the same moment get slots of their own, on both databases."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import postgres
from tests.homes import fresh
from tests.planning.pressing import PEOPLE

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.faults)])
def database(request):
    """The name of a database, and a function that gives a new one's URL."""
    if request.param == "sqlite":
        yield "sqlite", lambda _name: ""
        return
    with postgres.server() as url:
        yield "postgresql", lambda name: postgres.create(url, name)


def press(home: Path, url: str, *more: str) -> list[str]:
    if not url:
        fresh(home)
    env = {**os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": url}
    command = [sys.executable, "-m", "tests.planning.pressing", *more]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_eight_people_at_the_same_moment_get_eight_openings(database, tmp_path):
    got = press(tmp_path / "home", database[1]("pressing"))
    assert len(set(got)) == PEOPLE and all(day.startswith("2099-") for day in got), got


def test_where_nobody_waits_the_database_itself_refuses_an_opening_twice(database, tmp_path):
    """The broken variant: on PostgreSQL somebody is turned away by the constraint, on SQLite writers queue anyway."""
    got = press(tmp_path / "home", database[1]("broken"), "broken")
    times = [day for day in got if day.startswith("2099-")]
    assert len(times) == len(set(times))
    assert set(got) - set(times) == ({"IntegrityError"} if database[0] == "postgresql" else set())
