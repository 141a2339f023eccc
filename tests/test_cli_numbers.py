"""The commands of numbers, feeds, tables and dates, run as real processes."""

from __future__ import annotations

import pytest

from tests.shell import peopled


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    return peopled(tmp_path_factory.mktemp("numbers"))


def test_metrics_answers_for_a_month_without_posts_and_writes_the_table(shell, tmp_path):
    assert shell.told("metrics", "--month", "2026-11") == {"month": "2026-11", "channels": []}
    assert "Nothing went out" in shell.run("metrics").stdout
    told = shell.told("metrics", "--collect", "--csv", tmp_path / "year.csv")
    assert told == {"collected": {"read": [], "failed": {}, "waiting": 0},
                    "file": str(tmp_path / "year.csv"), "publications": 0}  # fmt: skip
    assert (tmp_path / "year.csv").read_bytes().startswith(b"\xef\xbb\xbfpost,title,channel")


def test_metrics_refuses_what_it_does_not_understand_in_one_sentence(shell):
    assert "not a month" in shell.refused("metrics", "--month", "november")
    assert "no post number 9" in shell.refused("metrics", "--post", 9)
    assert shell.run("metrics", "--post", 1, "--month", "2026-11").returncode == 2


def test_a_calendar_address_is_told_once_renewed_and_withdrawn(shell):
    first = shell.told("calendar", "feed", "--as", "noor")
    assert first["address"].startswith("/calendar/") and first["address"].endswith(".ics")
    assert shell.told("calendar", "feed", "--as", "noor")["address"] is None
    said = shell.run("calendar", "feed", "--as", "noor", "--renew", PORTEVOIX_URL="https://posts.example.org").stdout
    assert "https://posts.example.org/calendar/" in said and first["address"] not in said
    assert "opens nothing" in shell.run("calendar", "feed", "--as", "noor", "--withdraw").stdout
    assert "nobody called" in shell.refused("calendar", "feed", "--as", "nobody")


def test_the_calendar_still_answers_and_writes_a_file_for_oneself(shell, tmp_path):
    assert shell.told("calendar", "--month", "2026-11") == []
    assert shell.told("calendar", "--ics", tmp_path / "mine.ics")["publications"] == 0
    assert (tmp_path / "mine.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")
