"""What of the calendar is shown: one channel, one language, one state, or all of it."""

from __future__ import annotations

from django import forms
from django.db.models import Q, QuerySet
from django.http import HttpRequest, QueryDict
from django.utils.translation import gettext_lazy as _

from pipeline.models import Channel, PostState, Publication, PublicationState
from pipeline.rendering.languages import languages
from web.templatetags.studio import called, placed

S = PublicationState
WAITS = Q(state=S.PLANNED)
STATES = {
    "draft": (_("being written"), WAITS & Q(variant__post__state__in=[PostState.DRAFT, PostState.CHANGES_REQUESTED])),
    "review": (_("to approve"), WAITS & Q(variant__post__state=PostState.IN_REVIEW)),
    "ready": (_("approved, waiting"), Q(state__in=[S.SCHEDULED, S.CLAIMED, S.PREPARED, S.COMMITTING, S.PENDING])),
    "out": (_("published"), Q(state__in=[S.PUBLISHED, S.VERIFIED])),
    "trouble": (_("needs a person"), Q(state__in=[S.NEEDS_HUMAN, S.UNCERTAIN, S.FAILED, S.MISSED])),
}


class FilterForm(forms.Form):
    """The three choices; none of them has to be made."""

    channel = forms.ChoiceField(label=_("Channel"), required=False)
    lang = forms.ChoiceField(label=_("Language"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False)

    def __init__(self, given: QueryDict) -> None:
        """`given` is the address's query; what is in it and no choice of ours is as if it were not there."""
        super().__init__(given)
        accounts = Channel.objects.filter(active=True).order_by("network", "name")
        for name, everything, choices in (
            ("channel", _("every channel"), [(one.name, placed(one)) for one in accounts]),
            ("lang", _("every language"), [(code, called(code)) for code in languages()]),
            ("state", _("every state"), [(name, word) for name, (word, _rows) in STATES.items()]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", everything), *choices]


def chosen(request: HttpRequest, rows: QuerySet[Publication]) -> tuple[FilterForm, QuerySet[Publication]]:
    """The form as it was filled in, and the publications that it leaves."""
    form = FilterForm(request.GET)
    form.is_valid()
    wanted = form.cleaned_data
    if name := wanted.get("channel"):
        rows = rows.filter(channel__name=name)
    if lang := wanted.get("lang"):
        rows = rows.filter(variant__texts__lang=lang).distinct()
    if state := wanted.get("state"):
        rows = rows.filter(STATES[state][1])
    return form, rows
