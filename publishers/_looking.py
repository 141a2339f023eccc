"""What looking for a post takes on every network: moments, and whether words are the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

GIVE_UP = timedelta(hours=6)


def now_text() -> str:
    """This moment, for `saved`."""
    return datetime.now(UTC).isoformat()


def older(at: str, than: timedelta) -> bool:
    """Whether a moment of `saved` lies further back."""
    return datetime.now(UTC) - datetime.fromisoformat(at) > than


def moment(told: Any) -> datetime | None:
    """A time as Graph writes it (2026-11-25T09:00:00+0000), or None."""
    try:
        return datetime.fromisoformat(str(told)).astimezone(UTC)
    except ValueError:
        return None


def same_words(found: Any, ours: str) -> bool:
    """Whether a text that a network gives back is ours; it may have trimmed or joined spaces."""
    return isinstance(found, str) and found.split() == ours.split()


def too_late(since: str) -> bool:
    """Whether what belongs to a post should be given up, by the time at which it went out."""
    return datetime.now(UTC) - datetime.fromisoformat(since) > GIVE_UP
