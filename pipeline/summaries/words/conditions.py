"""The conditions that hold for a figure."""

from __future__ import annotations

from pipeline.summaries.facts import Fact

CONDITIONS = ("known", "some", "zero", "suppressed", "up", "down", "same")


def true_of(name: str, fact: Fact) -> set[str]:
    """The conditions that hold for one figure: known, some, zero, suppressed, up, down, same."""
    if fact.value is None:
        return {f"{name}.suppressed", f"{name}.some"} if fact.suppressed else set()
    found = {f"{name}.known", f"{name}.some" if fact.value else f"{name}.zero"}
    if fact.previous is not None:
        step = fact.value - fact.previous
        found.add(f"{name}.up" if step > 0 else f"{name}.down" if step < 0 else f"{name}.same")
    return found
