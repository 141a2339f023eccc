"""The log that shows when it was changed: each entry's hash covers the entry and the hash before it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from pipeline.models import AuditEntry, AuditHead, User
from publishers._base import canonical

GENESIS = "0" * 64


@dataclass(frozen=True)
class Verdict:
    """Whether the chain holds, up to which entry, and where it broke."""

    ok: bool
    entries: int
    head: str
    broken_at: int | None = None


def append(actor: User | None, action: str, subject: str, **detail: Any) -> AuditEntry:
    """The new entry, written in the caller's transaction. Never give it texts of posts or names of people filmed."""
    with transaction.atomic():
        head, _made = AuditHead.objects.select_for_update().get_or_create(pk=1, defaults={"hash": GENESIS})
        entry = AuditEntry(
            seq=head.seq + 1,
            at=timezone.now().isoformat(),
            actor=actor.username if actor else "porte-voix",
            action=action,
            subject=subject,
            detail=detail,
            previous=head.hash,
        )
        entry.hash = _hash(entry)
        entry.save(force_insert=True)
        head.seq, head.hash = entry.seq, entry.hash
        head.save(update_fields=["seq", "hash"])
    return entry


def verify() -> Verdict:
    """Reads the whole chain; changed, removed, re-ordered and cut-off entries all show."""
    previous, count = GENESIS, 0
    for entry in AuditEntry.objects.order_by("seq").iterator():
        if entry.seq != count + 1 or entry.previous != previous or entry.hash != _hash(entry):
            return Verdict(ok=False, entries=count, head=previous, broken_at=count + 1)
        previous, count = entry.hash, entry.seq
    head = AuditHead.objects.filter(pk=1).first()
    expected = (head.seq, head.hash) if head else (0, GENESIS)
    whole = expected == (count, previous)
    return Verdict(ok=whole, entries=count, head=previous, broken_at=None if whole else count + 1)


def last(action: str) -> datetime | None:
    """When this was last done; None if it never was. The log is read from its end."""
    at = AuditEntry.objects.filter(action=action).order_by("-seq").values_list("at", flat=True).first()
    return datetime.fromisoformat(at) if at else None


def still_holds(seq: int, digest: str) -> bool:
    """Whether entry `seq` still has this hash, as a daily digest told it: it is not there in a chain cut off before."""
    if seq == 0:
        return digest == GENESIS
    return AuditEntry.objects.filter(seq=seq, hash=digest).exists()


def _hash(entry: AuditEntry) -> str:
    body = {
        "seq": entry.seq,
        "at": entry.at,
        "actor": entry.actor,
        "action": entry.action,
        "subject": entry.subject,
        "detail": entry.detail,
        "previous": entry.previous,
    }
    return hashlib.sha256(canonical(body).encode()).hexdigest()
