"""What cannot be written, read or used: each case ends in a stated state with a sentence, never in a second post."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from django.utils import timezone

from pipeline import delivery, drafts, planning, review
from pipeline.delivery import claims, rows
from pipeline.models import Publication, PublicationState, VariantText
from publishers._base import Sentence
from tests import postgres
from tests.faults import scripted
from tests.faults.damages import DAMAGES, IN_DOUBT, NONSENSE, Damage
from tests.faults.stage import Stage
from tests.faults.tally import Tally
from tests.faults.troubles import FEW, POINTS, Locked, fill

pytestmark = pytest.mark.faults
S = PublicationState
ROOT = Path(__file__).parents[2]
START = datetime(2026, 12, 2, 9, 0, tzinfo=UTC)
OUT = {S.PUBLISHED, S.VERIFIED}
SENT_ALREADY = {"after committing", "before the request", "after the request", "before the receipt"}


# --------------------------------------------------------------- a database that cannot be used, from a point on


def troubles(home: Path, kind: str) -> list[dict]:
    env = {**os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": ""}
    command = [sys.executable, "-m", "tests.faults.troubles", kind]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def faults(case: dict) -> list[str]:
    """What should not be, by the network's own list and by what the worker said."""
    found, after = list(case["raised"]), case["after"]
    if not case["reached"]:
        found.append("the point was never reached")
    if case["asked meanwhile"] and case["point"] not in SENT_ALREADY and case["said"]:
        found.append("asked although it could not be announced")
    if after["asked"] != 1 or after["receipts"] != 1 or after["announced"] != 1:
        found.append("not out exactly once, or not known to be")
    if after["state"] not in {"published", "verified"} or case["turns"] > 2:
        found.append(f"not healed after {case['turns']} turns of two seconds")
    said = Counter(line.split(" (")[0] for line in [*case["said"], *case["said after"]])
    if any(times > 1 for times in said.values()):
        found.append("the worker repeats itself")
    if case["said"] and "again" not in (case["said"] + case["said after"])[-1]:
        found.append("the worker did not say that it goes on")
    return [f"{fault}: {json.dumps(case, ensure_ascii=False)}" for fault in found]


@contextmanager
def a_small_disk(folder: Path):
    """A file system of four megabytes; the test is skipped, aloud, where none may be mounted."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or shutil.which("mount") is None or subprocess.run(mount, check=False).returncode:
        pytest.skip("no small file system can be mounted here: a full disk is tried by limits alone")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_database_that_is_locked_read_only_or_full_loses_and_doubles_nothing(tmp_path, capsys):
    tally = Tally("storage: database", "sqlite", capsys)
    done = troubles(tmp_path / "home", "sqlite")
    for case in done:
        tally.case(*faults(case))
    tally.close(4 * len(POINTS))
    # So that green means something: each trouble was one.
    assert {case["trouble"] for case in done if case["said"]} == {case["trouble"] for case in done}


def test_a_disk_that_is_full_loses_and_doubles_nothing(tmp_path, capsys):
    tally = Tally("storage: full disk", "sqlite", capsys)
    with a_small_disk(tmp_path / "disk") as disk:
        done = troubles(disk / "home", "full")
    for case in done:
        tally.case(*faults(case))
    tally.close(len(POINTS))
    assert any(case["said"] for case in done)


def test_a_postgresql_that_is_stopped_and_started_again_loses_and_doubles_nothing(tmp_path, capsys):
    if not postgres._binary("initdb"):
        pytest.skip("PostgreSQL is not installed: nothing is tried on it")
    tally = Tally("storage: server", "postgresql", capsys)
    done = troubles(tmp_path / "home", "postgresql")
    for case in done:
        tally.case(*faults(case))
    tally.close(len(FEW))
    assert all(case["said"] for case in done)


def test_a_worker_that_takes_what_it_let_fall_for_unsent_doubles_a_post(tmp_path):
    """The broken variant: what was announced goes back to the queue instead of being asked about."""
    tally = Tally("storage: database", "sqlite")
    (case,) = troubles(tmp_path / "home", "broken")
    tally.case(*(fault for fault in faults(case) if "not out exactly once" in fault))
    assert tally.wrong
    tally.broken("what was let fall counts as unsent", f"{case['after']['asked']} requests for one post")


# ----------------------------------------------------------------------------- commands that meet such a database

# As the command is typed, but that it waits for a locked database half a second and not twenty.
COMMAND = """
from config import settings
settings.DATABASES["default"].setdefault("OPTIONS", {})
if not settings.DATABASE_URL:
    settings.DATABASES["default"]["OPTIONS"]["timeout"] = 0.5
