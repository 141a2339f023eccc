"""Key dates: what calendar files say, what hostile ones cannot do, and on which days the calendar shows them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from pipeline.errors import Refused
from pipeline.ics.reading import read_dates
from pipeline.models import AuditEntry, KeyDate
from pipeline.planning import dates

PARIS, TODAY = "Europe/Paris", "2026-11-26"


def event(*lines: str, uid="1", title="Journée", start="DTSTART;VALUE=DATE:20261210") -> str:
    known = [f"UID:{uid}", start, *([f"SUMMARY:{title}"] if title else [])]
    return "\r\n".join(["BEGIN:VEVENT", *known, *lines, "END:VEVENT"])


def file(*events: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//FR", *events, "END:VCALENDAR", ""]).encode()


def read(*events: str) -> list[tuple[str, int, bool]]:
    return [(one["day"], one["days"], one["yearly"]) for one in read_dates(file(*events), PARIS, TODAY)["dates"]]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (event(), ("2026-12-10", 1, False)),
        (event("DTEND;VALUE=DATE:20261213"), ("2026-12-10", 3, False)),
        (event("DURATION:P2D"), ("2026-12-10", 2, False)),
        (event("DTEND;VALUE=DATE:20400101"), ("2026-12-10", 366, False)),
        (event("DTEND;VALUE=DATE:20200101"), ("2026-12-10", 1, False)),
        (event("RRULE:FREQ=YEARLY", start="DTSTART;VALUE=DATE:19981210"), ("1998-12-10", 1, True)),
        (event("RRULE:FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=10;WKST=MO"), ("2026-12-10", 1, True)),
        (event(start="DTSTART:20261210T233000Z"), ("2026-12-11", 1, False)),  # already the 11th in Paris
        (event("DTEND:20261211T010000", start="DTSTART:20261210T200000"), ("2026-12-10", 2, False)),
        (event("DTEND:20261211T000000", start="DTSTART:20261210T200000"), ("2026-12-10", 1, False)),
        (event(start="DTSTART;TZID=America/New_York:20261210T200000"), ("2026-12-11", 1, False)),
    ],
)
def test_the_days_of_an_event_are_those_of_the_organisations_calendar(given, told):
    assert read(given) == [told]


def test_what_recurs_otherwise_is_written_out_for_two_years_without_what_is_excepted():
    first_mondays = read(event("RRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=1MO", start="DTSTART;VALUE=DATE:20200504"))
    assert [day for day, _days, _yearly in first_mondays] == ["2027-05-03", "2028-05-01"]
    weekly = read(event("RRULE:FREQ=WEEKLY;UNTIL=20261231T000000Z", "EXDATE;VALUE=DATE:20261217"))
    assert [day for day, _days, _yearly in weekly] == ["2026-12-10", "2026-12-24", "2026-12-31"]
    assert [d for d, *_rest in read(event("RRULE:FREQ=YEARLY;COUNT=2"))] == ["2026-12-10", "2027-12-10"]
    assert len(read(event("RRULE:FREQ=DAILY", start="DTSTART;VALUE=DATE:19500101"))) == 763


def test_cancelled_untitled_undated_and_too_frequent_events_are_no_dates():
    told = read_dates(
        file(
            event("STATUS:CANCELLED", uid="a"), event(uid="b", title=""), event(uid="c", start="DTSTART:soon"),
            event("RRULE:FREQ=SECONDLY", uid="d"), event(uid="e", start="X-NOTHING:1"), event(uid="f"),
        ), PARIS, TODAY,
    )  # fmt: skip
    assert [one["uid"] for one in told["dates"]] == ["f"] and told["left_out"] == 4


def test_a_title_is_one_line_of_what_can_be_seen():
    title = "Journée\\nmondiale \u202e\u0007 " + "x" * 300
    (one,) = read_dates(file(event(title=title)), PARIS, TODAY)["dates"]
    assert one["title"].startswith("Journée mondiale xxx") and len(one["title"]) == 200


@pytest.mark.parametrize("raw", [b"", b"no calendar", b"\xff\xfe\x00", b"%PDF-1.7", b"BEGIN:VEVENT\r\nEND:VEVENT\r\n"])
def test_what_is_no_calendar_is_refused_in_one_sentence(world, raw):
    with pytest.raises(Refused, match="no calendar file"):
        dates.bring_in("PARTNERS", raw, by=world.intern)
    assert not KeyDate.objects.exists()


def test_a_hostile_file_costs_its_reader_and_nobody_else(world, monkeypatch):
    monkeypatch.setattr(dates, "SECONDS", 3.0)
    old = event("RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30", start="DTSTART;VALUE=DATE:00010101")
    with pytest.raises(Refused):
        dates.bring_in("PARTNERS", file(*[old.replace("UID:1", f"UID:{n}") for n in range(300)]), by=world.intern)
    with pytest.raises(Refused, match="larger than 2 MB"):
        dates.bring_in("PARTNERS", b"x" * 2_000_001, by=world.intern)
    assert not KeyDate.objects.exists() and not AuditEntry.objects.filter(action="dates.brought_in").exists()


def test_more_dates_than_a_calendar_has_are_refused():
    with pytest.raises(Refused, match="more than 5000"):
        read_dates(file(*[event("RRULE:FREQ=DAILY", uid=str(n)) for n in range(8)]), PARIS, TODAY)


def test_brought_in_again_a_calendar_replaces_its_own_dates_and_tells_the_difference(world):
    one, two, three = (event(uid=n, title=f"Date {n}") for n in ("1", "2", "3"))
    first = dates.bring_in(" PARTNERS ", file(one, two), by=world.intern)
    assert (first.feed, len(first.new), first.kept) == ("PARTNERS", 2, 0)
    dates.bring_in("OURS", file(one), by=world.intern)
    again = dates.bring_in("PARTNERS", file(one, two.replace("Date 2", "Autre"), three), by=world.editor)
    told = [[row.title for row in rows] for rows in (again.new, again.changed, again.gone)]
    assert told == [["Date 3"], ["Autre"], []] and again.kept == 1
    last = dates.bring_in("PARTNERS", file(three), by=world.editor)
    assert {row.title for row in last.gone} == {"Date 1", "Autre"} and last.kept == 1
    assert dates.listed() == [("OURS", 1), ("PARTNERS", 1)]


def test_a_calendar_that_cannot_be_read_leaves_the_dates_that_are_there(world):
    dates.bring_in("PARTNERS", file(event()), by=world.intern)
    with pytest.raises(Refused):
        dates.bring_in("PARTNERS", b"broken", by=world.intern)
    assert dates.listed() == [("PARTNERS", 1)]


def test_a_calendar_is_taken_away_by_its_name(world):
    dates.bring_in("PARTNERS", file(event()), by=world.intern)
    assert dates.remove("PARTNERS", by=world.intern) == 1
    with pytest.raises(Refused, match="no dates called PARTNERS"):
        dates.remove("PARTNERS", by=world.intern)


def test_only_who_writes_changes_dates_and_a_name_is_asked_for(world):
    for act in (lambda: dates.bring_in("P", file(event()), by=world.administrator),
                lambda: dates.bring_in_from("P", "https://example.org/x.ics", by=world.administrator),
                lambda: dates.remove("P", by=world.administrator)):  # fmt: skip
        with pytest.raises(Refused, match="does not write posts"):
            act()
    with pytest.raises(Refused, match="short name"):
        dates.bring_in("  ", file(event()), by=world.intern)


# ---------------------------------------------------------------------------------------------- shown


def keep(day: str, **more) -> KeyDate:
    return KeyDate.objects.create(day=date.fromisoformat(day), title="T", feed="F", **{"uid": day, **more})


def shown(start: str, end: str) -> list[str]:
    return [one.day.isoformat() for one in dates.between(date.fromisoformat(start), date.fromisoformat(end))]


def test_a_date_is_shown_from_the_first_day_up_to_not_including_the_last(db):
    keep("2026-11-01")
    keep("2026-11-30")
    keep("2026-12-01")
    assert shown("2026-11-01", "2026-12-01") == ["2026-11-01", "2026-11-30"]


def test_a_yearly_date_comes_each_year_from_its_first_on(db):
    keep("1998-11-20", yearly=True)
    keep("2030-11-20", yearly=True, uid="later")
    assert shown("2026-11-01", "2028-12-01") == ["2026-11-20", "2027-11-20", "2028-11-20"]
    (one,) = dates.between(date(2026, 11, 1), date(2026, 12, 1))
    assert one.years == 28
    assert shown("1997-01-01", "1998-01-01") == []


def test_the_twenty_ninth_of_february_is_not_forgotten_for_three_years(db):
    keep("2024-02-29", yearly=True)
    assert shown("2024-01-01", "2029-01-01") == ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]


def test_a_date_of_several_days_shows_those_within_also_over_the_end_of_a_year(db):
    keep("2026-12-30", days=4)
    assert shown("2027-01-01", "2027-02-01") == ["2027-01-01", "2027-01-02"]
    keep("2020-12-31", days=2, yearly=True, uid="eve")
    assert shown("2029-01-01", "2029-02-01") == ["2029-01-01"]
    assert [one.place for one in dates.between(date(2029, 1, 1), date(2029, 2, 1))] == [2]


def test_each_day_against_plain_counting(db):
    """The oracle: every day asked for by itself."""
    keep("2024-02-28", days=3, yearly=True)
    keep("2026-12-25", days=20)
    keep("2001-01-01", yearly=True)
    start, end = date(2024, 1, 1), date(2030, 1, 1)
    whole = [(one.day, one.key_date.pk) for one in dates.between(start, end)]
    days = [start + timedelta(days=n) for n in range((end - start).days)]
    single = [(one.day, one.key_date.pk) for day in days for one in dates.between(day, day + timedelta(days=1))]
    assert whole == single
