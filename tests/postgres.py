"""A real PostgreSQL for tests: started as an ordinary user on a free port of the loopback, thrown away afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def _binary(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


def installed() -> bool:
    """Whether this machine has a PostgreSQL server to start."""
    return bool(_binary("initdb") and _binary("postgres"))


def _ordinary_user() -> str | None:
    """Whom to run it as: PostgreSQL refuses root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def server(*options: str) -> Iterator[str]:
    """The URL of its maintenance database, e.g. postgres://tester@127.0.0.1:54321/postgres.

    `options` are PostgreSQL's own, e.g. "fsync=off" for tests that cut no power and make many databases.
    """
    initdb, postgres = _binary("initdb"), _binary("postgres")
    if not initdb or not postgres:
        pytest.skip("PostgreSQL is not installed: nothing is tried on it")
    user, port = _ordinary_user(), _free_port()
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    if user:
        shutil.chown(folder, user)
    run = {"user": user, "env": {**os.environ, "LC_ALL": "C.UTF-8"}, "cwd": folder}
    try:
        subprocess.run(
            [initdb, "-D", "data", "-U", "tester", "--auth=trust", "--no-sync", "-E", "UTF8"],
            check=True, capture_output=True, **run,
        )  # fmt: skip
        command = [postgres, "-D", "data", "-p", str(port), "-c", "listen_addresses=127.0.0.1", "-k", str(folder)]
        command += [word for option in options for word in ("-c", option)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **run) as process:
            url = f"postgres://tester@127.0.0.1:{port}/postgres"
            _wait(url)
            try:
                yield url
            finally:
                process.send_signal(signal.SIGQUIT)  # at once: what it would still write is thrown away
                process.wait(60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(url: str) -> None:
    import psycopg

    for _attempt in range(200):
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)  # a server that starts: nothing else tells
        else:
            return
    raise RuntimeError("PostgreSQL did not start")


def create(url: str, name: str, template: str | None = None) -> str:
    """The URL of a new database, a copy of `template` where one is named."""
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{template}"' if template else ""))
    return url.rsplit("/", 1)[0] + f"/{name}"
