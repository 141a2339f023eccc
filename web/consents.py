"""The consent register: who agreed to what, where they are shown, and the button for those who withdraw."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from pipeline import removals
from pipeline.models import Consent, Footage, How, User
from pipeline.protection import consents, withdrawing
from publishers._limits import networks
from publishers._sentences import Said
from web import lists
from web.people import writer
from web.templatetags.studio import network, said

HOW = {
    How.WRITTEN: gettext_lazy("written and signed"),
    How.RECORDED: gettext_lazy("recorded, sound or film"),
    How.SPOKEN: gettext_lazy("said before a witness"),
}


class ConsentForm(forms.Form):
    """What a person agreed to."""

    code = forms.CharField(label=gettext_lazy("Code, as on the paper (P-014)"), max_length=40)
    given_on = forms.DateField(
        label=gettext_lazy("Given on"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    how = forms.ChoiceField(label=gettext_lazy("How"), choices=list(HOW.items()), widget=forms.RadioSelect)
    face = forms.BooleanField(label=gettext_lazy("Their face may be seen; else they are masked"), required=False)
    voice = forms.BooleanField(label=gettext_lazy("Their voice may be heard as it is"), required=False)
    until = forms.DateField(
        label=gettext_lazy("Last day, if they named one"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    networks = forms.MultipleChoiceField(
        label=gettext_lazy("Only on these networks (none ticked: everywhere)"), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    names = forms.CharField(
        label=gettext_lazy("Their names, one a line, to be found in texts; only hashes are kept"),
        required=False, widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        field = self.fields["networks"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(name, network(name)) for name in sorted(networks())]

    def scope(self) -> consents.Scope:
        """What was agreed to, as the register takes it."""
        given = self.cleaned_data
        return consents.Scope(
            face=given["face"], voice=given["voice"], networks=given["networks"], until=given["until"],
            names=[name for name in given["names"].splitlines() if name.strip()],
        )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def register(request: HttpRequest) -> HttpResponse:
    """Every consent and whether it holds; by POST a new one is recorded."""
    user, form = writer(request), ConsentForm(request.POST or None)
    shown: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        try:
            given = form.cleaned_data
            row = consents.record(
                given["code"], given_on=given["given_on"], how=How(given["how"]), scope=form.scope(), by=user
            )
        except Said as refusal:
            shown["refusal"] = said(refusal.sentence)
        else:
            messages.success(request, _("Recorded: %(code)s. The paper with the name stays with you.") % {"code": row})
            return redirect("consent", code=row.code)
    shown["part"] = lists.part(request, Consent.objects.all())
    shown["rows"] = [{"row": row, "holds": consents.in_force(row)} for row in shown["part"]]
    return render(request, "consents.html", shown)


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, code: str) -> HttpResponse:
    """Where a person is shown, and what they agreed to; by POST they are linked to footage, or they withdraw."""
    user, row = writer(request), get_object_or_404(Consent, code=code)
    shown: dict[str, Any] = {"row": row, "how": HOW[How(row.how)], "valid": consents.in_force(row)}
    if request.method == "POST":
        try:
            messages.success(request, _act(request, row, user))
            return redirect("consent", code=code)
        except Said as refusal:
            shown["refusal"] = said(refusal.sentence)
    found = withdrawing.uses(row)
    linked = consents.footage_of(row)
    shown |= {
        "uses": found, "nothing": withdrawing.nothing_shown(found), "footage": linked,
        "others": Footage.objects.exclude(pk__in=linked).order_by("-added_at")[:50],
        "removals": row.removals.select_related("publication__channel", "publication__receipt"),
    }  # fmt: skip
    return render(request, "consent.html", shown)


def _act(request: HttpRequest, row: Consent, by: User) -> str:
    given = request.POST
    if "withdraw" in given:
        done = withdrawing.withdraw(row, by=by)
        counts = {"stopped": len(done.stopped), "down": len(done.removals)}
        return _("Withdrawn. Publications cancelled: %(stopped)d; posts being taken down: %(down)d.") % counts
    footage = get_object_or_404(Footage, pk=given.get("footage", "0"))
    if "unlink" in given:
        consents.unlink(row, footage, by=by, reason=given.get("reason", ""))
        return _("Taken back: this person is not in footage %(code)s.") % {"code": footage.code}
    consents.link(row, footage, by=by)
    return _("Noted: this person is in footage %(code)s.") % {"code": footage.code}


@require_http_methods(["GET", "HEAD", "POST"])
def to_remove(request: HttpRequest) -> HttpResponse:
    """What has to come down from the networks; by POST a person says that they took it down."""
    user = writer(request)
    if request.method == "POST":
        task = get_object_or_404(removals.waiting(), pk=request.POST.get("task", "0"))
        if removals.done_by_hand(task, by=user):
            messages.success(request, _("Noted: it is down."))
        else:
            messages.error(request, _("This removal is under way or over: look at the list again."))
        return redirect("removals")
    return render(request, "removals.html", {"tasks": list(removals.waiting())})
