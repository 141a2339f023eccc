"""When to try again after a refusal that is not final: exponential with full jitter, the platform's own wish obeyed."""

from __future__ import annotations

import math
import random
from datetime import datetime, timedelta

ATTEMPTS = 6
FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=1)


def next_try(now: datetime, attempts: int, retry_after: float | None = None) -> datetime | None:
    """When to try next after `attempts` tries, or None where it is time to stop; `retry_after` is in seconds."""
    if attempts >= ATTEMPTS:
        return None
    ceiling = min(FIRST * 2 ** max(attempts - 1, 0), LONGEST)
    wait: timedelta = ceiling * random.random()  # noqa: S311 - jitter, not a secret
    return now + max(wait, wished(retry_after))


def wished(retry_after: float | None) -> timedelta:
    """How long the platform wants us to wait, within reason: a day at most, nothing where it is no number."""
    if retry_after is None or not math.isfinite(retry_after):
        return timedelta(0)
    return timedelta(seconds=min(max(retry_after, 0.0), 86_400.0))
