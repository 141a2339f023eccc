"""The recurring openings of a channel's week, and the next free one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from pipeline import audit
from pipeline.errors import Refused
from pipeline.hours import is_quiet, midnight
from pipeline.models import Channel, Post, PostKind, Publication, PublicationState, Slot, User, Variant
from pipeline.people import refuse_readers
from pipeline.planning import precedence
from pipeline.planning.placing import lock_channels, move, place, placeable
from pipeline.planning.times import WallTime, on_day, wall_time
from publishers._base import Submission
from publishers._sentences import _

S = PublicationState
AHEAD = timedelta(days=366)  # beyond which no free opening is looked for
FORMS: tuple[str, ...] = Submission.model_fields["kind"].annotation.__args__  # type: ignore[union-attr]


@dataclass(frozen=True)
class Opening:
    """One time at which a slot opens."""

    slot: Slot
    at: WallTime


def add(
    channel: Channel, weekday: int, at: time, *, by: User, kind: str = "", form: str = "", zone: str | None = None
) -> Slot:
    """The new slot in the channel's week (Monday is 0); `Refused` where one opens then already."""
    refuse_readers(by)
    if kind and kind not in PostKind.values:
        raise Refused(_("There is no kind of post called {kind}: news or evergreen.", kind=kind))
    if form and form not in FORMS:
        raise Refused(_("There is no form of post called {form}. Known: {known}.", form=form, known=", ".join(FORMS)))
    place_of = zone or settings.TIME_ZONE
    _refuse_unknown_zone(place_of)
    try:
        with transaction.atomic():
            slot = Slot.objects.create(
                channel=channel, weekday=weekday, at=at.replace(second=0, microsecond=0), zone=place_of, kind=kind,
                form=form,
            )  # fmt: skip
            audit.append(by, "slot.added", f"channel:{channel.name}", weekday=weekday, at=at.strftime("%H:%M"))
    except IntegrityError:
        raise Refused(
            _("{channel} has a slot at that time already: choose another one.", channel=channel.name)
        ) from None
    return slot


def _refuse_unknown_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError):
        raise Refused(_("There is no time zone called {zone}: write it as Europe/Paris.", zone=zone)) from None


def remove(slot: Slot, *, by: User) -> None:
    """Takes the slot out of the week; what stands in it keeps its time."""
    refuse_readers(by)
    with transaction.atomic():
        if Slot.objects.filter(pk=slot.pk).delete()[0]:
            at = slot.at.strftime("%H:%M")
            audit.append(by, "slot.removed", f"channel:{slot.channel.name}", weekday=slot.weekday, at=at)


def openings(slots: Iterable[Slot], start: datetime, end: datetime) -> Iterator[Opening]:
    """Every time from `start` up to, not including, `end` at which one of the slots opens, in order.

    An hour that the clocks skip opens nothing that night; one that comes twice opens once, the first time.
    """
    week = list(slots)
    zones = {slot.zone for slot in week}
    first = min((start.astimezone(ZoneInfo(zone)).date() for zone in zones), default=date.max)
    last = max((end.astimezone(ZoneInfo(zone)).date() for zone in zones), default=date.min)
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        of_day = [opened for slot in week if slot.weekday == day.weekday() and (opened := _opened(slot, day))]
        # Slots of several zones meet here; within a day of each other they are in order only by instant.
        yield from sorted(
            (one for one in of_day if start <= one.at.instant < end), key=lambda one: (one.at.instant, one.slot.pk)
        )


def _opened(slot: Slot, day: date) -> Opening | None:
    at = on_day(day, slot.at, slot.zone)
    return Opening(slot, at) if at else None


