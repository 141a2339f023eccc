"""Pages of what a person puts up: the list, a kit with its texts and files in order, and the address that closes it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from pipeline import channels
from pipeline.delivery import handoff
from pipeline.delivery.hold import active_holds
from pipeline.models import Publication
from publishers._sentences import Said, _
from web import lists
from web.people import me
from web.templatetags.studio import said

LISTED = 50
SHOWN = ("image/jpeg", "image/png", "image/gif")  # all else is only given to be kept


@require_safe
def every(request: HttpRequest) -> HttpResponse:
    """The page of everything that waits for a person's hand, and of what was put up last."""
    shown = {
        "waiting": lists.pictured(handoff.waiting()),
        "closed": lists.pictured(handoff.closed()[:LISTED]),
    }
    return render(request, "handoffs.html", shown)


@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """The page of one kit; of one that is not due yet it says when it appears."""
    row = _publication(pk)
    receipt = getattr(row, "receipt", None)
    shown = {
        "row": row,
        "post": row.variant.post,
        "kit": handoff.kit(row),
        "receipt": receipt,
        "put_up_by": receipt.details.get("put_up_by", "") if receipt else "",
        "may_correct": receipt and (me(request).may_approve or not receipt.details.get("corrected")),
        "held": any(hold.channel_id in (None, row.channel_id) for hold in active_holds()),
    }
    return render(request, "handoff.html", shown)


@require_POST
def done(request: HttpRequest, pk: int) -> HttpResponse:
    """Notes the pasted address, then the page with what was noted, or why not."""
    row, seen = _publication(pk), request.POST.get("seen", "")
    link = request.POST.get("link", "").strip()
    try:
        if handoff.done(row, by=me(request), link=link, seen=seen):
            messages.success(request, gettext("Noted. The post counts as published at this address."))
        else:
            messages.error(request, _somebody_else(row))
    except Said as refusal:
        messages.error(request, said(refusal.sentence))
        return _with_what_was_typed(pk, link)
    return redirect("handoff", pk=pk)


def _with_what_was_typed(pk: int, link: str) -> HttpResponse:
    """The page again: nothing that was typed is lost to a refusal."""
    return redirect(f"{reverse('handoff', args=[pk])}?{urlencode({'link': link[:600]})}#up")


@require_POST
def not_posted(request: HttpRequest, pk: int) -> HttpResponse:
    """Notes that it was not put up after all, then the page."""
    row = _publication(pk)
    try:
        if handoff.not_posted(row, by=me(request), seen=request.POST.get("seen", "")):
            messages.success(request, gettext("Noted: not posted. Give the post another time if it is still wanted."))
        else:
            messages.error(request, _somebody_else(row))
    except Said as refusal:
        messages.error(request, said(refusal.sentence))
    return redirect("handoff", pk=pk)


def _somebody_else(row: Publication) -> str:
    if name := handoff.who(row):
        return said(_("{name} was faster: the address below is theirs. Correct it if it is wrong.", name=name))
    return said(_("Somebody has settled this post meanwhile: look at it again."))


@require_safe
def file(request: HttpRequest, pk: int, name: str) -> HttpResponseBase:
    """One file of a kit, as its list names it: pictures to be seen, all else to be kept."""
    row = _publication(pk)
    kit, folder = handoff.kit(row), handoff.folder(row)
    if kit is None or folder is None or name not in kit.names() or not (folder / name).is_file():
        raise Http404
    mime = next((item.mime for item in kit.items if item.file == name), "application/octet-stream")
    keep = mime not in SHOWN or "keep" in request.GET
    answer = FileResponse((folder / name).open("rb"), as_attachment=keep, filename=name, content_type=mime)
    answer["Cache-Control"] = "private, no-cache"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _publication(pk: int) -> Publication:
    rows = Publication.objects.select_related("channel", "variant__post", "item", "receipt")
    return get_object_or_404(rows, pk=pk, channel__platform__in=channels.by_hand())
