"""The page of a figure's short code: its rows, its query, its files, and the posts that show it."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from pipeline import tracing
from pipeline.models import Observation
from publishers._sentences import Said
from web.people import me
from web.sources import figure_view
from web.templatetags.studio import said, spoken

ROWS = 100


@require_safe
def look_up(request: HttpRequest) -> HttpResponse:
    """The form that takes a code from a card; then the page of its figure."""
    code = request.GET.get("code", "").strip()
    if not code:
        return render(request, "figure_code.html", {})
    try:
        found = tracing.trace(code, by=me(request))
    except Said as refusal:
        return render(request, "figure_code.html", {"refusal": said(refusal.sentence), "code": code}, status=404)
    return redirect("figure", code=found.figure.code)


@require_safe
def page(request: HttpRequest, code: str) -> HttpResponse:
    """Everything behind one figure; its rows only for those who work with the records."""
    try:
        found = tracing.trace(code, by=me(request))
    except Said as refusal:
        return render(request, "figure_code.html", {"refusal": said(refusal.sentence), "code": code}, status=404)
    shown: dict[str, Any] = {"trace": found, "view": figure_view(found.figure, spoken())}
    if found.rows is not None:
        part = Paginator(found.rows, ROWS).get_page(request.GET.get("page"))
        rows: list[Observation] = list(part)
        columns = list(dict.fromkeys(name for row in rows for name in row.values))
        shown |= {"part": part, "columns": columns, "lines": [(row, _cells(row, columns)) for row in rows]}
    return render(request, "figure.html", shown)


def _cells(row: Observation, columns: list[str]) -> list[str]:
    """What the spreadsheet showed in each column."""
    told = ((row.values.get(name) or {}) for name in columns)
    return [str(cell.get("raw") or cell.get("value", "")) for cell in told]
