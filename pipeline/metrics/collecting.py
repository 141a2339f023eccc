"""Counts read from the platforms: each post once a day for thirty days, then once a week until it is a year old.

Reading is not delivery and never stands in its way: a job of its own, no lease on a publication, no pause and no
closing of a channel. One reader at a time on an account, by a claim on the channel's row; its fence is in every write,
so that a reader who stood still writes into the void.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil

from django.db import close_old_connections, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from pipeline import channels
from pipeline.delivery import retry
from pipeline.errors import Refused
from pipeline.models import OUT, Channel, Metric, Receipt
from publishers._base import MetricValue, OutcomeUnknown, Publisher, PublisherError, Rejected, TryLater, Unauthorized
from publishers._base import Receipt as PlatformReceipt
from publishers._sentences import Sentence, _

LEASE = timedelta(minutes=10)  # renewed with each post; longer than the longest answer (publishers/_http.py)
BATCH = 10  # posts of one account in one go
REST = timedelta(minutes=5)  # of an account after them: at most 2,880 readings a day
FIRST = timedelta(hours=1)  # after publication
DAY, WEEK = timedelta(days=1), timedelta(days=7)
DAILY, LAST = timedelta(days=30), timedelta(days=365)  # ages of a post
CRASHED = _("The program itself failed while reading these numbers: see its log, and tell those who look after it.")


@dataclass
class Collected:
    """What one round did: posts by what became of them."""

    read: list[int] = field(default_factory=list)  # publications
    failed: dict[int, Sentence] = field(default_factory=dict)
    waiting: int = 0  # due, and left for a later round


@dataclass
class Round:
    """One reader's turn on one account."""

    channel: Channel
    fence: int
    done: Collected

    def held(self) -> QuerySet[Channel]:
        """The channel's row, if it is still this reader's."""
        return Channel.objects.filter(pk=self.channel.pk, count_fence=self.fence)


def collect() -> Collected:
    """What was read. Safe in any number of processes at once, and to be killed anywhere."""
    close_old_connections()
    done = Collected()
    for channel in readable(timezone.now()):
        if (mine := claim(channel, timezone.now(), done)) is not None:
            _read_some(mine)
    done.waiting = to_read(timezone.now()).count()
    return done


def to_read(now: datetime) -> QuerySet[Receipt]:
    """The receipts of posts that are out whose counts are due, the longest waiting first, new ones at the end."""
    due = Q(count_at__lte=now) | Q(count_at=None, published_at__lte=now - FIRST)
    young = Receipt.objects.filter(due, published_at__gt=now - LAST, publication__state__in=OUT)
    return young.select_related("publication").order_by(F("count_at").asc(nulls_last=True), "published_at", "pk")


def readable(now: datetime) -> list[Channel]:
    """The channels with something to read whose platform lets us in; paused and resting ones are left for later."""
    rested = Q(count_at=None) | Q(count_at__lte=now)
    asked = Q(paused_until=None) | Q(paused_until__lte=now)
    wanted = to_read(now).order_by().values("channel_id")
    return list(
        Channel.objects.filter(rested, asked, active=True, authorised=True, pk__in=wanted).order_by("count_at", "pk")
    )


def claim(channel: Channel, now: datetime, done: Collected) -> Round | None:
    """This reader's turn on the account, or None where another one has it."""
    free = Channel.objects.filter(pk=channel.pk, count_fence=channel.count_fence)
    if not free.filter(Q(count_at=None) | Q(count_at__lte=now)).update(
        count_fence=F("count_fence") + 1, count_at=now + LEASE
    ):
        return None
    return Round(channel, channel.count_fence + 1, done)


