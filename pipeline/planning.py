"""When posts go out: wall times that exist, publications in the calendar, moves and cancellations."""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from pipeline import audit, review, states
from pipeline.errors import Refused
from pipeline.models import (
    ACTIVE,
    Post,
    PostState,
    Publication,
    PublicationState,
    RevisionItem,
    User,
    Variant,
    beyond_change,
)
from pipeline.people import refuse_readers
from pipeline.protection import record
from publishers._sentences import _

S = PublicationState
MOVABLE = (S.PLANNED, S.SCHEDULED, S.PREPARED, S.MISSED, S.FAILED)


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
    first, second = (wall.replace(tzinfo=ZoneInfo(zone), fold=f).astimezone(UTC) for f in (0, 1))
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


def schedule(post: Post, at: WallTime, *, by: User, variants: Iterable[Variant] | None = None) -> list[Publication]:
    """One publication per variant, `scheduled` if the post is approved, else `planned`; `Refused` for the past."""
    refuse_readers(by)
    _refuse_the_past(at)
    chosen = list(variants) if variants is not None else list(post.variants.select_related("channel"))
    if not chosen:
        raise Refused(_("This post has no channel yet: add one before you schedule it."))
    _refuse_an_embargo(chosen, at)
    with transaction.atomic():
        made = [_schedule_one(variant, at, by) for variant in chosen]
        audit.append(by, "post.scheduled", f"post:{post.pk}", at=at.instant.isoformat(), channels=len(made))
    return made


def _schedule_one(variant: Variant, at: WallTime, by: User) -> Publication:
    taken = variant.publications.filter(state__in=[*ACTIVE, S.MISSED, S.FAILED]).first()
    if taken is not None:
        raise Refused(
            _(
                "{channel}: this post already has its place in the calendar ({state}): move or cancel that one.",
                channel=variant.channel.name,
                state=states.PUBLICATION[S(taken.state)],
            )
        )
    item = approved_item(variant)
    return Publication.objects.create(
        variant=variant,
        channel=variant.channel,
        item=item,
        state=S.SCHEDULED if item else S.PLANNED,
        scheduled_by=by,
        **time_fields(at),
    )


def approved_item(variant: Variant) -> RevisionItem | None:
    """The sealed item that an approval in force covers, or None; the post is locked until the transaction ends."""
    post = Post.objects.select_for_update().get(pk=variant.post_id)
    newest = post.revisions.order_by("-number").first()
    if post.state != PostState.APPROVED or newest is None:
        return None
    return variant.items.filter(revision=newest, revision__approval__isnull=False).first()


def move(publication: Publication, at: WallTime, *, by: User) -> bool:
    """Whether the publication was moved; a row that delivery already works on stays where it is.

    Another day is another decision: unless a coordinator who made no part of the post moves it, the post goes back to
    be read, and its waiting publications with it.
    """
    refuse_readers(by)
    _refuse_the_past(at)
    _refuse_an_embargo([publication.variant], at)
    another_day = publication.wall_time.date() != at.wall.date()
    with transaction.atomic():
        item = approved_item(publication.variant)
        # A row in a worker's hands stays: one prepared early and laid by may be moved.
        moved = Publication.objects.filter(pk=publication.pk, state__in=MOVABLE, lease_until=None).update(
            state=S.SCHEDULED if item else S.PLANNED,
            item=item,
            fence=F("fence") + 1,
            next_try_at=None,
            attempts=0,
            error=None,
            **time_fields(at),
        )
        if moved:
            audit.append(by, "publication.moved", f"publication:{publication.pk}", at=at.instant.isoformat())
        if moved and item and another_day and not review.may_agree(item.revision, by):
            review.ask_again(publication.variant.post, by=by)
    return bool(moved)


def cancel(publication: Publication, *, by: User) -> bool:
    """Whether it was cancelled: possible until the irreversible request has been announced."""
    refuse_readers(by)
    waiting = Q(state__in=[S.PLANNED, S.SCHEDULED, S.CLAIMED, S.PREPARED, S.MISSED, S.FAILED])
    with transaction.atomic():
        gone = Publication.objects.filter(waiting, ~beyond_change(timezone.now()), pk=publication.pk).update(
            state=S.CANCELLED, fence=F("fence") + 1, lease_until=None
        )
        if gone:
            audit.append(by, "publication.cancelled", f"publication:{publication.pk}")
    return bool(gone)


def month(year: int, number: int) -> QuerySet[Publication]:
    """The publications of a month of the organisation's calendar, by time."""
    zone = ZoneInfo(settings.TIME_ZONE)
    last = months.monthrange(year, number)[1]
    return between(
        datetime(year, number, 1, tzinfo=zone), datetime(year, number, last, tzinfo=zone) + timedelta(days=1)
    )


def month_named(text: str) -> QuerySet[Publication]:
    """The publications of the month written as 2026-11; `Refused` for anything else."""
    try:
        first = datetime.strptime(text, "%Y-%m")  # noqa: DTZ007 - a month, not an instant
        return month(first.year, first.month)
    except (ValueError, OverflowError):
        raise Refused(_("“{text}” is not a month: write it as 2026-11.", text=text)) from None


def week(day: date) -> QuerySet[Publication]:
    """The publications of the week (Monday to Sunday) that holds the day."""
    zone = ZoneInfo(settings.TIME_ZONE)
    monday = datetime.combine(day - timedelta(days=day.weekday()), datetime.min.time(), tzinfo=zone)
    return between(monday, monday + timedelta(days=7))


def between(start: datetime, end: datetime) -> QuerySet[Publication]:
    """The publications due from `start` up to, not including, `end`; cancelled ones left out."""
    return (
        Publication.objects.filter(due_at__gte=start, due_at__lt=end)
        .exclude(state=S.CANCELLED)
        .select_related("channel", "variant__post", "receipt")
        .order_by("due_at", "channel__name")
    )


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


def _refuse_the_past(at: WallTime) -> None:
    if at.instant <= timezone.now():
        raise Refused(
            _("{wall} is over: choose a time that is still to come.", wall=at.wall.strftime("%Y-%m-%d %H:%M"))
        )


def _refuse_an_embargo(variants: list[Variant], at: WallTime) -> None:
    if held := record.embargo(variants, at.instant):
        raise Refused(held)
