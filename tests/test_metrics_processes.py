"""Several real readers of numbers at once: the server's own list says how often each post was asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from sandbox import mastodon
from tests import postgres
from tests.homes import fresh

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def cluster():
    """A PostgreSQL server."""
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.faults)])
def database(request) -> str:
    return "" if request.param == "sqlite" else postgres.create(request.getfixturevalue("cluster"), "numbers")


def start(home: Path, database: str, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.metrics_actor", *map(str, words)]
    env = {**os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": database}
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def end(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def test_three_readers_at_once_ask_for_each_post_once(tmp_path, database):
    with mastodon.serving() as server:
        if not database:
            fresh(tmp_path / "home")
        end(start(tmp_path / "home", database, "prepare", server.url, server.token, 3, 6))
        readers = [start(tmp_path / "home", database, "collect") for _reader in range(3)]
        assert sum(int(end(one)) for one in readers) == 18
        asked = Counter(entry.path for entry in server.requests if "/statuses/" in entry.path)
    assert len(asked) == 18 and set(asked.values()) == {1}
