"""A store of another version: not worked on, and brought to this one after a backup, every row kept."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from importlib.metadata import version

import pyrage
import pytest
from click.testing import CliRunner
from django.db import connection, migrations
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

import cli
from pipeline import setup, versions
from pipeline.backup.recipients import add_recipient
from pipeline.delivery.engine import BEAT
from pipeline.errors import Refused
from pipeline.models import Beat
from tests.backup.stores import DATABASE, standing_in
from tests.homes import fresh
from tests.web.studio import Studio


@pytest.fixture(autouse=True, scope="module")
def real_databases(django_db_blocker):
    """Each home has its own database file; the tests' common one is not used."""
    with django_db_blocker.unblock():
        yield


@pytest.fixture
def store(tmp_path):
    return fresh(tmp_path / "home")


def counted(home) -> dict[str, int]:
    """Rows of each table, asked of the file itself."""
    with closing(sqlite3.connect(home / DATABASE)) as file:
        names = [name for (name,) in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: file.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def back_to(name: str) -> None:
    MigrationExecutor(connection).migrate([("pipeline", name)])


def test_an_older_store_is_upgraded_after_a_backup_and_keeps_every_row(store, tmp_path):
    with standing_in(store):
        Studio(tmp_path).scheduled(minutes=600)
        add_recipient(str(pyrage.x25519.Identity.generate().to_public()))
        back_to("0024_writing")
        before = counted(store)
        for refused in (setup.require, setup.prepare):
            with pytest.raises(Refused, match="portevoix upgrade"):
                refused()
        done = CliRunner().invoke(cli.main, ["upgrade", str(tmp_path / "backups")], env={"PORTEVOIX_LANG": "en"})
        assert done.exit_code == 0 and "0025_panic: done; it can be undone" in done.output
        setup.require()
        after = counted(store)
        assert versions.upgrade(tmp_path / "backups").made is None
    apart = {"django_migrations", "pipeline_auditentry", "sqlite_sequence", "sqlite_stat1"}
    assert {n: c for n, c in before.items() if n not in apart} == {
        n: after[n] for n in before if n not in apart and n in after
    }
    assert len(list((tmp_path / "backups").glob("*.age"))) == 1


def test_no_upgrade_without_a_backup_nor_while_a_scheduler_ticks(store, tmp_path):
    with standing_in(store):
        back_to("0024_writing")
        with pytest.raises(Refused, match="keygen"):
            versions.upgrade(tmp_path / "backups")
        Beat.objects.update_or_create(name=BEAT, defaults={"at": timezone.now()})
        with pytest.raises(Refused, match="ticked"):
            versions.upgrade(tmp_path / "backups")
        assert versions.standing().ahead


def test_nothing_works_on_a_store_of_a_newer_version(store):
    with closing(sqlite3.connect(store / DATABASE)) as file:
        file.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('pipeline', '9999_future', '2027-01-01')"
        )
        file.commit()
    with standing_in(store):
        for words in (["work"], ["run"], ["status"]):
            done = CliRunner().invoke(cli.main, words, env={"PORTEVOIX_LANG": "en"})
            assert done.exit_code == 1 and "newer version" in done.output and "9999_future" in done.output


def test_a_first_setup_that_was_interrupted_is_brought_to_its_end(store):
    with standing_in(store):
        back_to("0024_writing")  # nobody is in it yet
        setup.prepare()
        assert not versions.standing().ahead


def test_a_change_that_cannot_be_undone_says_so():
    class OneWay(migrations.Migration):
        operations = [migrations.RunPython(lambda _apps, _editor: None)]

    assert not versions._undoable(OneWay("x", "pipeline"))


def test_the_version_is_told(store):
    for words in (["--version"], ["status"]):
        with standing_in(store):
            done = CliRunner().invoke(cli.main, words, env={"PORTEVOIX_LANG": "en"})
        assert version("porte-voix") in done.output
