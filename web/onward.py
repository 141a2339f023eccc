"""Which post a person goes on with: the next one to approve, the next one to read and submit."""

from __future__ import annotations

from pipeline.models import WAITING, Post, PostState, Publication, User, VariantText
from publishers._sentences import LANGUAGES
from web import lists


def to_approve(user: User) -> Post | None:
    """The post that waits for approval and goes out first of those that this person may approve; None for none."""
    waiting = lists.posts(PostState.IN_REVIEW).exclude(contributions__user=user).exclude(created_by=user)
    return waiting.first() if user.may_approve else None


def to_read(user: User) -> Post | None:
    """The person's own draft with a time that goes out first; None where none is left."""
    planned = Publication.objects.filter(state__in=WAITING).values("variant__post")
    return lists.posts(PostState.DRAFT).filter(created_by=user, pk__in=planned).first()


def unread(post: Post, user: User) -> list[tuple[str, bool]]:
    """The languages of the post's unread texts, each with whether this person reads it, as far as we know."""
    rows = VariantText.objects.filter(variant__post=post, read_by=None).order_by("position", "pk")
    langs = list(dict.fromkeys(rows.values_list("lang", flat=True)))
    if not langs:
        return []
    mine = VariantText.objects.filter(read_by=user)
    return [(lang, lang in LANGUAGES or mine.filter(lang=lang).exists()) for lang in langs]
