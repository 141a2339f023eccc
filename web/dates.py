"""The page of key dates: what comes, from which calendars, and bringing one in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pipeline.ics.reading import MOST_BYTES
from pipeline.models import User
from pipeline.planning import dates
from publishers._sentences import Said
from web.people import me
from web.templatetags.studio import said

AHEAD = timedelta(days=366)


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The dates of the next twelve months for everyone; those who write bring calendars in and take them away."""
    user = me(request)
    if request.method == "POST" and not user.may_write:
        raise PermissionDenied
    shown: dict[str, Any] = {"given": request.POST}
    if request.method == "POST":
        try:
            messages.success(request, _act(request, user))
        except Said as refusal:
            shown["refusal"] = said(refusal.sentence)
        else:
            return redirect("dates")
    today = timezone.localdate()
    shown |= {"coming": dates.between(today, today + AHEAD), "feeds": dates.listed()}
    return render(request, "dates.html", shown)


def _act(request: HttpRequest, by: User) -> str:
    """What was done, in words."""
    given = request.POST
    if feed := given.get("remove"):
        gone = dates.remove(feed, by=by)
        return _("Dates taken away with %(name)s: %(n)d.") % {"name": feed, "n": gone}
    if file := request.FILES.get("file"):
        done = dates.bring_in(given.get("name", ""), file.read(MOST_BYTES + 1), by=by)
    else:
        done = dates.bring_in_from(given.get("name", ""), given.get("url", ""), by=by)
    words = _("%(name)s: %(new)d new, %(changed)d changed, %(gone)d gone, %(kept)d as before.") % {
        "name": done.feed, "new": len(done.new), "changed": len(done.changed), "gone": len(done.gone),
        "kept": done.kept,
    }  # fmt: skip
    if done.left_out:
        words += " " + _("Events that could not be used: %(n)d.") % {"n": done.left_out}
    return words
