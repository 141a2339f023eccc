"""What people fill in to make a carousel, a document or a picture, and to start a post with it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipeline import photos
from pipeline.cards.carousel import FEWEST, MOST
from pipeline.models import Channel, Rendition, RenditionState, SignSet
from pipeline.pdf.flyer import FLYER
from pipeline.rendering.languages import languages
from pipeline.summaries import definitions
from publishers._limits import networks
from web.forms import Lines
from web.marks import CUTS
from web.templatetags.studio import called, placed


def _langs() -> list[tuple[str, str]]:
    return [(code, str(called(code))) for code in languages()]


def _language(**more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=_("Language"), choices=_langs, initial="fr", **more)


class Accounts(forms.Form):
    """A form that chooses channels."""

    channels = forms.MultipleChoiceField(label=_("Where it goes"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, accounts: Iterable[Channel], **more: Any) -> None:
        """`accounts` are those to choose from."""
        super().__init__(*args, **more)
        self.accounts = {str(one.pk): one for one in accounts}
        field = self.fields["channels"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(pk, placed(one)) for pk, one in self.accounts.items()]

    def chosen(self) -> list[Channel]:
        """The channels that were ticked."""
        return [self.accounts[pk] for pk in self.cleaned_data["channels"]]


class SignsForm(forms.Form):
    """A set of hashtags and mentions."""

    name = forms.CharField(label=_("Name, in small letters"), max_length=60)
    hashtags = forms.CharField(label=_("Hashtags, separated by spaces"), max_length=2_000, required=False)
    mentions = forms.CharField(label=_("Accounts with @, separated by spaces"), max_length=2_000, required=False)
    only = forms.MultipleChoiceField(
        label=_("Only on these networks"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(name, name) for name in networks()],
    )  # fmt: skip


class CarouselForm(Accounts):
    """The slides of a carousel, in order: the first is its cover, the last written one its end."""

    tag = forms.CharField(label=_("Over every slide"), max_length=40)
    source = forms.CharField(label=_("Source, under every slide"), max_length=120, required=False)
    lang = _language()
    text = Lines(label=_("The words beside it"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 5}))

    def __init__(self, *args: Any, **more: Any) -> None:
        """Adds the boxes of the slides."""
        super().__init__(*args, **more)
        for number in range(1, MOST + 1):
            needed = number <= FEWEST
            self.fields[f"title_{number}"] = forms.CharField(label=_("Title"), max_length=110, required=needed)
            self.fields[f"text_{number}"] = Lines(
                label=_("Text"), max_length=320, required=False, widget=forms.Textarea(attrs={"rows": 3})
            )
            self.fields[f"lang_{number}"] = forms.ChoiceField(
                label=_("Language"), choices=lambda: [("", "–"), *_langs()], required=False
            )

    def slides(self) -> list[tuple[int, BoundField, BoundField, BoundField]]:
        """The boxes of each slide, with its number."""
        return [(n, self[f"title_{n}"], self[f"text_{n}"], self[f"lang_{n}"]) for n in range(1, MOST + 1)]

    def stated(self) -> dict[str, Any]:
        """The carousel as a file would state it; slides without a title are left out."""
        given = self.cleaned_data
        told = []
        for number in range(1, MOST + 1):
            one = {name: given[f"{name}_{number}"] for name in ("title", "text", "lang")}
            if one["title"]:
                told.append({name: value for name, value in one.items() if value})
        return {"lang": given["lang"], "tag": given["tag"], "source": given["source"], "slides": told}

    def words(self) -> dict[str, str]:
        """The words beside it, by language."""
        return {self.cleaned_data["lang"]: self.cleaned_data["text"]}


class NoteForm(forms.Form):
    """Which note to make."""

    summary = forms.ChoiceField(label=_("Summary"), choices=lambda: [(one, one) for one in definitions.listed()])
    period = forms.CharField(label=_("Period (2026-10); empty: the last whole one"), max_length=10, required=False)
    lang = _language()


class FlyerForm(forms.Form):
    """The texts of a flyer."""

    LABELS = {
        "tag": _("Over the title"),
        "title": _("Title"),
        "lead": _("What to know first"),
        "phone_label": _("Whom to call"),
        "phone": _("Number to call"),
        "source": _("Where this comes from"),
        "account": _("Account"),
    }

    lang = _language()

    def __init__(self, *args: Any, **more: Any) -> None:
        """Adds a box for each text."""
        super().__init__(*args, **more)
        for name, slot in FLYER.items():
            label = self.LABELS.get(name) or gettext("Step %(number)s") % {"number": name.removeprefix("step")}
            box = forms.TextInput if slot.characters < 100 else forms.Textarea(attrs={"rows": 2})
            self.fields[name] = Lines(label=label, max_length=slot.characters, required=slot.required, widget=box)

    def texts(self) -> dict[str, str]:
        """The texts that were given, by their place."""
        return {name: value for name in FLYER if (value := self.cleaned_data[name])}


class PhotoForm(forms.Form):
    """Where to cut a photo, and what it shows."""

    format = forms.ChoiceField(
        label=_("Format"), choices=lambda: [(one, CUTS.get(one, one)) for one in photos.formats()]
    )
    x = forms.FloatField(label=_("Middle, from the left, in per cent"), min_value=0, max_value=100, initial=50)
    y = forms.FloatField(label=_("Middle, from the top, in per cent"), min_value=0, max_value=100, initial=50)
    zoom = forms.FloatField(label=_("How far in (1: as much as fits)"), min_value=1, max_value=8, initial=1)
    alt = Lines(
        label=_("What it shows, for people who do not see it"), max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    lang = _language()


class ShowForm(Accounts):
    """A post with one thing that was made, and others beside it."""

    lang = _language()
    text = Lines(label=_("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 6}))
    alt_text = Lines(
        label=_("What it shows, for people who do not see it"), max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    also = forms.ModelMultipleChoiceField(
        label=_("With these, as a carousel"), queryset=Rendition.objects.none(), required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    sets = forms.MultipleChoiceField(
        label=_("Sets of hashtags and mentions"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(one.name, one.name) for one in SignSet.objects.order_by("name")],
    )  # fmt: skip
    link = forms.URLField(label=_("Link"), required=False, assume_scheme="https")
    warning = forms.CharField(label=_("Content warning"), max_length=200, required=False)

    def __init__(self, *args: Any, row: Rendition, **more: Any) -> None:
        """`row` is what is shown; other photos ready may stand beside a photo."""
        super().__init__(*args, initial={"alt_text": row.alt, "lang": row.lang}, **more)
        also = self.fields["also"]
        assert isinstance(also, forms.ModelMultipleChoiceField)
        if row.kind == "photo":
            ready = Rendition.objects.filter(kind="photo", state=RenditionState.READY).exclude(pk=row.pk)
            also.queryset = ready.order_by("-pk")[:20]
        else:
            del self.fields["also"]

    def alt(self) -> str:
        """What the first one shows."""
        return str(self.cleaned_data["alt_text"])

    def others(self) -> list[Rendition]:
        """What stands beside it, in order."""
        return list(self.cleaned_data.get("also") or [])
