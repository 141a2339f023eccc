"""Pages that are read: the queue, the drafts, a post."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from pipeline import subtitles
from pipeline.models import Post, PostState
from web import lists, onward, reading
from web.forms import ProtectionForm
from web.people import me
from web.templatetags.studio import spoken


@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The page of posts that wait for a second person, those due first at the head."""
    return render(request, "queue.html", {"posts": lists.part(request, lists.posts(PostState.IN_REVIEW))})


@require_safe
def drafts(request: HttpRequest) -> HttpResponse:
    """The page of posts that are being written, and of approved ones without a time."""
    timeless, older = lists.without_time(request)
    shown = {
        "returned": lists.part(request, lists.posts(PostState.CHANGES_REQUESTED), "returned"),
        "drafts": lists.part(request, lists.posts(PostState.DRAFT)),
        "timeless": lists.part(request, timeless, "timeless"),
        "older": older,
    }
    return render(request, "drafts.html", shown)


@require_safe
def post(request: HttpRequest, pk: int) -> HttpResponse:
    """A post's page: what would go out on each channel, where its figures come from, and what to do next."""
    found = get_object_or_404(Post.objects.select_related("created_by", "summary"), pk=pk)
    page = reading.post_view(found, me(request), spoken())
    unread = onward.unread(found, me(request)) if page.may.submit else []
    shown = {
        "page": page,
        "post": found,
        "unread": unread,
        "read_first": bool(unread) and page.next_step != "change",  # the button stands below what it speaks of
        "heard": list(dict.fromkeys(subtitles.unchecked(found).values_list("lang", flat=True))),
        "placed": any(view.publication for view in page.variants),
        "protection_form": ProtectionForm(),
    }
    return render(request, "post.html", shown)
