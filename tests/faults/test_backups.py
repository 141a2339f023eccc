"""Backups while others write, killed anywhere, on a full disk, of gigabytes, and on PostgreSQL."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from tests.backup.stores import DATABASE, ROOT, Store, copied, opened, prepared

pytestmark = pytest.mark.faults
LONG = os.environ.get("PORTEVOIX_FAULTS") == "long"
BACKUPS = 100 if LONG else 20
KILLS = 40 if LONG else 6
SEED = int(os.environ.get("PORTEVOIX_SEED", "20261125"))
CALL = re.compile(r'checkpoint\("([^"]+)"\)')

BACKING_UP = ["after copying the database", "after packing the database", "before naming the backup",
              "after naming the backup"]  # fmt: skip
RESTORING = ["after unpacking", "before marking", "after marking", "between the homes", "after moving in"]
LOADING = "after loading the database"  # on PostgreSQL alone


@pytest.fixture(autouse=True, scope="module")
def real_databases(django_db_blocker):
    """Each home has its own database file; the tests' common one is not used."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return prepared(tmp_path_factory.mktemp("backups"), minutes=600)


@pytest.fixture
def store(model, tmp_path):
    return copied(model, tmp_path / "store")


def test_every_checkpoint_of_the_source_is_killed_somewhere():
    found = set()
    for path in (ROOT / "pipeline" / "backup").glob("*.py"):
        found |= set(CALL.findall(path.read_text()))
    assert found == {*BACKING_UP, *RESTORING, LOADING}


def test_workers_that_start_at_once_on_a_store_without_a_name_agree_on_one(store):
    env = {**os.environ, "PORTEVOIX_HOME": str(store.home), "DATABASE_URL": ""}
    command = [sys.executable, "-m", "tests.backup.actor", "check_epoch"]
    started = [subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) for _n in range(4)]
    assert [process.communicate()[0] for process in started] == ["true\n"] * 4
    assert store.state()["held"] == []


# --------------------------------------------------------------------------------------------- while others write


@contextmanager
def writer(store: Store, stop: Path):
    """Another process that writes without a pause; afterwards the list says how many transactions it made."""
    env = {**os.environ, "PORTEVOIX_HOME": str(store.home), "DATABASE_URL": store.database}
    command = [sys.executable, "-m", "tests.backup.actor", "write", str(stop)]
    with subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True) as process:
        total: list[int] = []
        try:
            yield total
        finally:
            stop.touch()
            total.append(int(process.communicate()[0]))


def chain(rows: list[tuple]) -> str:
    """The head of the log, computed here and not by our code; fails where an entry does not follow from the last."""
    previous = "0" * 64
    for number, (seq, at, actor, action, subject, detail, before, digest) in enumerate(rows, 1):
        assert (seq, before) == (number, previous)
        body = {"seq": seq, "at": at, "actor": actor, "action": action, "subject": subject,
                "detail": json.loads(detail) if isinstance(detail, str) else detail, "previous": before}  # fmt: skip
        text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert hashlib.sha256(text.encode()).hexdigest() == digest
        previous = digest
    return previous


LOG = "SELECT seq, at, actor, action, subject, detail, previous, hash FROM pipeline_auditentry ORDER BY seq"
WRITTEN = "SELECT count(*) FROM pipeline_auditentry WHERE action = 'test.written'"
COUNTED = "SELECT details FROM pipeline_beat WHERE name = 'writer'"


def whole(database: Path) -> int:
    """How many of the writer's transactions the copy holds: SQLite, the chain and the writer's own count agree."""
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        chain(connection.execute(LOG).fetchall())
        (written,), counted = connection.execute(WRITTEN).fetchone(), connection.execute(COUNTED).fetchone()
        assert written == (json.loads(counted[0])["n"] if counted else 0)
        return written


def test_backups_made_while_another_process_writes_are_each_whole_and_each_restores(store, tmp_path):
    with writer(store, tmp_path / "stop") as total:
        done = store.act("backups", BACKUPS, store.backups)
        assert done.returncode == 0, done.stderr
    assert total[0] >= 200
    files = sorted(store.backups.iterdir(), key=lambda path: path.stem)
    assert len(files) == BACKUPS
    seen = set()
    for path in files:
        database = tmp_path / "copy.sqlite3"
        database.write_bytes(opened(path, store.identity)["database/porte-voix.sqlite3"])
        seen.add(whole(database))
    assert len(seen) > BACKUPS // 2  # the writer wrote between them
    done = store.act("restores", store.backups, store.identity, tmp_path / "restored")
    assert done.returncode == 0, done.stderr
    homes = [Path(json.loads(line)["home"]) for line in done.stdout.splitlines()]
    assert {whole(home / DATABASE) for home in homes} == seen
    print(f"{BACKUPS} backups during {total[0]} transactions: all whole, all restored")


def test_copying_the_file_while_another_process_writes_is_not_whole(store, tmp_path):
    """The broken variant: what a person does with cp, the write-ahead log left behind."""
    with writer(store, tmp_path / "stop"):
        while (
            not (store.home / f"{DATABASE}-wal").exists() or (store.home / f"{DATABASE}-wal").stat().st_size < 1 << 16
        ):
            time.sleep(0.01)
        shutil.copy(store.home / DATABASE, tmp_path / "copy.sqlite3")
        written = store.sql(WRITTEN)[0][0]
    try:
        assert whole(tmp_path / "copy.sqlite3") < written
    except (AssertionError, sqlite3.DatabaseError):
        return  # torn: worse


# ------------------------------------------------------------------------------------------------------- killed


