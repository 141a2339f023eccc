"""Deliberately broken deliveries: each leaves out one rule, and the suite that guards it must then fail.

They are patched into forked children only.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any


def naive_retry() -> None:
    """What an ordinary job queue does: whatever is not known to have worked is sent anew, under a new key."""
    from pipeline.delivery import recover, rows
    from pipeline.models import Publication

    anew = {"state": "scheduled", "saved": {}, "doubt_since": None}
    take_back = recover.take_back

    def unknown(publication: Any, why: Any) -> bool:
        return rows.again(publication, why, None) and bool(Publication.objects.filter(pk=publication.pk).update(**anew))

    def taken_back(own: str) -> int:
        return take_back(own) + Publication.objects.filter(state="uncertain").update(**anew)

    rows.unknown, recover.take_back = unknown, taken_back


def no_fence() -> None:
    """A worker that was given up still counts: its writes go by the row's state alone."""
    from pipeline.delivery import claims, rows
    from pipeline.models import Publication

    def mine(publication: Any, *states: Any) -> Any:
        return Publication.objects.filter(pk=publication.pk, state__in=states)

    claims.mine = rows.mine = mine


def no_claim_condition() -> None:
    """A worker takes what stood in its list, whatever has become of it since."""
    from pipeline.delivery import claims
    from pipeline.models import Publication

    def take(publication: Any, worker: str, now: datetime) -> bool:
        ready = publication.state == "prepared"
        taken = claims._take(
            lambda: Publication.objects.filter(pk=publication.pk).update(
                state="prepared" if ready else "claimed",
                fence=claims.grown(), worker=worker, lease_until=now + claims.LEASE, next_try_at=None,
            )
        )  # fmt: skip
        publication.refresh_from_db()
        return bool(taken)

    claims.take = take


VARIANTS: dict[str, Callable[[], None]] = {
    "naive-retry": naive_retry,
    "no-fence": no_fence,
    "no-claim-condition": no_claim_condition,
}
