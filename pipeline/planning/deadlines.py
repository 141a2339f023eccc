"""By when a post has to be approved, and who is told before it is too late."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from pipeline import audit, notices
from pipeline.errors import Refused
from pipeline.models import NoticeKind, Post, Publication, PublicationState, User
from pipeline.people import refuse_readers
from pipeline.planning.times import WallTime
from publishers._sentences import _


def set_deadline(post: Post, at: WallTime | None, *, by: User) -> None:
    """By when the post has to be approved; None for the usual time before it goes out."""
    refuse_readers(by)
    if at and at.instant <= timezone.now():
        raise Refused(
            _("{wall} is over: choose a time that is still to come.", wall=at.wall.strftime("%Y-%m-%d %H:%M"))
        )
    with transaction.atomic():
        Post.objects.filter(pk=post.pk).update(approve_by=at.instant if at else None)
        audit.append(by, "post.deadline", f"post:{post.pk}", at=at.instant.isoformat() if at else None)
    post.approve_by = at.instant if at else None


def deadline(publication: Publication) -> datetime:
    """By when the post of this publication has to be approved: its own deadline, never later than its time."""
    usual = publication.due_at - settings.PORTEVOIX_APPROVE_BEFORE
    own: datetime | None = publication.variant.post.approve_by
    return min(own or usual, publication.due_at)


def warn(now: datetime | None = None) -> int:
    """How many people are newly owed a mail: their post's deadline is over, it is not approved, its time is to come."""
    moment = now or timezone.now()
    before = settings.PORTEVOIX_APPROVE_BEFORE
    late = Publication.objects.filter(state=PublicationState.PLANNED, due_at__gt=moment).filter(
        Q(variant__post__approve_by__lte=moment) | Q(variant__post__approve_by=None, due_at__lte=moment + before)
    )
    with transaction.atomic():
        return sum(notices.owe(NoticeKind.DEADLINE, about=row) for row in _first_of_each_post(late))


def _first_of_each_post(rows: QuerySet[Publication]) -> list[Publication]:
    first: dict[int, Publication] = {}
    for row in rows.select_related("variant__post", "channel").order_by("due_at", "pk"):
        first.setdefault(row.variant.post_id, row)
    return list(first.values())
