"""News of an act of the State may go out at once, at the level of the commune, on a coordinator's typed yes."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings

from pipeline.models import Footage, Post, PostKind, Summary

YES = frozenset({"oui", "yes"})


def asked(post: Post) -> bool:
    """Whether approving the post takes a typed yes: it is news, drawn from no figures, without footage.

    Footage has its embargo and figures their delay; this is what nothing else keeps back. Without a delay
    (PORTEVOIX_FOOTAGE_DELAY_HOURS=0) nobody is asked.
    """
    if post.kind != PostKind.NEWS or post.summary_id is not None or timedelta(0) == settings.PORTEVOIX_FOOTAGE_DELAY:
        return False
    filmed = Footage.objects.filter(renditions__uses__variant__post=post).exists()
    return not filmed and not Summary.objects.filter(renditions__uses__variant__post=post).exists()


def is_yes(typed: str) -> bool:
    """Whether somebody typed yes, in French or English."""
    return typed.strip().strip(".!").casefold() in YES
