"""The page on which files from the field are brought in: dropped or chosen, several at once, with three questions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from pipeline import intake
from pipeline.intake import Answers
from pipeline.models import User
from publishers._sentences import Said
from web.people import writer
from web.templatetags.studio import said

ACCEPTED = ".jpg,.jpeg,.png,.webp,.heic,.heif,.mp4,.mov,.mkv,.webm,.3gp,.avi,.ts,.mts,.m2ts"
KINDS = {
    "GPS": _("the place (GPS)"), "camera": _("the telephone or camera"), "creation time": _("the exact time"),
    "notes": _("notes"), "thumbnail": _("a small picture"), "XMP": _("notes of a program (XMP)"),
    "IPTC": _("notes of the press (IPTC)"), "text": _("text"), "further pictures": _("further pictures"),
    "further tracks": _("further tracks"), "subtitles": _("subtitles"), "chapters": _("chapters"),
    "attachments": _("attached files"), "unreadable metadata": _("data that cannot be read"),
}  # fmt: skip


class Several(forms.ClearableFileInput):
    """A field for files that takes more than one."""

    allow_multiple_selected = True


class IntakeForm(forms.Form):
    """The files and the three questions."""

    originals = forms.Field(
        label=_("Files, one or several"), required=False, widget=Several(attrs={"accept": ACCEPTED, "multiple": True})
    )
    filmed_on = forms.DateField(
        label=_("When: the day, not the hour"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )  # fmt: skip
    place = forms.CharField(label=_("Where: the commune, no finer"), max_length=120, required=False)
    filmed_by = forms.CharField(label=_("Who filmed, by the name that we use here"), max_length=120, required=False)
    consents = forms.CharField(
        label=_("Who agreed to be shown: codes such as P-014; empty: nobody, and everyone is masked"), required=False
    )

    def answers(self) -> Answers:
        """What was answered."""
        given = self.cleaned_data
        return Answers(
            filmed_on=given["filmed_on"], place=given["place"].strip(), filmed_by=given["filmed_by"].strip(),
            consents=tuple(intake.codes(given["consents"])),
        )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest) -> HttpResponse:
    """The form; by POST every file is brought in or refused for itself, with what it carries."""
    by = writer(request)
    form = IntakeForm(request.POST or None)
    outcomes: list[dict[str, Any]] = []
    files = request.FILES.getlist("originals")
    if request.method == "POST" and not files:
        form.add_error(None, _("Choose at least one file."))
    elif form.is_valid():
        outcomes = _brought(files, form.answers(), by)
    return render(request, "intake.html", {"form": form, "outcomes": outcomes})


def _brought(files: Sequence[UploadedFile[Any]], answers: Answers, by: User) -> list[dict[str, Any]]:
    """One outcome for each file; a refused one keeps no other from coming in."""
    found: list[dict[str, Any]] = []
    for number, file in enumerate(files, 1):
        try:
            row = intake.bring_bytes(file.chunks(), answers, by=by)
        except Said as refusal:
            found.append({"number": number, "refusal": said(refusal.sentence)})
            continue
        found.append({"number": number, "row": row, "private": [KINDS[kind] for kind in row.probe.get("private", [])]})
    return found
