"""PostgreSQL's own tools, run without a shell: the password travels in the environment, never in an argument."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from django.db import DatabaseError, connection, transaction
from django.db.backends.postgresql.client import DatabaseClient

from pipeline.errors import Refused
from publishers._sentences import _

ASIDE = "before_restore_"  # how a schema is called that a restore moved aside; it is in no later backup


def dump(target: Path, snapshot: str) -> None:
    """Writes the database, as the exported snapshot sees it, into `target` in pg_dump's own compressed format."""
    words = ["--format=custom", "--no-owner", "--no-acl", f"--exclude-schema={ASIDE}*", f"--snapshot={snapshot}"]
    _run("pg_dump", [*words, f"--file={target}"], by_flag=False)


def load(archive: Path) -> None:
    """Fills the empty database from `archive`, in one transaction: everything or nothing."""
    words = ["--no-owner", "--no-acl", "--single-transaction", "--exit-on-error"]
    _run("pg_restore", words, by_flag=True, last=[str(archive)])


def is_empty() -> bool:
    """Whether the database holds no table of anybody's."""
    return not connection.introspection.table_names()


def move_aside(stamp: str) -> str:
    """The name of the schema in which everything that stood in the database now lies; the database is empty."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_namespace WHERE nspname LIKE %s", [f"{ASIDE}%"])
            name = f"{ASIDE}{re.sub(r'[^a-z0-9]', '_', stamp.lower())}_{cursor.fetchone()[0]}"
            cursor.execute(f'ALTER SCHEMA public RENAME TO "{name}"')
            cursor.execute("CREATE SCHEMA public")
    except DatabaseError as error:
        raise Refused(
            _(
                "The database cannot be moved aside ({why}): make an empty one and name it in DATABASE_URL.",
                why=str(error).splitlines()[0],
            )
        ) from None
    return name


def put_back(aside: str | None) -> None:
    """Throws away what a failed restore has loaded, and puts what stood there before in its place."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute(f'ALTER SCHEMA "{aside}" RENAME TO public' if aside else "CREATE SCHEMA public")


def tool(name: str) -> str:
    """The path of pg_dump or pg_restore; `Refused` where it is missing or older than the server."""
    path = shutil.which(name)
    if path is None:
        raise Refused(_("{tool} is not installed here: install PostgreSQL’s client programs.", tool=name))
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.search(r"\) (\d+)", said)
    server = _server_version()
    if found is None or int(found[1]) < server:
        raise Refused(
            _("{tool} is older than the server ({server}): install PostgreSQL’s client programs of that version.",
              tool=name, server=server)
        )  # fmt: skip
    return path


def _server_version() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version_num")
        return int(cursor.fetchone()[0]) // 10_000


def _run(name: str, words: Sequence[str], *, by_flag: bool, last: Sequence[str] = ()) -> None:
    """Runs the tool on our database; pg_restore takes the database's name by a flag, pg_dump as its last word."""
    path = tool(name)
    where, secrets = DatabaseClient.settings_to_cmd_args_env(connection.settings_dict, [])
    *address, database = where[1:]
    named = [f"--dbname={database}"] if by_flag else [database]
    done = subprocess.run(
        [path, *words, "--no-password", *address, *named, *last],
        env={**os.environ, **(secrets or {})}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        why = (done.stderr.strip().splitlines() or ["–"])[0]
        raise Refused(_("{tool} refused ({why}): nothing was changed.", tool=name, why=why))
