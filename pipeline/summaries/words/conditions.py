"""The conditions that hold for a figure, by the names that an editor writes under `when`."""

from __future__ import annotations

from pipeline.summaries.facts import Fact
from pipeline.summaries.words.comparing import COMPARED

LASTS = 3  # periods from which on a rise or a fall is one that lasts
STEPS = ("up", "down", "same")
CONDITIONS = (
    "known", "some", "zero", "suppressed", *STEPS, *(f"{other}.{step}" for other in ("vs_previous", "vs_last_year",
    "vs_mean") for step in ("publishable", *STEPS)), "record", "record.ever", "low", "rising", "falling", "first",
    "partly_unknown", "ranged",
)  # fmt: skip


def true_of(name: str, fact: Fact) -> set[str]:
    """The conditions that hold for one figure.

    known, some, zero, suppressed; up, down, same (than the previous); vs_last_year.publishable and .up, .down, .same,
    as of vs_previous and vs_mean; record (the most for long; record.ever: of all that is stored), low (the least);
    rising, falling (for three periods or more); first (it never happened before); partly_unknown; ranged (it is
    known between two ends).
    """
    if fact.value is None:
        return {f"{name}.suppressed", f"{name}.some"} if fact.suppressed else set()
    found = {f"{name}.known", f"{name}.some" if fact.value else f"{name}.zero"}
    for other in COMPARED:
        base = getattr(fact, other)
        if base is not None:
            step = "up" if fact.value > base else "down" if fact.value < base else "same"
            found |= {f"{name}.vs_{other}.publishable", f"{name}.vs_{other}.{step}"}
            found |= {f"{name}.{step}"} if other == "previous" else set()
    return found | {f"{name}.{one}" for one in _standing(fact)}


def _standing(fact: Fact) -> set[str]:
    """How the figure stands in the stored history."""
    found = set()
    if fact.record:
        found.add("record" if fact.record.kind == "most" else "low")
        if fact.record.kind == "most" and fact.record.ever:
            found.add("record.ever")
    if abs(fact.streak) >= LASTS:
        found.add("rising" if fact.streak > 0 else "falling")
    if fact.first:
        found.add("first")
    if fact.unknown:
        found.add("partly_unknown")
    if fact.upper is not None:
        found.add("ranged")
    return found
