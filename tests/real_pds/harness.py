"""The official Bluesky server for a test run: started once, on the loopback, with nothing of its own to remember."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from select import select
from typing import Any

import httpx

from tests.real_pds.install import HERE, install, node

PATIENCE = 90.0  # seconds for both servers to be up; 3 are usual
PASSWORD = "main-password-of-a-test-account"


@dataclass(frozen=True)
class TestAccount:
    """An account on the test server with an app password, as a channel would have."""

    did: str
    handle: str
    app_password: str = field(repr=False)
    __test__ = False


@dataclass(frozen=True)
class Pds:
    """A running server; every method speaks plain HTTP, so that it can judge the adapter from outside."""

    url: str
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def ask(self, nsid: str, token: str = "", body: dict[str, Any] | None = None, **params: str) -> httpx.Response:
        """The server's answer to one method."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        method = "GET" if body is None else "POST"
        return httpx.request(
            method, f"{self.url}/xrpc/{nsid}", params=params or None, json=body, headers=headers, timeout=30
        )

    def account(self) -> TestAccount:
        """A new account; the directory and the server know it, nobody else does."""
        handle = f"observatory{next(self.numbers)}.test"
        made = self.ask(
            "com.atproto.server.createAccount",
            body={"handle": handle, "email": f"{handle}@example.test", "password": PASSWORD},
        )
        made.raise_for_status()
        said = made.json()
        key = self.ask("com.atproto.server.createAppPassword", said["accessJwt"], {"name": "porte-voix"})
        key.raise_for_status()
        return TestAccount(said["did"], handle, key.json()["password"])

    def posts(self, did: str) -> list[dict[str, Any]]:
        """Every post that the account's repository holds."""
        answer = self.ask("com.atproto.repo.listRecords", repo=did, collection="app.bsky.feed.post", limit="100")
        answer.raise_for_status()
        return list(answer.json()["records"])

    def blob(self, did: str, cid: str) -> bytes:
        """The bytes that the server holds for one uploaded file of a post."""
        answer = self.ask("com.atproto.sync.getBlob", did=did, cid=cid)
        answer.raise_for_status()
        return answer.content


@contextmanager
def running() -> Iterator[Pds]:
    """A server on the loopback, installed first if need be, stopped and forgotten afterwards."""
    folder = install()
    with tempfile.TemporaryDirectory(prefix="portevoix-pds-") as made:
        data = Path(made)
        log = data / "server.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [str(node(folder)), str(HERE / "serve.js"), str(folder), str(data / "store")],
                cwd=data,
                env={**os.environ, "LOG_ENABLED": "false"},  # nobody empties its standard output after the first line
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=out,
            )
            try:
                yield Pds(_address(process, log))
            finally:
                process.terminate()
                _stopped(process)


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Where the server says that it listens; its own log lines before that are passed over."""
    assert process.stdout
    end = time.monotonic() + PATIENCE
    while (left := end - time.monotonic()) > 0:
        if not select([process.stdout], [], [], left)[0]:
            break
        line = process.stdout.readline()
        if not line:
            break
        if line.startswith(b'{"portevoix"'):
            return str(json.loads(line)["pds"])
    raise RuntimeError(f"the Bluesky server did not start:\n{log.read_text(errors='replace')[-3000:]}")


def _stopped(process: subprocess.Popen[bytes]) -> None:
    try:
        process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
