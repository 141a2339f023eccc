"""The organisation's days and hours: when a day begins on its clock, and when it is quiet."""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


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
