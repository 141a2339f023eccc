"""Places in the calendar as pages show them: days with their tiles, what is about to go, where a post may go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Case, QuerySet, When
from django.utils import timezone

from pipeline import planning
from pipeline.models import Post, Publication, Variant
from pipeline.planning import dates
from pipeline.planning.dates import Occurrence
from publishers._sentences import Said, Sentence
from web.marks import Mark, mark_of


@dataclass(frozen=True)
class Tile:
    """One post at one time, on every channel where it stands alike."""

    mark: Mark
    publications: list[Publication]

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


def tiles(rows: Iterable[Publication]) -> list[Tile]:
    """The publications, those of one post that stand alike at one time together."""
    found: dict[tuple[datetime, int, Mark], Tile] = {}
    for row in rows:
        mark = mark_of(row)
        found.setdefault((row.due_at, row.variant.post_id, mark), Tile(mark, [])).publications.append(row)
    return list(found.values())


def days(
    first: date, number: int, rows: Iterable[Publication], today: date, at_a_glance: int | None = None
) -> list[Day]:
    """So many days from `first` on, each with its tiles in order: all of them, or so many at a glance."""
    by_day: dict[date, list[Tile]] = {}
    for tile in tiles(rows):
        by_day.setdefault(timezone.localtime(tile.first.due_at).date(), []).append(tile)
    known = dates.between(first, first + timedelta(days=number))
    return [
        _day(day, [one for one in known if one.day == day], by_day.get(day, []), today, at_a_glance)
        for day in (first + timedelta(days=n) for n in range(number))
    ]


def _day(day: date, known_for: list[Occurrence], tiles: list[Tile], today: date, at_a_glance: int | None) -> Day:
    # One left over would take the place of the line that tells of it.
    shown = tiles if at_a_glance is None or len(tiles) <= at_a_glance + 1 else tiles[:at_a_glance]
    return Day(day, known_for, shown, len(tiles) - len(shown), day == today)


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
