"""What a tick would do now with each publication, told without changing anything: by the engine's own functions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.utils import timezone

from pipeline import channels
from pipeline.delivery import claims, late, pace, reconcile, recover, sealed
from pipeline.delivery.hold import active_holds
from pipeline.delivery.status import last_tick, silent
from pipeline.errors import NotHere, Refused
from pipeline.models import Hold, Publication
from publishers._base import Sentence
from publishers._sentences import _


class Becomes(StrEnum):
    """What a tick would make of a publication."""

    SENT = "sent"
    PREPARED = "prepared"
    MISSED = "missed"
    FAILED = "failed"
    LOOKED_UP = "looked_up"
    TAKEN_BACK = "taken_back"
    WAITS = "waits"


@dataclass(frozen=True)
class Forecast:
    """One publication that a tick would look at, what would become of it, and why."""

    publication: Publication
    becomes: Becomes
    why: Sentence


def forecast(now: datetime) -> list[Forecast]:
    """What a tick would do now, by time.

    What a platform will answer nobody can foretell: "sent" means that it is asked to publish. Reading back what is out
    already is left away, as it changes nothing there.
    """
    missed = [Forecast(row, Becomes.MISSED, why) for row, why in late.not_by_itself(now)]
    looked = list(_looked_at(now))
    told = [*missed, *looked, *_deliveries(now, _numbers(missed), _numbers(looked))]
    told += _waiting(now, _numbers(told))
    rows = Publication.objects.select_related("channel", "variant__post", "receipt")
    shown = rows.in_bulk(_numbers(told))
    told = [Forecast(shown[one.publication.pk], one.becomes, one.why) for one in told]
    return sorted(told, key=lambda one: (one.publication.due_at, one.publication.pk))


def _looked_at(now: datetime) -> Iterator[Forecast]:
    """What a dead worker left, and the doubts."""
    for row in recover.left_behind():
        yield Forecast(row, Becomes.TAKEN_BACK, _("The program that worked on it is gone: it is taken up anew."))
    for row in reconcile.in_doubt(now):
        yield Forecast(row, Becomes.LOOKED_UP, _("The platform is asked what became of it."))


def _numbers(told: Iterable[Forecast]) -> set[int]:
    return {one.publication.pk for one in told}


def _deliveries(now: datetime, missed: set[int], looked: set[int]) -> list[Forecast]:
    """What is sent or prepared, in the order of the tick: what is gone no longer keeps a later one from its turn.

    What is `looked` at before is left out: whether it is sent then, the platform will say.
    """
    told: dict[int, Forecast | None] = dict.fromkeys(looked)
    gone, left = set(missed), dict[int, float]()
    while rows := list(claims.due(now, gone).exclude(pk__in=told)):
        for row in rows:
            one = told[row.pk] = _delivery(row, now, left)
            if one and one.becomes in (Becomes.SENT, Becomes.FAILED):
                gone.add(row.pk)
    return [one for one in told.values() if one]


def _delivery(row: Publication, now: datetime, left: dict[int, float]) -> Forecast | None:
    """What becomes of a row whose turn it is; None before its turn. `left` counts what each account may still send."""
    if now < claims.begins(row):
        return None
    try:
        sealed.submission(row)
        channels.adapter(row.channel)
    except NotHere as refusal:
        return Forecast(row, Becomes.WAITS, refusal.sentence)
    except Refused as refusal:
        return Forecast(row, Becomes.FAILED, refusal.sentence)
    if row.due_at > now:
        return Forecast(row, Becomes.PREPARED, _("It goes out at {time}; what takes long is done before.",
                                                 time=_clock(row.due_at)))  # fmt: skip
    may_send = left.setdefault(row.channel_id, pace.tokens(row.channel, now))
    if may_send < 1:
        return Forecast(row, Becomes.WAITS, pace.ENOUGH)
    left[row.channel_id] = may_send - 1
    if row.due_at < now - claims.ON_TIME:
        return Forecast(row, Becomes.SENT, _("It is late, but not too late to go out by itself."))
    return Forecast(row, Becomes.SENT, _("It is due."))


def _waiting(now: datetime, told: set[int]) -> Iterator[Forecast]:
    """What is due and stays where it is."""
    holds = active_holds()
    due = Publication.objects.filter(late.UNSENT, due_at__lte=now).exclude(pk__in=told).select_related("channel")
    for row in due:
        why = obstacle(row, now, holds) or _("Another post of this account is being sent: this one goes out after it.")
        yield Forecast(row, Becomes.WAITS, why)


def obstacle(publication: Publication, now: datetime, holds: list[Hold]) -> Sentence | None:
    """What stands in the way of a post that is due, where it is more than its turn."""
    channel = publication.channel
    if any(hold.channel_id is None for hold in holds):
        return _("Everything is on hold: nothing goes out until somebody releases it.")
    if any(hold.channel_id == channel.pk for hold in holds):
        return _("{channel} is on hold: nothing goes out there until somebody releases it.", channel=channel.name)
    if not channel.active:
        return _("{channel} is out of use: nothing goes out there.", channel=channel.name)
    if not channel.authorised:
        return _("{channel} is closed: its platform refuses the credentials. See “portevoix channel check {channel}”.",
                 channel=channel.name)  # fmt: skip
    if channel.paused_until and channel.paused_until > now:
        return _("{channel} pauses until {time}: its platform asked for it.", channel=channel.name,
                 time=_clock(channel.paused_until))  # fmt: skip
    if publication.next_try_at and publication.next_try_at > now:
        if publication.attempts or publication.error:
            return _("It is tried again at {time}.", time=_clock(publication.next_try_at))
        return _("It goes out at {time}; until then anyone can stop it.", time=_clock(publication.next_try_at))
    return None


def next_step(publication: Publication) -> Sentence:
    """What comes next for a post that a person has just put back in the queue for now."""
    now = timezone.now()
    if why := obstacle(publication, now, active_holds()):
        return why
    if silent(last_tick(), now):
        return _("The scheduler does not run: the post goes out once it does (portevoix run).")
    return _("It goes out at the next tick of the scheduler.")


def _clock(at: datetime) -> str:
    """The minute in the organisation's zone, as a time of day where it is within a day."""
    here = timezone.localtime(at)
    return here.strftime("%H:%M" if here.date() == timezone.localdate() else "%Y-%m-%d %H:%M")
