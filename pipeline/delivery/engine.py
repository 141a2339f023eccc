"""One tick: recover what a dead worker held, settle doubts, list what is late, deliver what is due, read back."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from django.db import DatabaseError, close_old_connections
from django.utils import timezone

from pipeline import channels
from pipeline.delivery import claims, late, reconcile, recover, retry, rows, sealed, verify
from pipeline.delivery.answers import answer
from pipeline.delivery.checkpoints import checkpoint
from pipeline.errors import NotHere, Refused
from pipeline.models import Beat, Publication, PublicationState
from publishers._base import (
    OutcomeUnknown,
    Pending,
    Prepared,
    Publisher,
    PublisherError,
    Receipt,
    Submission,
    TryLater,
)
from publishers._sentences import _

S = PublicationState
BEAT = "scheduler"
BEAT_EVERY = timedelta(seconds=1)
BATCH = 200
TURN = 30.0  # seconds after which a tick ends although more is due, so that doubts and late posts have their turn
NOT_HERE_PAUSE = timedelta(minutes=1)


@dataclass
class Tick:
    """What one tick did: publication ids by what became of them."""

    recovered: int = 0
    missed: int = 0
    handled: list[int] = field(default_factory=list)


def tick(*, worker: str | None = None) -> Tick:
    """What was done. Safe to run in any number of processes at once, and to be killed anywhere.

    One worker's name is used by one tick at a time: what it still holds when it begins is left from a failure.
    """
    name = worker or recover.worker_name()
    close_old_connections()
    _beat()
    done = Tick(recovered=recover.take_back(name))
    _each(reconcile.in_doubt(timezone.now()), lambda row: reconcile.look(row, name))
    _each(reconcile.cut_off(timezone.now()), lambda row: reconcile.hand_over(row, name))
    done.missed = late.sweep(timezone.now())
    _deliver(name, done, until=time.monotonic() + TURN)
    _each(verify.to_read_back(timezone.now())[:BATCH], lambda row: verify.read_back(row, name))
    return done


def _beat() -> None:
    """Shows that the scheduler lives; several workers beat as one."""
    checkpoint("before the beat")
    now = timezone.now()
    beat, made = Beat.objects.get_or_create(name=BEAT, defaults={"at": now})
    if not made and abs(now - beat.at) >= BEAT_EVERY:
        Beat.objects.filter(pk=beat.pk).update(at=now)
    checkpoint("after the beat")


def _each(found: Iterable[Publication], work: Callable[[Publication], None]) -> None:
    for row in found:
        with noted(row):
            work(row)


def _deliver(worker: str, done: Tick, until: float) -> None:
    """Takes what is due as far as it goes now, some at a time; each publication once in a tick."""
    back = set[int]()
    while time.monotonic() < until:
        handled = _deliver_some(worker, back, until)
        if not handled:
            return
        done.handled += handled
        # Only these could come up again.
        waiting = Publication.objects.filter(pk__in=handled, state__in=[S.SCHEDULED, S.PREPARED])
        back |= set(waiting.values_list("pk", flat=True))


def _deliver_some(worker: str, back: set[int], until: float) -> list[int]:
    """The publications of the next few that are due that were taken; `back` are those that had their turn already."""
    handled, busy = [], set[int]()
    for row in claims.due(timezone.now()).exclude(pk__in=back)[:BATCH]:
        now = timezone.now()
        # The queue may have been slow: what is too late by now is for the next tick to list.
        if row.channel_id in busy or now < claims.begins(row) or late.is_late(row, now):
            continue
        if time.monotonic() >= until:
            break
        if not claims.take(row, worker, now):
            busy.add(row.channel_id)  # another worker has it, or the account; or it is shut: let the list be read anew
            continue
        handled.append(row.pk)
        with noted(row):
            deliver(row)
    return handled


@contextmanager
def noted(row: Publication) -> Iterator[None]:
    """A fault of the program is written on its row, for the page, and goes on up to fail the tick loudly."""
    try:
        yield
    except DatabaseError:
        raise  # nothing can be written now; what is held is given back when the database answers again
    except Exception:
        rows.crashed(row)
        raise


def deliver(publication: Publication) -> None:
    """Takes a claimed publication as far as it goes now; every end is a stated state with a sentence."""
    assert publication.item is not None
    try:
        submission = sealed.submission(publication)
        adapter = channels.adapter(publication.channel)
        if publication.state == S.CLAIMED:
            if not _prepare(publication, adapter, submission):
                return
            if publication.due_at > timezone.now():
                rows.rest(publication)
                return
            sealed.submission(publication)  # again, from rows and bytes as they are now, just before the request
    except NotHere as refusal:
        # A key or a disk is missing here: that says nothing about the post, which waits for a machine that is whole.
        rows.again(publication, refusal.sentence, timezone.now() + NOT_HERE_PAUSE)
    except Refused as refusal:
        rows.failed(publication, refusal.sentence)
    else:
        _commit(publication, adapter)


def _prepare(publication: Publication, adapter: Publisher, submission: Submission) -> bool:
    """Whether all short of the request is done and stored; false where the row was let go or taken over."""
    assert publication.item is not None
    # What was prepared for another content, or changed since, is not used: an adapter sends what it saved.
    saved = claims.noted(publication) or {}
    while True:
        checkpoint("before preparing")
        if claims.stopped(publication, timezone.now()):
            rows.again(publication, None, None)
            return False
        try:
            result = adapter.prepare(submission, saved)
        except PublisherError as refusal:
            checkpoint("after a refused preparing")
            _refused(publication, _not_sent(refusal))
            return False
        checkpoint("after preparing")
        ready = isinstance(result, Prepared)
        if not rows.keep(publication, result.saved, prepared=ready):
            return False
        if isinstance(result, Prepared):
            return True
        if result.not_before is not None and result.not_before > timezone.now():
            rows.again(publication, None, result.not_before)
            return False
        saved = result.saved


def _not_sent(refusal: PublisherError) -> PublisherError:
    """A lost answer while preparing publishes nothing: it is tried again."""
    return TryLater(refusal.sentence) if isinstance(refusal, OutcomeUnknown) else refusal


def _commit(publication: Publication, adapter: Publisher) -> None:
    """The one irreversible request, announced durably before it is made."""
    assert publication.item is not None
    if not rows.announce(publication, publication.item.seal):
        return
    checkpoint("before the request")
    if claims.stopped(publication, timezone.now()):
        rows.again(publication, None, None)  # nothing was sent: a process may have stood still since it was announced
        return
    if claims.given_up(publication, timezone.now()):  # last, since every look before it takes time
        return  # this process stood still: others look into the row, and a person may have spoken by now
    result = answer(lambda: adapter.commit(Prepared(saved=publication.saved)))
    checkpoint("after the request")
    if isinstance(result, PublisherError):
        _refused(publication, result)
    elif isinstance(result, Pending):
        rows.pending(publication, result.saved, result.not_before)
    elif isinstance(result, Receipt):
        read_back_at = verify.first_look(adapter.reconciliation, timezone.now())
        if not rows.published(publication, result, read_back_at):
            rows.answered_late(publication, result, publication.item.seal)


def _refused(publication: Publication, refusal: PublisherError) -> None:
    """Does what the policy decides on a platform's no (retry.py)."""
    tries = publication.attempts + 1
    decision = retry.decide(refusal, tries, timezone.now())
    if decision.pause and decision.at is not None:
        rows.pause_channel(publication.channel, decision.at)
    if decision.then == retry.Then.DOUBT:
        rows.unknown(publication, refusal.sentence)
    elif decision.then == retry.Then.CLOSE:
        checkpoint("before closing the channel")
        channels.mark_unauthorised(publication.channel, refusal.sentence)
        checkpoint("after closing the channel")
        rows.again(publication, refusal.sentence, None, "unauthorised")
    elif decision.then == retry.Then.AGAIN:
        rows.again(publication, refusal.sentence, decision.at, tried=1)
    elif isinstance(refusal, TryLater):
        rows.failed(publication, _("Tried {n} times; the last answer was: {why}", n=tries, why=refusal.sentence))
    else:
        rows.failed(publication, refusal.sentence)
