"""The page of numbers: what a month's posts reached, and the table for the yearly report."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from pipeline import metrics
from web.calendar import first_of
from web.templatetags.studio import spoken


@require_safe
def page(request: HttpRequest, year: int = 0, month: int = 0) -> HttpResponse:
    """A month's numbers by channel, this month's by default."""
    today = timezone.localdate()
    first = first_of(year, month) if year else today.replace(day=1)
    shown = {
        "view": metrics.month(first),
        "previous": first - timedelta(days=1),
        "following": first + timedelta(days=32) if (first.year, first.month) < (today.year, today.month) else None,
    }
    return render(request, "numbers.html", shown)


@require_safe
def table(request: HttpRequest, year: int) -> HttpResponse:
    """The table of a year, one row per publication, for a spreadsheet."""
    first_of(year, 1)
    answer = HttpResponse(metrics.report(metrics.year(year), spoken()), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="porte-voix-{year}.csv"'
    answer["Cache-Control"] = "no-store"
    return answer
