"""What a platform answers, as a value: its no too, so that a checkpoint stands between every answer and its note."""

from __future__ import annotations

from collections.abc import Callable

from publishers._base import Absent, Pending, PublisherError, Receipt, Unclear

Answer = Receipt | Pending | Absent | Unclear | PublisherError


def answer(ask: Callable[[], Answer]) -> Answer:
    """The answer of one call, or the error that it raised as the contract names it; other errors are faults."""
    try:
        return ask()
    except PublisherError as refusal:
        return refusal
