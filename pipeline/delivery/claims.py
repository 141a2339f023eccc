"""Which rows a worker may take, and taking them: one conditional UPDATE each, so that the loser only looks elsewhere.

The conditions are columns of the row itself, or subqueries on other tables, never a join back to the row: PostgreSQL
re-checks only the row's own columns after waiting for a lock, so a join could let two workers claim one row. That an
account has one worker at a time is a unique index, which holds where conditions could race.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.expressions import CombinedExpression

from pipeline.compiled import Change, Given, Question, given
from pipeline.delivery.checkpoints import checkpoint
from pipeline.models import Channel, Hold, Publication, PublicationState
from pipeline.panic import switch
from publishers import registry
from publishers._base import canonical

S = PublicationState
Moment = datetime | Given
# Twice the longest request (publishers/_http.py). A dead worker of this machine is recognised at once; the lease counts
# for those of other machines.
LEASE = timedelta(minutes=30)
ON_TIME = timedelta(minutes=15)  # until then a post is not late: a retry, a slow platform
LEAD = timedelta(minutes=20)  # how long before its time a post may be prepared, at most; an adapter may want less


def open_channels(now: Moment) -> QuerySet[Channel]:
    """The channels that let posts out now: in use, authorised, not paused, not on hold."""
    held = Hold.objects.filter(Q(channel=None) | Q(channel=OuterRef("pk")), released_at=None)
    return Channel.objects.filter(_not_paused(now), ~Exists(held), authorised=True, active=True)


def _not_paused(now: Moment, channel: str = "") -> Q:
    """That no pause, which its platform asked for, keeps the channel: the row itself, or the one at that path."""
    return Q(**{f"{channel}paused_until": None}) | Q(**{f"{channel}paused_until__lte": now})


def due(now: datetime, gone: Collection[int] = ()) -> QuerySet[Publication]:
    """The publications that a tick would send or prepare now, by time; closed, held and busy channels left out.

    `gone` are those that who only looks ahead takes for sent or listed: they stand before no other.
    """
    same_channel = Publication.objects.filter(channel=OuterRef("channel")).exclude(pk__in=gone)
    busy = same_channel.filter(lease_until__isnull=False)
    # Nothing is prepared early while the channel has something to send before it: a long upload must not make it late.
    before = same_channel.filter(state__in=[S.SCHEDULED, S.PREPARED], due_at__lt=OuterRef("due_at"))
    # What is late and may be out is looked for before anything else becomes of it (reconcile.py).
    unclear = Q(doubt_since__isnull=False, due_at__lt=now - ON_TIME)
    wanted = Q(state__in=[S.SCHEDULED, S.PREPARED], due_at__lte=now) | (
        Q(state=S.SCHEDULED, due_at__lte=now + LEAD) & ~Exists(before)
    )
    return (
        Publication.objects.filter(wanted, _rested(now), ~Exists(busy), lease_until=None, due_at__lte=now + LEAD)
        .filter(state__in=[S.SCHEDULED, S.PREPARED], channel__in=open_channels(now).values("pk"))
        .exclude(unclear)
        .exclude(pk__in=gone)
        .select_related("channel", "item", "variant__post")
        .order_by("due_at", "pk")
    )


def begins(publication: Publication) -> datetime:
    """When work on the publication may begin: its time, or as long before it as its platform keeps what is prepared."""
    kind = registry().get(publication.channel.platform)
    return publication.due_at - min(kind.lead, LEAD) if kind else publication.due_at


def take(publication: Publication, worker: str, now: datetime) -> bool:
    """Whether this worker may deliver the row now; from here on, its fence is in every write."""
    assert publication.item is not None  # a database constraint: nothing moves without a sealed item
    checkpoint("before the claim")
    fence, ready = publication.fence, publication.state == S.PREPARED
    # What was prepared for another content is prepared anew.
    state = S.PREPARED if ready and noted(publication) is not None else S.CLAIMED
    held = {"state": state, "fence": fence + 1, "worker": worker, "lease_until": now + LEASE}
    free = {"pk": publication.pk, "was": publication.state, "seen": fence, "now": now}
    taken = _take(lambda: CLAIM(**free, **held))
    checkpoint("after the claim")
    return now_is(publication, taken, **held)


def _free() -> QuerySet[Publication]:
    """The row as it was seen, in nobody's hands, where its channel lets posts out."""
    at = given(Publication, "pk", was="state", seen="fence", now="due_at")
    row = Publication.objects.filter(
        _rested(at["now"]), pk=at["pk"], state=at["was"], fence=at["seen"], lease_until=None
    )
    return row.filter(channel_id__in=open_channels(at["now"]).values("pk"))


