"""The chain: every later change shows."""

from __future__ import annotations

import pytest
from django.db import DatabaseError, connection, transaction

from pipeline import audit
from pipeline.models import AuditEntry


def tamper(*statements):
    """Changes the log as somebody with the database's password could: past the triggers."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit_update")
        cursor.execute("DROP TRIGGER audit_delete")
        for statement in statements:
            cursor.execute(statement)


@pytest.fixture
def chain(db, home):
    for n in range(5):
        audit.append(None, "test.done", f"thing:{n}", number=n)


def test_an_untouched_chain_holds(chain):
    verdict = audit.verify()
    assert verdict.ok
    assert verdict.entries == 5
    assert verdict.head == AuditEntry.objects.get(seq=5).hash


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE pipeline_auditentry SET actor = 'somebody' WHERE seq = 3",
        "UPDATE pipeline_auditentry SET detail = '{\"number\": 9}' WHERE seq = 3",
        "DELETE FROM pipeline_auditentry WHERE seq = 3",
        "DELETE FROM pipeline_auditentry WHERE seq = 5",
        "DELETE FROM pipeline_auditentry WHERE seq = 1",
        "UPDATE pipeline_auditentry SET seq = CASE seq WHEN 2 THEN 102 WHEN 3 THEN 2 ELSE seq END WHERE seq IN (2, 3)",
    ],
)
def test_every_later_change_shows(chain, statement):
    tamper(statement)
    assert not audit.verify().ok


def test_the_database_refuses_to_change_the_log(chain):
    for statement in ("UPDATE pipeline_auditentry SET actor = 'x'", "DELETE FROM pipeline_auditentry"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
