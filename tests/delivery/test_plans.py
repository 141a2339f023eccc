"""How the database finds what a tick asks for: by indexes, so that years of posts cost no more than a week of them."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pipeline.delivery import claims, late, reconcile, recover, verify
from pipeline.models import Publication, PublicationState

S = PublicationState

ASKED = {
    "due": lambda now: list(claims.due(now)[:50]),
    "in doubt": lambda now: list(reconcile.in_doubt(now)),
    "cut off": lambda now: list(reconcile.cut_off(now)),
    "to read back": lambda now: list(verify.to_read_back(now)[:50]),
    "late": late.sweep,
    "dead workers": lambda now: recover.take_back("nobody"),
}


def whole_reads(sql: str) -> list[str]:
    """The steps of SQLite's plan that read all publications row by row."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        steps = [row[3] for row in cursor.fetchall()]
    return [
        s for s in steps if re.search(r"SCAN (pipeline_publication|U\d+)\b(?! USING (COVERING )?INDEX one_worker)", s)
    ]


@pytest.mark.parametrize("name", ASKED)
def test_a_tick_finds_its_rows_by_index(world, name):
    world.scheduled()
    with CaptureQueriesContext(connection) as asked:
        ASKED[name](timezone.now() + timedelta(hours=1))
    selects = [q["sql"] for q in asked.captured_queries if q["sql"].startswith("SELECT") and "publication" in q["sql"]]
    assert selects
    assert {sql: found for sql in selects if (found := whole_reads(sql))} == {}


def test_a_question_without_an_index_would_be_seen(world):
    """The contrary: the same look finds a query that reads the whole table."""
    with CaptureQueriesContext(connection) as asked:
        list(Publication.objects.filter(worker="x"))
    assert whole_reads(asked.captured_queries[0]["sql"])
