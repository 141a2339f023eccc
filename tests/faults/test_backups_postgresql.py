"""Backups on a real PostgreSQL: consistent while others write, all or nothing, and nothing sent twice."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path

import pytest

from tests import postgres
from tests.backup.stores import Store, opened
from tests.faults.test_backups import COUNTED, LOADING, LOG, LONG, RESTORING, WRITTEN, chain, writer

pytestmark = pytest.mark.faults
BACKUPS = 25 if LONG else 3
POINTS = [LOADING, *RESTORING] if LONG else [LOADING, "after marking"]
NUMBER = count()


@pytest.fixture(scope="module")
def server():
    with postgres.server("fsync=off") as url:
        yield url


@pytest.fixture(scope="module")
def model(server, tmp_path_factory):
    """A PostgreSQL store with an approved post that is due, and one backup of it."""
    store = Store(tmp_path_factory.mktemp("postgresql"), database=postgres.create(server, "model"))
    done = store.act("prepare", -1)
    assert done.returncode == 0, done.stderr
    public = json.loads(store.shell("backup", "keygen", store.identity, "--json").stdout)["recipient"]
    store.shell("backup", "recipients", "--add", public)
    return store


@pytest.fixture(scope="module")
def backup(model):
    return made(model)


def made(store: Store) -> Path:
    done = store.shell("backup", store.backups, "--json")
    assert done.returncode == 0, done.stderr
    return Path(json.loads(done.stdout)["path"])


@pytest.fixture
def twin(model, server, tmp_path):
    """An empty home with an empty database."""
    store = Store(tmp_path, "restored", postgres.create(server, f"twin{next(NUMBER)}"))
    store.outbox, store.identity = model.outbox, model.identity
    return store


def rows(database: str, query: str) -> list[tuple]:
    import psycopg

    with psycopg.connect(database) as connection:
        return connection.execute(query).fetchall()


def restore(store: Store, model: Store, path: Path, *more: str) -> dict:
    done = store.shell("restore", path, "--identity", model.identity, "--key", model.key, "--json", *more)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def on_hold(store: Store) -> bool:
    held = rows(store.database, "SELECT 1 FROM pipeline_hold WHERE channel_id IS NULL AND released_at IS NULL")
    return bool(held) and rows(store.database, "SELECT state FROM pipeline_publication") == [("uncertain",)]


def test_a_store_is_restored_whole_on_hold_and_its_rules_still_stand(model, backup, twin):
    import psycopg

    told = restore(twin, model, backup)
    log = rows(model.database, LOG)
    assert rows(twin.database, LOG)[: told["audit"]["seq"]] == log[: told["audit"]["seq"]]
    assert chain(rows(twin.database, LOG)) == rows(twin.database, "SELECT hash FROM pipeline_audithead")[0][0]
    assert on_hold(twin)
    with psycopg.connect(twin.database) as connection, pytest.raises(psycopg.errors.IntegrityError):
        connection.execute("DELETE FROM pipeline_auditentry")
    assert twin.shell("status").returncode == 0


def test_a_post_sent_after_the_backup_is_not_sent_again_and_without_the_marking_it_is(model, backup, twin, server):
    assert model.act("tick").returncode == 0
    assert model.sent() == 1
    restore(twin, model, backup)
    for verb in ("tick", "months_pass", "release", "months_pass"):
        done = twin.act(verb)
        assert done.returncode == 0, done.stderr
    assert model.sent() == 1
    assert rows(twin.database, "SELECT state FROM pipeline_publication") == [("needs_human",)]
    naive = Store(twin.folder, "naive", postgres.create(server, "naive"))
    done = naive.act("restore_naive", backup, model.identity, model.key)
    assert done.returncode == 0, done.stderr
    assert naive.act("tick").returncode == 0
    assert model.sent() == 2


def test_backups_made_while_another_process_writes_each_hold_one_moment(model, twin, server, tmp_path):
    store = twin
    restore(store, model, made(model))
    store.backups = tmp_path / "bound"
    with writer(store, tmp_path / "stop") as total:
        done = store.act("backups", BACKUPS, store.backups)
        assert done.returncode == 0, done.stderr
    assert total[0] >= 50
    for number in range(BACKUPS):
        postgres.create(server, f"bound{number}")
    done = store.act("restores_postgres", store.backups, model.identity, tmp_path / "homes")
    assert done.returncode == 0, done.stderr
    seen = set()
    for number in range(BACKUPS):
        database = server.rsplit("/", 1)[0] + f"/bound{number}"
        chain(rows(database, LOG))
        ((written,),), counted = rows(database, WRITTEN), rows(database, COUNTED)
        assert written == (counted[0][0]["n"] if counted else 0)
        seen.add(written)
    assert len(seen) > 1
    print(f"{BACKUPS} backups of PostgreSQL during {total[0]} transactions: each one moment, each restored")


@pytest.mark.parametrize("point", POINTS)
def test_a_scheduler_started_on_what_a_killed_restore_left_sends_nothing(point, model, backup, twin):
    sent = model.sent()
    assert twin.act("restore", backup, model.identity, model.key, kill_at=point).returncode == -9
    twin.act("starts")  # where nothing was loaded yet there is nothing to start on
    assert model.sent() == sent
    if point != "after unpacking":
        ((state,),) = rows(twin.database, "SELECT state FROM pipeline_publication")
        assert state in {"uncertain", "needs_human"}  # the first where the killed restore had put no key there yet


@pytest.mark.parametrize("point", POINTS)
def test_after_a_killed_restore_the_next_one_needs_no_other_word(point, model, backup, twin):
    assert twin.act("restore", backup, model.identity, model.key, kill_at=point).returncode == -9
    if point != "after moving in":
        told = restore(twin, model, backup)
        assert bool(told["aside_schema"]) == (point != "after unpacking")
    assert on_hold(twin)


def test_a_database_lost_half_way_is_known_to_be_half_restored(model, backup, twin):
    sent = model.sent()
    done = twin.act("restore_stuck", backup, model.identity)
    assert done.returncode == 0, done.stderr
    assert rows(twin.database, "SELECT state FROM pipeline_publication") == [("scheduled",)]
    told = restore(twin, model, backup)  # needs no --replace: the rows are a restore's, not a store's
    assert told["aside_schema"]
    assert on_hold(twin)
    assert twin.act("starts").returncode == 0
    assert model.sent() == sent


def test_a_store_is_not_overwritten_unless_told_so_and_then_its_rows_are_kept_aside(model, backup, twin):
    restore(twin, model, backup)
    assert twin.act("hold").returncode == 0
    before = rows(twin.database, LOG)
    refused = twin.shell("restore", backup, "--identity", model.identity)
    assert "--replace" in refused.stderr
    assert rows(twin.database, LOG) == before
    told = restore(twin, model, backup, "--replace")
    aside = LOG.replace("pipeline_auditentry", f"{told['aside_schema']}.pipeline_auditentry")
    assert rows(twin.database, aside) == before
    assert Path(told["aside"]).is_dir()
    again = made_of(twin, model)  # what lies aside is in no later backup
    assert told["aside_schema"].encode() not in opened(again, model.identity)["database/porte-voix.pgdump"]
    restore(twin, model, again, "--replace")
    assert on_hold(twin)


def made_of(store: Store, model: Store) -> Path:
    store.backups = store.folder / "backups"
    return made(store)


def test_a_wrong_key_leaves_the_database_as_it_was(model, backup, twin):
    restore(twin, model, backup)
    before = rows(twin.database, LOG)
    wrong = twin.folder / "wrong.key"
    wrong.write_text("wLO4ZTz7YuzrHNCHYtHFfYsWbUKF2y1iZxn7qLkqQ5o=\n")
    refused = twin.shell("restore", backup, "--identity", model.identity, "--key", wrong, "--replace")
    assert "opens none" in refused.stderr
    assert rows(twin.database, LOG) == before
    assert twin.shell("status").returncode == 0
    assert rows(twin.database, "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'before_restore_%'") == [(0,)]


def tool(folder: Path, name: str, version: str) -> str:
    folder.mkdir()
    (folder / name).write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
    (folder / name).chmod(0o755)
    return str(folder)


def test_without_the_tools_or_with_old_ones_a_backup_is_refused_in_a_sentence(model, tmp_path):
    old = tool(tmp_path / "tools", "pg_dump", "9.6.1")
    for path, word in ((str(tmp_path), "not installed"), (old, "older than the server")):
        done = model.shell("backup", tmp_path / "out", PATH=path)
        assert (done.returncode, done.stdout) == (1, "")
        assert word in done.stderr
        assert not list((tmp_path / "out").glob("*"))


def test_a_backup_goes_back_only_into_its_own_kind_of_database(model, backup, tmp_path):
    done = Store(tmp_path, "sqlite").shell("restore", backup, "--identity", model.identity)
    assert "PostgreSQL" in done.stderr
    assert list(tmp_path.iterdir()) == []
