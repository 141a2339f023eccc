"""Several real processes that renew at once, on SQLite and PostgreSQL: the network's own log says how often it gave."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from sandbox import linkedin
from tests import postgres
from tests.consents import app_of
from tests.homes import fresh

ROOT = Path(__file__).parents[2]
MANY = 4


class Store:
    """One home with a grant near its end, and the network that renews it."""

    def __init__(self, home: Path, server: linkedin.LinkedIn, database: str) -> None:
        self.server = server
        self.env = {**os.environ, "PORTEVOIX_HOME": str(home), "DATABASE_URL": database}
        server.app.refreshes = True
        scopes = ["openid", "profile", "w_member_social", "w_organization_social", "r_organization_social"]
        self.old = server.issue(scopes).value
        renewing = server.issue(scopes, refreshes=True).value
        usual = {"access_token": self.old, "client_id": server.app.id, "client_secret": server.app.secret}
        hosts = {"api_url": server.url, "oauth_url": server.urls["www"]}
        authors = {"page": server.organization.urn, "person": server.person.urn}
        given = {
            "app": app_of(server),
            "tokens": {"access_token": self.old, "refresh_token": renewing, "scopes": scopes},
            "channels": {name: {"author": urn, **usual, **hosts} for name, urn in authors.items()},
        }
        file = home.parent / "given.json"
        file.write_text(json.dumps(given))
        self.end(self.start("prepare", file))

    def start(self, *words: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.connecting.actor", *map(str, words)]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=self.env, stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    def end(self, process: subprocess.Popen[str]) -> str:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        return out.strip()

    def together(self, verb: str) -> list[str]:
        """What each of several processes said, which all saw the same grant before any of them began."""
        all_of_them = [self.start(verb) for _process in range(MANY)]
        for one in all_of_them:
            assert one.stdout is not None and one.stdout.readline() == "ready\n"
        for one in all_of_them:
            assert one.stdin is not None
            one.stdin.write("\n")
            one.stdin.flush()
        return sorted(self.end(one) for one in all_of_them)

    def renewals(self) -> int:
        return sum(one.form.get("grant_type") == "refresh_token" for one in self.server.requests)

    def tokens(self) -> list[str]:
        return json.loads(self.end(self.start("token")))


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    with postgres.server() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.faults)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with linkedin.serving() as server:
        if request.param == "sqlite":
            yield Store(fresh(tmp_path / "home"), server, "")
            return
        database = postgres.create(request.getfixturevalue("cluster"), f"tokens{urlsplit(server.url).port}")
        yield Store(tmp_path / "home", server, database)


def test_processes_that_see_the_same_end_renew_it_once(store):
    assert store.together("renew") == ["False"] * (MANY - 1) + ["True"]
    assert store.renewals() == 1
    page, person, grant = store.tokens()
    assert page == person == grant != store.old
    assert store.server.tokens[page].person == store.server.person.urn
    assert [store.end(store.start("look")) for _turn in range(2)] == ["0", "0"]
    assert store.renewals() == 1


def test_without_the_lock_the_same_token_would_be_renewed_by_each(store):
    """The broken variant, which the test above finds out: everybody who sees that the end is near renews."""
    store.together("unlocked")
    assert store.renewals() > 1
