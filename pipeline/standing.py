"""How a channel stands: whether it lets posts out, until when, and what its last check said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils import timezone

from pipeline.models import Channel, Hold
from publishers import registry
from publishers._base import Sentence
from publishers._sentences import _

NEAR = timedelta(days=14)  # the first of the warnings that credentials end


class Stand(StrEnum):
    """What is to be said of a channel first."""

    WORKS = "works"
    ENDING = "ending"
    PAUSED = "paused"
    HELD = "held"
    ENDED = "ended"
    CLOSED = "closed"
    ASIDE = "aside"


WORDS: dict[Stand, Sentence] = {
    Stand.WORKS: _("works"),
    Stand.ENDING: _("ends soon"),
    Stand.PAUSED: _("pauses"),
    Stand.HELD: _("on hold"),
    Stand.ENDED: _("ended"),
    Stand.CLOSED: _("lets us in no more"),
    Stand.ASIDE: _("put aside"),
}


@dataclass(frozen=True)
class Standing:
    """One channel now; `days` are those until its credentials end, None where they do not or nobody knows."""

    channel: Channel
    stand: Stand
    hold: Hold | None
    days: int | None
    asked: bool  # whether the network was asked for the end; some never tell
    missing: int | None  # lines of the last check that say no; None: never checked
    renewal: Sentence | None  # why the last renewal failed

    @property
    def word(self) -> Sentence:
        """The state in a word or two."""
        return WORDS[self.stand]

    @property
    def works(self) -> bool:
        """Whether it lets posts out now."""
        return self.stand in (Stand.WORKS, Stand.ENDING)

    @property
    def urgent(self) -> bool:
        """Whether somebody has to act."""
        return self.stand in (Stand.ENDED, Stand.CLOSED, Stand.ENDING)

    @property
    def end(self) -> Sentence:
        """The end of the credentials in words."""
        if self.days is None:
            return _("no end is known") if self.asked else _("its end is not known yet")
        assert self.channel.expires_at is not None
        day = timezone.localtime(self.channel.expires_at).date().isoformat()
        if self.days < 0:
            return _("its authorisation ended on {day}", day=day)
        if self.days <= 1:
            return _("its authorisation ends tomorrow") if self.days else _("its authorisation ends today")
        return _("its authorisation ends in {n} days, on {day}", n=self.days, day=day)


def standing(channel: Channel, holds: Collection[Hold], now: datetime) -> Standing:
    """How the channel stands now, under these holds."""
    hold = next((one for one in holds if one.channel_id in (None, channel.pk)), None)
    kind = registry().get(channel.platform)
    ends = channel.expires_at
    days = (timezone.localtime(ends).date() - timezone.localtime(now).date()).days if ends else None
    if ends and ends <= now and days == 0:
        days = -1
    return Standing(
        channel=channel, stand=_stand(channel, hold, now), hold=hold, days=days,
        asked=channel.looked_at is not None or kind is None or kind.consent is None,
        missing=sum(not one["ok"] for one in channel.checks) if channel.checks is not None else None,
        renewal=Sentence.from_json(channel.grant.why) if channel.grant and channel.grant.why else None,
    )  # fmt: skip


def _stand(channel: Channel, hold: Hold | None, now: datetime) -> Stand:
    ends = channel.expires_at
    found = [
        (not channel.active, Stand.ASIDE),
        (not channel.authorised, Stand.CLOSED),
        (ends is not None and ends <= now, Stand.ENDED),
        (hold is not None, Stand.HELD),
        (channel.paused_until is not None and channel.paused_until > now, Stand.PAUSED),
        (ends is not None and ends <= now + NEAR, Stand.ENDING),
    ]
    return next((stand for is_so, stand in found if is_so), Stand.WORKS)


def everything(now: datetime, holds: Collection[Hold]) -> list[Standing]:
    """Every channel, those in use first, by name."""
    rows = Channel.objects.select_related("grant").order_by("-active", "name")
    return [standing(row, holds, now) for row in rows]
