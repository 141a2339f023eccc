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


def test_a_plan_is_tried_then_made_then_refused_and_the_calendar_can_be_taken_out(shell, tmp_path):
    table = tmp_path / "plan.csv"
    table.write_text("day,time,channel,title,text_fr\n2027-11-24,09:00,box,La note,132 expulsions.\n", "utf-8-sig")
    trial = shell.told("plan", table, "--dry-run", "--as", "camille")
    assert (trial["made"], trial["posts"], trial["rows"][0]["post"]) == (False, 1, None)
    made = shell.told("plan", table, "--as", "camille")
    assert made["made"] and made["rows"][0]["publication"]
    again = shell.run("plan", table, "--as", "camille")
    assert again.returncode == 1 and "Row 2 is refused" in again.stdout and "Nothing was planned" in again.stderr
    shell.told("calendar", "--month", "2027-11", "--csv", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text("utf-8-sig").startswith("day,time,channel,title,text_fr,")
    table.write_text("nothing", "utf-8")
    assert "no column of a plan" in shell.refused("plan", table, "--as", "camille")


def test_key_dates_are_brought_in_listed_and_taken_away(shell, tmp_path):
    from tests.planning.test_dates import event, file

    calendar = tmp_path / "partners.ics"
    calendar.write_bytes(file(event("RRULE:FREQ=YEARLY", title="Journée", start="DTSTART;VALUE=DATE:20000229")))
    told = shell.told("dates", "import", calendar, "--name", "PARTNERS", "--as", "noor")
    assert told["new"] == [{"day": "2000-02-29", "days": 1, "yearly": True, "title": "Journée", "name": "PARTNERS"}]
    assert [one["day"] for one in shell.told("dates", "list", "--month", "2027-02")] == ["2027-02-28"]
    assert "Journée" in shell.run("dates", "list").stdout
    no = shell.refused("dates", "import", "http://127.0.0.1/s3cret", "--name", "P", "--as", "noor")
    assert "https://" in no and "s3cret" not in no
    assert "Dates taken away" in shell.run("dates", "remove", "PARTNERS", "--as", "noor").stdout
    assert "no dates called" in shell.refused("dates", "remove", "PARTNERS", "--as", "noor")
