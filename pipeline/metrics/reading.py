"""The numbers that the store knows: of one post day by day, of a month by channel, of a year by publication."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from pipeline.hours import midnight
from pipeline.metrics.names import ordered
from pipeline.models import OUT, Channel, Metric, Post, Publication, Receipt
from publishers._sentences import Sentence, _

BEST = 3  # posts of a channel
# By what posts of one channel are put in order: the first of these that the network tells.
SEEN = ("views", "impressions", "reach", "likes", "reactions", "reposts", "shares", "comments", "replies")


@dataclass(frozen=True)
class Row:
    """One publication that is out, with the latest count of each name; a name without a count is not in it."""

    publication: Publication
    counts: Mapping[str, int]
    why: Sentence | None  # why no count is known, where none is


@dataclass(frozen=True)
class Count:
    """One name's count on a day, and how it differs from the count before; None where there is none before."""

    name: str
    value: int
    change: int | None


@dataclass(frozen=True)
class DayCounts:
    """One day's counts, by name in their order; a name that was not told that day is not in it."""

    day: date
    counts: Mapping[str, Count]


@dataclass(frozen=True)
class History:
    """One publication's counts by day, the latest first."""

    row: Row
    names: list[str]
    days: list[DayCounts]


@dataclass(frozen=True)
class Total:
    """The sum of a name's latest counts over the posts of which it is known."""

    value: int
    posts: int


@dataclass
class ChannelMonth:
    """A channel's month: how many posts went out, their totals by name, the best ones, and those without a number."""

    channel: Channel
    rows: list[Row] = field(default_factory=list)  # by time

    @property
    def totals(self) -> dict[str, Total]:
        """By name, in their order."""
        known = {name: [row.counts[name] for row in self.rows if name in row.counts] for name in self.names}
        return {name: Total(sum(values), len(values)) for name, values in known.items()}

    @cached_property
    def names(self) -> list[str]:
        """The names that are known of at least one post."""
        return ordered(name for row in self.rows for name in row.counts)

    @property
    def measure(self) -> str:
        """By which name its posts are compared; empty where none of them is known."""
        return next((name for name in SEEN if name in self.names), "")

    @property
    def best(self) -> list[Row]:
        """The posts with most of it."""
        known = [row for row in self.rows if self.measure in row.counts]
        return sorted(known, key=lambda row: -row.counts[self.measure])[:BEST]

    @property
    def missing(self) -> list[Row]:
        """The posts of which no count is known."""
        return [row for row in self.rows if not row.counts]


@dataclass(frozen=True)
class MonthView:
    """What went out in a month, by channel."""

    first: date
    channels: list[ChannelMonth]

    @property
    def names(self) -> list[str]:
        """Every name that is known of a post of the month."""
        return ordered(name for one in self.channels for name in one.names)

    @property
    def missing(self) -> list[Row]:
        """The posts of which no count is known."""
        return [row for one in self.channels for row in one.missing]


def month(first: date) -> MonthView:
    """What is known of the posts that went out in the month that begins on `first`, of the organisation's calendar."""
    following = (first + timedelta(days=31)).replace(day=1)
    by_channel: dict[int, ChannelMonth] = {}
    for row in _rows(_published(first, following)):
        channel = row.publication.channel
        by_channel.setdefault(channel.pk, ChannelMonth(channel)).rows.append(row)
    return MonthView(first, sorted(by_channel.values(), key=lambda one: one.channel.name))


def year(number: int) -> list[Row]:
    """What is known of each publication that went out in that year, by time."""
    return _rows(_published(date(number, 1, 1), date(number + 1, 1, 1)))


def all_of() -> list[Row]:
    """What is known of each publication that ever went out, by time."""
    return _rows(Receipt.objects.all())


def history(post: Post) -> list[History]:
    """The counts of each of the post's publications that are out, day by day."""
    found = []
    for row in _rows(Receipt.objects.filter(publication__variant__post=post)):
        told = Metric.objects.filter(receipt__publication=row.publication).order_by("day", "name")
        found.append(History(row, ordered(one.name for one in told), _days(told)))
    return found


def _days(told: Iterable[Metric]) -> list[DayCounts]:
    """The counts by day, the latest first, each with its change since that name's count before."""
    before: dict[str, int] = {}
    days: dict[date, dict[str, Count]] = {}
    for one in told:
        change = one.value - before[one.name] if one.name in before else None
        days.setdefault(one.day, {})[one.name] = Count(one.name, one.value, change)
        before[one.name] = one.value
    return [DayCounts(day, counts) for day, counts in reversed(days.items())]


def _published(start: date, end: date) -> QuerySet[Receipt]:
    return Receipt.objects.filter(published_at__gte=midnight(start), published_at__lt=midnight(end))


def _rows(receipts: QuerySet[Receipt]) -> list[Row]:
    """Each publication that is out by these receipts, by time, with its latest counts, in two queries.

    Receipts are asked, not publications: almost every publication is out, and a store would look through them all.
    """
    latest = Metric.objects.filter(receipt__in=receipts.values("pk")).annotate(
        place=Window(RowNumber(), partition_by=[F("receipt_id"), F("name")], order_by=F("day").desc())
    )
    counts: dict[int, dict[str, int]] = {}
    for receipt, name, value in latest.filter(place=1).values_list("receipt_id", "name", "value"):
        counts.setdefault(receipt, {})[name] = value
    now = timezone.now()
    listed = receipts.select_related("publication__channel", "publication__variant__post")
    publications = [one.publication for one in listed.order_by("published_at", "publication_id")]
    found = [(one, counts.get(one.receipt.pk, {})) for one in publications if one.state in OUT]
    return [Row(one, known, None if known else _why(one, now)) for one, known in found]


def _why(row: Publication, now: datetime) -> Sentence:
    """Why no number of a publication is known."""
    channel, receipt = row.channel, row.receipt
    if receipt.counted_at is not None:
        return _("the network tells no numbers of it")
    if not channel.active:
        return _("the channel is not in use any more")
    if not channel.authorised:
        return _("the network does not let this channel in: see “portevoix channel check”")
    if receipt.count_why is not None:
        return Sentence.from_json(receipt.count_why)
    if channel.paused_until and channel.paused_until > now:
        return _("the network asked for a pause")
    return _("not read yet")
