"""One tick: recover what a dead worker held, settle doubts, list what is late, deliver what is due."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import close_old_connections
from django.db.models import Q, QuerySet
from django.utils import timezone

from pipeline import channels
from pipeline.delivery import late, reconcile, recover, retry, rows, sealed
from pipeline.delivery.checkpoints import checkpoint
from pipeline.errors import NotHere, Refused
from pipeline.models import Beat, Publication, PublicationState
from publishers._base import (
    OutcomeUnknown,
    Pending,
    Prepared,
    Publisher,
    PublisherError,
    Rejected,
    Submission,
    TryLater,
    Unauthorized,
)
from publishers._sentences import _

S = PublicationState
BEAT = "scheduler"
BATCH = 50
NOT_HERE_PAUSE = timedelta(minutes=1)


@dataclass
class Tick:
    """What one tick did: publication ids by what became of them."""

    recovered: int = 0
    missed: int = 0
    handled: list[int] = field(default_factory=list)


def tick(*, worker: str | None = None) -> Tick:
    """What was done. Safe to run in any number of processes at once, and to be killed anywhere."""
    name = worker or recover.worker_name()
    close_old_connections()
    Beat.objects.update_or_create(name=BEAT, defaults={"at": timezone.now()})
    done = Tick(recovered=recover.dead_workers())
    for row in reconcile.in_doubt(timezone.now()):
        with noted(row):
            reconcile.look(row, name)
    done.missed = late.sweep(timezone.now())
    for row in due(timezone.now())[:BATCH]:
        # The queue may have been slow: what is too late by now is for the next tick to list.
        if not late.is_late(row, timezone.now()) and rows.claim(row, name, timezone.now()):
            done.handled.append(row.pk)
            with noted(row):
                deliver(row)
    return done


@contextmanager
def noted(row: Publication) -> Iterator[None]:
    """A fault of the program is written on its row, for the page, and goes on up to fail the tick loudly."""
    try:
        yield
    except Exception:
        rows.crashed(row)
        raise


def due(now: datetime) -> QuerySet[Publication]:
    """The publications that a tick would try now, by time; held channels left out."""
    return (
        Publication.objects.filter(Q(next_try_at=None) | Q(next_try_at__lte=now), rows.not_held())
        .filter(state=S.SCHEDULED, due_at__lte=now)
        .select_related("channel", "item__revision", "variant__post")
        .order_by("due_at", "pk")
    )


def deliver(publication: Publication) -> None:
    """Takes a claimed publication as far as it goes now; every end is a stated state with a sentence."""
    try:
        submission = sealed.submission(publication)
        adapter = channels.adapter(publication.channel)
        prepared = _prepare(publication, adapter, submission)
        if prepared is None:
            return
        sealed.submission(publication)  # again, from rows and bytes as they are now, just before the request
    except NotHere as refusal:
        # A key or a disk is missing here: that says nothing about the post, which waits for a machine that is whole.
        rows.again(publication, refusal.sentence, timezone.now() + NOT_HERE_PAUSE)
    except Refused as refusal:
        rows.failed(publication, refusal.sentence)
    except PublisherError as refusal:
        _refused(publication, refusal)
    else:
        _commit(publication, adapter, prepared)


def _prepare(publication: Publication, adapter: Publisher, submission: Submission) -> Prepared | None:
    """What commit needs; None where the platform wants us to come back later or another worker took over."""
    assert publication.item is not None
    # What was prepared for another content is not used: an adapter sends what it saved.
    saved: dict[str, Any] = publication.saved if publication.saved_seal == publication.item.seal else {}
    while True:
        checkpoint("before preparing")
        result = adapter.prepare(submission, saved)
        checkpoint("after preparing")
        ready = isinstance(result, Prepared)
        if not rows.keep(publication, result.saved, prepared=ready):
            return None
        if isinstance(result, Prepared):
            return result
        if result.not_before is not None and result.not_before > timezone.now():
            rows.again(publication, None, result.not_before)
            return None
        saved = result.saved


def _commit(publication: Publication, adapter: Publisher, prepared: Prepared) -> None:
    """The one irreversible request, announced durably before it is made."""
    assert publication.item is not None
    if not rows.announce(publication, publication.item.seal):
        # On hold, or taken away: what is still ours goes back to the queue unsent.
        rows.again(publication, None, None)
        return
    checkpoint("before the request")
    try:
        result = adapter.commit(prepared)
    except OutcomeUnknown as lost:
        rows.unknown(publication, lost.sentence)
    except PublisherError as refusal:
        _refused(publication, refusal)
    else:
        checkpoint("after the request")
        settle(publication, result)


def settle(publication: Publication, result: Any) -> None:
    """Records what a platform answered: out, or accepted and not out yet."""
    if isinstance(result, Pending):
        rows.pending(publication, result.saved, result.not_before)
    elif not rows.published(publication, result):
        rows.orphaned(publication, result)


def _refused(publication: Publication, refusal: PublisherError) -> None:
    """What follows from a platform's no: the end, a closed channel, or a later try. Nothing was published."""
    if isinstance(refusal, Rejected):
        rows.failed(publication, refusal.sentence)
    elif isinstance(refusal, Unauthorized):
        channels.mark_unauthorised(publication.channel, refusal.sentence)
        rows.again(publication, refusal.sentence, None, "unauthorised")
    else:
        _later(publication, refusal)


def _later(publication: Publication, refusal: PublisherError) -> None:
    """Back to the queue with a pause, or the end of the tries. Nothing irreversible was asked."""
    wish = refusal.retry_after if isinstance(refusal, TryLater) else None
    at = retry.next_try(timezone.now(), rows.count_try(publication), wish)
    if at is None:
        rows.failed(
            publication, _("Tried {n} times; the last answer was: {why}", n=retry.ATTEMPTS, why=refusal.sentence)
        )
    else:
        rows.again(publication, refusal.sentence, at)
