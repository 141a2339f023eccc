"""Every number of people that went out, and whether a new summary may stand beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Exists, OuterRef, Q
from pydantic import TypeAdapter

from pipeline.errors import Refused
from pipeline.models import (
    IN_DOUBT,
    OUT,
    Observation,
    Post,
    PostState,
    Publication,
    PublicationState,
    Summary,
    Telling,
    Variant,
)
from pipeline.observations import datasets
from pipeline.summaries.disclosure.differencing import given_away, grouped
from pipeline.summaries.disclosure.scopes import Row, Told
from publishers._sentences import _

NUMBERS = TypeAdapter(list[Told])
REACH = 3  # from a week to its month, to the other weeks, to the months that these reach into
AGREED = (PostState.IN_REVIEW, PostState.APPROVED)
# On its way or out: what was taken down again has been read.
GOING = (PublicationState.SCHEDULED, PublicationState.CLAIMED, PublicationState.PREPARED, *IN_DOUBT, *OUT,
         PublicationState.REMOVED)  # fmt: skip


def note(summary: Summary, dataset: str, numbers: Sequence[Told]) -> None:
    """Keeps what a summary tells of people, the first time that it is stored."""
    if numbers:
        Telling.objects.get_or_create(
            summary=summary,
            defaults={
                "dataset": dataset,
                "start": min(one.start for one in numbers),
                "end": max(one.end for one in numbers),
                "fine": any(one.fine for one in numbers),
                "numbers": NUMBERS.dump_python(list(numbers), mode="json"),
            },
        )


def published(dataset: str, start: date, end: date, *, but: Summary | None = None) -> list[Told]:
    """The numbers of these days that went out, or stand in a post that a second person reads or has agreed to.

    With them those that they overlap in turn: a month and three of its weeks tell of the fourth.
    """
    found: list[Told] = []
    for _reach in range(REACH):
        found = _overlapping(dataset, start, end, but)
        wider = min([start, *(one.start for one in found)]), max([end, *(one.end for one in found)])
        if wider == (start, end):
            break
        start, end = wider
    return found


def any_fine(dataset: str, start: date, end: date) -> bool:
    """Whether a number finer than month and area went out of these days; without one, months only tell of months."""
    return Telling.objects.filter(dataset=dataset, start__lt=end, end__gt=start, fine=True).filter(_went()).exists()


def _overlapping(dataset: str, start: date, end: date, but: Summary | None) -> list[Told]:
    went = Telling.objects.filter(dataset=dataset, start__lt=end, end__gt=start).filter(_went())
    if but is not None:
        went = went.exclude(summary=but)
    numbers = (one for row in went.order_by("pk") for one in NUMBERS.validate_python(row.numbers))
    return [one for one in dict.fromkeys(numbers) if one.start < end and start < one.end]


def _went() -> Q:
    """Of summaries whose words or cards stand in such a post."""
    going = Exists(Publication.objects.filter(state__in=GOING, variant=OuterRef("pk")))
    variants = Variant.objects.filter(Q(post__state__in=AGREED) | Q(going))
    told = variants.filter(post__summary=OuterRef("summary"))
    drawn = variants.filter(media__rendition__summary=OuterRef("summary"))
    return Q(Exists(told)) | Q(Exists(drawn))


def giving_away(dataset: str, new: Sequence[Told], earlier: Sequence[Told]) -> list[Told]:
    """Which new numbers tell of fewer people than the threshold together with those that went out.

    Or with one another, where one metric is narrowed more than another: arrests, and those of one kind of eviction. The
    months that a summary compares with tell nothing of each other.
    """
    found: list[Told] = []
    for measure in dict.fromkeys(one.measure for one in new):
        own = [one for one in new if one.measure == measure and one not in earlier]
        beside = [one for one in earlier if one.measure == measure]
        together = beside or len({one.where for one in own}) > 1
        if own and together and any(one.fine for one in (*own, *beside)):
            numbers = [*beside, *own]
            known = grouped(numbers, _rows(dataset, numbers), datasets.load(dataset))
            found += [numbers[one] for one in given_away(known, len(own))]
    return found


def _rows(dataset: str, numbers: Sequence[Told]) -> list[Row]:
    start, end = min(one.start for one in numbers), max(one.end for one in numbers)
    rows = Observation.objects.filter(dataset=dataset, live=True, date__gte=start, date__lt=end)
    dated = rows.values_list("date", "date_precision", "values").iterator()
    return [Row(day, precision, values) for day, precision, values in dated if day is not None]


def refuse(post: Post) -> None:
    """`Refused` where a post's figures and those that went out since they were drawn tell of few people together."""
    drawn = Q(summary__posts=post) | Q(summary__renditions__uses__variant__post=post)
    for telling in Telling.objects.filter(drawn).select_related("summary").distinct():
        summary = telling.summary
        new = NUMBERS.validate_python(telling.numbers)
        if not telling.fine and not any_fine(telling.dataset, telling.start, telling.end):
            continue
        beside = published(telling.dataset, telling.start, telling.end, but=summary)
        if away := giving_away(telling.dataset, new, beside):
            raise Refused(
                _(
                    "{figure} cannot go out: beside figures that went out it tells of fewer than {n} people. Draw the "
                    "summary again, or let two persons allow it.",
                    figure=", ".join(sorted({one.metric for one in away})),
                    n=away[0].threshold,
                )
            )
