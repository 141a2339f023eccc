"""Pages that make what a post shows: a carousel, a document, a picture of a photo; and sets of signs beside posts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pipeline import carousel, drafts, photos, signs, summaries
from pipeline.captions import Beside
from pipeline.models import Channel, Footage, Post, Rendition, RenditionState, SignSet, User
from pipeline.protection.stills import Crop
from pipeline.rendering import documents
from publishers._limits import limits
from publishers._sentences import Said
from web import lists
from web.making_forms import CarouselForm, FlyerForm, NoteForm, PhotoForm, ShowForm, SignsForm
from web.people import writer
from web.templatetags.studio import said
from web.writing import FORM, done


def _taking(*kinds: str) -> list[Channel]:
    """The channels in use that take a post of one of these kinds."""
    every = Channel.objects.filter(active=True).order_by("network", "name")
    return [one for one in every if set(kinds) & set(limits(one.network).kinds)]


@FORM
def sets(request: HttpRequest) -> HttpResponse:
    """The page of all sets of hashtags and mentions, with a form that saves one."""
    form = SignsForm(request.POST or None, initial=_as_saved(request.GET.get("change", "")))
    if form.is_valid():
        given, by = form.cleaned_data, writer(request)
        if done(form, lambda: signs.save(given["name"], hashtags=given["hashtags"].split(),
                                         mentions=given["mentions"].split(), only=given["only"], by=by)):  # fmt: skip
            messages.success(request, _("The set is saved."))
            return redirect("sets")
    return render(request, "sets.html", {"form": form, "sets": SignSet.objects.order_by("name")})


def _as_saved(name: str) -> dict[str, Any]:
    """A set as its form shows it, to be changed; empty for none."""
    row = SignSet.objects.filter(name=name).first()
    if row is None:
        return {}
    tags = " ".join(f"#{tag}" for tag in row.hashtags)
    return {"name": row.name, "hashtags": tags, "mentions": " ".join(row.mentions), "only": row.networks}


@require_POST
def remove_set(request: HttpRequest, chosen: str) -> HttpResponse:
    """Forgets a set."""
    try:
        signs.remove(chosen, by=writer(request))
        messages.success(request, _("The set is forgotten; posts keep what they have."))
    except Said as refusal:
        messages.error(request, said(refusal.sentence))
    return redirect("sets")


@FORM
def slides(request: HttpRequest) -> HttpResponse:
    """The page that drafts a carousel: its slides in order, each in a language of its own."""
    by = writer(request)
    form = CarouselForm(request.POST or None, accounts=_taking("carousel", "document"))
    made: list[Post] = []

    def draft() -> None:
        told = carousel.read(form.stated())
        made.append(carousel.draft(told, form.chosen(), by=by, texts=form.words()))

    if form.is_valid() and done(form, draft):
        messages.success(request, _("The carousel is drawn and drafted."))
        return redirect("post", pk=made[0].pk)
    return render(request, "carousel.html", {"form": form})


@FORM
def papers(request: HttpRequest) -> HttpResponse:
    """The page that makes a PDF: the note of a summary, or a flyer."""
    by = writer(request)
    note = NoteForm(request.POST if "note" in request.POST else None)
    flyer = FlyerForm(request.POST if "flyer" in request.POST else None, auto_id="flyer_%s")
    if note.is_valid():
        given = note.cleaned_data
        made = _made(note, lambda: documents.note(
            summaries.compute(given["summary"], given["period"] or None), lang=given["lang"], by=by))  # fmt: skip
    else:
        made = _made(flyer, lambda: documents.flyer(flyer.texts(), lang=flyer.cleaned_data["lang"], by=by))
    if made:
        return redirect("show", pk=made.pk)
    recent = Rendition.objects.filter(kind="document", state=RenditionState.READY).order_by("-pk")[:12]
    return render(request, "papers.html", {"note": note, "flyer": flyer, "recent": recent})


def _made(form: NoteForm | FlyerForm | PhotoForm, make: Callable[[], Rendition]) -> Rendition | None:
    """What was made; None where the form is not filled, or says why it was refused."""
    found: list[Rendition] = []
    if form.is_valid():
        done(form, lambda: found.append(make()))
    return found[0] if found else None


@FORM
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One thing that was made, as it will be seen, and the form that starts a post with it."""
    by = writer(request)
    row = get_object_or_404(Rendition, pk=pk, kind__in=("document", "photo"), state=RenditionState.READY)
    kind = "document" if row.kind == "document" else "image"
    form = ShowForm(request.POST or None, accounts=_taking(kind), row=row)
    made: list[Post] = []
    if form.is_valid() and done(form, lambda: made.append(_post(form, [row, *form.others()], by))):
        messages.success(request, _("The draft is saved."))
        return redirect("post", pk=made[0].pk)
    return render(request, "show.html", {"row": row, "form": form})


def _post(form: ShowForm, rows: Sequence[Rendition], by: User) -> Post:
    given = form.cleaned_data
    beside = Beside(signs.named(given["sets"]), given["link"], given["warning"])
    media = [(row, form.alt() if n == 0 else row.alt) for n, row in enumerate(rows)]
    pieces = [
        drafts.beside_words(drafts.Piece(one, {given["lang"]: given["text"]}, media), beside) for one in form.chosen()
    ]
    return drafts.create(form.alt()[:60], pieces, by=by)


@FORM
def pictures(request: HttpRequest) -> HttpResponse:
    """The page of all photos among the footage."""
    writer(request)
    found = lists.part(request, Footage.objects.filter(kind="image").order_by("-added_at"))
    return render(request, "photos.html", {"photos": found})


@FORM
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """The page that cuts one photo: a form, and with a script the frame moved over the masked photo itself."""
    by = writer(request)
    photo = get_object_or_404(Footage, pk=pk, kind="image")
    form = PhotoForm(request.POST or None)

    def make() -> Rendition:
        given = form.cleaned_data
        crop = Crop(x=given["x"] / 100, y=given["y"] / 100, zoom=given["zoom"])
        return photos.make(photo, format=given["format"], alt=given["alt"], lang=given["lang"], by=by, crop=crop)

    made = _made(form, make)
    if made:
        messages.success(request, _("Look at it: nobody may be recognisable."))
        return redirect("show", pk=made.pk)
    cuts = photo.renditions.filter(kind="photo", state=RenditionState.READY).order_by("-pk")
    return render(request, "photo.html", {
        "photo": photo, "form": form, "cuts": cuts, "whole": cuts.filter(format=photos.WHOLE).first(),
    })  # fmt: skip
