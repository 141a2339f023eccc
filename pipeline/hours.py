"""The organisation's days and hours: when a day begins on its clock, and when it is quiet."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

from pipeline.errors import Refused
from publishers._sentences import _


def midnight(day: date) -> datetime:
    """The first instant of a day of the organisation's calendar."""
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(settings.TIME_ZONE))


def is_quiet(at: datetime) -> bool:
    """Whether it is quiet time then: nothing late goes out without a yes, and nothing is planned without one."""
    hours = settings.PORTEVOIX_QUIET_HOURS
    if hours is None:
        return False
    start, end = hours
    local = timezone.localtime(at).time()
    return bool(start <= local < end if start <= end else local >= start or local < end)


def month_named(text: str) -> date:
    """The first day of the month written as 2026-11; `Refused` for anything else."""
    try:
        first = datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007 - a month, not an instant
        midnight(first + timedelta(days=31))
    except (ValueError, OverflowError):
        raise Refused(_("“{text}” is not a month: write it as 2026-11.", text=text)) from None
    return first
