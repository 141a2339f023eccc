"""What is too late to go out by itself: it is listed, and a person is asked. Nothing floods out after an outage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from pipeline import audit, notices, planning
from pipeline.delivery.checkpoints import checkpoint
from pipeline.delivery.claims import ON_TIME, grown
from pipeline.errors import Refused
from pipeline.hours import is_quiet
from pipeline.models import QUEUED, NoticeKind, PostKind, Publication, PublicationState, User
from pipeline.people import refuse_all_but_coordinators
from publishers._base import Sentence
from publishers._sentences import _

S = PublicationState
GRACE: dict[str, timedelta] = {PostKind.EVERGREEN: timedelta(hours=12)}  # every other kind waits for nothing
UNSENT = Q(state__in=[S.SCHEDULED, S.PREPARED], lease_until=None)

NOT_APPROVED = _("Nobody had approved this post at its time: approve it, then choose a new time.")
TOO_LATE = _("This post could not go out in time: send it after all, move it, or cancel it.")
TOGETHER = _(
    "Several posts of this channel are late: only the first goes out by itself. "
    "Send this one after all, move it, or cancel it."
)
QUIET = _("This post is late, and it is now quiet time: send it after all, move it, or cancel it.")
HELD = _("This post became due while everything was on hold: send it after all, move it, or cancel it.")


def is_late(publication: Publication, now: datetime) -> bool:
    """Whether the post is later than its kind, or the hour, allows without a person's word."""
    grace = ON_TIME if is_quiet(now) else GRACE.get(publication.variant.post.kind, ON_TIME)
    return publication.due_at < now - grace


def sweep(now: datetime) -> int:
    """How many publications are now `missed`: unapproved at their time, or late beyond what is allowed."""
    missed = 0
    for row, why in not_by_itself(now):
        checkpoint("before listing as late")
        missed += miss(row, why)
        checkpoint("after listing as late")
    return missed


def not_by_itself(now: datetime) -> Iterator[tuple[Publication, Sentence]]:
    """Each publication that a tick lists as `missed` now, and why; it only reads, and counts on no write in between."""
    # What may be out, since an answer was lost, is not called late before the platform was asked (reconcile.py).
    late = Publication.objects.filter(UNSENT, due_at__lt=now - ON_TIME, doubt_since=None)
    allowed = late.exclude(_too_late(now))
    listed = [
        (Publication.objects.filter(state=S.PLANNED, due_at__lte=now), NOT_APPROVED),
        (late.filter(_too_late(now)), TOO_LATE),
        (allowed, QUIET) if is_quiet(now) else (_behind_another(allowed, now), TOGETHER),
    ]
    for rows, why in listed:
        for row in rows.order_by("due_at", "pk"):
            yield row, why


def _too_late(now: datetime) -> Q:
    """Later than the kind of the post allows at any hour."""
    too_late = ~Q(variant__post__kind__in=GRACE) & Q(due_at__lt=now - ON_TIME)
    for kind, grace in GRACE.items():
        too_late |= Q(variant__post__kind=kind, due_at__lt=now - grace)
    return too_late


def _behind_another(late: QuerySet[Publication], now: datetime) -> QuerySet[Publication]:
    """Of the late posts of a channel all but the first, also where the first is on its way at this moment."""
    unsent = Publication.objects.filter(state__in=[*QUEUED, S.COMMITTING], channel=OuterRef("channel")).exclude(
        UNSENT & _too_late(now)
    )
    earlier = Q(due_at__lt=OuterRef("due_at")) | Q(due_at=OuterRef("due_at"), pk__lt=OuterRef("pk"))
    return late.filter(Exists(unsent.filter(earlier)))


def miss(row: Publication, why: Sentence, by: User | None = None) -> bool:
    """Whether the row now waits for a person's word; what happened to it since it was read wins."""
    with transaction.atomic():
        gone = Publication.objects.filter(pk=row.pk, state=row.state, fence=row.fence, lease_until=None).update(
            state=S.MISSED, fence=grown(), next_try_at=None, error=why.as_json()
        )
        if gone:
            audit.append(None, "publication.missed", f"publication:{row.pk}")
            notices.owe(NoticeKind.MISSED, about=row, by=by)
    return bool(gone)


def send_after_all(publication: Publication, *, by: User) -> bool:
    """Whether a missed or failed publication was put back for now, by a person's word; `Refused` without an approval.

    What failed was refused by its platform for good, so that nothing of it is out: tried anew it cannot go out twice.
    """
    refuse_all_but_coordinators(by)
    with transaction.atomic():
        item = planning.approved_item(publication.variant)
        if item is None:
            raise Refused(_("No approval covers this post: submit it and have it approved first."))
        sent = Publication.objects.filter(pk=publication.pk, state__in=[S.MISSED, S.FAILED]).update(
            state=S.SCHEDULED,
            item=item,
            fence=grown(),
            next_try_at=None,
            attempts=0,
            error=None,
            **planning.time_fields(planning.this_moment()),
        )
        if sent:
            audit.append(by, "publication.sent_late", f"publication:{publication.pk}")
    return bool(sent)
