"""What people fill in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.boundfield import BoundField
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.formats import date_format
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipeline.models import Channel, PostKind, Publication, Rendition, RenditionState, SignSet, VariantText
from pipeline.pasted import plain
from pipeline.recipes import Given
from publishers._limits import limits
from web.marks import FACES, FORMS_OF_POST, KINDS, ROLES, VOICES
from web.templatetags.studio import KINDS_IN_A_WORD, called, placed

VERSIONS = 999_999_999  # the highest version that a page may send: no post is ever changed so often


def number_of(given: object) -> int | None:
    """The version, or other whole number, that a page sent along; None where it is none that a store can hold."""
    text = str(given)
    return int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(VERSIONS)) else None


class Lines(forms.CharField):
    """Words as we store them: plain line ends, and nothing unseen that networks would count and seals would keep."""

    def to_python(self, value: Any) -> str:
        """The text as plain text; one that is refused for its length anyway, as it came."""
        raw = super().to_python(value) or ""
        return raw if self.max_length is not None and len(raw) > 2 * self.max_length else plain(raw)


class TextForm(forms.Form):
    """One text, and the version of the post that the writer saw."""

    text = Lines(max_length=20_000, widget=forms.Textarea)
    version = forms.IntegerField(widget=forms.HiddenInput, max_value=VERSIONS)
    also = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)

    sets = forms.MultipleChoiceField(
        label=_("Sets of hashtags and mentions"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, row: VariantText, kin: Iterable[VariantText], **more: Any) -> None:
        """`row` is the text, `kin` those of other channels in its language; the ones that say the same are ticked."""
        super().__init__(*args, **more)
        also, sets = self.fields["also"], self.fields["sets"]
        assert isinstance(also, forms.MultipleChoiceField) and isinstance(sets, forms.MultipleChoiceField)
        also.choices = [(str(one.pk), _shared(one, row)) for one in kin]
        also.initial = [str(one.pk) for one in kin if one.text == row.text]
        network = row.variant.channel.network
        self.set_names = [one.name for one in SignSet.objects.order_by("name")
                          if not one.networks or network in one.networks]  # fmt: skip
        sets.choices = [(name, name) for name in self.set_names]


def _shared(one: VariantText, row: VariantText) -> str:
    """How a channel is offered that may say the same."""
    place = {"channel": placed(one.variant.channel)}
    if one.text == row.text:
        return gettext("also on %(channel)s, which says the same today") % place
    return gettext("also on %(channel)s, in place of what it says today") % place


class NewForm(forms.Form):
    """A post of words: the same for every channel at first, in one or more languages."""

    LANGS = ("fr", "en")

    title = forms.CharField(label=_("Title, for the calendar; it is never sent"), max_length=200)
    kind = forms.ChoiceField(
        label=_("If it is late"), choices=list(KINDS.items()), initial=PostKind.EVERGREEN, widget=forms.RadioSelect
    )
    channels = forms.MultipleChoiceField(label=_("Where it goes"), widget=forms.CheckboxSelectMultiple)
    sets = forms.MultipleChoiceField(
        label=_("Sets of hashtags and mentions"), required=False, widget=forms.CheckboxSelectMultiple,
        choices=lambda: [(one.name, one.name) for one in SignSet.objects.order_by("name")],
    )  # fmt: skip

    def __init__(self, *args: Any, accounts: Iterable[Channel], **more: Any) -> None:
        """`accounts` are those to choose from; the ones that take no post without a picture are left out."""
        super().__init__(*args, **more)
        self.accounts = {str(one.pk): one for one in accounts if "text" in limits(one.network).kinds}
        field = self.fields["channels"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(pk, placed(one)) for pk, one in self.accounts.items()]
        for lang in self.LANGS:
            box = forms.Textarea(attrs={"rows": 6, "lang": lang})
            self.fields[f"text_{lang}"] = Lines(label=called(lang), max_length=20_000, required=False, widget=box)

    def texts(self) -> list[BoundField]:
        """The boxes of the languages."""
        return [self[f"text_{lang}"] for lang in self.LANGS]

    def clean(self) -> dict[str, Any]:
        """What was given, with words in at least one language."""
        given = super().clean() or self.cleaned_data
        if not any(given.get(f"text_{lang}") for lang in self.LANGS):
            raise ValidationError(_("Write the text in at least one language."))
        return given

    def chosen(self) -> list[tuple[Channel, dict[str, str]]]:
        """The channels that were ticked, each with the words in the order of its languages."""
        words = {lang: text for lang in self.LANGS if (text := self.cleaned_data[f"text_{lang}"])}
        accounts = [self.accounts[pk] for pk in self.cleaned_data["channels"]]
        return [(one, dict(sorted(words.items(), key=lambda w: _rank(one, w[0])))) for one in accounts]


def _rank(channel: Channel, lang: str) -> int:
    return channel.languages.index(lang) if lang in channel.languages else len(channel.languages)


class ReelField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A reel to choose, told by its day and by what its description says."""

    def label_from_instance(self, obj: Rendition) -> str:
        """How the reel is called in the list."""
        day = date_format(timezone.localtime(obj.ready_at), "j F") if obj.ready_at else "–"
        return ", ".join(filter(None, (f"{obj.pk}", day, Truncator(obj.alt).chars(60))))


