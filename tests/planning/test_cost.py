"""What the calendar asks of the store does not grow with what stands in it; bench/planning.py times it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cli import main as portevoix
from pipeline import planning
from pipeline.models import Post, Publication, Variant

START = datetime(2099, 6, 1, tzinfo=UTC)


def planned(world, number: int) -> None:
    """So many more planned publications in June 2099."""
    posts = Post.objects.bulk_create([Post(title=f"Jour {n}", created_by=world.intern) for n in range(number)])
    variants = Variant.objects.bulk_create([Variant(post=post, channel=world.channel) for post in posts])
    Publication.objects.bulk_create(
        Publication(variant=v, channel=world.channel, due_at=at, wall_time=at, zone="UTC", scheduled_by=world.intern)
        for n, v in enumerate(variants)
        for at in [START + timedelta(hours=n)]
    )


@pytest.fixture
def command(monkeypatch):
    """The command in this process, and how many questions it asked of the store."""
    monkeypatch.setattr("pipeline.setup.require", lambda: None)  # the tests' store has no home of its own
    monkeypatch.setattr("commands._terminal.django", lambda: None)

    def ask(*words: str) -> tuple[str, int]:
        with CaptureQueriesContext(connection) as asked:
            done = CliRunner().invoke(portevoix, ["calendar", *words])
        assert done.exit_code == 0, done.output
        return done.stdout, len(asked)

    return ask


def test_the_command_asks_as_often_for_a_full_month_as_for_an_empty_one(world, command):
    planned(world, 3)
    few, asked = command("--month", "2099-06")
    planned(world, 400)
    many, asked_again = command("--month", "2099-06")
    assert asked == asked_again == 2  # the places with their posts, and the channels
    assert few.count("Jour") == 3 and many.count("Jour") == 403


def test_a_month_is_read_by_the_index_of_the_calendar(world):
    """Not by looking at every publication there ever was."""
    planned(world, 50)
    assert "publication_calendar" in planning.month(2099, 6).explain()
