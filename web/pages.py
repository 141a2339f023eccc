"""Pages that are read: the calendar, the queue, the drafts, a post."""

from __future__ import annotations

from datetime import date, timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pipeline import planning
from pipeline.delivery.status import unsettled
from pipeline.models import Post, PostState
from web import lists, reading
from web.forms import ProtectionForm
from web.people import me
from web.templatetags.studio import spoken

LISTED = 50  # the page of delivery counts the others


@require_safe
def calendar(request: HttpRequest, year: int = 0, month: int = 0) -> HttpResponse:
    """The month's page, this month's by default: what goes out when, and what needs a person."""
    today = timezone.localdate()
    first = _first(year, month) if year else today.replace(day=1)
    rows = list(planning.month(first.year, first.month))
    shown = {
        "first": first,
        "previous": first - timedelta(days=1),
        "following": first + timedelta(days=32),
        "today": today,
        "week": [date(2024, 1, day) for day in range(1, 8)],  # any week that begins on a Monday, for its names
        "days": reading.days(first, rows, today),
        "rows": rows,
        "unsettled": list(unsettled()[:LISTED]),
        "closed": reading.closed(),
        "zone": settings.TIME_ZONE,
        "may_approve": me(request).may_approve,
    }
    return render(request, "calendar.html", shown)


def _first(year: int, month: int) -> date:
    if not (2000 <= year <= 2200 and 1 <= month <= 12):
        raise Http404
    return date(year, month, 1)


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The page of posts that wait for a second person, those due first at the head."""
    return render(request, "queue.html", {"posts": list(lists.posts(PostState.IN_REVIEW))})


@require_safe
def drafts(request: HttpRequest) -> HttpResponse:
    """The page of posts that are being written, and of approved ones without a time."""
    listed = list(lists.posts(PostState.DRAFT, PostState.CHANGES_REQUESTED, PostState.APPROVED))
    shown = {
        "returned": [post for post in listed if post.state == PostState.CHANGES_REQUESTED],
        "drafts": [post for post in listed if post.state == PostState.DRAFT],
        "timeless": lists.without_time(post for post in listed if post.state == PostState.APPROVED),
    }
    return render(request, "drafts.html", shown)


@require_safe
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """A post's page: what would go out on each channel, where its figures come from, and what to do next."""
    found = get_object_or_404(Post.objects.select_related("created_by", "summary"), pk=pk)
    shown = {
        "page": reading.post_view(found, me(request), spoken()),
        "post": found,
        "protection_form": ProtectionForm(),
    }
    return render(request, "post.html", shown)
