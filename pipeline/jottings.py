"""Words typed and not saved: kept for their writer alone, so that no lost network and no closed page loses them.

A post is never changed by them, so neither an approval nor anybody else's work is at stake while a person types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from pipeline.models import Jotting, User

LONGEST = 100_000  # characters of one form: five times what the longest text may have
FOR = timedelta(days=30)


def keep(user: User, place: str, words: Mapping[str, Any], version: int = 0) -> Jotting | None:
    """What was kept of a form; None where it is longer than any form of ours."""
    if sum(len(str(value)) for value in words.values()) > LONGEST:
        return None
    row, _made = Jotting.objects.update_or_create(
        user=user, place=place, defaults={"words": _kept(dict(words)), "version": version, "at": timezone.now()}
    )
    return row


def _kept(words: Any) -> Any:
    """The same without U+0000, which PostgreSQL takes in no text."""
    if isinstance(words, str):
        return words.replace("\x00", "")
    if isinstance(words, dict):
        return {name: _kept(value) for name, value in words.items()}
    return [_kept(value) for value in words] if isinstance(words, list) else words


def kept(user: User, place: str) -> Jotting | None:
    """What this person typed there and has not saved."""
    return Jotting.objects.filter(user=user, place=place).first()


def of(user: User, places: Iterable[str]) -> set[str]:
    """Those of the places at which this person has words that are not saved."""
    return set(Jotting.objects.filter(user=user, place__in=list(places)).values_list("place", flat=True))


def drop(user: User, place: str) -> bool:
    """Whether there was something, which is gone now: saved, or thrown away."""
    return bool(Jotting.objects.filter(user=user, place=place).delete()[0])


def sweep(now: datetime) -> int:
    """How many are gone now because nobody came back to them for a month."""
    return Jotting.objects.filter(at__lt=now - FOR).delete()[0]
