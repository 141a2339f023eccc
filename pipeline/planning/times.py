"""Wall times: what a person chose is kept, what does not exist is refused, what happens twice is asked about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from pipeline.errors import Refused
from publishers._sentences import _


@dataclass(frozen=True)
class WallTime:
    """A time as the person chose it, and the instant that it names."""

    wall: datetime  # naive
    zone: str
    fold: int
    instant: datetime  # UTC


def wall_time(text: str, *, zone: str | None = None, fold: int | None = None) -> WallTime:
    """The instant of '2026-11-24 09:00' in the zone (the organisation's by default).

    `Refused` for an unreadable text, for a time that a clock change skips (with the two nearest) and, unless `fold`
    says which one (0 first, 1 second), for a time that happens twice.
    """
    name = zone or settings.TIME_ZONE
    try:
        wall, place = datetime.fromisoformat(text.strip()), ZoneInfo(name)
        if wall.tzinfo is not None:  # an offset also says which of two equal hours is meant
            here = wall.astimezone(place)
            wall, fold = here.replace(tzinfo=None, fold=0), here.fold
        return _resolve(wall, name, fold)
    except (ValueError, OverflowError):
        raise Refused(_("“{text}” is not a time: write it as 2026-11-24 09:00.", text=text)) from None
    except KeyError:  # ZoneInfoNotFoundError is one
        raise Refused(_("There is no time zone called {zone}: write it as Europe/Paris.", zone=name)) from None


def _resolve(wall: datetime, zone: str, fold: int | None) -> WallTime:
    first, second = _both(wall, zone)
    back = first.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    if back != wall:
        # In the gap fold=0 uses the offset before it (landing after), fold=1 the offset after it (landing before).
        before = (second.astimezone(ZoneInfo(zone))).strftime("%H:%M")
        raise Refused(
            _(
                "{wall} does not exist in {zone}, the clocks go forward: choose {before} or {after}.",
                wall=wall.strftime("%Y-%m-%d %H:%M"),
                zone=zone,
                before=before,
                after=back.strftime("%H:%M"),
            )
        )
    if first != second and fold is None:
        raise Refused(
            _(
                "{wall} happens twice in {zone}, the clocks go back: choose --fold 0 (first) or --fold 1 (second).",
                wall=wall.strftime("%Y-%m-%d %H:%M"),
                zone=zone,
            )
        )
    chosen = 0 if first == second else fold or 0
    return WallTime(wall=wall, zone=zone, fold=chosen, instant=second if chosen else first)


def _both(wall: datetime, zone: str) -> tuple[datetime, datetime]:
    """The instants of a wall time by the offsets before and after a change of the clocks; equal on all other days."""
    first, second = (wall.replace(tzinfo=ZoneInfo(zone), fold=f).astimezone(UTC) for f in (0, 1))
    return first, second


def on_day(day: date, at: time, zone: str) -> WallTime | None:
    """That hour of that day: the first of two equal ones, None in the night in which the clocks skip it."""
    wall = datetime.combine(day, at)
    first, _second = _both(wall, zone)
    if first.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != wall:
        return None
    return WallTime(wall=wall, zone=zone, fold=0, instant=first)


def instant(wall: datetime, zone: str, fold: int) -> datetime:
    """The UTC instant that a stored wall time means by the zone's rules as they are known today."""
    return wall.replace(tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def this_moment() -> WallTime:
    """Now, as a time of the organisation's zone."""
    here = timezone.localtime()
    return WallTime(wall=here.replace(tzinfo=None, fold=0), zone=settings.TIME_ZONE, fold=here.fold, instant=here)


def time_fields(at: WallTime) -> dict[str, Any]:
    """The columns of a publication that say when it is due."""
    return {"due_at": at.instant, "wall_time": at.wall.replace(tzinfo=UTC), "zone": at.zone, "fold": at.fold}


def days_later(at: WallTime, days: int) -> WallTime | None:
    """The same hour on the clock so many days later, None in a night that skips it; of two equal hours the same one."""
    later = on_day(at.wall.date() + timedelta(days=days), at.wall.time(), at.zone)
    if later is None or not at.fold:
        return later
    _first, second = _both(later.wall, at.zone)
    return later if second == later.instant else WallTime(later.wall, at.zone, 1, second)
