"""The library's pages: what was made, found by its words and tags, and where it is used."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from pipeline import library
from pipeline.models import Rendition, RenditionState, Tag
from pipeline.rendering.languages import languages
from web import lists
from web.people import me
from web.templatetags.studio import called
from web.writing import FORM, done

A_PAGE = 48
KINDS = {
    "card": _("cards"),
    "reel": _("reels"),
    "photo": _("photos"),
    "document": _("documents"),
    "subtitles": _("subtitles"),
}
USED = {"": None, "yes": True, "no": False}


class SearchForm(forms.Form):
    """What is looked for; nothing has to be filled in."""

    q = forms.CharField(label=_("Words"), required=False, max_length=100)
    kind = forms.ChoiceField(label=_("Kind"), required=False)
    lang = forms.ChoiceField(label=_("Language"), required=False)
    tag = forms.ChoiceField(label=_("Tag"), required=False)
    used = forms.ChoiceField(
        label=_("In posts"), required=False, choices=[("", _("all")), ("yes", _("used")), ("no", _("not used yet"))]
    )

    def __init__(self, given: QueryDict) -> None:
        """`given` is the address's query."""
        super().__init__(given)
        tags = [(name, name) for name in Tag.objects.values_list("name", flat=True)]
        for name, everything, choices in (
            ("kind", _("every kind"), list(KINDS.items())),
            ("lang", _("every language"), [(code, called(code)) for code in languages()]),
            ("tag", _("every tag"), tags),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", everything), *choices]


class TagsForm(forms.Form):
    """The tags of one file."""

    tags = forms.CharField(label=_("Tags, separated by commas"), required=False, max_length=600)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Everything that was made and fits what is looked for, page by page."""
    form = SearchForm(request.GET)
    form.is_valid()
    wanted = form.cleaned_data
    found = library.search(
        wanted.get("q", ""), kind=wanted.get("kind", ""), lang=wanted.get("lang", ""), tag=wanted.get("tag", ""),
        used=USED[wanted.get("used", "")],
    )  # fmt: skip
    part = lists.part(request, found.prefetch_related("tags"), size=A_PAGE)
    shown = {"form": form, "part": part, "filtered": any(wanted.values())}
    return render(request, "library.html", shown)


@FORM
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: what it says, its tags, and the posts in which it stands."""
    row = get_object_or_404(Rendition.objects.prefetch_related("tags", "footage"), pk=pk, state=RenditionState.READY)
    names = ", ".join(tag.name for tag in row.tags.all())
    form = TagsForm(request.POST or None, initial={"tags": names})
    if request.method == "POST" and not me(request).may_write:
        raise PermissionDenied
    if form.is_valid() and done(form, lambda: library.label(row, form.cleaned_data["tags"].split(","), by=me(request))):
        messages.success(request, gettext("The tags are saved."))
        return redirect("library-file", pk=pk)
    return render(request, "library_file.html", {"row": row, "form": form, "posts": library.posts_with(row)})
