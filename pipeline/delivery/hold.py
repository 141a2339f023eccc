"""The switch that stops everything, or one channel: read in the claim and again just before each request."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from pipeline import audit, notices
from pipeline.delivery import late
from pipeline.models import Channel, Hold, NoticeKind, Publication, User
from pipeline.panic import switch
from pipeline.people import refuse_all_who_may_not_release
from publishers._base import Sentence


def pull(channel: Channel | None = None, *, by: User | None, reason: str = "", why: Sentence | None = None) -> Hold:
    """The hold in force; pulling one that is already pulled changes nothing.

    A person gives a reason in their words; the machine, which may stop itself, says why in a sentence.
    """
    while True:
        try:
            with transaction.atomic():
                hold = Hold.objects.create(
                    channel=channel, by=by, reason=reason[:300], why=why.as_json() if why else None,
                    since=timezone.now(),
                )  # fmt: skip
                audit.append(by, "hold.pulled", f"channel:{channel.name}" if channel else "everything")
                notices.owe(NoticeKind.HOLD, about=hold, by=by)
        except IntegrityError:
            held = Hold.objects.filter(channel=channel, released_at=None).first()
            if held is not None:
                return held
            continue  # it was released in this very moment: pull again
        return hold


def release(channel: Channel | None = None, *, by: User) -> bool:
    """Whether a hold was in force and is now released; what became due meanwhile is listed as missed, not sent."""
    refuse_all_who_may_not_release(by)
    switch.refuse()
    now = timezone.now()
    with transaction.atomic():
        held = Hold.objects.select_for_update().filter(channel=channel, released_at=None).first()
        if held is None:
            return False
        _list_what_became_due(held, now, by)
        Hold.objects.filter(pk=held.pk).update(released_at=now, released_by=by)
        audit.append(by, "hold.released", f"channel:{channel.name}" if channel else "everything")
    return True


def _list_what_became_due(held: Hold, now: datetime, by: User) -> None:
    """Nothing floods out after a hold: each post that would have gone out meanwhile waits for a person's word."""
    waiting = Publication.objects.filter(late.UNSENT, due_at__gte=held.since, due_at__lte=now, doubt_since=None)
    if held.channel_id is not None:
        waiting = waiting.filter(channel_id=held.channel_id)
    for row in waiting:
        late.miss(row, late.HELD, by)


def active_holds() -> list[Hold]:
    """The holds in force, the one on everything first."""
    return list(Hold.objects.filter(released_at=None).select_related("channel", "by").order_by("channel_id", "pk"))
