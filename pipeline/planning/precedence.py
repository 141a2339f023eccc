"""What a time must not come before: an embargo stands over a delay, a delay over quiet hours, those over a slot.

An embargo and a delay protect people: nobody's word lifts them here. Quiet hours are a habit: a person's yes is
enough. A slot only proposes: the first of its openings that the others leave free is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time

from django.conf import settings
from django.db.models import Max, Q
from django.utils import timezone

from pipeline.errors import Refused
from pipeline.hours import is_quiet
from pipeline.models import Summary, Variant
from pipeline.planning.times import WallTime
from pipeline.protection import record, textscan
from publishers._sentences import Sentence, _


class InQuietTime(Refused):
    """A time in the quiet hours: the same time with a person's yes is taken."""


@dataclass(frozen=True)
class Bound:
    """Before this instant the posts may not go out, and why."""

    until: datetime
    why: Sentence


def refuse(variants: Sequence[Variant], at: WallTime, *, in_quiet_time: bool = False) -> None:
    """`Refused` for a time that is over, or that comes before what stands above it; the highest speaks."""
    if at.instant <= timezone.now():
        raise Refused(
            _("{wall} is over: choose a time that is still to come.", wall=at.wall.strftime("%Y-%m-%d %H:%M"))
        )
    if standing := standing_at(variants, at.instant):
        raise Refused(standing)
    if is_quiet(at.instant) and not in_quiet_time:
        raise InQuietTime(_quiet(at))


def standing_at(variants: Sequence[Variant], at: datetime) -> Sentence | None:
    """Why these may not go out at that instant whoever says so: an embargo, else a delay; None where nothing stands."""
    return next((bound.why for bound in bounds(variants) if at < bound.until), None)


def standing_in_words(variant: Variant, at: datetime) -> Sentence | None:
    """The same of a variant of words alone, which neither footage nor figures keep back."""
    detail = in_detail([variant])
    return detail.why if detail and at < detail.until else None


def bounds(variants: Sequence[Variant]) -> list[Bound]:
    """The embargo and the delays that these posts are under, the highest first, ended ones too."""
    found = []
    if until := record.embargo_until(variants):
        found.append(Bound(until, record.under_embargo(until)))
    if detail := in_detail(variants):
        found.append(detail)
    if until := _delay(variants):
        day = timezone.localtime(until).strftime("%Y-%m-%d %H:%M")
        why = _("These figures are published from {day} on: what they tell of is too recent before.", day=day)
        found.append(Bound(until, why))
    return found


def in_detail(variants: Sequence[Variant]) -> Bound | None:
    """What the texts say finer than the commune and the day, where somebody let it stand, and until when it waits."""
    until = textscan.detail_until(variants)
    if until is None:
        return None
    day = timezone.localtime(until).strftime("%Y-%m-%d %H:%M")
    return Bound(
        until,
        _("What is finer than the commune and the day waits until {day}: leave it out, or choose later.", day=day),
    )


def _delay(variants: Sequence[Variant]) -> datetime | None:
    """The last instant of the delays of what these posts, or the cards in them, are drawn from."""
    drawn = Q(posts__variants__in=variants) | Q(renditions__uses__variant__in=variants)
    latest: datetime | None = Summary.objects.filter(drawn).aggregate(latest=Max("publish_from"))["latest"]
    return latest


def earliest(variants: Sequence[Variant], after: datetime) -> datetime:
    """The first instant from `after` on that embargo and delay allow."""
    return max([after, *(bound.until for bound in bounds(variants))])


def _quiet(at: WallTime) -> Sentence:
    start, end = settings.PORTEVOIX_QUIET_HOURS or (time.min, time.min)
    return _(
        "{wall} is in quiet time ({start} to {end}): choose another time, or say that it may go out then.",
        wall=at.wall.strftime("%H:%M"),
        start=start.strftime("%H:%M"),
        end=end.strftime("%H:%M"),
    )
