"""The pages of reels: cut lists, what is made of them, and each as a form and as its text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pipeline import montages
from pipeline.errors import Refused
from pipeline.models import Footage, Montage, MontageState, User
from pipeline.reels import dressing, yamlfile
from pipeline.reels.cutlist import SIZES
from pipeline.reels.problems import Problem
from pipeline.rendering.languages import languages
from pipeline.summaries import definitions
from publishers._sentences import Said
from web.forms import number_of
from web.people import writer
from web.summaries import listed_as
from web.templatetags.studio import called, own, said
from web.writing import FORM

HEAD = ("title", "when", "where", "format", "template", "language")
OF_CUT = ("from", "to", "caption", "speaker", "sound", "framing")
FORMATS: dict[str, str | Promise] = {
    "portrait": gettext_lazy("upright, 9:16"),
    "square": gettext_lazy("square"),
    "landscape": gettext_lazy("landscape, 16:9"),
    "feed": gettext_lazy("portrait, 4:5"),
}
SOUNDS, FRAMINGS = ("keep", "mute", "disguise", "duck"), ("auto", "left", "centre", "right")


@dataclass(frozen=True)
class CutView:
    """One cut as its form shows it; `kept` what stands in the file."""

    number: int
    name: str
    kept: dict[str, Any]
    is_card: bool


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every cut list, the last changed first, with what is under way for it; comes again by itself while work is."""
    writer(request)
    rows = Montage.objects.select_related("rendition", "preview", "changed_by").order_by("-changed_at")[:60]
    answer = render(request, "reels.html", {"rows": [(row, _name(row)) for row in rows]})
    return _again(answer, any(_busy(row) for row in rows))


def _name(row: Montage) -> str:
    """The title in its text, else its number."""
    data = _data(row.text)
    title = data.get("title")
    words = title.get("text", "") if isinstance(title, dict) else title
    return str(words) if words and words != "…" else _("Cut list {number}").format(number=row.pk)


def _busy(row: Montage) -> bool:
    return row.state in (MontageState.QUEUED, MontageState.WORKING)


def _again(answer: HttpResponse, busy: bool) -> HttpResponse:
    if busy:
        answer["Refresh"] = "5"
    return answer


@FORM
def new(request: HttpRequest) -> HttpResponse:
    """The page that begins a cut list: from films, or from the figures of a summary."""
    by, spoken = writer(request), "en" if (get_language() or "fr").startswith("en") else "fr"
    wrong = ""
    if request.method == "POST":
        try:
            return redirect("reel", pk=_begun(request, by, spoken).pk)
        except Said as refusal:
            wrong = said(refusal.sentence)
    films = Footage.objects.filter(kind="video", deleted_at=None).order_by("-pk")[:60]
    known = [(code, str(called(code))) for code in languages()]
    facts = {"films": films, "templates": _templates(), "languages": known, "summaries": _summaries(), "wrong": wrong}
    return render(request, "reel_new.html", facts)


def _templates() -> list[tuple[str, str]]:
    """The templates by name, each with its title."""
    return [(one.name, own(one.title)) for one in dressing.listed()]


def _summaries() -> list[tuple[str, str]]:
    """The summaries that a reel may show, each with its title; what is for the team alone is not there."""
    shown = [listed_as(name) for name in definitions.listed()]
    return [(one.name, one.title) for one in shown if not one.internal and one.wrong is None]


