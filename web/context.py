"""What every page shows: the holds in force, and how many posts wait for a second person."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from pipeline import delivery
from pipeline.models import Post, PostState


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """Holds, whether one is on everything, and the number of posts to approve; nothing before the sign-in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    holds = delivery.active_holds()
    return {
        "holds": holds,
        "all_on_hold": any(hold.channel_id is None for hold in holds),
        "to_approve": Post.objects.filter(state=PostState.IN_REVIEW).count(),
    }
