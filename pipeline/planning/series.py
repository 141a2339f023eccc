"""Weekly series: the same post again at the same hour on the clock, each week a post of its own to be approved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from itertools import count, islice

from django.db import transaction
from django.utils import timezone

from pipeline import copies
from pipeline.errors import Refused
from pipeline.models import Post, Publication, PublicationState, Slot, User, Variant
from pipeline.people import refuse_readers
from pipeline.planning import precedence
from pipeline.planning.outcome import LeftOut, Made
from pipeline.planning.placing import HELD_PLACES, chosen_time, lock_channels, place
from pipeline.planning.times import WallTime, days_later
from publishers._sentences import _

MOST_WEEKS = 53
WEEK = timedelta(days=7)
S = PublicationState


def series(post: Post, weeks: int, *, by: User, in_quiet_time: bool = False) -> Made:
    """A copy of the post in each of the next so many weeks, at its own day and hour on each of its channels.

    None is approved by the approval of another. A week in which the hour does not exist, or is taken, is left out and
    told; nothing is moved to another hour. `Refused` for a post that has no time yet.
    """
    refuse_readers(by)
    if not 1 <= weeks <= MOST_WEEKS:
        raise Refused(_("A series has 1 to {most} weeks: choose a number between.", most=MOST_WEEKS))
    places = _places(post)
    made = Made([], [], [])
    for number in islice(_weeks_to_come(places), weeks):
        try:
            with transaction.atomic():
                twin, rows = _again(post, places, number, by, in_quiet_time)
        except Refused as refusal:
            day = min(chosen_time(row).wall.date() for row in places.values())
            name = (day + number * WEEK).isoformat()
            made.left_out.append(LeftOut(name, post.title, refusal.sentence))
        else:
            made.posts.append(twin)
            made.publications.extend(rows)
    return made


def _places(post: Post) -> dict[int, Publication]:
    """The post's place on each channel that is in use, by channel."""
    rows = Publication.objects.filter(variant__post=post, state__in=HELD_PLACES, channel__active=True)
    found = {row.channel_id: row for row in rows.select_related("slot", "channel").order_by("pk")}
    if not found:
        raise Refused(_("This post has no time yet: give it one, its series keeps the day and the hour."))
    return found


def _weeks_to_come(places: Mapping[int, Publication]) -> Iterator[int]:
    """1 for the week after the post's own, and so on, those left out that have begun to be over."""
    now = timezone.now()
    first = min(row.due_at for row in places.values())
    return (number for number in count(1) if first + number * WEEK > now)


def _again(
    post: Post, places: Mapping[int, Publication], number: int, by: User, in_quiet_time: bool
) -> tuple[Post, list[Publication]]:
    """The copy of that week with its places; `Refused` where one of them cannot be."""
    lock_channels(places.keys())
    times = {channel: _that_week(row, number) for channel, row in places.items()}
    twin = copies.copy(post, by=by, channels=places.keys())
    rows = []
    for variant in twin.variants.select_related("channel"):
        at = times[variant.channel_id]
        precedence.refuse([variant], at, in_quiet_time=in_quiet_time)
        _refuse_taken(variant, at)
        rows.append(place(variant, at, by, _slot(places[variant.channel_id].slot, at)))
    return twin, rows


def _that_week(row: Publication, number: int) -> WallTime:
    own = chosen_time(row)
    later = days_later(own, 7 * number)
    if later is None:
        wall = (own.wall + number * WEEK).strftime("%Y-%m-%d %H:%M")
        raise Refused(
            _("{wall} does not exist in {zone}, the clocks go forward: plan that week by hand.",
              wall=wall, zone=own.zone)
        )  # fmt: skip
    return later


def _refuse_taken(variant: Variant, at: WallTime) -> None:
    there = Publication.objects.filter(channel=variant.channel_id, due_at=at.instant)
    other = there.exclude(state__in=[S.CANCELLED, S.REMOVED]).select_related("variant").first()
    if other is not None:
        raise Refused(
            _(
                "{channel}: post {post} goes out at that time already.",
                channel=variant.channel.name,
                post=other.variant.post_id,
            )
        )


def _slot(slot: Slot | None, at: WallTime) -> Slot | None:
    """The slot that the copy fills: the post's own, where it opens then."""
    opens = slot is not None and (slot.weekday, slot.at, slot.zone) == (at.wall.weekday(), at.wall.time(), at.zone)
    return slot if opens else None
