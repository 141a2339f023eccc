"""The calendar for calendar programs: what a secret address shows, and the page on which a person makes theirs."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pipeline.planning import feeds
from web.people import me


@login_not_required
@require_safe
def feed(request: HttpRequest, token: str) -> HttpResponse:
    """The calendar of a secret address, or 404; nobody signs in, and nothing of the posts' words is in it."""
    owner = feeds.owner(token)
    if owner is None:
        return HttpResponseNotFound(content_type="text/plain")
    shown = feeds.events(owner.language, studio_url(request))
    etag = feeds.etag(shown, owner.language)
    same = get_conditional_response(request, etag=etag)
    # Without a response of ours it answers 304 or 412, or None where the content is to be sent.
    answer = same or HttpResponse(feeds.content(shown, owner.language), content_type="text/calendar; charset=utf-8")
    answer["ETag"] = etag
    answer["Cache-Control"] = "private, max-age=300"
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Content-Disposition"] = 'attachment; filename="porte-voix.ics"'
    return answer


def studio_url(request: HttpRequest) -> str:
    """Where people reach the studio, without a slash at the end."""
    return settings.PORTEVOIX_URL or request.build_absolute_uri("/").rstrip("/")


@require_http_methods(["GET", "HEAD", "POST"])
def mine(request: HttpRequest) -> HttpResponse:
    """The page of one's own calendar address: made, renewed or withdrawn; shown once, when it is made."""
    user, address = me(request), ""
    if request.method == "POST" and request.POST.get("do") == "withdraw":
        feeds.withdraw(user)
        messages.success(request, _("Withdrawn: the address opens nothing any more."))
        return redirect("my-feed")
    if request.method == "POST":
        address = feeds.address(feeds.make(user), studio_url(request))
    answer = render(request, "feed.html", {"address": address, "made_at": feeds.made_at(user)})
    answer["Cache-Control"] = "no-store"
    return answer
