"""Every change of a publication's state: one conditional UPDATE that says whether it happened.

The conditions are columns of the row itself, or subqueries on other tables, never a join back to the row: PostgreSQL
re-checks only the row's own columns after waiting for a lock, so a join could let two workers claim one row.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from pipeline import audit
from pipeline.delivery import retry
from pipeline.delivery.checkpoints import checkpoint
from pipeline.models import Attempt, Channel, Hold, Publication, PublicationState, Receipt
from publishers._base import Receipt as PlatformReceipt
from publishers._base import Sentence
from publishers._sentences import _

S = PublicationState
LEASE = timedelta(minutes=5)  # more than twice the longest client time-out (60 s)
# A request under way is left alone longer: a dead worker of this machine is recognised at once, a slow one is not dead.
COMMIT_LEASE = timedelta(minutes=20)


def not_held() -> Q:
    """That neither everything nor the row's channel is on hold, and that the channel's credentials work."""
    held = Hold.objects.filter(Q(channel=None) | Q(channel=OuterRef("channel_id")), released_at=None)
    return Q(~Exists(held), channel_id__in=Channel.objects.filter(authorised=True, active=True).values("pk"))


def claim(publication: Publication, worker: str, now: datetime) -> bool:
    """Whether this worker may deliver the row now; from here on, its fence is in every write."""
    checkpoint("before claim")
    fence = publication.fence
    free = Publication.objects.filter(Q(next_try_at=None) | Q(next_try_at__lte=now), not_held()).filter(
        pk=publication.pk, state=S.SCHEDULED, fence=fence, due_at__lte=now
    )
    taken = _take(
        free, state=S.CLAIMED, fence=fence + 1, worker=worker, lease_until=now + LEASE, next_try_at=None, error=None
    )
    checkpoint("after claim")
    return _won(publication, taken)


def claim_doubt(publication: Publication, worker: str, now: datetime) -> bool:
    """Whether this worker may look into an uncertain or pending row; its state stays what it is."""
    fence = publication.fence
    free = Publication.objects.filter(Q(next_try_at=None) | Q(next_try_at__lte=now), lease_until=None).filter(
        pk=publication.pk, fence=fence, state=publication.state
    )
    taken = _take(free, fence=fence + 1, worker=worker, lease_until=now + LEASE)
    checkpoint("after claiming a doubt")
    return _won(publication, taken)


def _take(free: QuerySet[Publication], **fields: Any) -> int:
    """How many rows are now this worker's: none where another one works on the same account."""
    try:
        with transaction.atomic():
            return free.update(**fields)
    except IntegrityError:  # one_worker_per_account
        return 0


def keep(publication: Publication, saved: dict[str, Any], *, prepared: bool) -> bool:
    """Whether the adapter's state was stored and the lease renewed; false where another worker took over."""
    checkpoint("before storing a step")
    state = S.PREPARED if prepared else S.CLAIMED
    assert publication.item is not None
    kept = _mine(publication, S.CLAIMED).update(
        saved=saved, saved_seal=publication.item.seal, state=state, lease_until=timezone.now() + LEASE
    )
    checkpoint("after storing a step")
    return _won(publication, kept)


def announce(publication: Publication, seal: str) -> bool:
    """Whether the irreversible request may be made: durable before it is, refused on hold, once per fence."""
    checkpoint("before committing")
    now = timezone.now()
    with transaction.atomic():
        free = (
            _mine(publication, S.PREPARED)
            .filter(not_held())
            .update(state=S.COMMITTING, committed_at=now, lease_until=now + COMMIT_LEASE)
        )
        if free:
            Attempt.objects.create(publication=publication, fence=publication.fence, seal=seal, started_at=now)
    checkpoint("after committing")
    return _won(publication, free)


def published(publication: Publication, receipt: PlatformReceipt) -> bool:
    """Whether the receipt was recorded; the same remote post is never taken for two publications."""
    checkpoint("before the receipt")
    try:
        with transaction.atomic():
            done = _settle(publication, "published", state=S.PUBLISHED, error=None, doubt_since=None)
            if done:
                Receipt.objects.create(
                    publication=publication,
                    channel_id=publication.channel_id,
                    remote_id=receipt.id,
                    url=receipt.url,
                    published_at=receipt.published_at or timezone.now(),
                    details=receipt.details,
                )
                audit.append(None, "publication.published", f"publication:{publication.pk}", remote=receipt.id)
    except IntegrityError:
        needs_human(
            publication,
            _(
                "{channel}: the platform named a post that another publication owns: look there and say which it is.",
                channel=publication.channel.name,
            ),
        )
        return False
    checkpoint("after the receipt")
    return bool(done)


