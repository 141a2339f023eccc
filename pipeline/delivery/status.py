"""What a person asks first: what went out, what waits, what is late, what needs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet
from django.utils import timezone

from pipeline import planning
from pipeline.delivery import handoff
from pipeline.delivery.engine import BEAT
from pipeline.delivery.hold import active_holds
from pipeline.delivery.late import UNSENT
from pipeline.models import WAITING, Beat, Channel, Publication, PublicationState
from pipeline.standing import NEAR

S = PublicationState
RECENT = timedelta(hours=24)
SILENT = timedelta(minutes=1)  # the scheduler ticks every 2 seconds; longer than this and it is not running
SILENT_LONG = timedelta(minutes=10)  # worth calling somebody for
UNSETTLED = (S.NEEDS_HUMAN, S.FAILED, S.MISSED)  # what waits for a person's word


@dataclass(frozen=True)
class Shifted:
    """A publication whose wall time no longer means the instant it is due at: the rules of its zone changed."""

    publication: int
    wall_time: datetime  # naive, in `zone`
    zone: str
    due_at: datetime
    would_be: datetime


@dataclass(frozen=True)
class ByHand:
    """A publication that waits for a person to put it up, and since when."""

    publication: int
    post: int
    channel: str
    since: datetime


@dataclass(frozen=True)
class Status:
    """Counts by state and by what they mean, what stands in the way, and when the scheduler last ticked."""

    counts: dict[str, int]
    sent: int  # in the last 24 hours
    waiting: int
    late: int  # due, approved, and not out yet
    failed: int
    missed: int
    needs_decision: int
    in_doubt: int  # being looked up
    by_hand: list[ByHand]
    holds: list[str]
    unauthorised: list[str]
    paused: dict[str, datetime]
    dying: dict[str, datetime]
    shifted: list[Shifted]
    last_tick: datetime | None


def status() -> Status:
    """The state of delivery now."""
    now = timezone.now()
    counts = dict(Publication.objects.values_list("state").annotate(n=Count("pk")).order_by("state"))
    channels = list(Channel.objects.filter(active=True).only("name", "authorised", "paused_until", "expires_at"))
    return Status(
        counts=counts,
        sent=Publication.objects.filter(receipt__recorded_at__gte=now - RECENT).count(),
        waiting=sum(counts.get(state, 0) for state in WAITING),
        late=late_now(now).count(),
        failed=counts.get(S.FAILED, 0),
        missed=counts.get(S.MISSED, 0),
        needs_decision=counts.get(S.NEEDS_HUMAN, 0),
        in_doubt=counts.get(S.UNCERTAIN, 0),
        by_hand=by_hand(),
        holds=[hold.channel.name if hold.channel else "*" for hold in active_holds()],
        unauthorised=[c.name for c in channels if not c.authorised],
        paused={c.name: c.paused_until for c in channels if c.paused_until and c.paused_until > now},
        dying={c.name: c.expires_at for c in channels if c.expires_at and c.expires_at <= now + NEAR},
        shifted=shifted(now),
        last_tick=last_tick(),
    )


def last_tick() -> datetime | None:
    """When the scheduler last showed signs of life; None if it never did."""
    return Beat.objects.filter(name=BEAT).values_list("at", flat=True).first()


def silent(last: datetime | None, now: datetime, after: timedelta = SILENT) -> bool:
    """Whether the scheduler has shown no sign of life for so long."""
    return last is None or now - last >= after


def late_now(now: datetime) -> QuerySet[Publication]:
    """The approved publications that are due and in nobody's hands."""
    return Publication.objects.filter(UNSENT, due_at__lt=now)


def by_hand() -> list[ByHand]:
    """What waits for a person to put it up, by time."""
    return [
        ByHand(row.pk, row.variant.post_id, row.channel.name, row.committed_at or row.due_at)
        for row in handoff.waiting()
    ]


def unsettled() -> QuerySet[Publication]:
    """The publications that wait for a person's word, by time."""
    rows = Publication.objects.filter(state__in=UNSETTLED)
    return rows.select_related("channel", "variant__post").order_by("due_at", "pk")


def shifted(now: datetime) -> list[Shifted]:
    """The publications to come whose wall time means another instant than when it was chosen."""
    coming = Publication.objects.filter(state__in=WAITING, due_at__gt=now).order_by("due_at")
    found = []
    for row in coming.only("pk", "wall_time", "zone", "fold", "due_at"):
        instant = planning.instant(row.wall_time, row.zone, row.fold)
        if instant != row.due_at:
            found.append(Shifted(row.pk, row.wall_time.replace(tzinfo=None), row.zone, row.due_at, instant))
    return found
