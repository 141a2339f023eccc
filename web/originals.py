"""The page of originals whose time is over: kept as evidence with a reason, or destroyed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pipeline import retention
from pipeline.models import Footage, Kept, User
from publishers._sentences import Said
from web.people import writer
from web.templatetags.studio import said


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """What is past its time and what is kept; by POST one is kept, freed or destroyed."""
    user = writer(request)
    shown: dict[str, Any] = {}
    if request.method == "POST":
        footage = get_object_or_404(Footage, pk=request.POST.get("footage", "0"))
        try:
            messages.success(request, _act(request, footage, user))
            return redirect("originals")
        except Said as refusal:
            shown["refusal"] = said(refusal.sentence)
    shown["over"] = list(retention.over())
    shown["kept"] = Kept.objects.filter(ended_at=None).select_related("footage", "by").order_by("-at")
    return render(request, "originals.html", shown)


def _act(request: HttpRequest, footage: Footage, by: User) -> str:
    given = request.POST
    if "destroy" in given:
        retention.destroy(footage, by=by)
        return _("Footage %(code)s is destroyed; its hash stays in the log.") % {"code": footage.code}
    if "free" in given:
        retention.free(footage, by=by)
        return _("Footage %(code)s is no longer kept as evidence.") % {"code": footage.code}
    retention.keep(footage, given.get("reason", ""), by=by)
    return _("Footage %(code)s is kept as evidence.") % {"code": footage.code}
