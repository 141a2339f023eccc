"""The page that mends what a network would refuse: before and after, done only when somebody says so."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods

from pipeline import repairs
from pipeline.models import Post, Repair, Variant
from publishers._sentences import Said
from web.actions import acts
from web.forms import number_of
from web.people import me
from web.templatetags.studio import said

WAYS: dict[str, str | Promise] = {
    "cut": gettext_lazy("Cut at a sentence"),
    "thread": gettext_lazy("Split into several messages"),
    "shrink": gettext_lazy("Make it smaller"),
    "convert": gettext_lazy("Make it in the form that is taken"),
    "reencode": gettext_lazy("Encode it anew"),
}


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int, variant: int, place: str) -> HttpResponse:
    """What a repair would change; by POST it is done."""
    row = get_object_or_404(Variant.objects.select_related("post", "channel"), pk=variant, post_id=pk)
    if not me(request).may_write:
        raise PermissionDenied
    way = request.POST.get("way") or request.GET.get("way")
    if request.method == "POST":
        return _do(request, row.post, variant, place, way)
    offer = next((one for one in repairs.offers(row) if one.place == place), None)
    if offer is None:
        raise Http404
    step = repairs.plan(offer, way)
    shown: dict[str, Any] = {
        "post": row.post, "variant": row, "step": step, "ways": {name: WAYS[name] for name in offer.ways},
        "use": None if place == "text" else list(row.media.select_related("rendition"))[int(place.split(".")[1])],
        "texts": [_change(step, lang) for lang in step.before.get("texts", {})],
    }  # fmt: skip
    return render(request, "repair.html", shown)


def _change(step: repairs.Step, lang: str) -> dict[str, str]:
    before, after = step.before["texts"][lang], step.after.get("texts", {}).get(lang, "")
    return {"lang": lang, "before": before, "after": "" if after == before else after, "rest": step.rest.get(lang, "")}


def _do(request: HttpRequest, post: Post, variant: int, place: str, way: str | None) -> HttpResponse:
    version = number_of(request.POST.get("version")) or 0
    try:
        steps = repairs.fix(post, by=me(request), way=way, only=(variant, place), version=version)
        refused = [step.refused for step in steps if step.refused]
        for sentence in refused:
            messages.error(request, said(sentence))
        if steps and not refused:
            messages.success(request, gettext("Repaired. What stood there before can be put back, below."))
    except Said as refusal:
        messages.error(request, said(refusal.sentence))
    return redirect("post", pk=post.pk)


@acts
def put_back(request: HttpRequest, post: Post, repair: int) -> str:
    """Puts back what stood there before a repair."""
    repairs.put_back(get_object_or_404(Repair, pk=repair, variant__post=post), by=me(request))
    return gettext("Put back as it was before.")
