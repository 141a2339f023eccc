"""Pages that give a post its time. What was typed is never lost to a refusal."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pipeline import planning
from pipeline.errors import Refused
from pipeline.models import Post, Publication, User, Variant
from pipeline.planning import WallTime
from publishers._sentences import Said
from web import places
from web.actions import already_gone, page_before
from web.forms import WhenForm
from web.people import me
from web.templatetags.studio import said

FORM = require_http_methods(["GET", "HEAD", "POST"])


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
