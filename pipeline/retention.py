"""Originals are kept no longer than needed: listed after some months, kept as evidence for a reason, else destroyed."""

from __future__ import annotations

from dateutil.relativedelta import relativedelta
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from pipeline import audit
from pipeline.errors import Refused
from pipeline.footage import original_path
from pipeline.models import WAITING, Footage, Kept, Publication, User
from pipeline.people import refuse_all_but_coordinators, refuse_readers
from pipeline.protection import looks
from pipeline.rendering import parts
from publishers._sentences import _


def over() -> QuerySet[Footage]:
    """The originals whose time is over and that nobody keeps, the oldest first."""
    limit = timezone.now() - relativedelta(months=settings.PORTEVOIX_RETENTION_MONTHS)
    held = Kept.objects.filter(ended_at=None).values("footage")
    return Footage.objects.filter(added_at__lt=limit, deleted_at=None).exclude(pk__in=held).order_by("added_at", "pk")


def keep(footage: Footage, reason: str, *, by: User) -> Kept:
    """The reason why an original is kept as evidence, past its time; a new reason takes the place of the old one."""
    refuse_readers(by)
    if not reason.strip():
        raise Refused(_("Say why this original is kept: one sentence is enough."))
    with transaction.atomic():
        _refuse_gone(footage)
        Kept.objects.filter(footage=footage, ended_at=None).update(ended_at=timezone.now())
        row = Kept.objects.create(footage=footage, reason=reason.strip()[:300], by=by, at=timezone.now())
        audit.append(by, "original.kept", f"footage:{footage.code}")
    return row


def free(footage: Footage, *, by: User) -> bool:
    """Whether a reason to keep the original was ended."""
    refuse_all_but_coordinators(by)
    with transaction.atomic():
        ended = Kept.objects.filter(footage=footage, ended_at=None).update(ended_at=timezone.now())
        if ended:
            audit.append(by, "original.freed", f"footage:{footage.code}")
    return bool(ended)


def destroy(footage: Footage, *, by: User) -> None:
    """Nothing; the original's file is gone, the row and its hash stay.

    `Refused` for others than coordinators, for what is kept as evidence, and while something made from it still waits
    to go out.
    """
    refuse_all_but_coordinators(by)
    original = original_path(footage.sha256)
    with transaction.atomic():
        _refuse_gone(footage)
        if Kept.objects.filter(footage=footage, ended_at=None).exists():
            raise Refused(_("Footage {code} is kept as evidence: end that first.", code=footage.code))
        if Publication.objects.filter(variant__media__rendition__footage=footage, state__in=WAITING).exists():
            raise Refused(_("A post with footage {code} waits to go out: wait, or cancel it.", code=footage.code))
        done = Footage.objects.filter(pk=footage.pk, deleted_at=None).update(deleted_at=timezone.now(), deleted_by=by)
        if done:
            audit.append(by, "original.destroyed", f"footage:{footage.code}", sha256=footage.sha256)
    original.unlink(missing_ok=True)
    looks.forget(footage)
    parts.forget(footage.sha256)
    footage.refresh_from_db()


def _refuse_gone(footage: Footage) -> None:
    if Footage.objects.select_for_update().get(pk=footage.pk).deleted_at is not None:
        raise Refused(_("The original of footage {code} was destroyed before.", code=footage.code))