import cli
cli.main()
"""


def command(home: Path, *words: str, database: str = "") -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": database, "PORTEVOIX_LANG": "en"}
    line = [sys.executable, "-c", COMMAND, *words]
    return subprocess.run(line, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)


def refused(done: subprocess.CompletedProcess[str]) -> None:
    """One sentence on standard error, nothing on standard output, exit status 1."""
    assert (done.returncode, done.stdout) == (1, ""), done
    (sentence,) = done.stderr.splitlines()
    assert len(sentence) > 20, sentence
    assert "Traceback" not in sentence


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> Path:
    """A home with one publication that is due."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    env = {**os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": ""}
    actor = [sys.executable, "-m", "tests.faults.actor", "prepare"]
    subprocess.run(actor, cwd=ROOT, env=env, check=True, capture_output=True, timeout=120)
    return home


@pytest.fixture
def home_of_its_own(prepared, tmp_path) -> Path:
    return Path(shutil.copytree(prepared, tmp_path / "home of its own"))


STATUS, PUBLISH, DRY_RUN = ("status",), ("publish", "--due"), ("publish", "--due", "--dry-run")


def no_database(store: Path) -> None:
    store.write_bytes(b"This is no database. " * 400)


def cut_off(store: Path) -> None:
    store.write_bytes(store.read_bytes()[:8192])


def empty(store: Path) -> None:
    store.write_bytes(b"")


def folder(store: Path) -> None:
    store.unlink()
    store.mkdir()


def gone(store: Path) -> None:
    store.unlink()


@pytest.mark.parametrize("words", [STATUS, PUBLISH, DRY_RUN], ids=" ".join)
@pytest.mark.parametrize("spoil", [no_database, cut_off, empty, folder, gone], ids=lambda f: f.__name__)
def test_a_command_says_in_one_sentence_that_the_store_cannot_be_read(home_of_its_own, spoil, words):
    for more in ("-wal", "-shm"):
        (home_of_its_own / f"porte-voix.sqlite3{more}").unlink(missing_ok=True)
    spoil(home_of_its_own / "porte-voix.sqlite3")
    refused(command(home_of_its_own, *words))


def test_a_command_that_would_write_into_a_locked_database_says_so(home_of_its_own):
    trouble = Locked(home_of_its_own / "porte-voix.sqlite3")
    trouble.begin()
    try:
        assert command(home_of_its_own, *STATUS).returncode == 0  # who only reads waits for nobody
        refused(command(home_of_its_own, *PUBLISH))
    finally:
        trouble.end()
    assert command(home_of_its_own, *PUBLISH).returncode == 0


def test_a_command_that_would_write_onto_a_full_disk_says_so(prepared, tmp_path):
    with a_small_disk(tmp_path / "disk") as disk:
        home = Path(shutil.copytree(prepared, disk / "home"))
        fill(home)
        refused(command(home, *PUBLISH))
        (home / "filler").unlink()
        assert command(home, *PUBLISH).returncode == 0


def test_a_command_that_would_write_onto_a_disk_for_reading_only_says_so(prepared, tmp_path):
    with a_small_disk(tmp_path / "disk") as disk:
        home = Path(shutil.copytree(prepared, disk / "home"))
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        refused(command(home, *PUBLISH))
        subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
        assert command(home, *PUBLISH).returncode == 0


@pytest.mark.parametrize("words", [STATUS, PUBLISH, DRY_RUN], ids=" ".join)
def test_a_command_says_in_one_sentence_that_the_server_does_not_answer(prepared, words):
    nobody = f"postgres://tester@127.0.0.1:{postgres._free_port()}/store"
    refused(command(prepared, *words, database=nobody))


# ------------------------------------------------------------------- rows, files and credentials that are damaged


def due(stage: Stage, account: str = "scripted_lookup") -> Publication:
    """An approved post with a picture, to go out five minutes after the clock's start."""
    by = stage.people["camille"]
    piece = drafts.Piece(stage.channels[account], {"fr": "«1» 132 expulsions."}, [(stage.pictures[0], "Une image.")])
    post = drafts.create("Panne", [piece], by=by)
    for row in VariantText.objects.filter(variant__post=post):
        drafts.mark_read(row, by=by)
    review.approve(review.submit(post, by=by), by=stage.people["samira"])
    planning.schedule(post, planning.wall_time("2026-12-02 10:05", zone="Europe/Paris"), by=by)
    return Publication.objects.select_related("item", "channel", "variant").get(variant__post=post)


def ticks(clock, times: int, every: timedelta) -> int:
    """How many of so many ticks a fault of the program broke."""
    broken = 0
    for _tick in range(times):
        clock.shift(every)
        try:
            delivery.tick()
        except Exception:  # noqa: BLE001 - counted: a fault of the program may break a tick, not all of them
            broken += 1
    return broken


