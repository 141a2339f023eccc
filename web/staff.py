"""The page of people, for administrators: who works here, invitations, roles; and the log with its verification."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from pipeline import access, audit, people, second_factor
from pipeline.models import AuditEntry, Invitation, Role, User
from publishers._sentences import Said, _
from web import lists
from web.channels import administers
from web.feeds import studio_url
from web.forms import InviteForm
from web.people import lately, me
from web.templatetags.studio import said

PAGE = 100  # entries of the log


@require_http_methods(["GET", "HEAD", "POST"])
@administers
@never_cache
@lately
def page(request: HttpRequest) -> HttpResponse:
    """The page of people; a new invitation's address is shown once, on the answer."""
    form, link, sent = InviteForm(request.POST or None), "", False
    if form.is_valid():
        given = form.cleaned_data
        try:
            row, token = access.invite(
                given["username"], role=given["role"], email=given["email"], language=given["language"], by=me(request)
            )
        except Said as refusal:
            form.add_error(None, said(refusal.sentence))
        else:
            link = studio_url(request) + reverse("invited", args=[token])
            sent, form = access.send(row, link), InviteForm()
    shown = {
        "form": form, "link": link, "sent": sent, "staff": User.objects.order_by("-is_active", "username"),
        "waiting": access.waiting(), "roles": Role.values,
    }  # fmt: skip
    return render(request, "people.html", shown)


@require_POST
@administers
@lately
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """One button about one person; then the page of people, with what was done or why not."""
    do = VERBS.get(verb)
    if do is None:
        raise Http404
    user = get_object_or_404(User, pk=pk)
    try:
        messages.success(request, do(request, user))
    except Said as refusal:
        messages.error(request, said(refusal.sentence))
    return redirect("people")


def _role(request: HttpRequest, user: User) -> str:
    people.change_role(user, request.POST.get("role", ""), by=me(request))
    line = _("{by} gave {name} another role: {role}.", by=me(request).username, name=user.username, role=user.role)
    access.tell(user, line, by=me(request))
    return gettext("The role is changed.")


def _deactivate(request: HttpRequest, user: User) -> str:
    people.deactivate(user, by=me(request))
    return gettext("They can no longer come in, and what was open is closed.")


def _activate(request: HttpRequest, user: User) -> str:
    people.activate(user, by=me(request))
    return gettext("They can come in again.")


def _reset(request: HttpRequest, user: User) -> str:
    second_factor.reset(user, by=me(request))
    line = _("{by} took away the second factor of {name}.", by=me(request).username, name=user.username)
    access.tell(user, line, by=me(request))
    return gettext("Taken away and logged: at the next sign-in they set up a new one.")


VERBS: dict[str, Callable[[HttpRequest, User], str]] = {
    "role": _role, "deactivate": _deactivate, "activate": _activate, "reset-second-factor": _reset,
}  # fmt: skip


@require_POST
@administers
@lately
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes an invitation back."""
    if access.withdraw(get_object_or_404(Invitation, pk=pk), by=me(request)):
        messages.success(request, gettext("Withdrawn: its address opens nothing any more."))
    return redirect("people")


@require_http_methods(["GET", "HEAD", "POST"])
def log(request: HttpRequest) -> HttpResponse:
    """The page of the log, the newest entries first; its button reads the whole chain anew."""
    verdict = audit.verify() if request.method == "POST" else None
    entries = lists.part(request, AuditEntry.objects.order_by("-seq"), size=PAGE)
    return render(request, "log.html", {"entries": entries, "verdict": verdict})
