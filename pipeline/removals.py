"""Posts that have to come down: asked of their networks by the machine, of a person where a network takes no wish.

A removal protects people: no hold stops it, only a panic, after which no token is left to ask with. Asking twice
changes nothing, a post already gone is no error, so a lost answer is simply asked again.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import close_old_connections, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from pipeline import audit, channels
from pipeline.delivery import retry
from pipeline.errors import Refused
from pipeline.models import BEYOND_CHANGE, OUT, Consent, Publication, PublicationState, Removal, User
from pipeline.panic import switch
from pipeline.people import refuse_all_but_coordinators, refuse_readers
from publishers._base import OutcomeUnknown, PublisherError, TryLater
from publishers._base import Receipt as PlatformReceipt
from publishers._sentences import Sentence, _

LEASE = timedelta(minutes=10)
OWED = (Removal.OPEN, Removal.ASKING, Removal.BY_HAND)


def ask(publication: Publication, *, by: User, reason: str = "", consent: Consent | None = None) -> Removal:
    """The task that takes the post down; one in doubt comes down as soon as it is known to be out.

    `Refused` for a publication that is not out and not in doubt.
    """
    refuse_readers(by)
    with transaction.atomic():
        row = Publication.objects.select_for_update().get(pk=publication.pk)
        if not Publication.objects.filter(BEYOND_CHANGE, pk=row.pk).exists():
            raise Refused(_("This publication is not out: cancel it instead."))
        task, made = Removal.objects.get_or_create(
            publication=row,
            defaults={"asked_by": by, "asked_at": timezone.now(), "reason": reason[:300], "consent": consent},
        )
        if made:
            code = consent.code if consent else ""
            audit.append(by, "removal.asked", f"publication:{row.pk}", consent=code)
    return task


def waiting() -> QuerySet[Removal]:
    """What is not down yet, the oldest first."""
    rows = Removal.objects.filter(state__in=OWED).order_by("asked_at", "pk")
    return rows.select_related("publication__channel", "publication__variant__post", "publication__receipt", "consent")


def done_by_hand(task: Removal, *, by: User) -> bool:
    """Whether the post now counts as taken down, by this person's word."""
    refuse_readers(by)
    return _finished(task.pk, (Removal.OPEN, Removal.BY_HAND), by)


def work() -> int:
    """How many posts came down in this round. Safe in any number of processes at once, and to be killed anywhere."""
    close_old_connections()
    if switch.is_on():  # no network would be asked, and a try that asks nobody is none
        return 0
    now = timezone.now()
    _close_what_never_went_out(now)
    return sum(_take_down(task, now) for task in _due(now))


def _due(now: datetime) -> list[Removal]:
    ready = Q(next_try_at=None) | Q(next_try_at__lte=now)
    rows = Removal.objects.filter(ready, state__in=[Removal.OPEN, Removal.ASKING], publication__state__in=OUT)
    return list(rows.select_related("publication__channel", "publication__receipt").order_by("asked_at", "pk"))


def _close_what_never_went_out(now: datetime) -> None:
    maybe = Publication.objects.filter(BEYOND_CHANGE)
    gone = Removal.objects.filter(state=Removal.OPEN).exclude(publication__in=maybe)
    gone.exclude(publication__state=PublicationState.REMOVED).update(state=Removal.NOT_OUT, done_at=now)


def _take_down(task: Removal, now: datetime) -> bool:
    """Whether the network took the post down; a lease keeps others from asking at the same time."""
    taken = Removal.objects.filter(pk=task.pk, state=task.state, tries=task.tries).update(
        state=Removal.ASKING, tries=F("tries") + 1, next_try_at=now + LEASE
    )
    if not taken:
        return False
    if switch.is_on():  # nothing was asked: the lease ends by itself
        return False
    receipt = task.publication.receipt
    known = PlatformReceipt(
        id=receipt.remote_id, url=receipt.url, published_at=receipt.published_at, details=receipt.details
    )
    try:
        channels.adapter(task.publication.channel).remove(known)
    except (TryLater, OutcomeUnknown) as later:
        _later(task, later, later.sentence)
        return False
    except (PublisherError, Refused) as refusal:
        _to_a_person(task, refusal.sentence)
        return False
    return _finished(task.pk, (Removal.ASKING,), None)


def _later(task: Removal, refusal: PublisherError, why: Sentence) -> None:
    wish = refusal.retry_after if isinstance(refusal, TryLater) else None
    at = retry.next_try(timezone.now(), task.tries + 1, wish)
    if at is None:
        _to_a_person(task, why)
        return
    Removal.objects.filter(pk=task.pk, state=Removal.ASKING, tries=task.tries + 1).update(
        next_try_at=at, error=why.as_json()
    )


def _to_a_person(task: Removal, why: Sentence) -> None:
    Removal.objects.filter(pk=task.pk, state=Removal.ASKING, tries=task.tries + 1).update(
        state=Removal.BY_HAND, next_try_at=None, error=why.as_json()
    )


def _finished(pk: int, states: tuple[str, ...], by: User | None) -> bool:
    with transaction.atomic():
        done = Removal.objects.filter(pk=pk, state__in=states).update(
            state=Removal.DONE, done_at=timezone.now(), done_by=by, next_try_at=None, error=None
        )
        if not done:
            return False
        task = Removal.objects.get(pk=pk)
        Publication.objects.filter(pk=task.publication_id).update(
            state=PublicationState.REMOVED, next_try_at=None, lease_until=None, fence=F("fence") + 1
        )
        audit.append(by, "publication.removed", f"publication:{task.publication_id}")
    return True


def again(task: Removal, *, by: User) -> bool:
    """Whether the network is asked once more: after the account was connected again, for example."""
    refuse_all_but_coordinators(by)
    return bool(
        Removal.objects.filter(pk=task.pk, state=Removal.BY_HAND).update(
            state=Removal.OPEN, tries=0, next_try_at=None, error=None
        )
    )
