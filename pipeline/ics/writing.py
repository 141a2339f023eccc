"""Events as a calendar file that calendar programs subscribe to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Literal

LASTS = timedelta(minutes=15)  # a post takes no time; an event without length is hard to see in a calendar
REFRESH = timedelta(hours=1)


@dataclass(frozen=True)
class Event:
    """One publication as others may see it; times are instants."""

    uid: str
    sequence: int
    start: datetime
    summary: str
    status: Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]
    url: str


@lru_cache(maxsize=8)  # of a few megabytes at most: people's programs ask for the same few files again and again
def calendar(events: Sequence[Event], *, name: str, lang: str) -> bytes:
    """The calendar file, as it stands now: UTF-8, folded, all times in UTC."""
    from icalendar import Calendar
    from icalendar import Event as Entry

    stamp = datetime.now().astimezone()
    made = Calendar()
    made.add("prodid", f"-//Porte-voix//Porte-voix//{lang.upper()}")
    made.add("version", "2.0")
    made.add("x-wr-calname", name)
    made.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    for one in events:
        entry = Entry()
        entry.add("uid", one.uid)
        entry.add("dtstamp", stamp)
        entry.add("sequence", one.sequence)
        entry.add("dtstart", one.start)
        entry.add("dtend", one.start + LASTS)
        entry.add("summary", one.summary)
        entry.add("status", one.status)
        entry.add("transp", "TRANSPARENT")  # nobody is busy because a post goes out
        if one.url:
            entry.add("url", one.url)
        made.add_component(entry)
    return bytes(made.to_ical())
