"""The page of posts that show a figure which changed, and its two buttons."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from pipeline import corrections
from pipeline.models import Post
from web.actions import Onward, acts
from web.people import me


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Every post to be corrected: what it shows, what the records give now, and what can be done."""
    return render(request, "corrections.html", {"listed": corrections.waiting(), "may": me(request)})


@acts
def correct(request: HttpRequest, post: Post) -> str | Onward:
    """Draws the post again, or drafts another one that says what changed."""
    made = corrections.correct(post, by=me(request))
    if made == post:
        return gettext("Drawn again with the figures as they are now. Read it, then submit it.")
    return Onward(gettext("This is the correction: a draft that says what changed and leads to the first post."), made)


@acts
def keep(request: HttpRequest, post: Post) -> str:
    """Lets the post stand as it is, with a reason."""
    corrections.keep(post, request.POST.get("reason", ""), by=me(request))
    return gettext("It stands as it is; your reason is kept.")
