"""Lists of posts, in the order in which somebody has to look at them."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import F, Min, Prefetch, Q, QuerySet, prefetch_related_objects

from pipeline import planning
from pipeline.models import WAITING, Post, PostState, Publication, Revision

SMALL = ("media__rendition", "media__cover")  # what the small picture of a variant is read from


def posts(*states: PostState) -> QuerySet[Post]:
    """The posts in these states, those due first at the head, with their channels and revisions."""
    due = Min("variants__publications__due_at", filter=Q(variants__publications__state__in=WAITING))
    revisions = Prefetch("revisions", Revision.objects.select_related("submitted_by").order_by("-number"))
    listed = Post.objects.filter(state__in=states).annotate(due=due).select_related("created_by")
    return listed.prefetch_related(
        "variants__channel", "variants__texts", revisions, *(f"variants__{name}" for name in SMALL)
    ).order_by(F("due").asc(nulls_last=True), "-updated_at")


def pictured(rows: Iterable[Publication]) -> list[Publication]:
    """The publications with what their small pictures are read from: three queries, however many there are."""
    found = list(rows)
    prefetch_related_objects(found, *(f"variant__{name}" for name in SMALL))
    return found


def without_time(listed: Iterable[Post]) -> list[Post]:
    """Those that have no place in the calendar on any channel, past ones included."""
    chosen = list(listed)
    placed = set(
        Publication.objects.filter(variant__post__in=chosen, state__in=planning.HELD_PLACES).values_list(
            "variant__post_id", flat=True
        )
    )
    return [post for post in chosen if post.pk not in placed]
