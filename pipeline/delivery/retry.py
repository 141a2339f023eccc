"""What follows from a platform's no: one decision by class of error. Adapters decide nothing of this.

A try that is not final is repeated up to six times: exponential with full jitter, the platform's own wish obeyed.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from publishers._base import OutcomeUnknown, PublisherError, Rejected, TryLater, Unauthorized

ATTEMPTS = 6
FIRST, LONGEST = timedelta(seconds=30), timedelta(hours=1)


class Then(StrEnum):
    """What becomes of the publication."""

    AGAIN = "again"  # back to the queue, until `at`
    END = "end"  # failed: a person sees why
    CLOSE = "close"  # the channel is closed, its queue waits for a person
    DOUBT = "doubt"  # the irreversible request was made and its answer is lost


@dataclass(frozen=True)
class Decision:
    """What becomes of the publication, when it is tried again, and whether its whole channel waits until then."""

    then: Then
    at: datetime | None = None
    pause: bool = False


def decide(refusal: PublisherError, tries: int, now: datetime) -> Decision:
    """The decision on a refusal at try number `tries`, this one included."""
    if isinstance(refusal, OutcomeUnknown):
        return Decision(Then.DOUBT)
    if isinstance(refusal, Unauthorized):
        return Decision(Then.CLOSE)
    if isinstance(refusal, Rejected):
        return Decision(Then.END)
    at = next_try(now, tries, _wish(refusal))
    if at is None:
        return Decision(Then.END)
    return Decision(Then.AGAIN, at, pause=isinstance(refusal, TryLater) and refusal.scope == "channel")


def next_try(now: datetime, tries: int, retry_after: float | None = None) -> datetime | None:
    """When to try next after so many tries, or None where it is time to stop; `retry_after` is in seconds."""
    if tries >= ATTEMPTS:
        return None
    return next_look(now, tries, retry_after)


def next_look(now: datetime, times: int, retry_after: float | None = None) -> datetime:
    """When to ask again after having asked so many times; asking, unlike sending, has no last time."""
    ceiling = min(FIRST * 2 ** min(max(times - 1, 0), 10), LONGEST)
    wait: timedelta = ceiling * random.random()  # noqa: S311 - jitter, not a secret
    return now + max(wait, wished(retry_after))


def wished(retry_after: float | None) -> timedelta:
    """How long the platform wants us to wait, within reason: a day at most, nothing where it is no number."""
    if retry_after is None or not math.isfinite(retry_after):
        return timedelta(0)
    return timedelta(seconds=min(max(retry_after, 0.0), 86_400.0))


def pause_of(refusal: PublisherError) -> timedelta:
    """How long to leave a platform alone that could not say what became of a post: its wish, or half a minute."""
    return max(wished(_wish(refusal)), FIRST)


def _wish(refusal: PublisherError) -> float | None:
    return refusal.retry_after if isinstance(refusal, TryLater) else None