def pending(publication: Publication, saved: dict[str, Any], not_before: datetime | None) -> bool:
    """Whether the row now waits for the platform to finish what it accepted."""
    return _settle(publication, "pending", state=S.PENDING, saved=saved, next_try_at=not_before)


def failed(publication: Publication, why: Sentence, outcome: str = "rejected") -> bool:
    """Whether the row ended: nothing was published and trying again would not help."""
    return _ended(publication, S.FAILED, why, outcome)


def needs_human(publication: Publication, why: Sentence) -> bool:
    """Whether the row now waits for a person's word: only they can tell what became of it."""
    return _ended(publication, S.NEEDS_HUMAN, why, "unknown")


def again(publication: Publication, why: Sentence | None, at: datetime | None, outcome: str = "later") -> bool:
    """Whether the row went back to the queue: nothing was published. What the adapter saved is kept."""
    return _settle(
        publication, outcome, state=S.SCHEDULED, next_try_at=at, worker="", error=why.as_json() if why else None
    )


def unknown(publication: Publication, why: Sentence) -> bool:
    """Whether the row is now in doubt: the request was made and its answer is lost."""
    return _settle(
        publication, "unknown", state=S.UNCERTAIN, error=why.as_json(), next_try_at=None, doubt_since=timezone.now()
    )


def still_unclear(publication: Publication, why: Sentence, at: datetime) -> bool:
    """Whether the row stays in doubt, to be looked into again at `at`."""
    return _settle(publication, "unknown", state=S.UNCERTAIN, error=why.as_json(), next_try_at=at)


def orphaned(publication: Publication, receipt: PlatformReceipt) -> None:
    """Writes down an answer that came after this worker had been given up; whoever holds the row now finds the post."""
    Attempt.objects.filter(publication=publication, fence=publication.fence, ended_at=None).update(
        ended_at=timezone.now(), outcome="late"
    )
    audit.append(None, "publication.answered_late", f"publication:{publication.pk}", remote=receipt.id)


def count_try(publication: Publication) -> int:
    """How many tries the row has had, this one included."""
    Publication.objects.filter(pk=publication.pk, fence=publication.fence).update(attempts=F("attempts") + 1)
    publication.attempts += 1
    return publication.attempts


def crashed(publication: Publication) -> None:
    """Writes on the row that our own program failed on it; its lease runs out, then it is recovered.

    After the usual number of tries it ends: as failed where nothing was announced, else with a question to a person.
    """
    why = _("The program itself failed on this post: see its log, and tell those who look after it.")
    tries = count_try(publication)
    row = Publication.objects.filter(pk=publication.pk, fence=publication.fence)
    row.update(error=why.as_json())
    if tries < retry.ATTEMPTS:
        return
    ended = row.filter(state__in=[S.CLAIMED, S.PREPARED]).update(state=S.FAILED, lease_until=None)
    ended += row.filter(state__in=[S.UNCERTAIN, S.PENDING]).update(state=S.NEEDS_HUMAN, lease_until=None)
    if ended:
        audit.append(None, "publication.given_up", f"publication:{publication.pk}")


def _ended(publication: Publication, state: PublicationState, why: Sentence, outcome: str) -> bool:
    with transaction.atomic():
        done = _settle(publication, outcome, state=state, error=why.as_json())
        if done:
            audit.append(None, f"publication.{state}", f"publication:{publication.pk}")
    return done


def _settle(publication: Publication, outcome: str, **fields: Any) -> bool:
    """Ends this worker's hold on the row, and its attempt where one was announced."""
    with transaction.atomic():
        done = Publication.objects.filter(pk=publication.pk, fence=publication.fence, state=publication.state).update(
            lease_until=None, **fields
        )
        if done:
            Attempt.objects.filter(publication=publication, fence=publication.fence, ended_at=None).update(
                ended_at=timezone.now(), outcome=outcome, error=fields.get("error")
            )
    checkpoint(f"after settling as {outcome}")
    return bool(done)


def _mine(publication: Publication, state: PublicationState) -> QuerySet[Publication]:
    return Publication.objects.filter(pk=publication.pk, fence=publication.fence, state=state)


def _won(publication: Publication, rows: int) -> bool:
    if rows:
        publication.refresh_from_db()
    return bool(rows)
