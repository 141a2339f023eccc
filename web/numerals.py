"""The page of numbers that a post's summary does not hold: each is confirmed by typing it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from pipeline import numerals
from pipeline.models import NumeralConfirmation, Post
from publishers._sentences import Said
from web.people import me
from web.templatetags.studio import said

WHERE: dict[str, str | Promise] = {
    "text": gettext_lazy("in the words"),
    "title": gettext_lazy("in the title"),
    "content_warning": gettext_lazy("in the content warning"),
    "first_comment": gettext_lazy("in the first comment"),
    "link_card": gettext_lazy("in the link preview"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Each number that waits for somebody's word, in its sentence; by POST one is confirmed."""
    post, user = get_object_or_404(Post, pk=pk), me(request)
    if not user.may_write:
        raise PermissionDenied
    shown: dict[str, Any] = {"post": post}
    if request.method == "POST":
        given = request.POST
        try:
            key = (given.get("text", ""), given.get("number", ""))
            numerals.confirm(post, given.get("typed", ""), by=user, key=key)
            messages.success(request, _("Confirmed. You are an author of this post now."))
            return redirect("numerals" if numerals.of_post(post) else "post", pk=pk)
        except Said as refusal:
            shown["refusal"] = said(refusal.sentence)
    shown["asked"] = [{"stranger": one, "where": where(one.place.field)} for one in numerals.of_post(post)]
    shown["confirmed"] = NumeralConfirmation.objects.filter(post=post).select_related("by").order_by("-at")
    return render(request, "numerals.html", shown)


def where(field: str) -> str:
    """A text's place in its variant, in words."""
    if field in WHERE:
        return str(WHERE[field])
    return _("in the description of a picture") if field.endswith(".alt") else _("in a picture or film")
