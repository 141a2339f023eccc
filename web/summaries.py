"""The pages of summaries: which there are, and one of a period with its checks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from pipeline import recipes, summaries
from pipeline.errors import Refused
from pipeline.recipes import Recipe
from pipeline.rendering.formats import percent
from pipeline.rendering.languages import language
from pipeline.summaries import SummaryResult, confirming, definitions, periods
from pipeline.summaries.definitions import Definition
from pipeline.summaries.periods import Period
from publishers._sentences import Said, Sentence
from web.crossed import Crossed, crossings
from web.figureviews import FigureView, figure_views, title_of
from web.people import me
from web.templatetags.studio import said, spoken


@dataclass(frozen=True)
class Listed:
    """A declared summary, or what is wrong in its file."""

    name: str
    title: str
    internal: bool = False
    period: str = ""
    wrong: Sentence | None = None


@dataclass(frozen=True)
class Page:
    """A summary's figures of one period, in the reader's words."""

    result: SummaryResult
    title: str
    figures: list[FigureView]
    tables: list[Crossed]
    waiting: list[Any]
    passed: list[Any]
    quiet: list[Any]
    sentences: list[tuple[str, str, str, str]]  # name, language, its direction, words
    coverage: str


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every summary that is declared."""
    return render(request, "summaries.html", {"found": [listed_as(name) for name in definitions.listed()]})


def listed_as(name: str) -> Listed:
    """A declared summary as lists show it, with the title of its last whole period."""
    try:
        definition = definitions.load(name)
    except Refused as refusal:
        return Listed(name, name, wrong=refusal.sentence)
    span = periods.asked(None, definition.period, timezone.localdate())
    return Listed(name, title_of(definition, span, spoken()), definition.internal, span.code)


@require_http_methods(["GET", "HEAD", "POST"])
def one(request: HttpRequest, name: str, period: str) -> HttpResponse:
    """A summary's figures, tables, sentences, statements and checks; a check that fired is passed here by typing."""
    if request.method == "GET" and (wanted := request.GET.get("period", "").strip()):
        try:
            return redirect("summary", name, wanted)
        except NoReverseMatch:  # with a slash it is no address; the page says how a period is written
            period = wanted
    definition = _declared(name)
    shown: dict[str, Any] = {"name": name, "period": period, "typed": request.POST.get("typed", "")}
    try:
        result = summaries.compute(name, period)
        if request.method == "POST":
            return _confirmed(request, result)
    except Said as refusal:
        shown["refusal"] = said(refusal.sentence)
        shown |= _around(definition, period)
        return render(request, "summary.html", shown, status=200 if request.method != "POST" else 400)
    shown |= {"page": _page(result, spoken()), "sql": summaries.sql_text(name, period), "recipes": _recipes(name)}
    shown |= _around(definition, period)
    return render(request, "summary.html", shown)


def _recipes(name: str) -> list[Recipe]:
    """The recipes that make posts of this summary; one whose file is broken says so on the page of recipes."""
    found = []
    for one in recipes.listed():
        try:
            found.append(recipes.load(one))
        except Refused:
            continue
    return [one for one in found if one.summary == name]


def _declared(name: str) -> Definition:
    if name not in definitions.listed():
        raise Http404
    try:
        return definitions.load(name)
    except Refused as refusal:
        raise Http404 from refusal


def _confirmed(request: HttpRequest, result: SummaryResult) -> HttpResponse:
    user = me(request)
    if not user.may_write:
        raise PermissionDenied
    summaries.confirm(result.row, request.POST.get("check", ""), request.POST.get("typed", ""), by=user)
    messages.success(request, _("Noted, under your name."))
    return redirect("summary", result.name, result.period)


def _around(definition: Definition, period: str) -> dict[str, Any]:
    """The periods before and after, and an example of how to write one."""
    today, found = timezone.localdate(), {"example": periods.EXAMPLES[definition.period.unit]}
    try:
        span = periods.asked(period, definition.period, today)
    except Refused:
        return found
    lang = language(spoken())
    if span.unit in {"all", "range"}:
        return found | {"span": span.named(lang)}
    after = span.before(-1)
    told = found | {"span": span.named(lang), "before": _link(span.before(), lang)}
    return told | ({"after": _link(after, lang)} if after.start <= today else {})


def _link(period: Period, lang: Any) -> dict[str, str]:
    return {"code": period.code, "name": period.named(lang)}


def _page(result: SummaryResult, lang: str) -> Page:
    answers = {one.check_name: one for one in result.row.confirmations.select_related("by")}
    waiting = [check for check in confirming.of_row(result.row) if check.fired and check.name not in answers]
    passed = [(check, answers[check.name]) for check in result.checks if check.name in answers]
    return Page(
        result,
        title_of(result.definition, result.span, lang),
        figure_views(result, lang),
        crossings(result, lang),
        waiting,
        passed,
        [check for check in result.checks if not check.fired],
        [
            (name, code, language(code).dir, text)
            for name, texts in result.sentences.items()
            for code, text in texts.items()
        ],
        _coverage(result, lang),
    )


def _coverage(result: SummaryResult, lang: str) -> str:
    found = result.setting.coverage
    return "" if found is None else percent(found.share, language(lang))