CLAIM = Change(
    _free, lambda: {"next_try_at": None, "error": None, **given(Publication, "state", "fence", "worker", "lease_until")}
)


def bound(seal: str, saved: Mapping[str, Any]) -> str:
    """What ties an adapter's notes to the content that they were made for, 64 hex digits: what it notes, it sends."""
    return hashlib.sha256(f"{seal}\n{canonical(saved)}".encode()).hexdigest()


def noted(publication: Publication) -> dict[str, Any] | None:
    """What the adapter noted for this very content, as it noted it; None where either was changed since."""
    if not publication.saved_seal:
        return {}
    fits = publication.item and publication.saved_seal == bound(publication.item.seal, publication.saved)
    return publication.saved if fits else None


def look_into(publication: Publication, worker: str, now: datetime) -> bool:
    """Whether this worker may ask the platform about the row; its state stays what it is."""
    checkpoint("before claiming a look")
    fence = publication.fence
    free = Publication.objects.filter(
        _rested(now), pk=publication.pk, fence=fence, state=publication.state, lease_until=None
    )
    held = {"fence": fence + 1, "worker": worker, "lease_until": now + LEASE}
    taken = _take(lambda: free.update(**held))
    checkpoint("after claiming a look")
    return now_is(publication, taken, **held)


def to_look_into(now: datetime) -> QuerySet[Publication]:
    """The rows to ask the platform about now, also during a hold: reading publishes nothing."""
    return (
        Publication.objects.filter(
            _rested(now), _not_paused(now, "channel__"), lease_until=None, channel__authorised=True
        )
        .select_related("channel", "item")
        .order_by("due_at")
    )


def now_is(publication: Publication, rows: int, **changed: Any) -> bool:
    """Whether the UPDATE met the row, and if so the object says it too.

    It is not read anew: a process that stood still in between would take the next worker's fence for its own.
    """
    if rows:
        for name, value in changed.items():
            setattr(publication, name, value)
    return bool(rows)


def given_up(publication: Publication, now: datetime) -> bool:
    """Whether this worker's lease is over, so that the row may be another's."""
    return publication.lease_until is None or publication.lease_until <= now


def stopped(publication: Publication, now: datetime) -> bool:
    """Whether its channel, or everything, was stopped since: read just before each request, also the prepared ones."""
    return switch.marked() or not OPEN(channel=publication.channel_id, now=now)


def _still_open() -> QuerySet[Channel, Any]:
    at: dict[str, Any] = given(Publication, "channel", now="due_at")
    return open_channels(at["now"]).filter(pk=at["channel"]).values_list("pk", flat=True)


OPEN = Question(_still_open)


def mine(publication: Publication, *states: PublicationState | Given) -> QuerySet[Publication]:
    """The row, if it is still this worker's and in one of these states."""
    return Publication.objects.filter(pk=publication.pk, fence=publication.fence, state__in=states)


def grown() -> CombinedExpression:
    """The next fence: whoever held the row writes into the void from now on."""
    return F("fence") + 1


def _rested(now: Moment) -> Q:
    return Q(next_try_at=None) | Q(next_try_at__lte=now)


def _take(update: Callable[[], int]) -> int:
    """How many rows are now this worker's: none where another one works on the same account."""
    try:
        with transaction.atomic():
            return update()
    except IntegrityError:  # one_worker_per_account
        return 0
