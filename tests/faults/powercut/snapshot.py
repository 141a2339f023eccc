"""What a database says of delivery, in plain SQL: the same question is put to the worker's and to each rebuilt one."""

from __future__ import annotations

import hashlib
import sqlite3
from pathlib import Path
from typing import Any

ROWS = "SELECT id, state, fence, saved FROM pipeline_publication ORDER BY id"
TRIES = "SELECT publication_id, fence, seal FROM pipeline_attempt ORDER BY publication_id, fence"
RECEIPTS = "SELECT publication_id, remote_id FROM pipeline_receipt ORDER BY publication_id"
LOG = "SELECT seq, hash FROM pipeline_audithead"


def snapshot(database: sqlite3.Connection) -> dict[str, Any]:
    """The publications by id (state, fence, digest of what the adapter saved), tries, receipts, end of the audit log.

    One read transaction, so that all of it is from one moment.
    """
    database.execute("BEGIN")
    try:
        rows = {str(key): [state, fence, _digest(saved)] for key, state, fence, saved in database.execute(ROWS)}
        tries = [list(row) for row in database.execute(TRIES)]
        receipts = [list(row) for row in database.execute(RECEIPTS)]
        log = [list(row) for row in database.execute(LOG)]
    finally:
        database.execute("ROLLBACK")
    return {"rows": rows, "tries": tries, "receipts": receipts, "log": log}


def reader(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing, neither into the database nor into its WAL."""
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, isolation_level=None)


def _digest(saved: str) -> str:
    return hashlib.sha256(saved.encode()).hexdigest()[:16]
