"""What is no longer needed and nobody would miss: kits of posts that are long out, and mails long handed over."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from pipeline import channels, jottings
from pipeline.delivery import handoff
from pipeline.models import OUT, OWED, Notice, NoticeKind, Publication, PublicationState
from pipeline.rendering import store

S = PublicationState
_ENDED = (*OUT, S.CANCELLED, S.REMOVED)
# What still holds is owed again where its row is gone: these stay, so that nobody is told twice. They are few.
_STANDING = (NoticeKind.SILENT, NoticeKind.EXPIRING)


@dataclass(frozen=True)
class Kept:
    """How much of it there is."""

    kits: int
    notices: int


def sweep(now: datetime | None = None) -> Kept:
    """How many hand-off kits and mails are gone now: those past PORTEVOIX_KITS_DAYS and PORTEVOIX_NOTICES_DAYS.

    A kit that somebody may still need, because its post is not out, stays however old it is; so does an owed mail.
    Words that somebody typed, did not save and did not come back to for a month go too.
    """
    moment = now or timezone.now()
    jottings.sweep(moment)
    return Kept(_sweep_kits(moment), _sweep_notices(moment))


def kept() -> Kept:
    """How many kits and mails there are."""
    return Kept(sum(1 for _kit in _kits()), Notice.objects.count())


def _sweep_kits(now: datetime) -> int:
    days = settings.PORTEVOIX_KITS_DAYS
    old = [kit for kit in _kits() if days and _made(kit) < now - timedelta(days=days)]
    needed = _needed() if old else set()
    over = [kit for kit in old if kit not in needed]
    for kit in over:
        shutil.rmtree(kit, ignore_errors=True)  # one that cannot be removed is tried again; it keeps nothing waiting
    return sum(not kit.exists() for kit in over)


def _kits() -> Iterator[Path]:
    """Every folder of one post, by channel; one that is being written is hidden and none yet."""
    return (kit for kit in store.kits().glob("[!.]*/[!.]*") if kit.is_dir() and not kit.is_symlink())


def _made(kit: Path) -> datetime:
    return datetime.fromtimestamp(kit.stat().st_mtime, UTC)


def _needed() -> set[Path]:
    """The kits of posts that somebody may still put up or look for."""
    by_hand = Publication.objects.filter(channel__platform__in=channels.by_hand()).exclude(state__in=_ENDED)
    return {folder for row in by_hand if (folder := handoff.folder(row)) is not None}


def _sweep_notices(now: datetime) -> int:
    days = settings.PORTEVOIX_NOTICES_DAYS
    if not days:
        return 0
    old = Notice.objects.filter(owed_at__lt=now - timedelta(days=days))
    return old.exclude(state__in=OWED).exclude(kind__in=_STANDING).delete()[0]
