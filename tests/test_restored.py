"""A store that forgot what it sent: after a restore, or a database put back by hand, nothing goes out twice."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from tests.backup.stores import DATABASE, Store, copied, prepared, standing_in


@pytest.fixture(autouse=True, scope="module")
def real_databases(django_db_blocker):
    """Each home has its own database file; the tests' common one is not used."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    return prepared(tmp_path_factory.mktemp("forgot"), minutes=600)


@pytest.fixture
def store(model, tmp_path):
    """A store with a post due in ten hours, on an outbox that stands outside it."""
    return copied(model, tmp_path / "store")


def send(store: Store) -> None:
    """The post's time comes, and it goes out."""
    store.acted("due_now")
    store.acted("tick")
    assert store.sent() == 1


def later(store: Store) -> None:
    """In the restored store the time passes too; whoever may, releases; months of ticks follow."""
    store.acted("months_pass")
    store.acted("release")
    store.acted("months_pass")


# ----------------------------------------------------------------------------------------------------- by `restore`


def test_a_post_sent_after_the_backup_is_not_sent_again(store):
    store.acted("due_now")
    path = store.back_up()
    send(store)
    twin = store.restored(path)
    (row,) = twin.state()["rows"]
    assert row["state"] == "uncertain"
    assert row["restored_at"]
    later(twin)
    assert store.sent() == 1
    assert twin.state()["rows"][0]["state"] == "needs_human"  # the store had no key to look for it by


def test_a_post_whose_key_the_backup_knows_is_found_and_settled(store):
    store.acted("due_now")
    store.acted("prepare_only")
    path = store.back_up()
    send(store)
    twin = store.restored(path)
    later(twin)
    assert store.sent() == 1
    assert twin.state()["rows"][0]["state"] == "published"


def test_it_is_looked_up_while_everything_is_still_on_hold(store):
    store.acted("due_now")
    store.acted("prepare_only")
    path = store.back_up()
    send(store)
    twin = store.restored(path)
    twin.acted("tick")
    state = twin.state()
    assert state["rows"][0]["state"] == "published"
    assert state["held"]


def test_without_the_marking_the_same_restore_sends_the_post_twice(store):
    """The broken variant."""
    store.acted("due_now")
    path = store.back_up()
    send(store)
    twin = store.twin()
    assert twin.act("restore_naive", path, store.identity, store.key).returncode == 0
    twin.acted("tick")
    assert store.sent() == 2


def test_a_post_still_to_come_waits_behind_the_hold_and_is_then_asked_about(store):
    twin = store.restored(store.back_up())
    assert twin.state()["rows"][0]["state"] == "scheduled"
    twin.acted("tick")
    twin.acted("became_due")
    twin.acted("tick")
    assert store.sent() == 0
    twin.acted("release")
    twin.acted("tick")
    assert store.sent() == 0
    assert twin.state()["rows"][0]["state"] == "missed"


def test_a_post_still_to_come_goes_out_at_its_time_once_a_person_let_go_on(store):
    twin = store.restored(store.back_up())
    twin.acted("release")
    send(twin)
    assert twin.state()["rows"][0]["state"] == "published"


# Every state that a row can have, due in the past and in the future, and what becomes of it.
WORKED_ON = {"claimed", "prepared", "committing", "pending", "uncertain", "needs_human"}
ENDED = {"published", "verified", "cancelled", "removed"}


def expected(state: str, past: bool) -> str:
    if state in WORKED_ON or (state == "scheduled" and past):
        return "uncertain"
    return "missed" if state == "failed" or (state == "planned" and past) else state


