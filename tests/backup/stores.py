"""A home with one approved post, its backups and its restored twins, worked on by real processes alone."""

from __future__ import annotations

import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stdout
from pathlib import Path

import pyrage
from click.testing import CliRunner, Result
from django.db import connections
from django.test import override_settings

import cli
from tests.backup import actor
from tests.homes import fresh

ROOT = Path(__file__).parents[2]
DATABASE = "porte-voix.sqlite3"


@contextmanager
def standing_in(home: Path, database: str = "", **more: object) -> Iterator[None]:
    """This process works on that home, as a new one would with PORTEVOIX_HOME set; starting one costs a second."""
    usual, name = connections["default"], database or str(home / DATABASE)
    place = {**usual.settings_dict, "NAME": name}
    connections["default"] = type(usual)(place, "default")
    try:
        with override_settings(PORTEVOIX_HOME=home, DATABASE_URL=database, **more):
            yield
    finally:
        connections["default"].close()
        connections["default"] = usual


class Store:
    """One home, and who can open its backups. The outbox lies beside it, as a platform would."""

    def __init__(self, folder: Path, home: str = "home", database: str = "") -> None:
        self.folder, self.home, self.database = folder, folder / home, database
        self.outbox, self.backups, self.identity = folder / "outbox", folder / "backups", folder / "identity.txt"

    @property
    def key(self) -> Path:
        return self.home / "keys" / "store.key"

    def act(self, verb: str, *words: object, kill_at: str = "") -> subprocess.CompletedProcess[str]:
        """A verb of the actor, in a process of its own, which may be killed."""
        return self._started("tests.backup.actor", verb, *words, ACTOR_KILL_AT=kill_at)

    def shell(self, *words: object, **env: str) -> subprocess.CompletedProcess[str]:
        """A command in a process of its own, as on PostgreSQL, where this process cannot stand in for it."""
        return self._started("cli", *words, **env)

    def _started(self, module: str, *words: object, **env: str) -> subprocess.CompletedProcess[str]:
        place = {"PORTEVOIX_HOME": str(self.home), "DATABASE_URL": self.database, "PORTEVOIX_LANG": "en"}
        return subprocess.run(
            [sys.executable, "-m", module, *map(str, words)],
            cwd=ROOT, env={**os.environ, **place, **env}, capture_output=True, text=True, timeout=900, check=False,
        )  # fmt: skip

    def acted(self, verb: str, *words: object) -> str:
        """The same in this process; what it printed."""
        said = io.StringIO()
        with standing_in(self.home), redirect_stdout(said):
            getattr(actor, verb)(*map(str, words))
        return said.getvalue()

    def cli(self, *words: object, **more: object) -> Result:
        """A command as a person types it; `more` are settings."""
        with standing_in(self.home, **more):
            return CliRunner().invoke(cli.main, [str(word) for word in words], env={"PORTEVOIX_LANG": "en"})

    def told(self, *words: object, **more: object) -> dict:
        done = self.cli(*words, "--json", **more)
        assert done.exit_code == 0, (done.stdout, done.stderr, done.exception)
        return json.loads(done.stdout)

    def refused(self, *words: object, **more: object) -> str:
        done = self.cli(*words, **more)
        assert (done.exit_code, done.stdout) == (1, ""), (done.exit_code, done.stdout, done.stderr, done.exception)
        (line,) = done.stderr.strip().splitlines()
        return line

    def keygen(self) -> None:
        public = self.told("backup", "keygen", self.identity)["recipient"]
        self.told("backup", "recipients", "--add", public)

    def back_up(self, *words: object) -> Path:
        return Path(self.told("backup", self.backups, *words)["path"])

    def twin(self, home: str = "restored", database: str = "") -> Store:
        """Another home beside this one, still empty, on the same outbox."""
        twin = Store(self.folder, home, database)
        twin.outbox = self.outbox
        return twin

    def restored(self, backup: Path, home: str = "restored") -> Store:
        """The backup put back into a home of its own, with the key."""
        twin = self.twin(home)
        twin.told("restore", backup, "--identity", self.identity, "--key", self.key)
        return twin

    def state(self) -> dict:
        return json.loads(self.acted("state"))

    def sent(self) -> int:
        """How often the post is out, by the folder's own listing and not by any store."""
        return len(list(self.outbox.rglob("submission.json")))

    def sql(self, query: str) -> list[tuple]:
        with closing(sqlite3.connect(self.home / DATABASE)) as connection:
            return connection.execute(query).fetchall()

    def change(self, statement: str) -> None:
        with closing(sqlite3.connect(self.home / DATABASE)) as connection, connection:
            connection.execute("PRAGMA secure_delete=OFF")  # some builds of SQLite clean up by themselves
            connection.execute(statement)


def opened(backup: Path, identity: Path) -> dict[str, bytes]:
    """What is in a backup, read by age and tar alone, without our code."""
    secret = identity.read_text().splitlines()[-1]
    plain = pyrage.decrypt(backup.read_bytes(), [pyrage.x25519.Identity.from_str(secret)])
    with tarfile.open(fileobj=io.BytesIO(plain)) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def forged(members: list[tuple[tarfile.TarInfo, bytes]], identity: Path, target: Path) -> Path:
    """An archive that anybody who knows the recipient could write: age does not say who wrote it."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for info, content in members:
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    public = pyrage.x25519.Identity.from_str(identity.read_text().splitlines()[-1]).to_public()
    target.write_bytes(pyrage.encrypt(packed.getvalue(), [public]))
    return target


def prepared(folder: Path, minutes: float) -> Store:
    """A store with one approved post that is due in so many minutes, and somebody who can open its backups."""
    store = Store(folder)
    fresh(store.home)
    store.acted("prepare", minutes)
    store.keygen()
    return store


def copied(model: Store, folder: Path) -> Store:
    """A copy of the store, without its backups; the outbox is the model's, emptied."""
    shutil.copytree(model.folder, folder, ignore=shutil.ignore_patterns("outbox", "backups"))
    shutil.rmtree(model.outbox, ignore_errors=True)
    store = Store(folder)
    store.outbox = model.outbox  # sealed into the channel's credentials
    return store