@pytest.fixture(scope="module")
def damaged():
    """What was damaged in all; a case that goes wrong fails by itself."""
    tally = Tally("storage: damage", "sqlite")
    yield tally
    tally.close(1)


@pytest.fixture
def stage(db, home, tmp_path):
    with scripted.installed() as platform, time_machine.travel(START, tick=False) as clock:
        stage = Stage(tmp_path)
        stage.platform, stage.clock = platform, clock
        yield stage


def ended(row: Publication, state: PublicationState, broken: int, most: int) -> None:
    """The row stands there with a sentence, and what the program could not do was not tried for ever."""
    row.refresh_from_db()
    assert row.state == state
    assert row.state in OUT or Sentence.from_json(row.error).text("fr")
    assert broken <= most
    assert delivery.status().counts == {state: 1}


def made_good(stage: Stage, row: Publication) -> None:
    """After the damage is undone, by itself or by a person's word, the post is out once."""
    if row.state == S.FAILED:
        soon = planning.wall_time((timezone.now() + timedelta(minutes=1)).isoformat())
        assert planning.move(row, soon, by=stage.people["ada"])
    if row.state == S.NEEDS_HUMAN:
        link = f"https://scripted.example/{stage.platform.out()[0].key}" if stage.platform.out() else None
        assert delivery.decide(row, by=stage.people["ada"], link=link)
    ticks(stage.clock, 4, timedelta(minutes=1))
    row.refresh_from_db()
    assert row.state in OUT
    assert len(stage.platform.out()) == 1


@pytest.mark.parametrize("name", DAMAGES)
def test_whatever_is_damaged_ends_in_a_stated_state_and_goes_out_once_when_it_is_whole(stage, damaged, name):
    damaged.case()
    damage, state = DAMAGES[name]
    row = due(stage)
    damages = Damage(stage, row)
    damage(damages)
    broken = ticks(stage.clock, 30, timedelta(minutes=5))
    assert len(stage.platform.asked) == (state in OUT)
    ended(row, state, broken, 0)
    damages.undo()
    made_good(stage, row)


@pytest.mark.parametrize("name", IN_DOUBT)
def test_whatever_is_damaged_while_an_answer_is_lost_the_post_is_not_sent_again(stage, damaged, name):
    damaged.case()
    row = due(stage)
    stage.platform.moods.append("loses the answer")
    ticks(stage.clock, 1, timedelta(minutes=5))
    row.refresh_from_db()
    assert row.state == S.UNCERTAIN
    damages = Damage(stage, row)
    DAMAGES[name][0](damages)
    broken = ticks(stage.clock, 30, timedelta(minutes=5))
    ended(row, IN_DOUBT[name], broken, NONSENSE.get(name, 0))
    assert len(stage.platform.asked) == 1
    damages.undo()
    made_good(stage, row)
    assert len(stage.platform.asked) == 1


def test_what_was_prepared_and_then_written_over_does_not_go_out(stage):
    row = due(stage)
    ticks(stage.clock, 1, timedelta(minutes=1))  # prepared before its time
    row.refresh_from_db()
    assert row.state == S.PREPARED
    changed = {**row.saved, "submission": row.saved["submission"].replace("132 expulsions", "133 naissances")}
    Publication.objects.filter(pk=row.pk).update(saved=changed)
    ticks(stage.clock, 2, timedelta(minutes=5))
    row.refresh_from_db()
    assert row.state in OUT
    (request,) = stage.platform.asked
    assert "132 expulsions" in request.submission
    assert "133 naissances" not in request.submission


def test_a_doubt_whose_saved_state_is_lost_is_not_sent_again(stage):
    row = due(stage)
    stage.platform.moods.append("loses the answer")
    ticks(stage.clock, 1, timedelta(minutes=5))
    Publication.objects.filter(pk=row.pk).update(saved={})
    ticks(stage.clock, 30, timedelta(minutes=5))
    assert len(stage.platform.out()) == 1
    row.refresh_from_db()
    assert row.state == S.NEEDS_HUMAN


def test_without_its_binding_what_was_written_over_would_go_out(stage, monkeypatch):
    """The broken variant: notes count for the content alone, whatever became of them."""
    monkeypatch.setattr(claims, "bound", lambda seal, _saved: seal)
    monkeypatch.setattr(rows, "bound", lambda seal, _saved: seal)
    row = due(stage)
    ticks(stage.clock, 1, timedelta(minutes=1))
    row.refresh_from_db()
    changed = {**row.saved, "submission": row.saved["submission"].replace("132 expulsions", "133 naissances")}
    Publication.objects.filter(pk=row.pk).update(saved=changed)
    ticks(stage.clock, 2, timedelta(minutes=5))
    assert "133 naissances" in stage.platform.asked[0].submission
    Tally("storage: damage", "sqlite").broken("notes that nothing binds", "what was written over went out")
