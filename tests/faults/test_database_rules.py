"""The two-person rule in the database itself, on PostgreSQL too (SQLite's is in tests/test_review.py)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import postgres

pytestmark = pytest.mark.faults
ROOT = Path(__file__).parents[2]
AUTHOR = "(SELECT user_id FROM pipeline_revisionauthor LIMIT 1)"
APPROVER = "(SELECT user_id FROM pipeline_approval LIMIT 1)"
STATEMENTS = {
    "the author made the approver": f"UPDATE pipeline_approval SET user_id = {AUTHOR}",
    "the approver made an author": f"UPDATE pipeline_revisionauthor SET user_id = {APPROVER}",
    "the authors removed": "DELETE FROM pipeline_revisionauthor",
    "an author added": "INSERT INTO pipeline_revisionauthor (revision_id, user_id)"
    " SELECT revision_id, user_id FROM pipeline_approval",
    "the log changed": "UPDATE pipeline_auditentry SET actor = 'somebody'",
    "the log cut": "DELETE FROM pipeline_auditentry",
}


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    """A PostgreSQL store with one approved post."""
    with postgres.server() as url:
        store = postgres.create(url, "rules")
        env = {**os.environ, "PORTEVOIX_HOME": str(tmp_path_factory.mktemp("rules") / "home"), "DATABASE_URL": store}
        command = [sys.executable, "-m", "tests.faults.actor", "prepare"]
        subprocess.run(command, cwd=ROOT, env=env, check=True, capture_output=True, timeout=120)
        yield store


@pytest.mark.parametrize("kind", STATEMENTS)
def test_postgresql_refuses(database, kind):
    import psycopg

    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.IntegrityError):
        connection.execute(STATEMENTS[kind])


def test_what_breaks_no_rule_passes(database):
    """The contrary: the same connection may change what is not protected."""
    import psycopg

    with psycopg.connect(database) as connection:
        assert connection.execute("UPDATE pipeline_post SET title = 'Autre'").rowcount == 1