class RecipeForm(forms.Form):
    """What a recipe needs of a person: a period or words, channels, which of its posts, and from which day on."""

    LANGS = NewForm.LANGS

    period = forms.CharField(label=_("Period"), max_length=22)  # 2026-03-01..2026-04-15
    reel = ReelField(label=_("Which reel"), queryset=Rendition.objects.none(), empty_label=None)
    posts = forms.MultipleChoiceField(label=_("Its posts"), widget=forms.CheckboxSelectMultiple)
    channels = forms.MultipleChoiceField(label=_("Where they go"), widget=forms.CheckboxSelectMultiple)
    first = forms.DateField(
        label=_("First day"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    at = forms.TimeField(
        label=_("Hour, where a channel has no free slot that day"),
        input_formats=["%H:%M"],
        widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        required=False,
    )

    def __init__(self, *args: Any, source: str, titles: Mapping[str, str], accounts: Iterable[Channel],
                 **more: Any) -> None:  # fmt: skip
        """`titles` are those of the recipe's posts by name, `accounts` the channels to choose from."""
        super().__init__(*args, **more)
        self.accounts = {str(one.pk): one for one in accounts}
        posts, channels, reel = self.fields["posts"], self.fields["channels"], self.fields["reel"]
        assert isinstance(posts, forms.MultipleChoiceField) and isinstance(channels, forms.MultipleChoiceField)
        assert isinstance(reel, forms.ModelChoiceField)
        posts.choices, posts.initial = list(titles.items()), list(titles)
        channels.choices = [(pk, placed(one)) for pk, one in self.accounts.items()]
        reel.queryset = Rendition.objects.filter(kind="reel", state=RenditionState.READY).order_by("-pk")
        for lang in self.LANGS if source != "summary" else ():
            box = forms.Textarea(attrs={"rows": 6, "lang": lang})
            self.fields[f"text_{lang}"] = Lines(label=called(lang), max_length=20_000, required=False, widget=box)
        for name in {"summary": ["reel"], "reel": ["period"], "text": ["period", "reel"]}[source]:
            del self.fields[name]

    def boxes(self) -> list[BoundField]:
        """The boxes of the languages."""
        return [field for field in self if field.name.startswith("text_")]

    def given(self) -> Given:
        """What the recipe is given."""
        filled, reel = self.cleaned_data, self.cleaned_data.get("reel")
        texts = {lang: text for lang in self.LANGS if (text := filled.get(f"text_{lang}"))}
        media = [(reel, reel.alt)] if reel else []
        return Given(period=filled.get("period"), texts=texts, media=media, only=filled["posts"])

    def chosen(self) -> list[Channel]:
        """The channels that were ticked."""
        return [self.accounts[pk] for pk in self.cleaned_data["channels"]]


class AltForm(forms.Form):
    """An alt text, and the version of the post that the writer saw."""

    text = Lines(max_length=5_000, widget=forms.Textarea)
    version = forms.IntegerField(widget=forms.HiddenInput, max_value=VERSIONS)


class WhenForm(forms.Form):
    """A day and a time on the organisation's clock; `fold` only where that time happens twice."""

    day = forms.DateField(
        label=_("Day"), input_formats=["%Y-%m-%d"], widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    time = forms.TimeField(
        label=_("Time"), input_formats=["%H:%M"], widget=forms.TimeInput(format="%H:%M", attrs={"type": "time"})
    )
    fold = forms.ChoiceField(choices=[("0", "0"), ("1", "1")], required=False)
    in_quiet_time = forms.BooleanField(label=_("It may go out in quiet time"), required=False)

    quiet = False  # whether the page asks for that yes
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


class SlotForm(forms.Form):
    """An opening in the week of one channel or several."""

    channels = forms.MultipleChoiceField(label=_("On which channels"), widget=forms.CheckboxSelectMultiple)
    days = forms.MultipleChoiceField(
        label=_("On which days"),
        choices=[(number, WEEKDAYS[number]) for number in range(7)],
        widget=forms.CheckboxSelectMultiple,
    )
    at = forms.TimeField(label=_("Time"), input_formats=["%H:%M"], widget=forms.TimeInput(attrs={"type": "time"}))
    kind = forms.ChoiceField(
        label=_("Only for"),
        choices=[("", _("news and evergreen")), *KINDS_IN_A_WORD.items()],
        required=False,
    )
    form = forms.ChoiceField(
        label=_("Only this form of post"), choices=[("", _("any form")), *FORMS_OF_POST.items()], required=False
    )

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


class SwapForm(forms.Form):
    """The other publication, with which one exchanges its time."""

    other: forms.ModelChoiceField[Publication] = forms.ModelChoiceField(
        label=_("Exchange with"), queryset=Publication.objects.none()
    )
    in_quiet_time = forms.BooleanField(label=_("It may go out in quiet time"), required=False)

    quiet = False

    def __init__(self, *args: Any, others: QuerySet[Publication], **more: Any) -> None:
        """`others` are those that may be chosen; the page shows the first of them."""
        super().__init__(*args, **more)
        field = self.fields["other"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = others


class MailsForm(forms.Form):
    """Where mails reach a person; which ones, their boxes say."""

    email = forms.EmailField(label=_("My e-mail address"), max_length=254, required=False)


class InviteForm(forms.Form):
    """Who is invited, in which role."""

    username = forms.CharField(label=_("Name to sign in with"), max_length=150)
    role = forms.ChoiceField(label=_("Role"), choices=list(ROLES.items()))
    email = forms.EmailField(label=_("E-mail address"), max_length=254, required=False)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **more: Any) -> None:
        """Browsers neither fill in nor correct what is another person's."""
        super().__init__(*args, **more)
        for name in ("username", "email"):
            self.fields[name].widget.attrs.update(autocomplete="off", autocapitalize="none", spellcheck="false")


class HoldForm(forms.Form):
    """Why everything stops."""

    reason = forms.CharField(max_length=300, required=False)


class ProtectionForm(forms.Form):
    """A person's word, after looking, on faces and voices in a file made from footage."""

    faces = forms.ChoiceField(label=_("Faces"), choices=list(FACES.items()))
    voice = forms.ChoiceField(label=_("Voices"), choices=list(VOICES.items()))
    consent = forms.CharField(label=_("Consent code, or why none is needed"), max_length=200, required=False)
    looked = forms.BooleanField(label=_("I watched it to the end: nobody is recognisable without their consent."))
