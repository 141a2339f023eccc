"""Killed anywhere, run again: the post is out once, and the store knows it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests import postgres

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
CALL = re.compile(r'checkpoint\((f?)"([^"]+)"\)')


def checkpoints() -> set[str]:
    """The names in the source, so that a new one cannot be forgotten here."""
    found = set()
    for path in (ROOT / "pipeline" / "delivery").glob("*.py"):
        found |= {name for formatted, name in CALL.findall(path.read_text()) if not formatted}
    return found


# Reached by a first, undisturbed delivery; the others lie on the way back from a crash.
FORWARD = [
    "before claim", "after claim", "before preparing", "after preparing", "before storing a step",
    "after storing a step", "before committing", "after committing", "before the request", "after the request",
    "before the receipt", "after settling as published", "after the receipt",
]  # fmt: skip
RECOVERY = ["after claiming a doubt", "before asking what became of it", "after asking what became of it"]


# Every pair of kills is tried by `make faults` alone.
LONG = os.environ.get("PORTEVOIX_FAULTS") == "long"
PAIRS = [(first, second) for first in FORWARD for second in [*FORWARD, *RECOVERY]] if LONG else []


class Store:
    """One home with one due publication, and the processes that work on it."""

    def __init__(self, home: Path, database: str, outbox: Path) -> None:
        self.home, self.database, self.outbox = home, database, outbox

    def act(self, *words: str) -> subprocess.CompletedProcess[str]:
        env = {**os.environ, "PORTEVOIX_HOME": str(self.home), "DATABASE_URL": self.database}
        command = [sys.executable, "-m", "tests.faults.actor", *words]
        return subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)

    def settle(self) -> dict[str, object]:
        """Runs undisturbed ticks, then what the store says."""
        done = self.act("tick")
        assert done.returncode == 0, done.stderr
        return json.loads(self.act("state").stdout)

    def sent(self) -> int:
        """How often the post is out, by the folder's own listing and not by the store."""
        return len(list(self.outbox.rglob("submission.json")))


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def fresh(request, tmp_path_factory):
    """A function that gives a fresh copy of one prepared store."""
    folder = tmp_path_factory.mktemp("stores")
    model, outbox = folder / "model", folder / "model" / "outbox"
    number = iter(range(10_000))

    def copy(database: Callable[[str], str]) -> Store:
        shutil.rmtree(outbox, ignore_errors=True)  # the channel's folder is sealed into its credentials
        home = folder / f"home{next(number)}"
        shutil.copytree(model, home)
        return Store(home, database(home.name), outbox)

    def prepare(database: str) -> None:
        prepared = Store(model, database, outbox).act("prepare")
        assert prepared.returncode == 0, prepared.stderr

    if request.param == "sqlite":
        prepare("")
        yield lambda: copy(lambda _name: "")
        return
    with postgres.server() as url:
        prepare(postgres.create(url, "model"))
        yield lambda: copy(lambda name: postgres.create(url, name, "model"))


@pytest.mark.parametrize("point", FORWARD)
def test_killed_on_the_way_out_and_run_again_the_post_is_out_once(fresh, point):
    store = fresh()
    killed = store.act("tick", point)
    assert killed.returncode == -9, f"{point} was not reached: {killed.stdout} {killed.stderr}"
    after = store.settle()
    assert store.sent() == 1
    assert after["state"] == "published"
    assert after["receipt"]


@pytest.mark.parametrize("second", RECOVERY)
@pytest.mark.parametrize("first", ["before the request", "after the request"])
def test_killed_again_while_finding_out_the_post_is_out_once(fresh, first, second):
    store = fresh()
    assert store.act("tick", first).returncode == -9
    assert store.act("tick", second).returncode == -9
    after = store.settle()
    assert store.sent() == 1
    assert after["state"] == "published"


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_killed_twice_anywhere_the_post_is_out_once(fresh, first, second):
    store = fresh()
    assert store.act("tick", first).returncode == -9
    store.act("tick", second)  # after some first kills the second point is no longer on the way
    after = store.settle()
    assert store.sent() == 1
    assert after["state"] == "published"


def test_a_naive_retry_doubles_the_post(fresh):
    """The broken variant: without the saved key and the doubt, the same kill publishes twice."""
    store = fresh()
    assert store.act("tick", "after the request").returncode == -9
    assert store.act("naive").returncode == 0
    assert store.sent() == 2


def test_every_checkpoint_of_the_source_is_killed_somewhere():
    assert checkpoints() == {*FORWARD, *RECOVERY} - {"after settling as published"}
