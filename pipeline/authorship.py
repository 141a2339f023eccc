"""Who made what, and what a change undoes: whoever touches a post is its author, and an approval in force is void."""

from __future__ import annotations

from django.db.models import F
from django.utils import timezone

from pipeline import audit
from pipeline.errors import Refused
from pipeline.models import Contribution, Post, PostState, Publication, PublicationState, User, beyond_change
from pipeline.people import refuse_readers
from publishers._sentences import _

P = PublicationState


def touched(post: Post, *, by: User, part: str) -> None:
    """Notes that `by` changed a part of the post: they become an author, and an approval in force is void.

    Called inside the transaction of the change itself. `Refused` once something of the post is out or in doubt.
    """
    refuse_readers(by)
    refuse_what_is_out(post)
    Contribution.objects.get_or_create(post=post, user=by, part=part)
    voided = Post.objects.filter(pk=post.pk, state__in=[PostState.IN_REVIEW, PostState.APPROVED]).update(
        state=PostState.DRAFT
    )
    Post.objects.filter(pk=post.pk).update(version=F("version") + 1)
    if voided:
        unplan(post)
        audit.append(by, "post.changed_after_submission", f"post:{post.pk}", part=part)
    post.refresh_from_db(fields=["state", "version"])


def refuse_what_is_out(post: Post) -> None:
    """`Refused` for a post of which something is out, or may be; post and rows are locked until the transaction ends.

    The post before its rows, as an approval and a move lock them; all of its rows, so that none is announced between
    this look and the change that it allows.
    """
    Post.objects.select_for_update().get(pk=post.pk)
    rows = Publication.objects.filter(variant__post=post)
    list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    if rows.filter(beyond_change(timezone.now())).exists():
        raise Refused(_("This post is already out, or on its way: copy it to change it."))


def unplan(post: Post) -> None:
    """Takes the post's waiting publications off the queue; the fence shuts out a worker that holds one."""
    Publication.objects.filter(variant__post=post, state__in=[P.SCHEDULED, P.CLAIMED, P.PREPARED]).update(
        state=P.PLANNED, item=None, fence=F("fence") + 1, lease_until=None
    )