@pytest.mark.parametrize("past", [True, False], ids=["due since", "still to come"])
@pytest.mark.parametrize("state", sorted(WORKED_ON | ENDED | {"planned", "scheduled", "missed", "failed"}))
def test_restored_as(state, past, store):
    """Independent of the code: the row is written by SQL, and read back by SQL."""
    due = datetime.now(UTC) + timedelta(hours=-3 if past else 3)
    store.change(
        f"UPDATE pipeline_publication SET state = '{state}', due_at = '{due:%Y-%m-%d %H:%M:%S}', worker = 'somebody',"
        f" lease_until = '{due:%Y-%m-%d %H:%M:%S}', fence = 7"
    )
    twin = store.restored(store.back_up())
    query = (
        "SELECT state, restored_at IS NOT NULL, doubt_since IS NOT NULL, fence, lease_until FROM pipeline_publication"
    )
    ((now, restored, doubted, fence, lease),) = twin.sql(query)
    assert now == expected(state, past)
    assert (restored, doubted) == ((1, 1) if now == "uncertain" else (0, 0))
    assert (fence, lease is None) == ((8, True) if now == "uncertain" else (8 if now == "missed" else 7, False))
    assert twin.sql("SELECT count(*) FROM pipeline_hold WHERE channel_id IS NULL AND released_at IS NULL") == [(1,)]
    error = json.loads(twin.sql("SELECT error FROM pipeline_publication")[0][0] or "null")
    if now in {"uncertain", "missed"}:
        assert error["msgid"].startswith("Restored from a copy")


def test_a_hold_that_was_pulled_before_stays_one_and_says_why_now(store):
    store.acted("hold")
    twin = store.restored(store.back_up())
    (held,) = twin.state()["held"]
    assert "Restored from the backup of" in held["why"]["msgid"]


# --------------------------------------------------------------------------------- a database put back by hand


def put_back(source: Store, copy: bytes) -> None:
    """As a person does it: the old file over the new one, without what SQLite keeps beside it."""
    for path in source.home.glob(f"{DATABASE}*"):
        path.unlink()
    (source.home / DATABASE).write_bytes(copy)


def whole_copy(store: Store) -> bytes:
    with closing(sqlite3.connect(store.home / DATABASE)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return (store.home / DATABASE).read_bytes()


def test_an_old_copy_over_the_database_is_seen_and_nothing_goes_out_twice(store):
    store.acted("due_now")
    assert json.loads(store.acted("check_epoch"))
    yesterday = whole_copy(store)
    send(store)
    assert json.loads(store.acted("check_epoch"))
    put_back(store, yesterday)
    assert json.loads(store.acted("check_epoch")) is False
    later(store)
    assert store.sent() == 1
    assert store.state()["rows"][0]["state"] == "needs_human"
    assert json.loads(store.acted("check_epoch"))  # settled: the next start fits


def test_without_the_check_an_old_copy_over_the_database_sends_twice(store):
    """The broken variant: nobody asks."""
    store.acted("due_now")
    yesterday = whole_copy(store)
    send(store)
    put_back(store, yesterday)
    store.acted("tick")
    assert store.sent() == 2


def test_a_database_carried_into_another_home_is_seen(store, tmp_path):
    assert json.loads(store.acted("check_epoch"))
    twin = store.twin("elsewhere")
    twin.home.mkdir()
    shutil.copy(store.home / DATABASE, twin.home)
    assert json.loads(twin.acted("check_epoch")) is False
    assert twin.state()["held"]
    assert json.loads(store.acted("check_epoch"))  # the home that it came from is as it was


def test_a_new_store_and_one_of_an_older_version_get_their_name_without_a_hold(store):
    assert not (store.home / "epoch").exists()
    assert json.loads(store.acted("check_epoch"))
    assert (store.home / "epoch").exists()
    assert store.state()["held"] == []


def test_a_marker_that_cannot_be_read_fits_nothing(store):
    assert json.loads(store.acted("check_epoch"))
    (store.home / "epoch").write_text("{")
    assert json.loads(store.acted("check_epoch")) is False
    assert store.state()["held"]


def test_a_store_without_posts_is_not_stopped(store, tmp_path):
    """There is nothing that could go out twice."""
    from pipeline import backup, setup

    empty = Store(tmp_path, "empty")
    with standing_in(empty.home):
        setup.prepare()
        assert backup.check_epoch()
        (empty.home / "epoch").unlink()
        assert backup.check_epoch()
    assert empty.state()["held"] == []


def test_a_restored_store_fits_its_home(store):
    assert json.loads(store.acted("check_epoch"))
    twin = store.restored(store.back_up())
    assert json.loads(twin.acted("check_epoch"))
    assert json.loads((twin.home / "epoch").read_text())["id"] != json.loads((store.home / "epoch").read_text())["id"]
