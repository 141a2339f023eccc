"""Publications in the calendar: each post's place, moves, exchanges, cancellations. Nothing moves by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from pipeline import audit, notices, review, states
from pipeline.errors import Refused
from pipeline.models import (
    ACTIVE,
    BEYOND_CHANGE,
    QUEUED,
    Channel,
    NoticeKind,
    Post,
    PostState,
    Publication,
    PublicationState,
    RevisionItem,
    Slot,
    User,
    Variant,
)
from pipeline.people import refuse_readers
from pipeline.planning import precedence
from pipeline.planning.times import WallTime, days_later, instant, time_fields
from publishers._sentences import _

S = PublicationState
MOVABLE = (S.PLANNED, S.SCHEDULED, S.PREPARED, S.MISSED, S.FAILED)
HELD_PLACES = (*ACTIVE, S.MISSED, S.FAILED)  # what was missed or failed is moved, not scheduled a second time


def schedule(
    post: Post,
    at: WallTime,
    *,
    by: User,
    variants: Iterable[Variant] | None = None,
    in_quiet_time: bool = False,
) -> list[Publication]:
    """One publication per variant, `scheduled` if the post is approved, else `planned`.

    `Refused` for the past, for a time before an embargo or a delay ends and, unless the person says yes to it, for the
    quiet hours.
    """
    chosen = placeable(post, variants, by)
    precedence.refuse(chosen, at, in_quiet_time=in_quiet_time)
    with transaction.atomic():
        made = [place(variant, at, by) for variant in chosen]
        audit.append(by, "post.scheduled", f"post:{post.pk}", at=at.instant.isoformat(), channels=len(made))
    return made


def placeable(post: Post, variants: Iterable[Variant] | None, by: User) -> list[Variant]:
    """The variants that are to be placed, by default those without a place.

    `Refused` for who does not write, or where there are none.
    """
    refuse_readers(by)
    chosen = list(variants) if variants is not None else _without_place(post)
    if not chosen:
        raise Refused(_("This post has no channel yet: add one before you schedule it."))
    return chosen


def _without_place(post: Post) -> list[Variant]:
    """The post's variants that have no place yet, as those on a channel that came later; all where none lacks one."""
    every = post.variants.select_related("channel")
    return list(every.exclude(publications__state__in=HELD_PLACES)) or list(every)


def place(variant: Variant, at: WallTime, by: User, slot: Slot | None = None) -> Publication:
    """The variant's new publication; `Refused` where it already has its place. Call it inside a transaction."""
    taken = variant.publications.filter(state__in=HELD_PLACES).first()
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
        slot=slot,
        next_try_at=not_before(at.instant) if item else None,
        **time_fields(at),
    )


def not_before(due: datetime) -> datetime | None:
    """The end of the grace in which anyone can stop what a person just let go; None where its time comes later."""
    end = timezone.now() + settings.PORTEVOIX_GRACE
    return end if due < end else None


def approved_item(variant: Variant) -> RevisionItem | None:
    """The sealed item that an approval in force covers, or None; the post is locked until the transaction ends."""
    post = Post.objects.select_for_update().get(pk=variant.post_id)
    newest = post.revisions.order_by("-number").first()
    if post.state != PostState.APPROVED or newest is None:
        return None
    return variant.items.filter(revision=newest, revision__approval__isnull=False).first()


def move(
    publication: Publication, at: WallTime, *, by: User, in_quiet_time: bool = False, slot: Slot | None = None
) -> bool:
    """Whether the publication was moved; a row that delivery already works on stays where it is.

    Another day is another decision: unless a coordinator who made no part of the post moves it, the post goes back to
    be read, and its waiting publications with it.
    """
    refuse_readers(by)
    precedence.refuse([publication.variant], at, in_quiet_time=in_quiet_time)
    with transaction.atomic():
        return _put(publication, at, by, slot)


def _put(publication: Publication, at: WallTime, by: User, slot: Slot | None) -> bool:
    another_day = publication.wall_time.date() != at.wall.date()
    item = approved_item(publication.variant)
    # A row in a worker's hands stays: one prepared early and laid by may be moved. So does one that may be out.
    waiting = Publication.objects.filter(~BEYOND_CHANGE, pk=publication.pk, state__in=MOVABLE, lease_until=None)
    moved = waiting.update(
        state=S.SCHEDULED if item else S.PLANNED,
        item=item,
        slot=slot,
        fence=F("fence") + 1,
        next_try_at=not_before(at.instant) if item else None,
        attempts=0,
        error=None,
        **time_fields(at),
    )
    if moved:
        audit.append(by, "publication.moved", f"publication:{publication.pk}", at=at.instant.isoformat())
        notices.owe(NoticeKind.PLACE, about=publication, by=by)
    if moved and item and another_day and not review.may_agree(item.revision, by):
        review.ask_again(publication.variant.post, by=by)
    return bool(moved)


