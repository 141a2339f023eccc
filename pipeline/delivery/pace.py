"""How fast an account may publish: a token bucket on its channel's row, taken from in the transaction that announces.

The size comes from the channel, else from the network's own quota, else from the house. A fifth of the day's posts may
go out at once, the rest drips: so no 24 hours ever see more than the day's number.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

from pipeline.compiled import Change, Question, given
from pipeline.models import Channel
from publishers._limits import limits, networks
from publishers._sentences import _

HOUSE = 200  # posts a day: more than any association sends, fewer than a fault could
DAY = timedelta(days=1)
ENOUGH = _("This account has sent as many posts as it may for now: the post goes out when it may again.")


def posts_per_day(channel: Channel) -> int:
    """How many posts the account may send in 24 hours."""
    if channel.posts_per_day is not None:
        return channel.posts_per_day
    known = limits(channel.network).get("posts_per_day") if channel.network in networks() else None
    return int(known.number) if known else HOUSE


def take(channel_id: int, now: datetime) -> datetime | None:
    """None if a post may go out now, its token taken; else when the next one may."""
    channel = LOCKED(pk=channel_id)[0]
    day = posts_per_day(channel)
    if day < 1:
        return now + DAY
    left = tokens(channel, now)
    if left < 1:
        return now + timedelta(seconds=(1 - left) / _bucket(day)[1])
    SPEND(pk=channel_id, tokens=left - 1, tokens_at=now)
    return None


LOCKED = Question(lambda: Channel.objects.select_for_update().filter(**given(Channel, "pk")))
SPEND = Change(lambda: Channel.objects.filter(**given(Channel, "pk")), lambda: given(Channel, "tokens", "tokens_at"))


def tokens(channel: Channel, now: datetime) -> float:
    """How many posts the account may send at once now."""
    size, drip = _bucket(posts_per_day(channel))
    if channel.tokens is None or channel.tokens_at is None:
        return size
    # A clock that was set back drips nothing; it must not take away what was there.
    passed = max((now - channel.tokens_at).total_seconds(), 0.0)
    return min(channel.tokens + passed * drip, size)


def _bucket(day: int) -> tuple[int, float]:
    """The bucket's size, and how many tokens a second drip into it."""
    size = ceil(day / 5)
    return size, max(day - size, 1) / DAY.total_seconds()