@pytest.mark.parametrize("point", BACKING_UP)
def test_a_backup_killed_leaves_no_half_one_and_the_next_one_is_whole(store, point):
    assert store.act("backups", 1, store.backups, kill_at=point).returncode == -9
    finished = store.told("backup", "--list", store.backups)
    assert len(finished) == (1 if point == "after naming the backup" else 0)
    path = store.back_up()
    assert {p.name for p in store.backups.iterdir()} == {path.name, *(row["file"] for row in finished)}
    assert not list(store.home.glob(".backup*"))
    store.restored(path)


def test_a_backup_killed_at_any_moment_leaves_only_whole_ones(store):
    chance = random.Random(SEED)
    for _number in range(KILLS):
        env = {**os.environ, "PORTEVOIX_HOME": str(store.home), "DATABASE_URL": ""}
        command = [sys.executable, "-m", "tests.backup.actor", "backups", "1000", str(store.backups)]
        with subprocess.Popen(command, cwd=ROOT, env=env) as process:
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(chance.uniform(1.0, 2.5))
            process.kill()
    for path in store.backups.glob("porte-voix-*"):
        assert "manifest.json" in opened(path, store.identity)
    store.back_up()
    assert not list(store.home.glob(".backup*"))
    assert not list(store.backups.glob(".*"))


@pytest.mark.parametrize("point", RESTORING)
def test_a_restore_killed_leaves_nothing_or_a_folder_marked_as_unfinished_and_the_next_one_works(store, point):
    path, twin = store.back_up(), store.twin()
    killed = twin.act("restore", path, store.identity, store.key, kill_at=point)
    assert killed.returncode == -9, killed.stderr
    unfinished = twin.home.with_name("restored.unfinished-restore")
    if point == "after moving in":
        assert not unfinished.exists()
    else:
        assert unfinished.exists()
        assert not twin.home.exists()
        store.restored(path)
        assert not unfinished.exists()
    assert whole(twin.home / DATABASE) == 0
    assert twin.state()["held"]


@pytest.mark.parametrize("point", RESTORING)
def test_a_replacing_restore_killed_never_loses_the_store_that_stood_there(store, point):
    path = store.back_up()
    store.acted("hold")  # done after the backup: only the old store knows it
    before = store.sql(LOG)
    killed = store.act("replace", path, store.identity, kill_at=point)
    assert killed.returncode == -9, killed.stderr
    store.told("restore", path, "--identity", store.identity, "--replace")
    assert whole(store.home / DATABASE) == 0
    asides = store.folder.glob("home.before-restore-*")
    kept = [Store(aside.parent, aside.name).sql(LOG) for aside in asides]
    assert before in kept


# ------------------------------------------------------------------------------------------------------ full disks


@contextmanager
def small_disk(place: Path, size: str):
    if os.geteuid() != 0:
        pytest.skip("only root mounts a small disk: a full one is not tried")
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", place], check=False).returncode:
        pytest.skip("no tmpfs can be mounted here: a full disk is not tried")
    try:
        yield place
    finally:
        subprocess.run(["umount", place], check=True)


def test_a_backup_that_does_not_fit_is_refused_and_leaves_nothing(store, tmp_path):
    with small_disk(tmp_path / "small", "256k") as place:
        assert "No space left" in store.refused("backup", place)
        assert list(place.iterdir()) == []
    assert not list(store.home.glob(".backup*"))


def test_a_restore_that_does_not_fit_is_refused_before_it_begins_and_leaves_nothing(store, tmp_path):
    path = store.back_up()
    with small_disk(tmp_path / "small", "256k") as place:
        twin = Store(place, "restored")
        assert "make room" in twin.refused("restore", path, "--identity", store.identity)
        assert list(place.iterdir()) == []
    with small_disk(tmp_path / "later", "4m") as place:  # the room is there at first and then is not
        about = json.loads(opened(path, store.identity)["about.json"])
        (place / "other").write_bytes(bytes((4 << 20) - about["bytes"] - 65536))
        assert "disk" in Store(place, "restored").refused("restore", path, "--identity", store.identity)
        assert [p.name for p in place.iterdir()] == ["other"]


# ------------------------------------------------------------------------------------------------------- gigabytes


def test_memory_does_not_grow_with_what_is_backed_up_and_no_plain_copy_lies_on_the_disk(store):
    small = peak(store, "backups", 1, store.backups)
    digest = hashlib.sha256()
    for _block in range(300):
        digest.update(bytes(1 << 20))
    original = store.home / "originals" / digest.hexdigest()[:2] / digest.hexdigest()
    original.parent.mkdir(parents=True)
    with original.open("wb") as out:
        out.truncate(300 << 20)
    large = peak(store, "backups", 1, store.backups)
    assert large < small + 30_000  # KB
    path = max(store.backups.iterdir(), key=lambda p: p.stat().st_size)
    assert path.stat().st_size > 300 << 20
    restoring = peak(store.twin(), "restore", path, store.identity, store.key)
    assert restoring < small + 30_000
    assert (store.twin().home / original.relative_to(store.home)).stat().st_size == 300 << 20
    print(f"peak memory: {small} KB empty, {large} KB with 300 MB, {restoring} KB restoring them")


def peak(store: Store, *words: object) -> int:
    """The most memory that the process had, in KB; getrusage would tell that of the process that started it too."""
    if not Path("/proc/self/status").exists():
        pytest.skip("no /proc here: the memory is not measured")
    code = "import sys, tests.backup.actor as a; a.main(sys.argv[1:]); print(open('/proc/self/status').read())"
    env = {**os.environ, "PORTEVOIX_HOME": str(store.home), "DATABASE_URL": ""}
    command = [sys.executable, "-c", code, *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True, timeout=300)
    return int(re.search(r"VmHWM:\s+(\d+) kB", done.stdout)[1])
