"""The page on which a person chooses the mails that they get."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pipeline import notices, people
from publishers._sentences import Said
from web.forms import MailsForm
from web.people import me
from web.templatetags.studio import said


@require_http_methods(["GET", "HEAD", "POST"])
def mails(request: HttpRequest) -> HttpResponse:
    """The page of one's own mails: the address, and one box per kind."""
    user = me(request)
    form = MailsForm(request.POST or None, initial={"email": user.email})
    if form.is_valid():
        try:
            people.reach(user, form.cleaned_data["email"], by=user)
            notices.choose(request.POST.getlist("kinds"), by=user)
        except Said as refusal:
            form.add_error(None, said(refusal.sentence))
        else:
            messages.success(request, _("Saved: these are your mails from now on."))
            return redirect("mails")
    shown = {"form": form, "choices": notices.choices(user), "set_up": notices.set_up()}
    return render(request, "notices.html", shown)
