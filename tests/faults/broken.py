"""Deliberately broken deliveries: each leaves out one rule, and the suite that guards it must then fail.

They are patched into forked children only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def naive() -> None:
    """What an ordinary job queue does: what is not known to have worked is sent anew, from the start."""
    from pipeline.delivery import reconcile, recover, rows
    from pipeline.models import Publication

    def unknown(publication: Any, why: Any) -> bool:
        Publication.objects.filter(pk=publication.pk).update(saved={})
        return rows.again(publication, why, None)

    def recovered() -> int:
        """A request that was announced by a worker that died is a job that failed."""
        found = recover_dead()
        return found + Publication.objects.filter(state="uncertain").update(state="scheduled", saved={})

    recover_dead, recover.dead_workers, rows.unknown = recover.dead_workers, recovered, unknown
    assert reconcile


VARIANTS: dict[str, Callable[[], None]] = {"naive": naive}
