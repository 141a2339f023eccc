"""The days of a stranger's calendar file, as plain data. Run it by `run_limited`: it believes nothing of the file."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from pipeline.errors import Refused
from publishers._sentences import _

MOST_BYTES = 2_000_000
MOST_DATES = 5_000
LONGEST = 366  # days of one event
AHEAD = timedelta(days=731)  # how far an event that recurs otherwise than yearly is written out
OFTEN = 1_000  # occurrences of one event that are looked at
PLAIN = {"FREQ", "INTERVAL", "WKST", "BYMONTH", "BYMONTHDAY"}
RECURS = {"DAILY", "WEEKLY", "MONTHLY", "YEARLY"}
UNREADABLE = (ValueError, TypeError, AttributeError, LookupError, ArithmeticError)


def read_dates(content: bytes, zone: str, today: str) -> dict[str, Any]:
    """`dates` (uid, day, days, yearly, title; days as ISO text) and `left_out`, how many events could not be used.

    Days are those of the zone. An event that recurs each year on its date is one yearly date; any other recurrence is
    written out from a month before `today` to two years after. Cancelled events are no dates. Refused for no calendar.
    """
    from icalendar import Calendar

    try:
        calendars = Calendar.from_ical(content, multiple=True)
    except UNREADABLE:
        calendars = []
    if not any(one.name == "VCALENDAR" for one in calendars):
        raise Refused(_("This is no calendar file: bring in an .ics file, as calendar programs export it."))
    found: dict[tuple[str, str], dict[str, Any]] = {}
    left_out = 0
    for event in (event for one in calendars for event in one.walk("VEVENT")):
        try:
            made = list(_dates(event, ZoneInfo(zone), date.fromisoformat(today)))
        except UNREADABLE:
            left_out += 1
            continue
        left_out += not made and str(event.get("STATUS", "")).upper() != "CANCELLED"
        found |= {(one["uid"], one["day"]): one for one in made}
        if len(found) > MOST_DATES:
            raise Refused(_("This calendar has more than {n} dates: bring in a smaller one.", n=MOST_DATES))
    return {"dates": list(found.values()), "left_out": left_out}


def _dates(event: Any, zone: ZoneInfo, today: date) -> Iterator[dict[str, Any]]:
    title = _title(event)
    if not title or str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    first = _day(event["DTSTART"].dt, zone)
    days = _length(event, first, zone)
    rules, without = _listed(event, "RRULE"), _excluded(event, zone)
    yearly = len(rules) == 1 and not without and _is_yearly(rules[0], first)
    if not rules or yearly:
        starts: Iterator[date] = iter([first])
    else:
        starts = (day for rule in rules for day in _written_out(rule, first, today) if day not in without)
    for day in starts:
        yield {"uid": _uid(event, title, first), "day": day.isoformat(), "days": days, "yearly": yearly, "title": title}


def _title(event: Any) -> str:
    """The event's title on one line, without what cannot be seen or turns the line around."""
    text = "".join(sign if sign.isprintable() else " " for sign in str(event.get("SUMMARY", "")))
    return " ".join(text.split())[:200]


def _uid(event: Any, title: str, first: date) -> str:
    uid = str(event.get("UID", "")) or f"{first} {title}"
    return uid if len(uid) <= 200 and uid.isprintable() else hashlib.sha256(uid.encode()).hexdigest()


def _day(moment: date | datetime, zone: ZoneInfo) -> date:
    """The day of the zone on which an event begins; a time without a zone is what the clocks here show."""
    if isinstance(moment, datetime):
        return (moment.astimezone(zone) if moment.tzinfo else moment).date()
    if not isinstance(moment, date):
        raise TypeError
    return moment


def _length(event: Any, first: date, zone: ZoneInfo) -> int:
    """How many days it lasts; the end of an all-day event is the day after its last one."""
    start = event["DTSTART"].dt
    if "DTEND" in event:
        end = event["DTEND"].dt
    elif "DURATION" in event:
        end = start + event["DURATION"].dt
    else:
        return 1
    last = _day(end, zone)
    local = end.astimezone(zone) if isinstance(end, datetime) and end.tzinfo else end
    if not isinstance(local, datetime) or local.time() == time.min:
        last -= timedelta(days=1)
    return min(max((last - first).days + 1, 1), LONGEST)


def _listed(event: Any, name: str) -> list[Any]:
    given = event.get(name)
    return given if isinstance(given, list) else [given] if given is not None else []


def _excluded(event: Any, zone: ZoneInfo) -> set[date]:
    return {_day(one.dt, zone) for dates in _listed(event, "EXDATE") for one in dates.dts}


def _is_yearly(rule: Any, first: date) -> bool:
    """Whether the rule says no more than: each year on the date of the event."""
    given = {name.upper(): values for name, values in rule.items()}
    return (
        given.get("FREQ") == ["YEARLY"]
        and set(given) <= PLAIN
        and given.get("INTERVAL", [1]) == [1]
        and given.get("BYMONTH", [first.month]) == [first.month]
        and given.get("BYMONTHDAY", [first.day]) == [first.day]
    )


def _written_out(rule: Any, first: date, today: date) -> Iterator[date]:
    """The days of a recurrence from a month ago to two years ahead; none for one of hours, minutes or seconds."""
    from dateutil.rrule import rrulestr

    if not set(rule.get("FREQ", [])) <= RECURS:
        return
    starts = rrulestr(rule.to_ical().decode(), dtstart=datetime.combine(first, time.min), ignoretz=True)
    begin = datetime.combine(today - timedelta(days=31), time.min)
    for moment in islice(starts.xafter(begin, inc=True), OFTEN):
        if moment.date() > today + AHEAD:
            return
        yield moment.date()