def free(variant: Variant, after: datetime, end: datetime) -> Iterator[Opening]:
    """The openings of the variant's channel that it may take, in order: nothing else goes out there at that time."""
    fitting = [slot for slot in variant.channel.slots.all() if _fits(slot, variant)]
    start = precedence.earliest([variant], after)
    taken = set(
        Publication.objects.filter(channel=variant.channel_id, due_at__gte=start, due_at__lt=end)
        .exclude(state__in=[S.CANCELLED, S.REMOVED])
        .values_list("due_at", flat=True)
    )
    for opening in openings(fitting, start, end):
        if opening.at.instant not in taken and not is_quiet(opening.at.instant):
            yield opening


def _fits(slot: Slot, variant: Variant) -> bool:
    return slot.kind in ("", variant.post.kind) and slot.form in ("", variant.kind)


def next_free(variant: Variant, after: datetime | None = None) -> Opening:
    """The next opening that the variant may take; `Refused`, saying what to do, where there is none within a year."""
    start = after or timezone.now() + settings.PORTEVOIX_GRACE
    opening = next(free(variant, start, start + AHEAD), None)
    if opening is None:
        raise Refused(
            _(
                "{channel} has no free slot for this post: add one, or give a day and a time.",
                channel=variant.channel.name,
            )
        )
    return opening


def schedule_next(
    post: Post, *, by: User, variants: Iterable[Variant] | None = None, after: datetime | None = None
) -> list[Publication]:
    """One publication per variant, each in the next free slot of its channel; none where one channel has none."""
    chosen = placeable(post, variants, by)
    with transaction.atomic():
        # Two people at the same moment get two openings: the second one looks when the first one has its place.
        lock_channels({variant.channel_id for variant in chosen})
        found = [(variant, next_free(variant, after)) for variant in chosen]
        made = [place(variant, opening.at, by, opening.slot) for variant, opening in found]
        at = min(opening.at.instant for _variant, opening in found)
        audit.append(by, "post.scheduled", f"post:{post.pk}", at=at.isoformat(), channels=len(made))
    return made


def schedule_day(
    post: Post, day: date, *, by: User, at: time | None = None, in_quiet_time: bool = False
) -> list[Publication]:
    """One publication per variant, each in a free slot of that day; at the hour given where its channel has none.

    `Refused`, and nothing placed, where a channel has no free slot that day and no hour is given.
    """
    chosen = placeable(post, None, by)
    with transaction.atomic():
        lock_channels({variant.channel_id for variant in chosen})
        made = [_on(day, variant, at, by, in_quiet_time) for variant in chosen]
        first = min(row.due_at for row in made)
        audit.append(by, "post.scheduled", f"post:{post.pk}", at=first.isoformat(), channels=len(made))
    return made


def _on(day: date, variant: Variant, at: time | None, by: User, in_quiet_time: bool) -> Publication:
    start = max(midnight(day), timezone.now() + settings.PORTEVOIX_GRACE)
    opening = next(free(variant, start, midnight(day + timedelta(days=1))), None)
    if opening:
        return place(variant, opening.at, by, opening.slot)
    if at is None:
        raise Refused(
            _(
                "{channel} has no free slot on {day}: add one, or give an hour.",
                channel=variant.channel.name,
                day=day.isoformat(),
            )
        )
    hour = wall_time(f"{day} {at:%H:%M}", fold=0)
    precedence.refuse([variant], hour, in_quiet_time=in_quiet_time)
    return place(variant, hour, by)


def move_to_next(publication: Publication, *, by: User, after: datetime | None = None) -> Opening | None:
    """The free slot to which the publication was moved; None where delivery already works on it."""
    with transaction.atomic():
        lock_channels({publication.channel_id})
        opening = next_free(publication.variant, after)
        moved = move(publication, opening.at, by=by, slot=opening.slot)
    return opening if moved else None


def listed(channel: Channel | None = None) -> list[Slot]:
    """The slots of one channel, or of all in use, by weekday and hour."""
    rows = Slot.objects.filter(channel__active=True).select_related("channel")
    return list(rows.filter(channel=channel) if channel else rows)
