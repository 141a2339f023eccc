"""The page on which a table of posts is put into the calendar: chosen, looked at row by row, then confirmed."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pipeline import planning
from pipeline.planning import plans, sheets
from pipeline.rendering.languages import languages
from publishers._sentences import Said
from web.calendar import first_of
from web.people import me
from web.templatetags.studio import said, spoken


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The page of the table; what was looked at comes back with the confirmation and is tried again as a whole."""
    user = me(request)
    if not user.may_write:
        raise PermissionDenied
    shown: dict[str, Any] = {"langs": list(languages()), "quiet": "in_quiet_time" in request.POST}
    content = _content(request)
    if content is not None:
        trial = "confirm" not in request.POST
        try:
            done = plans.plan(content, by=user, dry_run=trial, in_quiet_time=shown["quiet"])
        except Said as refusal:
            shown["refusal"] = said(refusal.sentence)
        else:
            if done.made:
                messages.success(request, _("In the calendar. Each post still has to be submitted and approved."))
                return redirect("drafts")
            shown |= {"plan": done, "content": base64.b64encode(content).decode("ascii")}
    return render(request, "plan.html", shown)


def _content(request: HttpRequest) -> bytes | None:
    """The table: a file just chosen, or the one that was looked at; no more of it than a plan may be long."""
    if file := request.FILES.get("file"):
        return bytes(file.read(sheets.MOST_BYTES + 1))
    try:
        return base64.b64decode(request.POST["content"], validate=True)
    except (KeyError, binascii.Error, ValueError):
        return None


@require_safe
def table(request: HttpRequest, year: int, month: int) -> HttpResponse:
    """A month of the calendar as a table, in the columns of a plan."""
    first = first_of(year, month)
    content = sheets.table(planning.month(first.year, first.month), spoken())
    answer = HttpResponse(content, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="porte-voix-{first:%Y-%m}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer
