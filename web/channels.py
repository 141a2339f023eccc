"""The pages of channels: how each stands, adding one by hand, checking, changing, putting aside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import Any, Concatenate, ParamSpec

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from pydantic import BaseModel, SecretStr

from pipeline import channels, delivery, networkapps, renewing, vault
from pipeline.errors import Refused
from pipeline.models import Channel
from pipeline.standing import everything, standing
from publishers import registry
from publishers._consent import consents, platforms
from publishers._sentences import Said, _
from web.people import lately, me
from web.settings_form import ChannelForm, SettingsForm
from web.templatetags.studio import network, said

Rest = ParamSpec("Rest")


def administers(view: Callable[Concatenate[HttpRequest, Rest], HttpResponse]) -> Callable[..., HttpResponse]:
    """A view for administrators only; the stages refuse the others too."""

    def guarded(request: HttpRequest, *args: Rest.args, **kwargs: Rest.kwargs) -> HttpResponse:
        if not me(request).may_administer:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    update_wrapper(guarded, view)
    return guarded


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The page of all channels, for everyone signed in; what a role may not do, it does not offer."""
    ways = [{"name": name, "networks": [network(one) for one in platforms(kind)]} for name, kind in consents().items()]
    shown = {
        "channels": everything(timezone.now(), delivery.active_holds()),
        "ways": ways,
        "by_hand": sorted(((name, kind.label) for name, kind in registry().items()), key=lambda one: one[1]),
    }
    return render(request, "channels.html", shown)


@require_safe
def one(request: HttpRequest, channel: str) -> HttpResponse:
    """The page of one channel."""
    row = get_object_or_404(Channel.objects.select_related("grant"), name=channel)
    kind = registry().get(row.platform)
    shown = {
        "channel": row,
        "standing": standing(row, delivery.active_holds(), timezone.now()),
        "consent": kind.consent.name if kind and kind.consent else "",
        "settings": settings_shown(row) if me(request).may_administer else [],
    }
    return render(request, "channel.html", shown)


def settings_shown(row: Channel) -> list[tuple[str, str]]:
    """The channel's settings by their names; of a secret only that it is there."""
    kind = registry().get(row.platform)
    if kind is None:
        return []
    known = open_settings(kind.Credentials, vault.decrypt(row.credentials))
    return [(name, str(value)) for name, value in known.items() if value not in (None, "")]