def shift(rows: Sequence[Publication], day: date, *, by: User) -> bool:
    """Whether all of them were moved to that day, each at its hour; none where one of them cannot.

    `Refused` for a time that is over, quiet or before an embargo or a delay ends, and for an hour that the clocks skip.
    """
    refuse_readers(by)
    times = {row.pk: _same_hour(row, day) for row in rows}
    for row in rows:
        precedence.refuse([row.variant], times[row.pk])
    try:
        with transaction.atomic():
            lock_channels({row.channel_id for row in rows})
            for row in rows:
                if not _put(row, times[row.pk], by, None):
                    raise _OneStays
    except _OneStays:
        return False
    return True


def _same_hour(row: Publication, day: date) -> WallTime:
    chosen = chosen_time(row)
    at = days_later(chosen, (day - chosen.wall.date()).days)
    if at is None:
        raise Refused(
            _("The clocks skip {time} on {day}: choose another time.", time=chosen.wall.strftime("%H:%M"), day=str(day))
        )
    return at


def swap(one: Publication, other: Publication, *, by: User, in_quiet_time: bool = False) -> bool:
    """Whether the two exchanged their times, and their slots with them; neither moves where one of them cannot."""
    refuse_readers(by)
    if one.pk == other.pk:
        raise Refused(_("These are one and the same: choose two publications to exchange."))
    times = {row.pk: chosen_time(row) for row in (one, other)}
    precedence.refuse([one.variant], times[other.pk], in_quiet_time=in_quiet_time)
    precedence.refuse([other.variant], times[one.pk], in_quiet_time=in_quiet_time)
    slots = {row.pk: row.slot for row in (one, other)}
    try:
        with transaction.atomic():
            lock_channels({one.channel_id, other.channel_id})
            # A slot stands in the week of its own account: it goes with the time only between posts of one account.
            alike = one.channel_id == other.channel_id
            Publication.objects.filter(pk__in=times, state__in=MOVABLE, lease_until=None).update(slot=None)
            for row, to in ((one, other), (other, one)):
                if not _put(row, times[to.pk], by, slots[to.pk] if alike else None):
                    raise _OneStays
    except _OneStays:
        return False
    return True


class _OneStays(Exception):
    """One of them cannot move: the others are put back."""


def chosen_time(publication: Publication) -> WallTime:
    """The publication's time as the person chose it."""
    wall = publication.wall_time.replace(tzinfo=None)
    zone, fold = publication.zone, publication.fold
    return WallTime(wall=wall, zone=zone, fold=fold, instant=instant(wall, zone, fold))


def lock_channels(pks: Collection[int]) -> list[Channel]:
    """These channels, by id, locked until the transaction ends: places on them are given out one after the other."""
    return list(Channel.objects.select_for_update().filter(pk__in=pks).order_by("pk"))


def cancel(publication: Publication, *, by: User) -> bool:
    """Whether it was cancelled: possible until the irreversible request has been announced."""
    refuse_readers(by)
    return _take_off(publication, by, "publication.cancelled", Q())


def stop(publication: Publication, *, by: User) -> bool:
    """Whether what is about to go was stopped: anyone may, as anyone may pull a hold; its authors are told."""
    soon = Q(due_at__lte=timezone.now() + settings.PORTEVOIX_GRACE)
    return _take_off(publication, by, "publication.stopped", soon)


def about_to_go() -> Q:
    """The publications that go out within the grace, unless somebody stops them."""
    return Q(state__in=QUEUED, due_at__lte=timezone.now() + settings.PORTEVOIX_GRACE)


def _take_off(publication: Publication, by: User, action: str, only: Q) -> bool:
    waiting = Q(state__in=[S.PLANNED, *QUEUED, S.MISSED, S.FAILED])
    with transaction.atomic():
        gone = Publication.objects.filter(waiting, only, ~BEYOND_CHANGE, pk=publication.pk).update(
            state=S.CANCELLED, fence=F("fence") + 1, lease_until=None
        )
        if gone:
            audit.append(by, action, f"publication:{publication.pk}")
            notices.owe(NoticeKind.PLACE, about=publication, by=by)
    return bool(gone)