def _read_some(mine: Round) -> None:
    """Reads the next few posts of the account, then lets it rest, longer where its platform asks for it."""
    now = timezone.now()
    due = list(to_read(now).filter(channel=mine.channel)[:BATCH])
    rest = REST
    try:
        adapter = channels.adapter(mine.channel)
    except Refused as refusal:  # this machine cannot: no key
        mine.done.failed |= {row.publication_id: refusal.sentence for row in due}
        due = []
    for row in due:
        wish = _read(mine, adapter, row)
        if wish is None:
            return  # another reader took over
        if wish:
            rest = max(rest, wish)
            break
    mine.held().update(count_at=timezone.now() + rest)


def _read(mine: Round, adapter: Publisher, row: Receipt) -> timedelta | None:
    """How long the account is to be left alone after this post, nothing as a rule; None if it is not ours any more."""
    known = PlatformReceipt(id=row.remote_id, url=row.url, published_at=row.published_at, details=row.details)
    try:
        counts = adapter.metrics(known)
    except PublisherError as refusal:
        mine.done.failed[row.publication_id] = refusal.sentence
        return _missed(mine, row, refusal)
    except Exception:
        _note(mine, row, _usual(row, timezone.now()), CRASHED)
        raise
    if not _kept(mine, row, counts):
        return None
    mine.done.read.append(row.publication_id)
    return timedelta(0)


def _missed(mine: Round, row: Receipt, refusal: PublisherError) -> timedelta | None:
    """Notes why there is no number, by class of error, and says how long the account is to be left alone.

    Unauthorized does not close the channel: a token may publish and yet not read numbers, and delivery finds out by
    itself about one that is dead.
    """
    now, usual = timezone.now(), _usual(row, timezone.now())
    later = TryLater(refusal.sentence) if isinstance(refusal, OutcomeUnknown) else refusal  # reading loses nothing
    if isinstance(later, Rejected):
        at, rest = max(usual, now + WEEK), timedelta(0)
    elif isinstance(later, Unauthorized):
        at, rest = now, DAY
    else:
        decision = retry.decide(later, min(row.count_misses + 1, retry.ATTEMPTS), now)
        # After as many tries as delivery makes, it is left until its next day.
        at = decision.at or usual
        rest = at - now if decision.pause and decision.at else timedelta(0)
    return rest if _note(mine, row, at, refusal.sentence) else None


def _note(mine: Round, row: Receipt, at: datetime, why: Sentence) -> bool:
    """Whether it was noted, by the reader whose turn it is, that there is no number now."""
    with transaction.atomic():
        held = mine.held().update(count_at=timezone.now() + LEASE)
        if held:
            Receipt.objects.filter(pk=row.pk).update(
                count_at=at, count_misses=row.count_misses + 1, count_why=why.as_json()
            )
    return bool(held)


def _kept(mine: Round, row: Receipt, counts: list[MetricValue]) -> bool:
    """Whether the counts stand in the store: a later look of a day replaces what it tells anew, and takes nothing away.

    The lease is renewed with them. A count below zero is none.
    """
    told = {(one.name, timezone.localtime(one.at).date()): one for one in counts if one.value >= 0}
    rows = [Metric(receipt=row, name=n, day=day, value=one.value, at=one.at) for (n, day), one in told.items()]
    now = timezone.now()
    with transaction.atomic():
        held = mine.held().update(count_at=now + LEASE)
        if held:
            Metric.objects.bulk_create(
                rows, update_conflicts=True, unique_fields=["receipt", "name", "day"], update_fields=["value", "at"]
            )
            Receipt.objects.filter(pk=row.pk).update(
                count_at=_usual(row, now), counted_at=now, count_misses=0, count_why=None
            )
    return bool(held)


def _usual(row: Receipt, now: datetime) -> datetime:
    """When the post is read next, so that posts are compared at equal ages: a whole number of days, later of weeks."""
    age = now - row.published_at
    if age < DAILY:
        return row.published_at + DAY * max(1, ceil((age + timedelta(minutes=1)) / DAY))
    return row.published_at + DAILY + WEEK * max(1, ceil((age - DAILY + timedelta(minutes=1)) / WEEK))
