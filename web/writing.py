"""Pages with a form of their own: a text, an alt text, a time. What was typed is never lost to a refusal."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pipeline import drafts, planning, signs
from pipeline.captions import Beside
from pipeline.errors import Refused
from pipeline.models import Channel, Post, PostKind, Publication, Rendition, User, Variant, VariantMedia, VariantText
from pipeline.planning import WallTime
from pipeline.summaries import describing
from publishers._sentences import Said
from web import places, problems
from web.actions import already_gone, page_before
from web.forms import AltForm, NewForm, TextForm, WhenForm
from web.people import me
from web.problems import Check
from web.templatetags.studio import said

FORM = require_http_methods(["GET", "HEAD", "POST"])


@FORM
def text(request: HttpRequest, pk: int, text: int) -> HttpResponse:
    """The page that changes one language's text of one channel."""
    rows = VariantText.objects.select_related("variant__post", "variant__channel")
    row = get_object_or_404(rows, pk=text, variant__post_id=pk)
    post = row.variant.post
    twins = list(rows.filter(variant__post=post, lang=row.lang, text=row.text).exclude(pk=row.pk))
    form = TextForm(request.POST or None, initial={"text": row.text, "version": post.version}, twins=twins)
    checks = [_text_check(place, str(form["text"].value() or "")) for place in (row, *_ticked(form, twins))]
    if "check" in request.POST:
        return _checked(request, "text.html", {"form": form, "row": row, "post": post, "checks": checks})
    if form.is_valid() and done(form, lambda: _save(form, row, twins, me(request))):
        messages.success(request, _("The text is saved. It counts as unread until somebody reads it."))
        return redirect("post", pk=pk)
    others = [t for t in row.variant.texts.all() if t.pk != row.pk]
    return render(request, "text.html", {"form": form, "row": row, "post": post, "others": others,
                                         "checks": checks})  # fmt: skip


def _ticked(form: TextForm, twins: list[VariantText]) -> list[VariantText]:
    """The texts of other channels that would be changed too."""
    chosen = form["also"].value() or []
    return [twin for twin in twins if str(twin.pk) in chosen]


def _text_check(row: VariantText, text: str) -> Check:
    """What the row's network would say if its text were this one."""
    texts = {one.lang: text if one.pk == row.pk else one.text for one in row.variant.texts.all()}
    return Check(row.variant.channel, *problems.of_words(row.variant, texts))


def _checked(request: HttpRequest, page: str, shown: dict[str, Any]) -> HttpResponse:
    """The page with what networks would say of what was typed, nothing saved; only that part where a script asks."""
    return render(request, "parts/said.html" if request.headers.get("X-Part") == "said" else page, shown)


@transaction.atomic
def _save(form: TextForm, row: VariantText, twins: list[VariantText], by: User) -> None:
    """Writes the text where it was edited and, where that was ticked, on the channels that said the same."""
    given = form.cleaned_data
    drafts.set_text(row.variant, row.lang, given["text"], by=by, version=given["version"])
    for twin in twins:
        if str(twin.pk) in given["also"]:
            drafts.set_text(twin.variant, twin.lang, given["text"], by=by)


@FORM
def new(request: HttpRequest) -> HttpResponse:
    """The page that starts a post of words; only for those who write."""
    if not me(request).may_write:
        raise PermissionDenied
    form = NewForm(request.POST or None, accounts=Channel.objects.filter(active=True).order_by("network", "name"))
    if "check" in request.POST:
        checks = [_new_check(piece) for piece in _pieces(form)] if form.is_valid() else []
        return _checked(request, "new.html", {"form": form, "checks": checks})
    made: list[Post] = []
    if form.is_valid() and done(form, lambda: made.append(_draft(form, me(request)))):
        messages.success(request, _("The draft is saved."))
        return redirect("post", pk=made[0].pk)
    return render(request, "new.html", {"form": form})


def _new_check(piece: drafts.Piece) -> Check:
    return Check(piece.channel, *problems.of_words(Variant(channel=piece.channel, kind="text"), dict(piece.texts)))


def _pieces(form: NewForm) -> list[drafts.Piece]:
    """The words for each channel, with the sets that were ticked beside them."""
    beside = Beside(signs.named(form.cleaned_data["sets"]))
    return [drafts.beside_words(drafts.Piece(channel, words), beside) for channel, words in form.chosen()]


def _draft(form: NewForm, by: User) -> Post:
    return drafts.create(form.cleaned_data["title"], _pieces(form), by=by, kind=PostKind(form.cleaned_data["kind"]))


