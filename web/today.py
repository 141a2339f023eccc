"""The first page: what stands in the way, what needs a person, what goes out next, what went out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from pipeline import corrections, delivery, planning
from pipeline.delivery import handoff
from pipeline.delivery.forecast import obstacle
from pipeline.delivery.late import UNSENT
from pipeline.delivery.status import RECENT, UNSETTLED, Shifted, Status, late_now
from pipeline.models import WAITING, Hold, PostState, Publication, PublicationState
from publishers._sentences import Sentence
from web import guide, lists, places, reading
from web.people import me

S = PublicationState
LISTED = 8  # of each section, the first ones; the others are counted, and come up as these are settled
AHEAD = timedelta(hours=24)


@dataclass(frozen=True)
class Line:
    """One publication; `obstacle` is what keeps a late one, `asks` whether it waits for a person's word."""

    row: Publication
    obstacle: Sentence | None
    asks: bool
    movable: bool
    cancellable: bool


@dataclass(frozen=True)
class Section:
    """A heading with its publications: `count` of them, the first ones listed."""

    name: str
    title: str | Promise
    lines: list[Line]
    count: int

    @property
    def more(self) -> int:
        """How many are not listed."""
        return self.count - len(self.lines)


@dataclass(frozen=True)
class Moved:
    """A publication whose wall time means another instant by today's rules of its zone."""

    row: Publication
    shifted: Shifted


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """Today's page, for everyone signed in; what a role may not do, it does not offer."""
    now, user = timezone.now(), me(request)
    status, holds = delivery.status(), delivery.active_holds()
    troubles = [_section(*one, now, holds) for one in _troubles(now)]
    under_way, sent = _section(*_under_way(now), now, holds), _section(*_sent(now), now, holds)
    ahead, moved = _ahead(now, holds), _moved(status)
    lines = [line.row for section in (*troubles, under_way, sent) for line in section.lines]
    lists.pictured([*lines, *ahead["going"], *(tile.first for tile in ahead["coming"]), *(one.row for one in moved)])
    shown = {
        "today": timezone.localtime(now),
        "zone": settings.TIME_ZONE,
        "status": status,
        "ended": {name for name, at in status.dying.items() if at <= now},
        "troubles": [section for section in troubles if section.count],
        "under_way": under_way,
        "sent": sent,
        "moved": moved,
        "deciders": reading.coordinators(),
        **_writing(),
        **ahead,
        "steps": guide.steps(user),
    }
    return render(request, "today.html", shown)


def _writing() -> dict[str, Any]:
    """The posts that wait for somebody: a second person, or their authors."""
    wrong, sent_back = corrections.waiting(), lists.posts(PostState.CHANGES_REQUESTED)
    returned = list(sent_back[: LISTED + 1])
    count = len(returned) if len(returned) <= LISTED else sent_back.count()
    return {
        "asked": list(lists.posts(PostState.IN_REVIEW)[:LISTED]),
        "returned": returned[:LISTED],
        "returned_count": count,
        "returned_more": max(0, count - LISTED),
        "wrong": wrong[:LISTED],
        "wrong_count": len(wrong),
    }


def _ahead(now: datetime, holds: list[Hold]) -> dict[str, Any]:
    """What goes out within the grace, which is nothing while all is on hold, and what else is due in the next hours."""
    going = [] if any(hold.channel_id is None for hold in holds) else places.about_to_go()
    rows = planning.between(now, now + AHEAD).exclude(pk__in=[row.pk for row in going])
    return {"going": going, "coming": places.tiles(rows.filter(state__in=WAITING))}


def _troubles(now: datetime) -> Iterable[tuple[str, str | Promise, QuerySet[Publication]]]:
    """What needs a person first, then what will tell by itself."""
    rows = Publication.objects.order_by("due_at", "pk")
    yield "decide", _("Needs a decision"), rows.filter(state=S.NEEDS_HUMAN)
    yield "hand", _("To be put up by hand"), handoff.waiting()
    yield "late", _("Late or missed"), rows.filter(Q(state=S.MISSED) | Q(pk__in=late_now(now).values("pk")))
    yield "failed", _("Failed"), rows.filter(state=S.FAILED)
    yield "doubt", _("Being looked up"), rows.filter(state=S.UNCERTAIN)


def _under_way(now: datetime) -> tuple[str, str | Promise, QuerySet[Publication]]:
    """What is in somebody's hands: a worker's, or the platform's that accepted it."""
    hands = Q(state__in=[S.CLAIMED, S.COMMITTING, S.PENDING]) | Q(state=S.PREPARED) & ~Q(UNSENT, due_at__lt=now)
    rows = Publication.objects.filter(hands).exclude(pk__in=handoff.waiting().values("pk"))
    return "way", _("On their way"), rows.order_by("due_at", "pk")


def _sent(now: datetime) -> tuple[str, str | Promise, QuerySet[Publication]]:
    rows = Publication.objects.filter(receipt__recorded_at__gte=now - RECENT)
    return "sent", _("Sent in the last 24 hours"), rows.order_by("-receipt__recorded_at", "-pk")


def _section(name: str, title: str | Promise, rows: QuerySet[Publication], now: datetime, holds: list[Hold]) -> Section:
    found = list(rows.select_related("channel", "variant__post", "receipt")[: LISTED + 1])
    count = len(found) if len(found) <= LISTED else rows.count()
    return Section(name, title, [_line(row, now, holds) for row in found[:LISTED]], count)


def _line(row: Publication, now: datetime, holds: list[Hold]) -> Line:
    waits = row.state in (S.SCHEDULED, S.PREPARED) and row.due_at < now
    return Line(
        row=row,
        obstacle=obstacle(row, now, holds) if waits else None,
        asks=row.state in UNSETTLED,
        movable=reading.movable(row),
        cancellable=reading.cancellable(row),
    )


def _moved(status: Status) -> list[Moved]:
    """The publications whose time has to be chosen again, the first ones."""
    found = {one.publication: one for one in status.shifted[:LISTED]}
    rows = Publication.objects.select_related("channel", "variant__post").in_bulk(list(found))
    return [Moved(rows[pk], one) for pk, one in found.items()]
