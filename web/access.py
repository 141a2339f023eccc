"""One's own access: password, second factor, open sessions; an invitation taken up; a password that is lost."""

from __future__ import annotations

from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash, views
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.forms import SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from pipeline import access, people, second_factor, sessions
from pipeline.models import User
from publishers._sentences import Said
from web.feeds import studio_url
from web.people import lately, me, prove
from web.templatetags.studio import said

FORM = require_http_methods(["GET", "HEAD", "POST"])


@FORM
@never_cache
@sensitive_post_parameters()
def page(request: HttpRequest) -> HttpResponse:
    """The page of one's own access: what is there, and one form for each thing to change."""
    user, refused, codes = me(request), "", []
    if request.method == "POST":
        try:
            codes = _change(request, user)
        except Said as refusal:
            refused = said(refusal.sentence)
        else:
            if not codes:
                return redirect("access")
    shown = {
        "sessions": sessions.of(user, request.session.session_key), "enrolled": second_factor.enrolled(user),
        "left": second_factor.recovery_left(user), "codes": codes, "refused": refused,
    }  # fmt: skip
    return render(request, "access.html", shown)


def _change(request: HttpRequest, user: User) -> list[str]:
    """What the person asked for, done; new recovery codes where they asked for those."""
    here = request.session.session_key
    if handle := request.POST.get("end"):
        if sessions.end(user, handle, by=user):
            messages.success(request, gettext("Ended: that browser has to sign in again."))
    elif "end_others" in request.POST:
        sessions.end_all(user, by=user, but=here)
        messages.success(request, gettext("Ended: everywhere else one has to sign in again."))
    elif "codes" in request.POST:
        prove(request, user)
        return second_factor.new_recovery_codes(user)
    elif "new" in request.POST:
        prove(request, user)
        people.set_password(user, request.POST["new"], but=here)
        update_session_auth_hash(request, user)
        messages.success(request, gettext("Your password is changed; everywhere else one has to sign in again."))
    return []


@FORM
@never_cache
@lately
def set_up(request: HttpRequest) -> HttpResponse:
    """The page that sets the second factor up: a picture for the app, then the code that it shows."""
    user, refused = me(request), ""
    if request.method == "POST":
        try:
            codes = second_factor.confirm(user, request.POST.get("code", ""))
        except Said as refusal:
            refused = said(refusal.sentence)
        else:
            request.session.cycle_key()
            return render(request, "recovery.html", {"codes": codes})
    offer = second_factor.offer(user)
    spaced = " ".join(offer.letters[at : at + 4] for at in range(0, len(offer.letters), 4))
    shown = {"letters": spaced, "picture": _picture(offer.address), "refused": refused}
    return render(request, "second_factor.html", {**shown, "enrolled": second_factor.enrolled(user)})


def _picture(address: str) -> SafeString:
    """The address as a QR code in SVG: made here, so that no other host learns the key."""
    drawn = segno.make(address, error="m").svg_inline(scale=5, border=4, dark="#15181d", light="#ffffff", omitsize=True)
    return mark_safe(drawn)  # noqa: S308 - segno writes paths only


# --------------------------------------------------------------------------------------- those who are not in yet


@login_not_required
@FORM
@never_cache
@sensitive_post_parameters()
def invited(request: HttpRequest, token: str) -> HttpResponse:
    """The page of an invitation: a password is chosen, then one signs in."""
    row = access.invitation(token)
    if row is None:
        return render(request, "invited.html", {"row": None}, status=410)
    refused = ""
    if request.method == "POST":
        try:
            given = request.POST.dict()
            access.accept(token, given.get("password", ""), first_name=given.get("first_name", ""),
                          last_name=given.get("last_name", ""))  # fmt: skip
        except Said as refusal:
            refused = said(refusal.sentence)
        else:
            messages.success(request, gettext("Welcome. Sign in with your name and the password that you chose."))
            return redirect("sign-in")
    return render(request, "invited.html", {"row": row, "refused": refused})


@login_not_required
@FORM
def forgotten(request: HttpRequest) -> HttpResponse:
    """The page for a lost password; it says the same to everyone, whether there is such a person or not."""
    if request.method == "POST":
        access.forgotten(request.POST.get("who", ""), studio_url(request))
    shown = {"sent": request.method == "POST", "set_up": bool(settings.EMAIL_HOST)}
    return render(request, "forgotten.html", shown)


class ChosenForm(SetPasswordForm):  # type: ignore[type-arg]
    """A new password, stored by the stage that logs it and ends the person's sessions."""

    def save(self, commit: bool = True) -> Any:
        """The person, with the new password."""
        people.set_password(self.user, self.cleaned_data["new_password1"])
        return self.user


class NewPassword(views.PasswordResetConfirmView):
    """Where the link of the mail leads: a new password; the second factor stays and is asked for at the sign-in."""

    template_name = "new_password.html"
    form_class = ChosenForm
    success_url = reverse_lazy("sign-in")
    token_generator = access.LINKS

    def form_valid(self, form: Any) -> HttpResponse:
        """On to the sign-in."""
        messages.success(self.request, gettext("The new password counts from now on: sign in with it."))
        return super().form_valid(form)
