"""The page of numbers of few people: asked for by one person, agreed to by a coordinator, ended by one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pipeline.models import User
from pipeline.summaries import definitions
from pipeline.summaries.disclosure import allowing
from publishers._sentences import Said
from web.people import me
from web.templatetags.studio import said


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """What was asked for, for everyone; those who write ask, coordinators agree and end."""
    user = me(request)
    if request.method == "POST" and not user.may_write:
        raise PermissionDenied
    shown: dict[str, Any] = {"given": request.POST or request.GET}
    if request.method == "POST":
        try:
            messages.success(request, _act(request.POST, user))
        except Said as refusal:
            shown["refusal"] = said(refusal.sentence)
        else:
            return redirect("allowed")
    shown |= {"rows": allowing.listed(), "summaries": definitions.listed()}
    return render(request, "allowed.html", shown)


def _act(given: QueryDict, by: User) -> str:
    """What was done, in words."""
    if number := given.get("agree"):
        allowing.agree(_number(number), by=by)
        return _("The number is told from now on: draw the summary again.")
    if number := given.get("end"):
        allowing.end(_number(number), by=by)
        return _("The number is hidden again in what is drawn from now on.")
    dimension, value = given.get("dimension", "").strip(), given.get("value", "").strip()
    allowing.ask(
        given.get("summary", ""), given.get("period", "").strip(), given.get("figure", "").strip(),
        {dimension: value} if dimension and value else {}, given.get("reason", ""), by=by,
    )  # fmt: skip
    return _("Asked. It is told once a coordinator agrees.")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 0
