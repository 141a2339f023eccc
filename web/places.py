"""Places in the calendar as pages show them: days with their tiles, what is about to go, where a post may go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, QuerySet, When
from django.utils import timezone

from pipeline import planning
from pipeline.hours import midnight
from pipeline.models import WAITING, Channel, Post, Publication, Slot, Variant
from pipeline.planning import dates, slots
from pipeline.planning.dates import Occurrence
from publishers._sentences import Said, Sentence
from web.marks import Mark, mark_of

APART = timedelta(minutes=30)


@dataclass(frozen=True)
class Tile:
    """One post at one time, on every channel where it stands alike."""

    mark: Mark
    publications: list[Publication]
    crowded: bool = False  # the channel has another post less than half an hour away

    @property
    def movable(self) -> bool:
        """Whether all of it may be given another day."""
        return all(row.state in planning.MOVABLE and row.lease_until is None for row in self.publications)

    @property
    def first(self) -> Publication:
        """The publication that its link leads to."""
        return self.publications[0]


@dataclass(frozen=True)
class Day:
    """One day, what it is known for, and what goes out on it: the first tiles, and how many more there are."""

    date: date
    known_for: list[Occurrence]
    tiles: list[Tile]
    more: int
    today: bool
    free: list[Gap]


@dataclass(frozen=True)
class Gap:
    """A time at which slots open that nothing stands in, and their channels."""

    at: datetime
    channels: list[Channel]


def tiles(rows: Iterable[Publication]) -> list[Tile]:
    """The publications, those of one post that stand alike at one time together."""
    found: dict[tuple[datetime, int, Mark], list[Publication]] = {}
    for row in rows:
        found.setdefault((row.due_at, row.variant.post_id, mark_of(row)), []).append(row)
    near = crowded([row for many in found.values() for row in many])
    return [Tile(mark, many, any(row.pk in near for row in many)) for (_at, _post, mark), many in found.items()]


def crowded(rows: Iterable[Publication]) -> set[int]:
    """Those still to come for which the same channel has another post less than half an hour before or after."""
    found: set[int] = set()
    last: dict[int, Publication] = {}
    for row in sorted((row for row in rows if row.state in WAITING), key=lambda row: row.due_at):
        before = last.get(row.channel_id)
        if before and before.variant.post_id != row.variant.post_id and row.due_at - before.due_at < APART:
            found |= {before.pk, row.pk}
        last[row.channel_id] = row
    return found


def days(first: date, number: int, rows: Iterable[Publication], today: date, at_a_glance: tuple[int, int]) -> list[Day]:
    """So many days from `first` on, each with its first tiles in order: at most so many a day and so many in all."""
    by_day: dict[date, list[Tile]] = {}
    for tile in tiles(rows):
        by_day.setdefault(timezone.localtime(tile.first.due_at).date(), []).append(tile)
    most = _most_a_day([len(many) for many in by_day.values()], *at_a_glance)
    known = dates.between(first, first + timedelta(days=number))
    free = gaps(midnight(first), midnight(first + timedelta(days=number)))
    found = []
    for day in (first + timedelta(days=n) for n in range(number)):
        shown, more = _first_ones(by_day.get(day, []), most)
        found.append(Day(day, [one for one in known if one.day == day], shown, more, day == today, free.get(day, [])))
    return found


def _most_a_day(lengths: list[int], a_day: int, in_all: int) -> int:
    """How many tiles each day shows so that the whole stays light: fewer where most days are full, one at least."""
    fits = (most for most in range(a_day, 1, -1) if sum(min(length, most + 1) for length in lengths) <= in_all)
    return next(fits, 1)


def _first_ones(tiles: list[Tile], most: int) -> tuple[list[Tile], int]:
    # One left over would take the place of the line that tells of it.
    shown = tiles if len(tiles) <= most + 1 else tiles[:most]
    return shown, len(tiles) - len(shown)


def gaps(start: datetime, end: datetime) -> dict[date, list[Gap]]:
    """The openings still to come in which nothing stands, by day and time."""
    start = max(start, timezone.now())
    if start >= end:
        return {}
    week = Slot.objects.filter(channel__active=True).select_related("channel")
    rows = Publication.objects.filter(due_at__gte=start, due_at__lt=end, state__in=planning.HELD_PLACES)
    taken = set(rows.values_list("channel_id", "due_at"))
    found: dict[date, dict[datetime, list[Channel]]] = {}
    for opening in slots.openings(week, start, end):
        at = opening.at.instant
        if (opening.slot.channel_id, at) not in taken:
            day = found.setdefault(timezone.localtime(at).date(), {})
            day.setdefault(at, []).append(opening.slot.channel)
    return {day: [Gap(at, channels) for at, channels in times.items()] for day, times in found.items()}


def about_to_go() -> list[Publication]:
    """What goes out within the grace unless somebody stops it, the next one first."""
    rows = Publication.objects.filter(planning.about_to_go()).select_related("channel", "variant__post")
    return list(rows.order_by("due_at", "pk"))


def unplaced(post: Post) -> list[Variant]:
    """The variants of the post that have no place in the calendar."""
    variants = post.variants.select_related("channel", "post__summary").prefetch_related("channel__slots")
    return [v for v in variants if not v.publications.filter(state__in=planning.HELD_PLACES)]


def openings(variants: Sequence[Variant]) -> dict[str, object]:
    """For the page that gives a time: the next free slot of each channel, and what stands before which instant."""
    found: list[planning.Opening] = []
    lacking: Sentence | None = None
    for variant in variants:
        try:
            found.append(planning.next_free(variant))
        except Said as refusal:
            lacking = refusal.sentence
    now = timezone.now()
    bounds = [bound.why for bound in planning.bounds(variants) if bound.until > now] if variants else []
    return {"openings": [] if lacking else found, "lacking": lacking, "bounds": bounds}


def exchangeable(row: Publication) -> QuerySet[Publication]:
    """The publications with which this one may exchange its time, those of its own channel first."""
    soon = Publication.objects.filter(state__in=planning.MOVABLE, lease_until=None, due_at__gt=timezone.now())
    near = Case(When(channel=row.channel_id, then=0), default=1)
    rows = soon.exclude(pk=row.pk).select_related("channel", "variant__post", "slot")
    return rows.order_by(near, "due_at", "pk")
