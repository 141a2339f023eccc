"""The switch that stops everything, or one channel: read in the claim and again just before each request."""

from __future__ import annotations

from django.db import IntegrityError, transaction
from django.utils import timezone

from pipeline import audit
from pipeline.models import Channel, Hold, User
from pipeline.people import refuse_all_who_may_not_release


def pull(channel: Channel | None = None, *, by: User | None, reason: str = "") -> Hold:
    """The hold in force; pulling one that is already pulled changes nothing."""
    try:
        with transaction.atomic():
            hold = Hold.objects.create(channel=channel, by=by, reason=reason, since=timezone.now())
            audit.append(by, "hold.pulled", f"channel:{channel.name}" if channel else "everything")
    except IntegrityError:
        return Hold.objects.get(channel=channel, released_at=None)
    return hold


def release(channel: Channel | None = None, *, by: User) -> bool:
    """Whether a hold was in force and is now released; what became late meanwhile is listed, not sent."""
    refuse_all_who_may_not_release(by)
    with transaction.atomic():
        released = Hold.objects.filter(channel=channel, released_at=None).update(
            released_at=timezone.now(), released_by=by
        )
        if released:
            audit.append(by, "hold.released", f"channel:{channel.name}" if channel else "everything")
    return bool(released)


def active_holds() -> list[Hold]:
    """The holds in force, the one on everything first."""
    return list(Hold.objects.filter(released_at=None).select_related("channel", "by").order_by("channel_id", "pk"))
