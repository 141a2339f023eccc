"""What a change to the protection of people undoes: approvals of the posts that show them."""

from __future__ import annotations

from django.db.models import Q

from pipeline.authorship import touched
from pipeline.models import BEYOND_CHANGE, Contribution, Post, Publication, Rendition, User


def change_the_posts(rendition: Rendition, by: User, part: str = "protection") -> None:
    """How people are protected is a part of each post: whoever settles it is an author, and approvals become void."""
    for post in Post.objects.filter(
        Q(variants__media__rendition=rendition) | Q(variants__media__cover=rendition)
    ).distinct():
        if Publication.objects.filter(BEYOND_CHANGE, variant__post=post).exists():
            Contribution.objects.get_or_create(post=post, user=by, part=part)  # what is out stays out
        else:
            touched(post, by=by, part=part)
