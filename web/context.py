"""What every page shows: its menu, the holds in force, whether the scheduler lives, how many posts are to approve."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from pipeline import delivery, versions
from pipeline.delivery.status import last_tick, silent
from pipeline.models import Post, PostState
from web import menu
from web.people import lacks_second_factor


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """Holds, the scheduler’s last sign of life, and the number of posts to approve; nothing before the sign-in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    holds, last = delivery.active_holds(), last_tick()
    return {
        "version": versions.program(),
        "last_tick": last,
        "ticking": not silent(last, timezone.now()),
        "holds": holds,
        "all_on_hold": any(hold.channel_id is None for hold in holds),
        "main_pages": menu.entries(menu.MAIN, request, user),
        "more_pages": menu.entries(menu.MORE, request, user),
        "lacks_second_factor": lacks_second_factor(user),
        "to_approve": Post.objects.filter(state=PostState.IN_REVIEW).count(),
    }
