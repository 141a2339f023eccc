"""Named points before and after every durable write and every network call of delivery, where tests pull the plug."""

from __future__ import annotations

from collections.abc import Callable

_hook: Callable[[str], None] | None = None


def checkpoint(name: str) -> None:
    """Nothing, in production; the fault suites end the process here."""
    if _hook is not None:
        _hook(name)


def arm(hook: Callable[[str], None] | None) -> None:
    """Sets what the fault suites do at each checkpoint; None disarms."""
    global _hook  # noqa: PLW0603 - one process, one hook, only in tests
    _hook = hook
