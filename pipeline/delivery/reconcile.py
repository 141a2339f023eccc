"""Doubts settled: ask the platform whether the post is out, and only where it cannot tell, ask a person."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from pipeline import audit, channels
from pipeline.delivery import retry, rows
from pipeline.delivery.checkpoints import checkpoint
from pipeline.errors import Refused
from pipeline.models import SETTLE, Publication, PublicationState, User
from pipeline.people import refuse_all_but_coordinators
from publishers._base import (
    Absent,
    OutcomeUnknown,
    Pending,
    Receipt,
    Reconciliation,
    Rejected,
    Sentence,
    Submission,
    TryLater,
    Unauthorized,
    Unclear,
)
from publishers._sentences import _

S = PublicationState
PENDING_LIMIT = timedelta(hours=24)  # Instagram's containers expire after a day; nothing takes longer


def in_doubt(now: datetime) -> QuerySet[Publication]:
    """The rows to look into now: uncertain ones, and accepted ones that the platform still works on."""
    return (
        Publication.objects.filter(Q(next_try_at=None) | Q(next_try_at__lte=now), state__in=[S.UNCERTAIN, S.PENDING])
        .filter(Q(lease_until=None) | Q(lease_until__lte=now), channel__authorised=True)
        .select_related("channel", "item")
        .order_by("due_at")
    )


def look(publication: Publication, worker: str) -> None:
    """Asks the platform once and records what it says; read-only towards the platform."""
    if not rows.claim_doubt(publication, worker, timezone.now()):
        return
    assert publication.item is not None
    submission = Submission.model_validate_json(publication.item.submission)
    try:
        adapter = channels.adapter(publication.channel)
        checkpoint("before asking what became of it")
        if publication.state == S.PENDING:
            found: object = adapter.check(Pending(saved=publication.saved))
        else:
            found = adapter.find(submission, publication.saved)
    except Rejected as refusal:
        rows.failed(publication, refusal.sentence)
    except Refused as refusal:  # this machine cannot: no key, no disk
        _look_later(publication, refusal.sentence, timezone.now() + retry.FIRST)
    except Unauthorized as refusal:
        channels.mark_unauthorised(publication.channel, refusal.sentence)
        _look_later(publication, refusal.sentence, timezone.now())
    except (TryLater, OutcomeUnknown) as refusal:
        _ask_again(publication, refusal)
    else:
        checkpoint("after asking what became of it")
        _record(publication, adapter.reconciliation, found)


def _record(publication: Publication, kind: Reconciliation, found: object) -> None:
    if isinstance(found, Receipt):
        rows.published(publication, found)
    elif isinstance(found, Pending):
        rows.pending(publication, found.saved, found.not_before)
    elif isinstance(found, Absent) and kind != Reconciliation.NONE:
        _absent(publication, kind)
    else:
        why = found.reason if isinstance(found, Unclear) else ""
        _ask_again(publication, TryLater(_("The platform cannot tell whether the post is out. {why}", why=why)))


def _absent(publication: Publication, kind: Reconciliation) -> None:
    """Not there: back to the queue, after the time that the platform may take to show or take what it was sent.

    Only where sending again cannot double is that time not waited for. Each round counts as a try.
    """
    now = timezone.now()
    settled = (publication.doubt_since or publication.committed_at or now) + SETTLE
    if kind != Reconciliation.EXACTLY_ONCE and now < settled:
        _look_later(publication, _("The platform does not show the post yet; looking again."), settled)
        return
    tries = rows.count_try(publication)
    at = retry.next_try(now, tries)
    if at is None:
        _ask_a_person(publication)
    else:
        rows.again(publication, None, None if tries == 1 else at, "absent")


def _ask_again(publication: Publication, refusal: TryLater | OutcomeUnknown) -> None:
    """The platform could not say: later, and in the end a person is asked."""
    now = timezone.now()
    wish = refusal.retry_after if isinstance(refusal, TryLater) else None
    if publication.state == S.PENDING:
        if publication.committed_at and now > publication.committed_at + PENDING_LIMIT:
            _ask_a_person(publication)
        else:
            _look_later(publication, refusal.sentence, now + max(retry.wished(wish), retry.FIRST))
        return
    at = retry.next_try(now, rows.count_try(publication), wish)
    if at is None:
        _ask_a_person(publication)
    else:
        _look_later(publication, refusal.sentence, at)


def _look_later(publication: Publication, why: Sentence, at: datetime) -> None:
    """The row stays what it is, pending or uncertain, until `at`."""
    if publication.state == S.PENDING:
        rows.pending(publication, publication.saved, at)
    else:
        rows.still_unclear(publication, why, at)


def _ask_a_person(publication: Publication) -> None:
    rows.needs_human(
        publication,
        _(
            "{channel}: nobody can tell whether this post is out. Look at the account, then say so here.",
            channel=publication.channel.name,
        ),
    )


def decide(publication: Publication, *, by: User, link: str | None) -> bool:
    """Whether a person's word settled a doubt: the link where the post is live, or None for "it is not, send it".

    Sent again, it keeps what the adapter saved: where the person erred, the same key still stands for the same post.
    """
    refuse_all_but_coordinators(by)
    with transaction.atomic():
        if link:
            publication.refresh_from_db()
            done = publication.state == S.NEEDS_HUMAN and rows.published(publication, Receipt(id=link, url=link))
        else:
            done = bool(
                Publication.objects.filter(pk=publication.pk, state=S.NEEDS_HUMAN).update(
                    state=S.SCHEDULED,
                    due_at=timezone.now(),
                    fence=F("fence") + 1,
                    next_try_at=None,
                    attempts=0,
                    error=None,
                )
            )
        if done:
            audit.append(by, "publication.decided", f"publication:{publication.pk}", live=bool(link))
    return done
