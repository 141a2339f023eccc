"""What people fill in."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from web.marks import FACES, VOICES


class Lines(forms.CharField):
    """Text with the line ends that we store: browsers send CR LF, which networks would count and seals would keep."""

    def to_python(self, value: Any) -> str:
        """The text with plain line feeds."""
        return (super().to_python(value) or "").replace("\r\n", "\n").replace("\r", "\n")


class TextForm(forms.Form):
    """One text, and the version of the post that the writer saw."""

    text = Lines(max_length=20_000, widget=forms.Textarea)
    version = forms.IntegerField(widget=forms.HiddenInput)


class AltForm(forms.Form):
    """An alt text, and the version of the post that the writer saw."""

    text = Lines(max_length=5_000, widget=forms.Textarea)
    version = forms.IntegerField(widget=forms.HiddenInput)


class WhenForm(forms.Form):
    """A day and a time on the organisation's clock; `fold` only where that time happens twice."""

    day = forms.DateField(
        label=_("Day"), input_formats=["%Y-%m-%d"], widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    time = forms.TimeField(
        label=_("Time"), input_formats=["%H:%M"], widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    fold = forms.ChoiceField(choices=[("0", "0"), ("1", "1")], required=False)

    which: tuple[str, str] | None = None  # "02:30 CEST" and "02:30 CET", where one of them is to be chosen

    def ask_which(self, first: datetime, second: datetime) -> None:
        """Has the page ask which of the two is meant."""
        # Written out here: Django's own date filter leaves the zone of such a time empty.
        self.which = (f"{timezone.localtime(first):%H:%M %Z}", f"{timezone.localtime(second):%H:%M %Z}")

    def wall(self) -> str:
        """The wall time as the calendar reads it."""
        given = self.cleaned_data
        return f"{given['day']:%Y-%m-%d} {given['time']:%H:%M}"

    def chosen_fold(self) -> int | None:
        """0 for the first, 1 for the second, None where the person was not asked."""
        fold = self.cleaned_data["fold"]
        return int(fold) if fold else None


class HoldForm(forms.Form):
    """Why everything stops."""

    reason = forms.CharField(max_length=300, required=False)


class ProtectionForm(forms.Form):
    """A person's word, after looking, on faces and voices in a file made from footage."""

    faces = forms.ChoiceField(label=_("Faces"), choices=list(FACES.items()))
    voice = forms.ChoiceField(label=_("Voices"), choices=list(VOICES.items()))
    consent = forms.CharField(label=_("Consent code, or why none is needed"), max_length=200, required=False)
    looked = forms.BooleanField(label=_("I watched it to the end: nobody is recognisable without their consent."))
