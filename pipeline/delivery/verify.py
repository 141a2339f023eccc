"""Read back: a while after a post went out, the platform is asked whether it stands there."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from pipeline import channels
from pipeline.delivery import claims, retry, rows
from pipeline.delivery.answers import Answer, answer
from pipeline.delivery.checkpoints import checkpoint
from pipeline.errors import Refused
from pipeline.models import Publication, PublicationState
from publishers._base import Absent, PublisherError, Receipt, Reconciliation, Submission, Unauthorized
from publishers._sentences import _

LOOKS = 3
AFTER = (timedelta(minutes=1), timedelta(minutes=10), timedelta(hours=1))  # platforms may show a post a little late


def first_look(kind: Reconciliation, now: datetime) -> datetime | None:
    """When a post that went out now is read back; None where its platform cannot be asked."""
    return None if kind == Reconciliation.NONE else now + AFTER[0]


def to_read_back(now: datetime) -> QuerySet[Publication]:
    """The published rows to be read back now."""
    rows_out = claims.to_look_into(now).filter(state=PublicationState.PUBLISHED, next_try_at__lte=now)
    return rows_out.select_related("channel", "item", "receipt")


def read_back(publication: Publication, worker: str) -> None:
    """Asks the platform once for a published post and records what it says."""
    if not claims.look_into(publication, worker, timezone.now()):
        return
    assert publication.item is not None
    submission = Submission.model_validate_json(publication.item.submission)
    checkpoint("before reading back")
    found = _ask(publication, submission)
    checkpoint("after reading back")
    if isinstance(found, Unauthorized):
        channels.mark_unauthorised(publication.channel, found.sentence)
    if isinstance(found, Receipt) and found.id == publication.receipt.remote_id:
        rows.read_back(publication, verified=True)
    elif publication.looks + 1 < LOOKS:
        pause = AFTER[publication.looks + 1]
        if isinstance(found, PublisherError):
            pause = max(pause, retry.pause_of(found))
        rows.look_later(publication, _("Not read back yet."), timezone.now() + pause)
    elif isinstance(found, Absent | Receipt):
        gone = _(
            "{channel}: the platform no longer shows this post as it was sent: look at the account.",
            channel=publication.channel.name,
        )
        rows.read_back(publication, verified=False, why=gone)
    else:
        rows.read_back(publication, verified=False)


def _ask(publication: Publication, submission: Submission) -> Answer | None:
    try:
        adapter = channels.adapter(publication.channel)
    except Refused:  # this machine cannot: no key; the post is out all the same
        return None
    return answer(lambda: adapter.find(submission, publication.saved))