def open_settings(model: type[BaseModel], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Settings for a page: each secret that is there is three dots."""
    secret = {name for name, field in model.model_fields.items() if field.annotation is SecretStr}
    return {name: ("•••" if value and name in secret else value) for name, value in stored.items()}


@require_http_methods(["GET", "HEAD", "POST"])
@administers
@lately
def add(request: HttpRequest, platform: str) -> HttpResponse:
    """The form of a new channel; its platform is asked at once whether it takes the credentials."""
    kind = registry().get(platform)
    if kind is None:
        raise Http404
    form = ChannelForm(kind.Credentials, request.POST or None)
    if form.is_valid():
        try:
            made = channels.add(
                form.cleaned_data["name"], platform, form.given(), languages=form.spoken(), by=me(request), verify=True
            )
        except Said as refusal:
            form.add_error(None, said(refusal.sentence))
        else:
            messages.success(request, gettext("Added: it was checked, and it lets us in."))
            return redirect("channel", made.name)
    shown = {"form": form, "label": kind.label, "consent": kind.consent.name if kind.consent else "", "channel": None}
    return render(request, "channel_form.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@administers
@lately
def change(request: HttpRequest, channel: str) -> HttpResponse:
    """The form of a channel's settings; the platform is asked before they are stored."""
    row = get_object_or_404(Channel, name=channel)
    kind = registry().get(row.platform)
    if kind is None:
        raise Http404
    stored = open_settings(kind.Credentials, vault.decrypt(row.credentials))
    form = SettingsForm(kind.Credentials, request.POST or None, stored=stored)
    if form.is_valid():
        try:
            channels.change(row, form.given(), by=me(request))
        except Said as refusal:
            form.add_error(None, said(refusal.sentence))
        else:
            messages.success(request, gettext("Changed: it was checked, and it lets us in."))
            return redirect("channel", row.name)
    shown = {"form": form, "label": kind.label, "consent": "", "channel": row}
    return render(request, "channel_form.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
@administers
@lately
def app(request: HttpRequest, consent: str) -> HttpResponse:
    """The form of a network's app: its number, its secret, and the address to register there."""
    kind = consents().get(consent)
    if kind is None:
        raise Http404
    stored = open_settings(kind.App, networkapps.app_settings(kind))
    form = SettingsForm(kind.App, request.POST or None, stored=stored)
    if form.is_valid():
        try:
            networkapps.keep_app(kind, form.given(), by=me(request))
        except Said as refusal:
            form.add_error(None, said(refusal.sentence))
        else:
            messages.success(request, gettext("Saved. Now connect an account with it."))
            return redirect("connect", consent)
    shown = {"label": kind.label, "consent": consent, "fixed": bool(networkapps.from_environment(kind))}
    return render(request, "app_form.html", {"form": form, **shown})


# -------------------------------------------------------------------------------------------------------- buttons


def acts(do: Callable[[HttpRequest, Channel], str]) -> Callable[..., HttpResponse]:
    """A view that does something to a channel by POST; then the channel's page, with what was done or why not."""

    @require_POST
    def view(request: HttpRequest, channel: str) -> HttpResponse:
        row = get_object_or_404(Channel, name=channel)
        try:
            messages.success(request, do(request, row))
        except Said as refusal:
            messages.error(request, said(refusal.sentence))
        return redirect("channel", row.name)

    update_wrapper(view, do)
    return view


@acts
def check(request: HttpRequest, row: Channel) -> str:
    """Asks the platform, without changing anything there."""
    if not me(request).may_manage:
        raise PermissionDenied
    missing = sum(not line.ok for line in channels.check(row))
    return gettext("Checked: something is missing, see below.") if missing else gettext("Checked: nothing is missing.")


@acts
def hold(request: HttpRequest, row: Channel) -> str:
    """Stops this channel, as anyone may; the release is the one of every page."""
    delivery.pull(row, by=me(request), reason=request.POST.get("reason", ""))
    return gettext("On hold: nothing goes out on this channel until somebody releases it.")


@acts
def aside(request: HttpRequest, row: Channel) -> str:
    """Puts the channel aside."""
    if not channels.disable(row, by=me(request)):
        raise Refused(channels.CHANGED)
    return gettext("Put aside: nothing goes out on it, and no new post can choose it.")


@acts
def renew(request: HttpRequest, row: Channel) -> str:
    """Asks the network for newer credentials of the consent."""
    if not me(request).may_administer:
        raise PermissionDenied
    if row.grant is None:
        raise Refused(_("These credentials were typed in: change them in the settings, or authorise the account."))
    if not renewing.renew(row.grant, timezone.now()):
        raise Refused(_("Not renewed: see below, or authorise the account again."))
    return gettext("Renewed: the channel has newer credentials.")


@require_POST
@administers
@lately
def remove(request: HttpRequest, channel: str) -> HttpResponse:
    """Takes the channel off for good: whole where nothing was ever made for it, else its credentials."""
    row = get_object_or_404(Channel, name=channel)
    if channels.remove(row, by=me(request)):
        messages.success(request, gettext("Removed: nothing was ever made for it."))
    else:
        messages.success(request, gettext("Its credentials are wiped; what went out on it stays in the log."))
    return redirect("channels")


@acts
def use(request: HttpRequest, row: Channel) -> str:
    """Uses a channel again that was put aside."""
    if not channels.enable(row, by=me(request)):
        raise Refused(channels.CHANGED)
    return gettext("It is in use again.")
