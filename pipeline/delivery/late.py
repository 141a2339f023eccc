"""What is too late to go out by itself: it is listed, and a person is asked."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone

from pipeline import audit
from pipeline.errors import Refused
from pipeline.models import PostKind, Publication, PublicationState, User
from pipeline.people import refuse_all_but_coordinators
from pipeline.planning import approved_item
from publishers._sentences import _

S = PublicationState
GRACE = {PostKind.NEWS: timedelta(minutes=15), PostKind.EVERGREEN: timedelta(hours=12)}


def is_late(publication: Publication, now: datetime) -> bool:
    """Whether the post is later than its kind allows without a person's word."""
    return publication.due_at < now - GRACE[PostKind(publication.variant.post.kind)]


def sweep(now: datetime) -> int:
    """How many publications are now `missed`: unapproved at their time, or late beyond what their kind allows."""
    too_late = Q(state=S.PLANNED, due_at__lte=now)
    for kind, grace in GRACE.items():
        too_late |= Q(state=S.SCHEDULED, due_at__lt=now - grace, variant__post__kind=kind)
    missed = 0
    for row in Publication.objects.filter(too_late).order_by("due_at"):
        why = (
            _("Nobody had approved this post at its time: approve it, then choose a new time.")
            if row.state == S.PLANNED
            else _("This post could not go out in time: send it after all, move it, or cancel it.")
        )
        with transaction.atomic():
            # The state and fence that were read are the condition: an approval or a move in between wins.
            gone = Publication.objects.filter(pk=row.pk, state=row.state, fence=row.fence).update(
                state=S.MISSED, fence=F("fence") + 1, error=why.as_json()
            )
            if gone:
                audit.append(None, "publication.missed", f"publication:{row.pk}")
        missed += gone
    return missed


def send_after_all(publication: Publication, *, by: User) -> bool:
    """Whether a missed publication was put back for now, by a person's word; `Refused` without an approval in force."""
    refuse_all_but_coordinators(by)
    now = timezone.now()
    with transaction.atomic():
        item = approved_item(publication.variant)
        if item is None:
            raise Refused(_("No approval covers this post: submit it and have it approved first."))
        sent = Publication.objects.filter(pk=publication.pk, state=S.MISSED).update(
            state=S.SCHEDULED, item=item, due_at=now, fence=F("fence") + 1, next_try_at=None, attempts=0, error=None
        )
        if sent:
            audit.append(by, "publication.sent_late", f"publication:{publication.pk}")
    return bool(sent)
