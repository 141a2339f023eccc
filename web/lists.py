"""Lists of posts, in the order in which somebody has to look at them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import F, Min, Prefetch, Q, QuerySet, prefetch_related_objects
from django.http import HttpRequest

from pipeline import planning
from pipeline.models import WAITING, Post, PostState, Publication, Revision

A_PAGE = 25
LOOKED_AT = 400  # approved posts among which those without a time are looked for
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


def without_time(request: HttpRequest) -> tuple[QuerySet[Post], int | None]:
    """The approved posts that have no place in the calendar on any channel, and from which number on older ones follow.

    Looked for among the posts approved last, or among those before the number in the address: almost all that were
    ever approved have their place, and to look through them all would take longer than a page may.
    """
    before = request.GET.get("before", "")
    approved = Post.objects.filter(state=PostState.APPROVED).order_by("-pk").values_list("pk", flat=True)
    if before.isascii() and before.isdigit():
        approved = approved.filter(pk__lt=int(before[:18]))
    among = list(approved[:LOOKED_AT])
    there = planning.posts_with(planning.HELD_PLACES, among)
    found = posts(PostState.APPROVED).filter(pk__in=[pk for pk in among if pk not in there])
    return found, among[-1] if len(among) == LOOKED_AT else None


def part(request: HttpRequest, rows: Any, name: str = "page", size: int = A_PAGE) -> Page[Any]:
    """The part of a list that the address asks for under this name, the first by default."""
    return Paginator(rows, size).get_page(request.GET.get(name))
