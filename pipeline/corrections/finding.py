"""After rows changed: every post that shows a figure of them is compared with what the records give now."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any

from django.db.models import Q
from django.utils import timezone

from pipeline import audit, notices, summaries
from pipeline.authorship import unplan
from pipeline.corrections.changes import Change, shown_changes
from pipeline.errors import Refused
from pipeline.models import (
    BEYOND_CHANGE,
    Correction,
    Import,
    NoticeKind,
    Observation,
    Post,
    PostState,
    Publication,
    Summary,
    User,
)
from pipeline.numerals import checking
from pipeline.summaries import definitions, periods
from pipeline.summaries.definitions import Definition

Dates = Collection[date | None]


def dates_of(brought: Import) -> set[date | None]:
    """The days of the rows that an import brought, replaced or withdrew; asked before an undo puts them back."""
    rows = Observation.objects.filter(Q(source=brought) | Q(replaced_in=brought))
    return set(rows.values_list("date", flat=True).distinct())


def rows_changed(brought: Import, dates: Dates, *, by: User | None) -> int:
    """How many posts show a figure that is newly not what the records give.

    Called in the transaction that changed the rows, so that no post goes out between the two. Only summaries that look
    at one of the days are computed again. A post that is not out loses its approval: it was given to another figure.
    """
    now, found = timezone.now(), 0
    for old, new in _recomputed(brought.dataset, dates):
        for post in _posts_of(old):
            found += _mark(post, old, new, brought, by, now)
    return found


def _recomputed(dataset: str, dates: Dates) -> Iterator[tuple[Summary, Summary | None]]:
    """Each summary that a post was drawn from and that looks at one of the days, as it was and as it is now."""
    used = Q(posts__isnull=False) | Q(renditions__uses__isnull=False)
    known: dict[tuple[str, str], Summary | None] = {}
    declared: dict[str, Definition | None] = {}
    for old in Summary.objects.filter(used).distinct().order_by("pk"):
        if old.name not in declared:
            declared[old.name] = _declared(old.name)
        if not _looks_at(old, declared[old.name], dataset, dates):
            continue
        asked = (old.name, old.period)
        if asked not in known:
            known[asked] = _now(*asked)
        yield old, known[asked]


def _declared(name: str) -> Definition | None:
    try:
        return definitions.load(name)
    except Refused:  # its file is gone: nothing can be compared
        return None


def _looks_at(summary: Summary, definition: Definition | None, dataset: str, dates: Dates) -> bool:
    """Whether one of the days may count in it: those of its period, or earlier ones, that it is compared with."""
    if definition is None or definition.dataset != dataset:
        return False
    try:
        span = periods.asked(summary.period, definition.period, timezone.localdate(summary.computed_at))
    except Refused:  # it counts in other periods now
        return False
    return any(day is None or day < span.end for day in dates)


def _now(name: str, period: str) -> Summary | None:
    """The figures as the records give them now; None where they give none."""
    try:
        return summaries.compute(name, period).row
    except Refused:
        return None


def _posts_of(summary: Summary) -> list[Post]:
    shown = Q(summary=summary) | Q(variants__media__rendition__summary=summary)
    return [
        post for post in Post.objects.filter(shown).distinct().order_by("pk") if summary in checking.summaries_of(post)
    ]


def _mark(post: Post, old: Summary, new: Summary | None, cause: Import, by: User | None, now: datetime) -> int:
    """1 where something of the post is newly to be corrected; what came back to what it was is settled."""
    changes = {} if new is not None and new.pk == old.pk else {one.name: one for one in shown_changes(post, old, new)}
    opened = Correction.objects.filter(post=post, summary=old, settled_at=None)
    opened.exclude(name__in=changes).update(settled_at=now, how="back")
    known = {row.name: row for row in opened.filter(name__in=changes)}
    kept = set(Correction.objects.filter(post=post, how="kept").values_list("name", "now"))
    fresh = [
        change for name, change in changes.items()
        if (name not in known or known[name].now != change.now) and (name, change.now) not in kept
    ]  # fmt: skip
    for change in fresh:
        _write(post, old, new, change, cause, now)
    if not fresh:
        return 0
    names = [change.name for change in fresh]
    audit.append(by, "figure.changed", f"post:{post.pk}", figures=names, cause=cause.pk)
    _hold_back(post, by)
    notices.owe(NoticeKind.CORRECT, about=post)
    return 1


def _write(post: Post, old: Summary, new: Summary | None, change: Change, cause: Import, now: datetime) -> None:
    facts: dict[str, Any] = {
        "was": change.was, "now": change.now, "stale": [str(number) for number in change.stale],
        "summary_now": new, "cause": cause, "found_at": now, "draft": None, "sentences": {},
    }  # fmt: skip
    Correction.objects.update_or_create(
        post=post, name=change.name, settled_at=None, defaults=facts, create_defaults={**facts, "summary": old}
    )


def _hold_back(post: Post, by: User | None) -> None:
    """Takes what is not out of the queue: an approval was given to figures that the records no longer give.

    A post of which everything is out, or may be, keeps its state: it is corrected, never changed.
    """
    Post.objects.select_for_update().get(pk=post.pk)
    rows = Publication.objects.filter(variant__post=post)
    list(rows.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
    gone = rows.filter(BEYOND_CHANGE)
    if gone.exists() and not post.variants.exclude(publications__in=gone).exists():
        return
    waiting = Post.objects.filter(pk=post.pk, state__in=[PostState.IN_REVIEW, PostState.APPROVED])
    if waiting.update(state=PostState.DRAFT):
        unplan(post)
        audit.append(by, "post.held_back", f"post:{post.pk}")