@FORM
def alt(request: HttpRequest, pk: int, use: int) -> HttpResponse:
    """The page that changes what people who do not see a picture are told."""
    row = get_object_or_404(VariantMedia.objects.select_related("variant__post", "variant__channel", "rendition"),
                            pk=use, variant__post_id=pk)  # fmt: skip
    post = row.variant.post
    form = AltForm(request.POST or None, initial={"text": row.alt, "version": post.version})
    checks = [Check(row.variant.channel, problems.of_alt(row, str(form["text"].value() or "")))]
    if "check" in request.POST:
        return _checked(request, "alt.html", {"form": form, "use": row, "post": post, "checks": checks})
    if form.is_valid():
        given = form.cleaned_data
        if done(form, lambda: drafts.set_alt(row, given["text"], by=me(request), version=given["version"])):
            messages.success(request, _("The description is saved."))
            return redirect("post", pk=pk)
    shown = {"form": form, "use": row, "post": post, "checks": checks, "longer": _longer(row.rendition)}
    return render(request, "alt.html", shown)


def _longer(drawn: Rendition) -> dict[str, Any]:
    """The long description and the chart's table of a card, from the data that was drawn; nothing for other files."""
    data = drawn.spec.get("data") if drawn.kind == "card" else None
    if not data:
        return {}
    return {"text": describing.long_alt(data, drawn.lang), "rows": describing.table(data, drawn.lang)}


@FORM
def schedule(request: HttpRequest, pk: int) -> HttpResponse:
    """The page that gives a post its time, on every channel where it has none: a time, or the next free slots."""
    post = get_object_or_404(Post.objects.select_related("summary"), pk=pk)
    unplaced = places.unplaced(post)
    now = timezone.localtime()
    form = WhenForm(request.POST or None, initial={"day": now.date()})
    at = _chosen(form)
    made: list[Publication] = []
    if at and done(form, lambda: made.extend(_scheduled(form, post, at, unplaced, me(request)))):
        messages.success(request, _("The post has its time in the calendar."))
        return redirect("post", pk=pk)
    channels = [v.channel for v in unplaced]
    return _when_page(request, form, post, {"channels": channels, **places.openings(unplaced)})


def _scheduled(form: WhenForm, post: Post, at: WallTime, variants: list[Variant], by: User) -> list[Publication]:
    return planning.schedule(post, at, by=by, variants=variants, in_quiet_time=form.cleaned_data["in_quiet_time"])


@FORM
def move(request: HttpRequest, pk: int, publication: int) -> HttpResponse:
    """The page that gives one publication another time."""
    rows = Publication.objects.select_related("channel", "variant__post__summary")
    row = get_object_or_404(rows, pk=publication, variant__post_id=pk)
    # The time as it was chosen, by the zone's rules of today.
    due = timezone.localtime(planning.instant(row.wall_time, row.zone, row.fold))
    back = page_before(request, reverse("post", args=[pk]))
    form = WhenForm(request.POST or None, initial={"day": due.date(), "time": due.time()})
    at = _chosen(form)
    if at and done(form, lambda: _moved(form, row, at, me(request))):
        messages.success(request, _("The post has its new time in the calendar."))
        return redirect(back)
    more = {"channels": [row.channel], "publication": row, "back": back, **places.openings([row.variant])}
    return _when_page(request, form, row.variant.post, more)


def _moved(form: WhenForm, row: Publication, at: WallTime, by: User) -> None:
    if not planning.move(row, at, by=by, in_quiet_time=form.cleaned_data["in_quiet_time"]):
        already_gone()


@FORM
def deadline(request: HttpRequest, pk: int) -> HttpResponse:
    """The page that says by when a post has to be approved."""
    post = get_object_or_404(Post, pk=pk)
    usual = "usual" in request.POST
    local = timezone.localtime(post.approve_by or timezone.now())
    form = WhenForm(None if usual else request.POST or None, initial={"day": local.date(), "time": local.time()})
    at = None if usual else _chosen(form)
    if (usual or at) and done(form, lambda: planning.set_deadline(post, at, by=me(request))):
        messages.success(request, _("Noted: who has to approve it is told before."))
        return redirect("post", pk=pk)
    return render(request, "deadline.html", {"form": form, "post": post})


def _when_page(request: HttpRequest, form: WhenForm, post: Post, more: dict[str, object]) -> HttpResponse:
    return render(request, "when.html", {"form": form, "post": post, **more})


def done(form: forms.Form, change: Callable[[], object]) -> bool:
    """Whether the change was made; a refusal is said on the form, above what was typed."""
    try:
        change()
    except planning.InQuietTime as refusal:
        form.quiet = True  # type: ignore[attr-defined]
        form.add_error(None, said(refusal.sentence))
        return False
    except Said as refusal:
        form.add_error(None, said(refusal.sentence))
        return False
    return True


def _chosen(form: WhenForm) -> WallTime | None:
    """The time that the form names; None where it names none, or one that happens twice and was not told apart."""
    if not form.is_valid():
        return None
    wall, fold = form.wall(), form.chosen_fold()
    try:
        first, second = (planning.wall_time(wall, fold=f) for f in (0, 1))
    except Refused as refusal:
        form.add_error(None, said(refusal.sentence))
        return None
    if first.instant == second.instant or fold is not None:
        return second if fold == 1 else first
    form.ask_which(first.instant, second.instant)
    return None
