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
from pipeline.models import Publication, PublicationState, User
from pipeline.people import refuse_all_but_coordinators
from publishers._base import (
    Absent,
    OutcomeUnknown,
    Pending,
    Receipt,
    Reconciliation,
    Rejected,
    Submission,
    TryLater,
    Unauthorized,
    Unclear,
)
from publishers._sentences import _

S = PublicationState
SETTLE = timedelta(minutes=5)  # how long a platform that only lists posts may take to show one that it accepted


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
    except (Unauthorized, Refused) as refusal:
        channels.mark_unauthorised(publication.channel, refusal.sentence)
        rows.still_unclear(publication, refusal.sentence, timezone.now())
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
    """Proved absent: back to the queue. A platform that only lists may be slow to show, so it is given time."""
    settled = (publication.committed_at or timezone.now()) + SETTLE
    if kind == Reconciliation.LIST and timezone.now() < settled:
        rows.still_unclear(publication, _("The platform does not show the post yet; looking again."), settled)
    else:
        rows.again(publication, None, None, "absent")


def _ask_again(publication: Publication, refusal: TryLater | OutcomeUnknown) -> None:
    at = retry.next_try(timezone.now(), publication.attempts + 1)
    if publication.state == S.PENDING:
        rows.pending(publication, publication.saved, at or timezone.now() + retry.LONGEST)
    elif at is None:
        rows.needs_human(
            publication,
            _(
                "{channel}: nobody can tell whether this post is out. Look at the account, then say so here.",
                channel=publication.channel.name,
            ),
        )
    else:
        rows.still_unclear(publication, refusal.sentence, at)


def decide(publication: Publication, *, by: User, link: str | None) -> bool:
    """Whether a person's word settled a doubt: the link where the post is live, or None for "it is not, send it"."""
    refuse_all_but_coordinators(by)
    with transaction.atomic():
        if link:
            publication.refresh_from_db()
            done = publication.state == S.NEEDS_HUMAN and rows.published(publication, Receipt(id=link, url=link))
        else:
            done = bool(
                Publication.objects.filter(pk=publication.pk, state=S.NEEDS_HUMAN).update(
                    state=S.SCHEDULED, fence=F("fence") + 1, next_try_at=None, attempts=0, saved={}, error=None
                )
            )
        if done:
            audit.append(by, "publication.decided", f"publication:{publication.pk}", live=bool(link))
    return done
