"""What a person asks first: what went out, what waits, what is late, what needs them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count

from pipeline.delivery.engine import BEAT
from pipeline.delivery.hold import active_holds
from pipeline.models import Beat, Channel, Publication


@dataclass(frozen=True)
class Status:
    """Counts by state, holds, channels whose credentials fail, and when the scheduler last ticked."""

    counts: dict[str, int]
    holds: list[str]
    unauthorised: list[str]
    last_tick: datetime | None


def status() -> Status:
    """The state of delivery now."""
    counted = Publication.objects.values_list("state").annotate(n=Count("pk")).order_by("state")
    beat = Beat.objects.filter(name=BEAT).first()
    return Status(
        counts=dict(counted),
        holds=[hold.channel.name if hold.channel else "*" for hold in active_holds()],
        unauthorised=list(Channel.objects.filter(authorised=False, active=True).values_list("name", flat=True)),
        last_tick=beat.at if beat else None,
    )
