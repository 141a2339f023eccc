"""The calendar's pages: a month, a week, the slots of a week; and the buttons that change a place in it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from pipeline import corrections, planning
from pipeline.hours import midnight
from pipeline.models import Channel, Publication, Slot
from pipeline.planning import slots
from publishers._sentences import Said
from web import filters, lists, places
from web.actions import already_gone, page_before, way_back
from web.forms import SlotForm, SwapForm
from web.people import me
from web.templatetags.studio import said
from web.writing import FORM, done

LISTED = 50  # the page of delivery counts the others
# Tiles at most: of a day, and of the whole page. What a page leaves out stands on the next finer one.
AT_A_GLANCE = {"month": (6, 90), "week": (30, 80), "day": (80, 80)}
WEEK = [date(2024, 1, day) for day in range(1, 8)]  # any week that begins on a Monday, for its names


@require_safe
def month(request: HttpRequest, year: int = 0, month: int = 0) -> HttpResponse:
    """The month's page, this month's by default: what goes out when, and what needs a person."""
    today = timezone.localdate()
    first = first_of(year, month) if year else today.replace(day=1)
    following = first + timedelta(days=32)
    form, found = filters.chosen(request, planning.month(first.year, first.month))
    days = places.days(first, (following.replace(day=1) - first).days, found, today, AT_A_GLANCE["month"])
    shown = {
        "view": "month",
        "first": first,
        "previous": first - timedelta(days=1),
        "following": following,
        "monday": (today if (today.year, today.month) == (first.year, first.month) else first).isoformat(),
    }
    return render(request, "calendar.html", {**shown, **_around(form, days, today)})


@require_safe
def week(request: HttpRequest, day: str) -> HttpResponse:
    """The page of the week that holds the day: what goes out, day by day."""
    today, chosen = timezone.localdate(), _day(day)
    first = chosen - timedelta(days=chosen.weekday())
    form, found = filters.chosen(request, planning.week(first))
    shown = {
        "view": "week",
        "first": first,
        "last": first + timedelta(days=6),
        "previous": first - timedelta(days=7),
        "following": first + timedelta(days=7),
    }
    days = places.days(first, 7, found, today, AT_A_GLANCE["week"])
    return render(request, "calendar.html", {**shown, **_around(form, days, today)})


@require_safe
def day(request: HttpRequest, day: str) -> HttpResponse:
    """The page of one day, for one on which more goes out than the week's page shows."""
    today, first = timezone.localdate(), _day(day)
    form, found = filters.chosen(request, planning.between(midnight(first), midnight(first + timedelta(days=1))))
    shown = {
        "view": "day",
        "first": first,
        "previous": first - timedelta(days=1),
        "following": first + timedelta(days=1),
    }
    days = places.days(first, 1, found, today, AT_A_GLANCE["day"])
    return render(request, "calendar.html", {**shown, **_around(form, days, today)})


def _around(form: filters.FilterForm, days: list[places.Day], today: date) -> dict[str, Any]:
    """What these pages show besides their days; small pictures are read for the tiles that are shown."""
    lists.pictured([tile.first for day in days for tile in day.tiles])
    return {
        "today": today,
        "week": WEEK,
        "days": days,
        "empty": not any(day.tiles for day in days),
        "to_correct": {one.post.pk for one in corrections.waiting()},
        "zone": settings.TIME_ZONE,
        "quiet": settings.PORTEVOIX_QUIET_HOURS,
        "filters": form,
        "filtered": any(form.cleaned_data.values()),
    }


def first_of(year: int, month: int) -> date:
    if not (2000 <= year <= 2200 and 1 <= month <= 12):
        raise Http404
    return date(year, month, 1)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Http404 from None
    if not 2000 <= day.year <= 2200:
        raise Http404
    return day


# ---------------------------------------------------------------------------------------------- slots


@FORM
def slots_page(request: HttpRequest) -> HttpResponse:
    """The page of the week's slots, by channel; who plans adds and removes them there."""
    accounts = list(Channel.objects.filter(active=True).order_by("network", "name"))
    form = SlotForm(request.POST or None, accounts=accounts)
    if form.is_valid() and done(form, lambda: _open(form, request)):
        messages.success(request, _("The slot is in the week: posts are put into it from now on."))
        return redirect("slots")
    by_channel: dict[int, list[Slot]] = {}
    for slot in slots.listed():
        by_channel.setdefault(slot.channel_id, []).append(slot)
    weeks = [(account, by_channel.get(account.pk, [])) for account in accounts]
    return render(request, "slots.html", {"form": form, "weeks": weeks, "zone": settings.TIME_ZONE, "week": WEEK})


@transaction.atomic
def _open(form: SlotForm, request: HttpRequest) -> None:
    given = form.cleaned_data
    for channel in form.chosen():
        for day in given["days"]:
            slots.add(channel, int(day), given["at"], by=me(request), kind=given["kind"], form=given["form"])


@require_POST
def remove_slot(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a slot out of the week."""
    try:
        slots.remove(get_object_or_404(Slot.objects.select_related("channel"), pk=pk), by=me(request))
        messages.success(request, _("The slot is gone; what stands in it keeps its time."))
    except Said as refusal:
        messages.error(request, said(refusal.sentence))
    return redirect("slots")


# ---------------------------------------------------------------------------------------------- places


@require_POST
def shift(request: HttpRequest) -> HttpResponse:
    """Moves what was dragged to another day, each at its hour."""
    pks = [int(pk) for pk in request.POST.getlist("publication") if pk.isdecimal()][:LISTED]
    rows = list(Publication.objects.filter(pk__in=pks).select_related("channel", "variant__post__summary"))
    try:
        if rows and planning.shift(rows, _day(request.POST.get("day", "")), by=me(request)):
            messages.success(request, _("Moved; the hour stays."))
        else:
            messages.error(
                request, _("Nothing was moved: it is out, on its way, or no longer where the page showed it.")
            )
    except Said as refusal:
        messages.error(request, said(refusal.sentence))
    return way_back(request, reverse("calendar"))


@require_POST
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stops what is about to go; anyone signed in may."""
    row = get_object_or_404(Publication, pk=pk)
    if planning.stop(row, by=me(request)):
        messages.success(request, _("Stopped: it does not go out. Give it another time when it may."))
    else:
        messages.error(request, _("Too late, or not yet: it is out, on its way, or not about to go."))
    return way_back(request, reverse("today"))


@FORM
def swap(request: HttpRequest, pk: int, publication: int) -> HttpResponse:
    """The page that exchanges the times of two publications."""
    if not me(request).may_write:
        raise PermissionDenied
    rows = Publication.objects.select_related("channel", "variant__post", "slot")
    row = get_object_or_404(rows, pk=publication, variant__post_id=pk)
    back = page_before(request, reverse("post", args=[pk]))
    others = places.exchangeable(row)
    form = SwapForm(request.POST or None, others=others)
    shown = {"form": form, "row": row, "post": row.variant.post, "others": others[:LISTED], "back": back}
    if form.is_valid() and done(form, lambda: _exchange(row, form, request)):
        messages.success(request, _("The two have exchanged their times."))
        return redirect(back)
    return render(request, "swap.html", shown)


def _exchange(row: Publication, form: SwapForm, request: HttpRequest) -> None:
    given = form.cleaned_data
    if not planning.swap(row, given["other"], by=me(request), in_quiet_time=given["in_quiet_time"]):
        already_gone()
