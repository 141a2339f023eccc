"""What stands in the calendar: a month, a week, any stretch of time."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.db.models import QuerySet

from pipeline import hours
from pipeline.hours import midnight
from pipeline.models import Publication, PublicationState


def month(year: int, number: int) -> QuerySet[Publication]:
    """The publications of a month of the organisation's calendar, by time."""
    first = date(year, number, 1)
    return between(midnight(first), midnight((first + timedelta(days=31)).replace(day=1)))


def month_named(text: str) -> QuerySet[Publication]:
    """The publications of the month written as 2026-11; `Refused` for anything else."""
    first = hours.month_named(text)
    return month(first.year, first.month)


def week(day: date) -> QuerySet[Publication]:
    """The publications of the week (Monday to Sunday) that holds the day."""
    monday = day - timedelta(days=day.weekday())
    return between(midnight(monday), midnight(monday + timedelta(days=7)))


def between(start: datetime, end: datetime) -> QuerySet[Publication]:
    """The publications due from `start` up to, not including, `end`; cancelled ones left out."""
    return (
        Publication.objects.filter(due_at__gte=start, due_at__lt=end)
        .exclude(state=PublicationState.CANCELLED)
        .select_related("variant__post", "receipt")
        .prefetch_related("channel")  # a few of them, each on many rows: made once
        .order_by("due_at", "variant__post", "channel__name")
    )


def posts_with(states: Collection[str], among: Collection[int]) -> set[int]:
    """Which of these posts, by id, have a publication in one of these states.

    States are looked at here: asked for in the statement, they would be looked up first, and almost all that a store
    holds is out.
    """
    rows = Publication.objects.filter(variant__post__in=among).values_list("variant__post", "state")
    return {post for post, state in rows if state in states}
