"""Key dates: anniversaries and partners' events from calendar files, shown in the calendar and never sent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone

from pipeline import audit
from pipeline.errors import Refused
from pipeline.ics import fetching
from pipeline.ics.reading import LONGEST, MOST_BYTES, read_dates
from pipeline.models import KeyDate, User
from pipeline.people import refuse_readers
from pipeline.rendering.limited import run_limited
from publishers._sentences import _

SECONDS, MEMORY = 20.0, 1 << 30  # to read a file in
LONGEST_NAME = 80


@dataclass(frozen=True)
class Difference:
    """What a calendar file changed: titles with their day, the first ones; events of it that could not be used."""

    feed: str
    new: list[KeyDate]
    changed: list[KeyDate]
    gone: list[KeyDate]
    kept: int
    left_out: int


@dataclass(frozen=True)
class Occurrence:
    """One day of a key date; `place` counts the days of one that lasts several, from 1."""

    day: date
    key_date: KeyDate
    place: int = 1

    @property
    def years(self) -> int | None:
        """How many years ago a yearly date was first; None for one that comes once, or in its first year."""
        passed = self.day.year - self.key_date.day.year
        return passed if self.key_date.yearly and passed > 0 else None


def bring_in(feed: str, content: bytes, *, by: User) -> Difference:
    """The dates of the file in place of those that this feed had, all at once; `Refused` for what is no calendar."""
    refuse_readers(by)
    name = " ".join(feed.split())
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refused(_("Give these dates a short name, such as PARTNERS: it is how they are replaced and removed."))
    if len(content) > MOST_BYTES:
        raise Refused(_("This calendar is larger than 2 MB: bring in a smaller one."))
    today = timezone.localdate().isoformat()
    read = run_limited(read_dates, content, settings.TIME_ZONE, today, seconds=SECONDS, memory_bytes=MEMORY)
    return _replace(name, [_row(name, one) for one in read["dates"]], int(read["left_out"]), by)


def bring_in_from(feed: str, url: str, *, by: User) -> Difference:
    """The same with the file behind an address; the address, which may hold a secret, is not kept."""
    refuse_readers(by)
    return bring_in(feed, fetching.fetch(url), by=by)


def _row(feed: str, told: dict[str, Any]) -> KeyDate:
    """A date as a worker told it; only its form is believed."""
    day, days = date.fromisoformat(told["day"]), min(max(int(told["days"]), 1), LONGEST)
    return KeyDate(
        feed=feed, uid=str(told["uid"])[:255], day=day, days=days, yearly=bool(told["yearly"]),
        title=str(told["title"])[:200],
    )  # fmt: skip


def _replace(feed: str, rows: list[KeyDate], left_out: int, by: User) -> Difference:
    with transaction.atomic():
        # First, as it locks the log: two people who bring in the same feed do so one after the other.
        audit.append(by, "dates.brought_in", f"feed:{feed}", dates=len(rows))
        before = {(row.uid, row.day): row for row in KeyDate.objects.filter(feed=feed)}
        after = {(row.uid, row.day): row for row in rows}
        new = [row for key, row in after.items() if key not in before]
        changed = [row for key, row in after.items() if key in before and _said(row) != _said(before[key])]
        gone = [row for key, row in before.items() if key not in after]
        KeyDate.objects.filter(feed=feed).delete()
        KeyDate.objects.bulk_create(after.values())
    return Difference(feed, new, changed, gone, len(after) - len(new) - len(changed), left_out)


def _said(row: KeyDate) -> tuple[object, ...]:
    return row.title, row.days, row.yearly


def remove(feed: str, *, by: User) -> int:
    """How many dates were taken away with the feed of that name; `Refused` where there is none."""
    refuse_readers(by)
    with transaction.atomic():
        audit.append(by, "dates.removed", f"feed:{feed[:LONGEST_NAME]}")
        gone: int = KeyDate.objects.filter(feed=feed).delete()[0]
        if not gone:
            known = ", ".join(name for name, _count in listed()) or "–"
            raise Refused(_("There are no dates called {name}. Known: {known}.", name=feed[:80], known=known))
    return gone


def listed() -> list[tuple[str, int]]:
    """The feeds by name, each with how many dates it has."""
    return list(KeyDate.objects.order_by("feed").values_list("feed").annotate(n=Count("pk")))


def between(start: date, end: date) -> list[Occurrence]:
    """The days of key dates from `start` up to, not including, `end`, by day and title; yearly ones in each year.

    One of 29 February comes on 28 February in other years: an anniversary is not forgotten for three years. A yearly
    date does not come before its first year.
    """
    once = Q(yearly=False, day__lt=end, day__gt=start - timedelta(days=LONGEST))
    found: dict[tuple[str, str, date], Occurrence] = {}
    for row in KeyDate.objects.filter(once | Q(yearly=True, day__lt=end)):
        for one in _days(row, start, end):
            found.setdefault((row.feed, row.uid, one.day), one)
    return sorted(found.values(), key=lambda one: (one.day, one.key_date.title, one.key_date.pk))


def _days(row: KeyDate, start: date, end: date) -> Iterator[Occurrence]:
    if not row.yearly:
        firsts = [row.day]
    else:
        # One that begins late in a year may last into the next.
        firsts = [_in_year(row.day, year) for year in range(max(row.day.year, start.year - 1), end.year + 1)]
    for first in firsts:
        for place in range(row.days):
            day = first + timedelta(days=place)
            if start <= day < end:
                yield Occurrence(day, row, place + 1)


def _in_year(day: date, year: int) -> date:
    try:
        return day.replace(year=year)
    except ValueError:  # 29 February
        return date(year, 2, 28)
