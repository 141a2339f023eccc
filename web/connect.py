"""The pages of a consent: before the network's own page, the way back from it, and the choice of accounts."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from pipeline import connecting, networkapps
from pipeline.connecting import Pick
from publishers._consent import Consent, consents, platforms
from publishers._sentences import Said
from web.channels import administers
from web.people import lately, me
from web.templatetags.studio import network, said

HERE = "#"  # in place of the #_=_ that Facebook appends, which browsers carry on


def session_of(request: HttpRequest) -> str:
    """The word that stands for this sign-in: another one after signing out, or for another person."""
    assert request.session.session_key is not None
    return str(request.session.session_key)


def way(name: str) -> type[Consent]:
    """The network's way of that name; a page that does not exist else."""
    found = consents().get(name)
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@administers
@never_cache
@lately
def begin(request: HttpRequest, consent: str) -> HttpResponse:
    """What the network will ask; then, after the button, the link to it.

    A link, and no redirect after the form: networks send a browser on through hosts of theirs that our policy for
    forms (form-action) would have to name.
    """
    kind = way(consent)
    shown = {
        "label": kind.label, "consent": consent, "networks": [network(one) for one in platforms(kind)],
        "has_app": bool(networkapps.app_settings(kind)), "address": "", "back": "",
    }  # fmt: skip
    try:
        shown["back"] = connecting.return_address(kind)
        if request.method == "POST":
            shown["address"] = connecting.begin(kind, session=session_of(request), by=me(request))
    except Said as refusal:
        shown["refused"] = said(refusal.sentence)
    return render(request, "connect.html", shown)


@require_http_methods(["GET"])
@administers
@never_cache
def back(request: HttpRequest, consent: str) -> HttpResponse:
    """Where the network sends the person: on to the choice, so that the code does not stay in the address."""
    kind = way(consent)
    try:
        asked = connecting.come_back(kind, request.GET.dict(), session=session_of(request), by=me(request))
    except Said as refusal:
        messages.error(request, said(refusal.sentence))
        return HttpResponseRedirect(f"{reverse('channels')}{HERE}")
    return HttpResponseRedirect(f"{reverse('choose', args=[asked.pk])}{HERE}")


@require_http_methods(["GET", "HEAD", "POST"])
@administers
@never_cache
@lately
def choose(request: HttpRequest, pk: int) -> HttpResponse:
    """The accounts that the consent opens; those that are ticked become channels, together."""
    session, wrong = session_of(request), ""
    try:
        asked = connecting.waiting(pk, session=session, by=me(request))
    except Said as refusal:
        messages.error(request, said(refusal.sentence))
        return redirect("channels")
    if request.method == "POST":
        try:
            made = connecting.choose(asked, picked(request), session=session, by=me(request))
        except Said as refusal:
            wrong = said(refusal.sentence)
        else:
            names = ", ".join(channel.name for channel in made)
            messages.success(request, gettext("Connected: %(names)s.") % {"names": names})
            return redirect("channels")
    shown = {"accounts": connecting.accounts(asked), "refused": wrong, "ticked": request.POST.getlist("pick")}
    return render(request, "choose.html", {**shown, "first": request.method != "POST"})


def picked(request: HttpRequest) -> list[Pick]:
    """The accounts that were ticked, each with the name for its channel."""
    numbers = [int(one) for one in request.POST.getlist("pick") if one.isascii() and one.isdigit()]
    return [Pick(number, request.POST.get(f"name-{number}", "").strip()) for number in numbers]
