"""Originals in: copied once, hashed, read-only, looked at by a limited worker, never sent anywhere."""

from __future__ import annotations

import os
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from pipeline import audit
from pipeline.errors import Refused
from pipeline.hours import midnight
from pipeline.models import FaceSearch, Footage, User
from pipeline.panic import switch
from pipeline.probing import probe_limited
from pipeline.rendering.store import sha256_of
from publishers._sentences import _


def add(
    source: Path,
    *,
    by: User,
    filmed_on: date | None = None,
    place: str = "",
    filmed_by: str = "",
    embargo_until: datetime | None = None,
) -> Footage:
    """The footage row; adding the same file again gives the row it already has. `Refused` for what cannot be read.

    It is under embargo for 48 hours (PORTEVOIX_FOOTAGE_DELAY_HOURS) from the end of the day on which it was filmed,
    from now where nobody knows the day; `embargo_until` can only make that longer.
    """
    if not source.is_file():
        raise Refused(_("There is no file at {name}: check its name.", name=source.name))
    found = probe_limited(source)
    if found.kind == "audio":
        raise Refused(_("There is no moving picture in this file, only sound: bring the film, or a photo."))
    digest = sha256_of(source)
    known = Footage.objects.filter(sha256=digest).first()
    if known is not None:
        return known
    _copy_once(source, original_path(digest))
    with transaction.atomic():
        row = Footage.objects.create(
            sha256=digest,
            size=source.stat().st_size,
            kind=found.kind,
            mime=found.mime,
            probe=found.model_dump(mode="json"),
            filmed_on=filmed_on,
            place=place,
            filmed_by=filmed_by,
            embargo_until=max(filter(None, (embargo_until, _delayed(filmed_on)))),
            added_by=by,
        )
        FaceSearch.objects.create(footage=row)
        audit.append(by, "footage.added", f"footage:{row.code}", kind=row.kind)
    return row


def _delayed(filmed_on: date | None) -> datetime:
    """When footage of that day may first be shown."""
    seen = timezone.now() if filmed_on is None else midnight(filmed_on + timedelta(days=1))
    return min(seen, timezone.now()) + settings.PORTEVOIX_FOOTAGE_DELAY


def original_path(sha256: str) -> Path:
    """Where an original stands; only rendering reads it. `Refused` while everything is shut."""
    switch.refuse()
    return place_of(sha256)


def place_of(sha256: str) -> Path:
    """Where an original stands, for who only names it."""
    return Path(settings.PORTEVOIX_HOME) / "originals" / sha256[:2] / sha256


def _copy_once(source: Path, target: Path) -> None:
    """A read-only copy that is there whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    incoming = target.with_suffix(f".incoming-{os.getpid()}")
    shutil.copyfile(source, incoming)
    incoming.chmod(0o400)
    incoming.replace(target)
