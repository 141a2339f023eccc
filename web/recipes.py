"""Recipes as pages: what there is, and one form that drafts a recipe's posts and plans them day by day."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from pipeline import recipes
from pipeline.planning import Made
from pipeline.recipes import Recipe
from publishers._sentences import Said, Sentence
from web.forms import RecipeForm
from web.people import me, writer
from web.templatetags.studio import said, spoken
from web.writing import FORM


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """The page of all recipes; one whose file cannot be used says why."""
    found, broken = [], []
    for name in recipes.listed():
        try:
            found.append(recipes.load(name))
        except Said as refusal:
            broken.append(refusal.sentence)
    return render(request, "recipes.html", {"recipes": found, "broken": broken})


@FORM
def recipe(request: HttpRequest, chosen: str) -> HttpResponse:
    """The page of one recipe; only for those who write."""
    if not me(request).may_write:
        raise PermissionDenied
    if chosen not in recipes.listed():
        raise Http404
    try:
        found = recipes.load(chosen)
    except Said as refusal:
        return render(request, "recipes.html", {"recipes": [], "broken": [refusal.sentence]})
    form, wrong = _form(request, found)
    look, titled = "look" in request.POST, wrong is None
    period = str(form["period"].value() or "") if "period" in form.fields and titled else ""
    if not look and titled and form.is_valid() and (made := _made(request, found, form)):
        return redirect("post", pk=made.posts[0].pk)
    drawn = {one.name for one in found.posts if one.card and period}
    shown = {
        "recipe": found, "form": form, "look": look, "period": period, "drawn": drawn,
        "wrong": said(wrong) if wrong is not None and (look or not form.is_bound) else "",
    }  # fmt: skip
    return render(request, "recipe.html", shown)


@require_safe
def card(request: HttpRequest, chosen: str, name: str, period: str) -> HttpResponse:
    """The card of one post of a recipe with that period's own figures, as a JPEG; 422 with a sentence else."""
    writer(request)
    if chosen not in recipes.listed():
        raise Http404
    try:
        drawn = recipes.card_of(recipes.load(chosen), name, period, spoken())
    except Said as refusal:
        return HttpResponse(said(refusal.sentence), status=422, content_type="text/plain; charset=utf-8")
    answer = HttpResponse(drawn.data, content_type=drawn.mime)
    answer["Cache-Control"] = "private, max-age=300"
    return answer


def _form(request: HttpRequest, found: Recipe) -> tuple[RecipeForm, Sentence | None]:
    """The form with the titles of the period asked for; of the usual one, with the sentence why, where that is none."""
    wrong: Sentence | None = None
    asked = request.POST.get("period", request.GET.get("period"))
    try:
        titles = _titles(found, asked)
    except Said as refusal:
        titles, wrong = _titles(found, None), refusal.sentence
    usual, accounts = recipes.period_of(found), recipes.taking(found)
    ticked = [str(one.pk) for one in accounts if one.pk in _own(found)]
    initial = {
        "period": (asked if not wrong and asked else usual.code) if usual else "",
        "channels": ticked,
        "first": _monday(),
        "at": "09:00",
        "reel": request.GET.get("reel", ""),
    }
    form = RecipeForm(request.POST or None, source=found.source, titles=titles, accounts=accounts, initial=initial)
    if wrong is not None and form.is_bound:
        form.add_error("period", said(wrong))
    return form, wrong


def _own(found: Recipe) -> set[int]:
    """The channels that the recipe means by itself; none where it means none that there is."""
    try:
        return {one.pk for one in recipes.channels_for(found)}
    except Said:
        return set()


def _titles(found: Recipe, period: str | None) -> dict[str, str]:
    meant = recipes.period_of(found, period)
    return {one.name: recipes.title_of(one, meant, spoken()) for one in found.posts}


def _monday() -> date:
    """The next Monday, from tomorrow on."""
    today = timezone.localdate()
    return today + timedelta(days=7 - today.weekday())


def _made(request: HttpRequest, found: Recipe, form: RecipeForm) -> Made | None:
    """What was drafted, with the sentences about it; None, and the form says why, where nothing was."""
    given, by, filled = form.given(), me(request), form.cleaned_data
    try:
        if "draft" in request.POST:
            made = recipes.draft(found, given, by=by, accounts=form.chosen())
        else:
            first, at = filled["first"], filled["at"]
            made = recipes.week(found, given, by=by, first=first, at=at, accounts=form.chosen())
    except Said as refusal:
        form.add_error(None, said(refusal.sentence))
        return None
    lines = [f"{left.title} : {said(left.sentence)}" for left in made.left_out]
    if not made.posts:
        for line in lines:
            form.add_error(None, line)
        return None
    for line in lines:
        messages.error(request, line)
    messages.success(request, _told(made))
    return made


def _told(made: Made) -> str:
    number = len(made.posts)
    if number == 1:
        return (
            gettext("The post is drafted and has its time.") if made.publications else gettext("The post is drafted.")
        )
    drafted = gettext("%(number)s posts are drafted.") % {"number": number}
    if made.publications:
        return f"{drafted} " + gettext("Each has its time; read them one after the other, this is the first.")
    return f"{drafted} " + gettext("Read them one after the other, this is the first.")
