"""The chain: every later change shows."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from django.db import DatabaseError, connection, transaction

from pipeline import audit
from pipeline.models import AuditEntry, AuditHead


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


# ------------------------------------------------------------------------------------- a thousand hands at the log


def rows():
    """The log as its table holds it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT seq, at, actor, action, subject, detail, previous, hash FROM pipeline_auditentry")
        return cursor.fetchall()


def put(entries):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pipeline_auditentry")
        cursor.executemany(
            "INSERT INTO pipeline_auditentry (seq, at, actor, action, subject, detail, previous, hash) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            entries,
        )


def damaged(entries, dice):
    """The log after one hand: an edit, a removal, two entries exchanged, one written twice, or its end cut off."""
    entries, at = [list(entry) for entry in entries], dice.randrange(len(entries))
    kind = dice.choice(("edit", "remove", "exchange", "copy", "cut"))
    if kind == "edit":
        field = dice.choice((1, 2, 3, 4, 6, 7))
        entries[at][field] = entries[at][field][:-1] + chr(ord(entries[at][field][-1]) ^ 1)
    elif kind == "remove":
        del entries[at]
    elif kind == "cut":
        del entries[at:]
    else:
        other = dice.choice([n for n in range(len(entries)) if n != at])
        one, two = entries[at], entries[other]
        entries[at], entries[other] = [one[0], *two[1:]], ([two[0], *one[1:]] if kind == "exchange" else two)
    return kind, entries


def test_each_of_a_thousand_random_damages_shows(chain):
    tamper()
    whole, dice, seen = rows(), random.Random(20261126), Counter()
    for _n in range(1000):
        kind, entries = damaged(whole, dice)
        put(entries)
        assert not audit.verify().ok, (kind, entries)
        seen[kind] += 1
    put(whole)
    assert audit.verify().ok and len(seen) == 5 and min(seen.values()) > 100


def test_an_end_that_was_cut_off_together_with_the_head_shows_against_a_digest_kept_outside(chain):
    tamper()
    told = audit.verify()
    for left in (4, 3, 2, 1, 0):
        put([entry for entry in rows() if entry[0] <= left])
        kept = AuditEntry.objects.filter(seq=left).first()
        AuditHead.objects.update(seq=left, hash=kept.hash if kept else audit.GENESIS)
        assert audit.verify().ok, "by itself it looks whole: that is why the digest is kept elsewhere"
        assert not audit.still_holds(told.entries, told.head)
