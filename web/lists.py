"""Lists of posts, in the order in which somebody has to look at them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, Min, Prefetch, Q, QuerySet

from pipeline import planning
from pipeline.models import WAITING, Post, PostState, Publication, Revision


def posts(*states: PostState) -> QuerySet[Post]:
    """The posts in these states, those due first at the head, with their channels and revisions."""
    due = Min("variants__publications__due_at", filter=Q(variants__publications__state__in=WAITING))
    revisions = Prefetch("revisions", Revision.objects.select_related("submitted_by").order_by("-number"))
    listed = Post.objects.filter(state__in=states).annotate(due=due).select_related("created_by")
    return listed.prefetch_related("variants__channel", "variants__texts", revisions).order_by(
        F("due").asc(nulls_last=True), "-updated_at"
    )


def without_time(listed: Iterable[Post]) -> list[Post]:
    """Those that have no place in the calendar on any channel, past ones included."""
    chosen = list(listed)
    placed = set(
        Publication.objects.filter(variant__post__in=chosen, state__in=planning.HELD_PLACES).values_list(
            "variant__post_id", flat=True
        )
    )
    return [post for post in chosen if post.pk not in placed]
