"""The command of numbers of few people."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from commands import disclosure
from pipeline import setup
from pipeline.models import User
from publishers._sentences import Said

pytestmark = pytest.mark.django_db
NOTE = ("note_mensuelle", "--period", "2026-10", "--figure", "arrestations")


@pytest.fixture(autouse=True)
def signed_in(world, monkeypatch):
    """Whoever --as names; passwords are asked for in the tests of the terminal."""
    monkeypatch.setattr(disclosure, "person", lambda name: User.objects.get(username=name))
    monkeypatch.setattr(setup, "require", lambda: None)


def run(*words: object) -> str:
    done = CliRunner(env={"PORTEVOIX_LANG": "en"}).invoke(
        disclosure.disclosure, [str(word) for word in words], catch_exceptions=False
    )
    return done.output


def told(*words: object):
    return json.loads(run(*words, "--json"))


def test_one_asks_a_coordinator_agrees_and_it_can_be_taken_back():
    assert "Nobody asked" in run("list")
    asked = told("allow", *NOTE, "--reason", "Procès", "--as", "camille")
    assert (asked["figure"], asked["in_force"], asked["agreed_by"]) == ("arrestations", False, None)
    agreed = told("agree", asked["number"], "--as", "samira")
    assert (agreed["in_force"], agreed["asked_by"], agreed["agreed_by"]) == (True, "camille", "samira")
    said = run("list")
    assert "Procès" in said and "camille" in said
    assert told("revoke", asked["number"], "--as", "samira")["in_force"] is False
    assert told("published", "observations") == []


def test_what_is_wrong_is_said_in_one_sentence():
    with pytest.raises(Said, match="commune=Calais"):
        run("allow", *NOTE, "--place", "x", "--reason", "x", "--as", "noor")
    with pytest.raises(Said, match="There is no allowance 9"):
        run("agree", 9, "--as", "samira")
