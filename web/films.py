"""The page of what travels beside a film: its cover and its subtitles."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_http_methods

from pipeline import films, subtitles
from pipeline.models import Rendition, RenditionState, User, VariantMedia
from publishers._sentences import Said
from web.people import me
from web.problems import of_variant
from web.templatetags.studio import called, said

LISTED = 12  # pictures to choose a cover from: the last ones made


class FilmForm(forms.Form):
    """A cover, one language's subtitles, and the version of the post that the writer saw."""

    cover = forms.ChoiceField(label=gettext_lazy("Cover"), required=False, widget=forms.RadioSelect)
    moment = forms.FloatField(label=gettext_lazy("Moment of the film, in seconds"), required=False, min_value=0)
    lang = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    file = forms.FileField(
        label=gettext_lazy("Subtitles (SRT or WebVTT)"), required=False,
        widget=forms.ClearableFileInput(attrs={"accept": ".srt,.vtt,text/vtt"}),
    )  # fmt: skip
    remove = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: object, use: VariantMedia, pictures: list[Rendition], **more: object) -> None:
        """`pictures` are those that can be the cover of the film `use`."""
        super().__init__(*args, **more)  # type: ignore[arg-type]
        known = use.variant.channel.languages
        choices = {
            "cover": [("", gettext("The network chooses")), ("moment", gettext("A moment of the film")),
                      *((str(one.pk), str(one.pk)) for one in pictures)],
            "lang": [(lang, called(lang)) for lang in dict.fromkeys([use.rendition.lang, *known])],
            "remove": [(one.lang, called(one.lang)) for one in use.subtitles.order_by("lang")],
        }  # fmt: skip
        for name, offered in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = offered


@require_http_methods(["GET", "HEAD", "POST"])
def page(request: HttpRequest, pk: int, use: int) -> HttpResponse:
    """What travels beside a film, and the form that changes it."""
    rows = VariantMedia.objects.select_related("variant__post", "variant__channel", "rendition", "cover")
    row = get_object_or_404(rows, pk=use, variant__post_id=pk, rendition__mime="video/mp4")
    pictures = list(
        Rendition.objects.filter(state=RenditionState.READY, mime="image/jpeg").order_by("-ready_at")[:LISTED]
    )
    if row.cover and row.cover not in pictures:
        pictures.insert(0, row.cover)
    form = FilmForm(request.POST or None, request.FILES or None, use=row, pictures=pictures, initial=_now(row))
    if form.is_valid():
        try:
            _save(form, row, me(request))
        except Said as refusal:
            form.add_error(None, said(refusal.sentence))
        else:
            messages.success(request, gettext("What travels beside the film is saved."))
            return redirect("post", pk=pk)
    problems = [one for one in of_variant(row.variant) if one.place.startswith("media.")]
    shown = {"form": form, "use": row, "post": row.variant.post, "pictures": pictures, "problems": problems,
             "chosen": str(form["cover"].value() or ""), "subtitles": row.subtitles.order_by("lang")}  # fmt: skip
    return render(request, "film.html", shown)


def _now(use: VariantMedia) -> dict[str, object]:
    moment = use.cover_offset_ms
    cover = str(use.cover_id) if use.cover_id else "moment" if moment is not None else ""
    seconds = None if moment is None else moment / 1000
    return {"cover": cover, "moment": seconds, "version": use.variant.post.version}


def _save(form: FilmForm, use: VariantMedia, by: User) -> None:
    """Changes what differs: an approval is not lost over a form that was sent as it came."""
    given, version = form.cleaned_data, form.cleaned_data["version"]
    chosen = given["cover"]
    cover = Rendition.objects.get(pk=int(chosen)) if chosen.isdigit() else None
    moment = round((given["moment"] or 0) * 1000) if chosen == "moment" else None
    said_by_lang: dict[str, list[subtitles.Cue] | None] = dict.fromkeys(given["remove"])
    if given["file"]:
        said_by_lang[given["lang"]] = subtitles.read(given["file"].read(subtitles.MOST + 1), given["file"].name)
    if said_by_lang:
        films.set_subtitles(use, said_by_lang, by=by, version=version)
        version = None  # our own change came in between
    if (cover, moment) != (use.cover, use.cover_offset_ms):
        films.set_cover(use, by=by, cover=cover, moment_ms=moment, version=version)
