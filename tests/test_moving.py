"""A SQLite store moved to a real PostgreSQL: every row there, or nothing at all."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from itertools import count

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from pipeline import audit, delivery, moving
from pipeline.delivery.engine import BEAT
from pipeline.errors import Refused
from pipeline.models import Beat, Publication, User
from tests import postgres
from tests.backup.stores import DATABASE, standing_in
from tests.homes import fresh
from tests.web.studio import Studio

NUMBER = count()


@pytest.fixture(autouse=True, scope="module")
def real_databases(django_db_blocker):
    """The store has a database file of its own; the tests' common one is not used."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture(scope="module")
def server():
    with postgres.server("fsync=off") as url:
        yield url


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """A store with people, posts, and somebody who approved and is no coordinator any more."""
    folder = tmp_path_factory.mktemp("moved")
    home = fresh(folder / "home")
    with standing_in(home):
        studio = Studio(folder)
        studio.scheduled(minutes=600, text="132 expulsions à Calais 🙂")
        studio.post("Un texte avec « É » et un émoji 🙂")
        User.objects.filter(pk=studio.coordinator.pk).update(role="editor")
        assert audit.verify().ok
    return home


@pytest.fixture
def store(model, tmp_path):
    return shutil.copytree(model, tmp_path / "home")


@pytest.fixture
def target(server):
    return postgres.create(server, f"moved{next(NUMBER)}")


def rows(path_or_url: str) -> dict[str, int]:
    """How many rows each table has, asked of the database itself, past Django."""
    if path_or_url.startswith("postgres"):
        with psycopg.connect(path_or_url) as connection:
            names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in names}
    with closing(sqlite3.connect(path_or_url)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return {
            name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for (name,) in names.fetchall()
        }


def test_every_row_is_there_the_old_store_is_on_hold_and_the_new_one_works(store, target, monkeypatch):
    before = rows(str(store / DATABASE))
    met, copy = set(), moving._copy

    def while_somebody_writes(model):
        """A worker that wants to announce a request finds the old store locked."""
        with closing(sqlite3.connect(store / DATABASE, timeout=0)) as other:
            try:
                other.execute("UPDATE pipeline_publication SET state = 'committing'")
            except sqlite3.OperationalError as error:
                met.add(str(error))
        copy(model)

    monkeypatch.setattr(moving, "_copy", while_somebody_writes)
    with standing_in(store):
        moved = moving.move(target)
        assert [hold.why["msgid"] for hold in delivery.active_holds()] == [moving.MOVED.msgid]
    assert met == {"database is locked"}
    after = rows(target)
    assert {name: n for name, n in before.items() if name != "django_migrations"} == {
        name: n for name, n in after.items() if name != "django_migrations"
    }
    assert sum(one.rows for one in moved) == sum(n for name, n in after.items() if name != "django_migrations")
    with psycopg.connect(target) as connection:
        texts = [text for (text,) in connection.execute("SELECT text FROM pipeline_varianttext")]
        assert any("🙂" in text for text in texts)
        assert connection.execute("SELECT count(*) FROM pipeline_hold").fetchone()[0] == 0
        with pytest.raises(psycopg.errors.IntegrityConstraintViolation):  # its rules are awake again
            connection.execute("UPDATE pipeline_auditentry SET actor = 'x'")
        connection.rollback()
        connection.execute("INSERT INTO pipeline_beat (name, at, details) VALUES ('next', now(), '{}')")


@pytest.mark.faults
def test_what_is_copied_wrong_is_found_out_and_nothing_is_moved(store, target, monkeypatch):
    """The broken variant: one value of one row is changed on its way."""
    whole = moving._insert

    def careless(manager, some):
        if manager.model is Publication:
            some[0].zone = "Europe/London"
        whole(manager, some)

    monkeypatch.setattr(moving, "_insert", careless)
    with standing_in(store):
        with pytest.raises(Refused, match="pipeline_publication is not the same"):
            moving.move(target)
        assert not delivery.active_holds()
    assert rows(target) == {}


def test_a_target_that_holds_something_another_kind_and_a_silent_one_are_refused(store, target):
    with psycopg.connect(target) as connection:
        connection.execute("CREATE TABLE theirs (x int)")
    for url in (target, "sqlite:///x", "nonsense", "postgres://tester@127.0.0.1:1/none"):
        with standing_in(store), pytest.raises(Refused):
            moving.move(url)
    assert rows(target) == {"theirs": 0}


def test_without_what_speaks_to_postgresql_the_way_to_it_is_said(store, monkeypatch):
    def absent(_engine):
        raise ImproperlyConfigured("Error loading psycopg2 or psycopg module")

    monkeypatch.setattr("django.db.utils.load_backend", absent)
    with standing_in(store), pytest.raises(Refused, match="--extra postgres"):
        moving.move("postgres://somebody@127.0.0.1:1/none")


def test_a_store_at_work_is_not_moved(store, target):
    with standing_in(store):
        Beat.objects.update_or_create(name=BEAT, defaults={"at": timezone.now()})
        with pytest.raises(Refused, match="ticked"):
            moving.move(target)


@pytest.mark.faults
def test_a_broken_log_is_not_carried_over(store, target):
    with closing(sqlite3.connect(store / DATABASE)) as connection:
        connection.execute("DROP TRIGGER audit_update")
        connection.execute("UPDATE pipeline_auditentry SET actor = 'somebody' WHERE seq = 1")
        connection.commit()
    with standing_in(store), pytest.raises(Refused, match="log is broken"):
        moving.move(target)
    assert rows(target) == {}
