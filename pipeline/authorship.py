"""Who made what, and what a change undoes: whoever touches a post is its author, and an approval in force is void."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import F
from django.utils import timezone

from pipeline import audit
from pipeline.errors import Refused
from pipeline.models import (
    BEYOND_CHANGE,
    QUEUED,
    Change,
    Channel,
    Contribution,
    Post,
    PostState,
    Publication,
    PublicationState,
    User,
    VariantMedia,
    VariantText,
)
from pipeline.people import refuse_readers
from publishers._sentences import _

P = PublicationState


class LostEdit(Refused):
    """A change made upon something that is no longer there; `changes` says who changed what meanwhile."""

    def __init__(self, changes: list[Change]) -> None:
        super().__init__(_("Somebody changed this post in the meantime: look at it again, then repeat your change."))
        self.changes = changes


def touched(post: Post, *, by: User, part: str, place: str = "", channel: Channel | None = None) -> None:
    """Notes that `by` changed a part of the post: they become an author, and an approval in force is void.

    `place` is the very row, where it was but one. Called inside the transaction of the change itself. `Refused` once
    something of the post is out or in doubt.
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
    Change.objects.create(
        post=post, version=post.version, part=part, place=place, channel=channel, by=by, at=timezone.now()
    )


def place_of(row: VariantText | VariantMedia) -> str:
    """How a text or a picture of a post is named where changes and unsaved words are noted."""
    return f"{'text' if isinstance(row, VariantText) else 'alt'}:{row.pk}"


def refuse_lost_edit(post: Post, version: int | None, places: Collection[str] = ()) -> None:
    """`LostEdit` where somebody changed the post since the page or command that now changes it was opened.

    With `places`, only where it is one of these that changed: two people may work on different texts of one post.
    """
    if version is None or (now := Post.objects.values_list("version", flat=True).get(pk=post.pk)) == version:
        return
    since = list(post.changes.filter(version__gt=version).select_related("by", "channel"))
    unknown = len({change.version for change in since}) != now - version  # from before changes were noted
    about = [change for change in since if not (places and change.place) or change.place in places]
    if about or unknown:
        raise LostEdit(about)


def refuse_what_is_out(post: Post) -> None:
    """`Refused` for a post of which something is out, or may be; post and rows are locked until the transaction ends.

    The post before its rows, as an approval and a move lock them; all of its rows, so that none is announced between
    this look and the change that it allows.
    """
    Post.objects.select_for_update().get(pk=post.pk)
    rows = Publication.objects.filter(variant__post=post)
    list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    if rows.filter(BEYOND_CHANGE).exists():
        raise Refused(_("This post is already out, or on its way: copy it to change it."))


def unplan(post: Post) -> None:
    """Takes the post's waiting publications off the queue; the fence shuts out a worker that holds one.

    One that may be out stays: it is asked about there, and would else be called missed, and planned once more.
    """
    Publication.objects.filter(variant__post=post, state__in=QUEUED, doubt_since=None).update(
        state=P.PLANNED, item=None, fence=F("fence") + 1, lease_until=None
    )
