"""The page on which a post gets one more channel or language, and the button that takes it off a channel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from pipeline import reach
from pipeline.models import Channel, Post, Variant
from pipeline.rendering.languages import languages
from web.actions import acts
from web.forms import Lines
from web.people import me, writer
from web.templatetags.studio import called, placed
from web.writing import FORM, done


class Place(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A channel, or what the post says on one, told as people call the channel."""

    def label_from_instance(self, obj: Channel | Variant) -> str:
        """How it is called in the list."""
        return str(placed(obj if isinstance(obj, Channel) else obj.channel))


class ChannelForm(forms.Form):
    """One more channel, and which of the others it says and shows the same as."""

    channel = Place(label=_("Channel"), queryset=Channel.objects.none(), empty_label=None)
    like = Place(label=_("The same as on"), queryset=Variant.objects.none(), empty_label=None, required=False)

    def __init__(self, *args: Any, more: Any, variants: Any, **others: Any) -> None:
        super().__init__(*args, **others)
        for name, rows in (("channel", more), ("like", variants)):
            field = self.fields[name]
            assert isinstance(field, Place)
            field.queryset = rows


class LanguageForm(forms.Form):
    """Words in a language, and the channels on which the post says them."""

    lang = forms.ChoiceField(label=_("Language"), choices=lambda: [(code, str(called(code))) for code in languages()])
    text = Lines(label=_("Text"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}))
    on = forms.MultipleChoiceField(label=_("On which channels"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *args: Any, variants: Sequence[Variant], **others: Any) -> None:
        super().__init__(*args, **others)
        field = self.fields["on"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(str(one.channel_id), placed(one.channel)) for one in variants]
        field.initial = [str(one.channel_id) for one in variants]
        said = {text.lang for one in variants for text in one.texts.all()}
        self.fields["lang"].initial = next((code for code in languages() if code not in said), None)


@FORM
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """Where the post goes and in which languages, and what it can still be given."""
    writer(request)
    post = get_object_or_404(Post, pk=pk)
    variants = post.variants.select_related("channel").prefetch_related("texts").order_by("pk")
    more = Channel.objects.filter(active=True).exclude(variants__post=post).order_by("network", "name")
    sent = request.POST.get("do")
    channel = ChannelForm(request.POST if sent == "channel" else None, more=more, variants=variants)
    language = LanguageForm(request.POST if sent == "language" else None, variants=list(variants))
    if channel.is_valid() and done(channel, lambda: _add(channel, post, request)):
        messages.success(request, gettext("The channel is added. Look at what it says there, and give it a time."))
        return redirect("post", pk=pk)
    if language.is_valid() and done(language, lambda: _write(language, post, request)):
        messages.success(request, gettext("The text is saved. It counts as unread until somebody reads it."))
        return redirect("post", pk=pk)
    shown = {"post": post, "variants": variants, "more": more, "channel": channel, "language": language}
    return render(request, "reach.html", shown)


def _add(form: ChannelForm, post: Post, request: HttpRequest) -> None:
    reach.add_channel(post, form.cleaned_data["channel"], by=me(request), like=form.cleaned_data["like"])


def _write(form: LanguageForm, post: Post, request: HttpRequest) -> None:
    given = form.cleaned_data
    reach.write(post, given["lang"], given["text"], by=me(request), on={int(pk) for pk in given["on"]})


@acts
def take_off(request: HttpRequest, post: Post, variant: int) -> str:
    """Takes the post off a channel on which nobody was asked to read it yet."""
    row = get_object_or_404(Variant.objects.select_related("channel", "post"), pk=variant, post=post)
    reach.take_off(row, by=me(request))
    return gettext("The post does not go to %(channel)s any more.") % {"channel": placed(row.channel)}
