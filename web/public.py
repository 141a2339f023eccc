"""What the studio shows to everyone: the pictures that a network is about to fetch, by names that nobody can guess."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.http import require_safe

from pipeline import mediahost
from publishers._mediahost import shown

# Meta fetches pictures as facebookexternalhit and obeys this file; everybody else is asked to stay out.
ROBOTS = """User-agent: facebookexternalhit
Allow: /media/
Disallow: /

User-agent: *
Disallow: /
"""


@login_not_required
@require_safe
def media(request: HttpRequest, name: str) -> HttpResponseBase:
    """A public picture while its time lasts, else 404; there is no list of them."""
    path = shown(mediahost.folder(), name)
    if path is None:
        raise Http404
    try:
        response = FileResponse(path.open("rb"), content_type="image/jpeg")
    except FileNotFoundError:  # taken away this very moment
        raise Http404 from None
    response["Content-Disposition"] = "inline"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response


@login_not_required
@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    """Who may look where."""
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8")