def _begun(request: HttpRequest, by: User, spoken: str) -> Montage:
    given = request.POST
    if given.get("summary"):
        period, lang = given.get("period", "").strip(), given.get("lang", "")
        return montages.begin_figures(given["summary"], period, lang=lang, spoken=spoken, by=by)
    chosen = Footage.objects.filter(kind="video", pk__in=[pk for pk in given.getlist("film") if pk.isdecimal()])
    template, lang = given.get("template", ""), given.get("lang", "")
    return montages.begin(list(chosen), template=template, lang=lang, spoken=spoken, by=by)


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One cut list: its preview, what is to be mended in it, its form and its text."""
    writer(request)
    row = get_object_or_404(Montage.objects.select_related("preview", "rendition"), pk=pk)
    return _again(_shown(request, row, row.text, ""), _busy(row))


def _shown(request: HttpRequest, row: Montage, text: str, wrong: str) -> HttpResponse:
    found, problems = montages.checked(text) if text else (None, [])
    data = _data(text)
    cuts = [_cut_view(number, cut) for number, cut in enumerate(data.get("cuts") or []) if isinstance(cut, dict)]
    facts = {
        "row": row, "name": _name(row), "text": text, "wrong": wrong, "problems": problems, "good": found is not None,
        "lines": _lines(text, problems), "cuts": cuts, "head": _head(data), "busy": _busy(row),
        "formats": [(one, FORMATS.get(one, one)) for one in SIZES], "templates": _templates(),
        "languages": list(languages()), "sounds": SOUNDS, "framings": FRAMINGS, "seconds": _seconds(found),
        "handed": montages.handed(row), "warned": montages.warned(row.rendition or row.preview),
    }  # fmt: skip
    return render(request, "reel.html", facts, status=200 if not wrong else 422)


def _data(text: str) -> dict[str, Any]:
    """What the text says, as far as it is YAML at all."""
    try:
        found: dict[str, Any] = yamlfile.parsed(text, "")[0] if text else {}
    except Refused:
        return {}
    return found


def _head(data: dict[str, Any]) -> dict[str, str]:
    kept = {key: data.get(key, "") for key in HEAD}
    if isinstance(kept["title"], dict):
        kept["title"] = kept["title"].get("text", "")
    return {key: "" if value is None else str(value) for key, value in kept.items()}


def _cut_view(number: int, cut: dict[str, Any]) -> CutView:
    card = cut.get("card")
    words = card.get("text", "") if isinstance(card, dict) else card
    kept = {key: "" if cut.get(key) is None else str(cut[key]) for key in OF_CUT}
    return CutView(number, str(cut.get("clip") or words or ""), kept, "card" in cut)


def _lines(text: str, problems: list[Problem]) -> list[tuple[int, str, list[Problem]]]:
    """The text by line, each with what is to be mended in it; only lines that have something."""
    lines = text.split("\n")
    told: dict[int, list[Problem]] = {}
    for problem in problems:
        told.setdefault(problem.line, []).append(problem)
    return [(line, lines[line - 1] if line <= len(lines) else "", found) for line, found in sorted(told.items())]


def _seconds(found: Any) -> float | None:
    return (found.footage_frames + found.end_frames) / 30 if found else None


@require_safe
def handed(request: HttpRequest, pk: int) -> FileResponse:
    """The ZIP in which a cut list was handed on to another program; 404 where it was not, or was changed since."""
    writer(request)
    path = montages.handed(get_object_or_404(Montage, pk=pk))
    if path is None:
        raise Http404
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"reel-{pk}.zip")


@require_POST
def act(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Saves the text or the form, orders a preview, the reel or its hand-off, cancels."""
    by = writer(request)
    if verb not in ("text", "form", "preview", "reel", "handoff", "cancel"):
        raise Http404
    row = get_object_or_404(Montage, pk=pk)
    try:
        messages.success(request, _done(request, row, verb, by))
    except Said as refusal:
        if verb == "text":
            return _shown(request, row, request.POST.get("text", ""), said(refusal.sentence))
        messages.error(request, said(refusal.sentence))
    return redirect("reel", pk=row.pk)


def _done(request: HttpRequest, row: Montage, verb: str, by: User) -> str:
    given = request.POST
    version = number_of(given.get("version")) or 0
    if verb == "text":
        montages.save(row, given.get("text", ""), by=by, version=version)
        return _("Saved.")
    if verb == "form":
        montages.change(row, _changes(row, given.dict()), by=by, version=version)
        return _("Saved.")
    if verb in ("preview", "reel", "handoff"):
        montages.order(row, verb, by=by)
        return _("It is being made; this page comes again by itself.")
    montages.cancel(row, by=by)
    return _("Cancelled: nothing of it stays.")


def _changes(row: Montage, given: dict[str, str]) -> dict[yamlfile.Place, Any]:
    """The values of the form that differ from those of the text, by their place; an emptied one is taken away."""
    data = _data(row.text)
    found: dict[yamlfile.Place, Any] = {}
    for key, kept in _head(data).items():
        place = ("title", "text") if key == "title" and isinstance(data.get("title"), dict) else (key,)
        _changed(found, place, kept, given.get(key))
    for view in [_cut_view(number, cut) for number, cut in enumerate(data.get("cuts") or []) if isinstance(cut, dict)]:
        for key, kept in view.kept.items():
            _changed(found, ("cuts", view.number, key), kept, given.get(f"cut-{view.number}-{key}"))
    return found


def _changed(found: dict[yamlfile.Place, Any], place: yamlfile.Place, kept: str, now: str | None) -> None:
    if now is None or now.strip() == kept:
        return
    value: Any = now.strip() or None
    if place[-1] in ("from", "to") and value and value.replace(".", "", 1).isdecimal():
        value = float(value)
    found[place] = value
