"""What people say of a post to each other. It is never sent, and commenting makes nobody an author of the post."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from pipeline import audit, notices
from pipeline.errors import Refused
from pipeline.models import Comment, NoticeKind, Post, User
from pipeline.pasted import plain
from pipeline.people import refuse_readers
from publishers._sentences import _

LONGEST = 5_000


def say(post: Post, text: str, *, by: User) -> Comment:
    """The new comment; its authors and whoever commented before are told that there is one, not what it says."""
    refuse_readers(by)
    words = plain(text).strip()
    if not words:
        raise Refused(_("Write something first: one sentence is enough."))
    if len(words) > LONGEST:
        raise Refused(_("A comment has {most} characters at most: this one has {n}.", most=LONGEST, n=len(words)))
    with transaction.atomic():
        row = Comment.objects.create(post=post, by=by, text=words, at=timezone.now())
        audit.append(by, "post.commented", f"post:{post.pk}", comment=row.pk)
        notices.owe(NoticeKind.COMMENT, about=row, by=by)
    return row


def resolve(comment: Comment, *, by: User) -> bool:
    """Whether the comment is settled now by this person; it was already, else."""
    refuse_readers(by)
    with transaction.atomic():
        rows = Comment.objects.filter(pk=comment.pk, resolved_at=None)
        done = bool(rows.update(resolved_by=by, resolved_at=timezone.now()))
        if done:
            audit.append(by, "post.comment_resolved", f"post:{comment.post_id}", comment=comment.pk)
    return done


def of(post: Post) -> QuerySet[Comment]:
    """The comments on a post, the first one first."""
    return post.comments.select_related("by", "resolved_by")
