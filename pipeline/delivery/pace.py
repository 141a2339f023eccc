"""How fast an account may publish: a token bucket on its channel's row, taken from in the transaction that announces.

The size comes from the channel, else from the network's own quota, else from the house. A fifth of the day's posts may
go out at once, the rest drips: so no 24 hours ever see more than the day's number.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import lru_cache
from math import ceil

from pipeline.compiled import Change, Question, given
from pipeline.models import Attempt, Channel, Publication
from publishers._limits import limits, networks
from publishers._sentences import _

HOUSE = 200  # posts a day: more than any association sends, fewer than a fault could
DAY = timedelta(days=1)
NOTHING_OUT = ("rejected", "later", "unauthorised")  # outcomes of a try of which the network took nothing
ENOUGH = _("This account has sent as many posts as it may for now: the post goes out when it may again.")


def posts_per_day(channel: Channel) -> int:
    """How many posts the account may send in 24 hours."""
    if channel.posts_per_day is not None:
        return channel.posts_per_day
    known = limits(channel.network).get("posts_per_day") if channel.network in networks() else None
    return int(known.number) if known else HOUSE


def take(channel_id: int, now: datetime, publication: Publication | None = None) -> datetime | None:
    """None if a post may go out now, its token taken; else when the next one may.

    `publication` is the post, where its kind may have a number of its own: Facebook takes 30 reels a day.
    """
    channel = LOCKED(pk=channel_id)[0]
    day = posts_per_day(channel)
    if day < 1:
        return now + DAY
    left = tokens(channel, now)
    if left < 1:
        return now + timedelta(seconds=(1 - left) / _bucket(day)[1])
    if publication is not None and (until := _kind_free_at(channel, publication, now)):
        return until
    SPEND(pk=channel_id, tokens=left - 1, tokens_at=now)
    return None


def _kind_free_at(channel: Channel, publication: Publication, now: datetime) -> datetime | None:
    """None if the account may send one more of this kind; else when. Called while the channel's row is locked."""
    capped = _capped(channel.network)
    kind = publication.variant.kind if capped else ""
    if kind not in capped:
        return None
    same = Attempt.objects.filter(
        publication__channel=channel, publication__variant__kind=kind, started_at__gt=now - DAY
    ).exclude(outcome__in=NOTHING_OUT)
    oldest = same.order_by("-started_at").values_list("started_at", flat=True)[capped[kind] - 1 : capped[kind]]
    return oldest[0] + DAY if oldest else None


@lru_cache
def _capped(network: str) -> dict[str, int]:
    """The kinds of post of which a network takes a number of their own in 24 hours."""
    known = limits(network) if network in networks() else None
    found = {kind: known.limits.get(f"{kind}_posts_per_day") for kind in known.kinds} if known else {}
    return {kind: int(limit.number) for kind, limit in found.items() if limit}


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
