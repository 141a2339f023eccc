"""The page of what the scan asks about a post's texts."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pipeline.models import Post, ScanAnswer
from pipeline.protection import textscan
from publishers._sentences import Said
from web.numerals import where
from web.people import writer
from web.templatetags.studio import said


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Each finding in its sentence; by POST somebody says that one may stand."""
    user, post = writer(request), get_object_or_404(Post, pk=pk)
    shown: dict[str, Any] = {"post": post}
    if request.method == "POST":
        given = request.POST
        try:
            key = (given.get("text", ""), given.get("kind", ""), given.get("kept", ""))
            textscan.answer(post, given.get("found", ""), by=user, key=key, public="public" in given)
            messages.success(request, _("Noted: it may stand. You are an author of this post now."))
            return redirect("questions" if textscan.of_post(post) else "post", pk=pk)
        except Said as refusal:
            shown["refusal"] = said(refusal.sentence)
    shown["asked"] = [{"question": one, "where": where(one.place.field)} for one in textscan.of_post(post)]
    shown["answered"] = ScanAnswer.objects.filter(post=post).select_related("by").order_by("-at")
    return render(request, "questions.html", shown)
