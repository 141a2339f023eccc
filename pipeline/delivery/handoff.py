"""Posts that a person puts up: which wait for one, their kits, and the word that ends them.

`seen` is the address that the person saw when they spoke, empty where there was none: whoever speaks about something
that another person has changed meanwhile is told, and changes nothing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from pipeline import audit, channels
from pipeline.delivery import claims, rows
from pipeline.errors import Refused
from pipeline.models import OUT, Publication, PublicationState, Receipt, User
from pipeline.people import refuse_readers
from pipeline.rendering import store
from publishers import _kit
from publishers._base import PublisherError
from publishers._base import Receipt as PlatformReceipt
from publishers._folders import place
from publishers._kit import Kit
from publishers._sentences import _

S = PublicationState


def waiting() -> QuerySet[Publication]:
    """The publications that wait for a person to put them up, by time."""
    rows_ = Publication.objects.filter(state=S.PENDING, channel__platform__in=channels.by_hand())
    return rows_.select_related("channel", "variant__post", "item").order_by("due_at", "pk")


def closed() -> QuerySet[Publication]:
    """Those that were put up, the latest first."""
    rows_ = Publication.objects.filter(state__in=OUT, channel__platform__in=channels.by_hand())
    found = rows_.select_related("channel", "variant__post", "item", "receipt")
    return found.order_by("-receipt__recorded_at", "-pk")


def folder(publication: Publication) -> Path | None:
    """Where the kit stands, also if it is not there; None where nothing sound says which it is."""
    saved: dict[str, Any] = claims.noted(publication) or {}
    key = saved.get("key", "")
    if not re.fullmatch(r"[0-9a-f-]{1,60}", key):
        return None
    return place(store.kits(), saved["submission"]["channel"], key)


def kit(publication: Publication) -> Kit | None:
    """What stands in the kit; None where there is none."""
    found = folder(publication)
    return _kit.read(found) if found else None


def done(publication: Publication, *, by: User, link: str, seen: str = "") -> bool:
    """Whether the address was noted: of a post that waited, or in place of the address `seen`.

    `Refused` for an address that cannot be the post's, and for a second correction by somebody who is no coordinator.
    """
    _refuse(publication, by)
    receipt = _receipt(publication, link)
    try:
        with transaction.atomic():
            noted = _correct(publication, by, receipt, seen) if seen else _close(publication, by, receipt)
    except IntegrityError:  # somebody noted it for another publication at this very moment
        noted = False
        _refuse_of_another(publication, receipt)
    return noted


def not_posted(publication: Publication, *, by: User, seen: str = "") -> bool:
    """Whether the post now counts as not posted after all: off the calendar, to be given another time or left."""
    _refuse(publication, by)
    why = _("{name} says that it was not posted after all.", name=by.username)
    told = {"state": S.CANCELLED, "error": why.as_json(), "next_try_at": None, "lease_until": None}
    row = Publication.objects.filter(pk=publication.pk, state__in=OUT if seen else [S.PENDING])
    with transaction.atomic():
        if not row.update(fence=claims.grown(), **told):
            return False
        if seen and not Receipt.objects.filter(publication=publication.pk, url=seen).delete()[0]:
            transaction.set_rollback(True)
            return False
        audit.append(by, "handoff.not_posted", f"publication:{publication.pk}", before=seen)
    return True


def who(publication: Publication) -> str:
    """The name of the person who noted the address last, empty where nobody did."""
    receipt = Receipt.objects.filter(publication=publication.pk).first()
    return str(receipt.details.get("put_up_by", "")) if receipt else ""


def _refuse(publication: Publication, by: User) -> None:
    refuse_readers(by)
    if publication.channel.platform not in channels.by_hand():
        raise Refused(_("Posts of {channel} are not put up by hand.", channel=publication.channel.name))


def _receipt(publication: Publication, link: str) -> PlatformReceipt:
    try:
        receipt = channels.adapter(publication.channel).pasted(link)
    except PublisherError as refusal:
        raise Refused(refusal.sentence) from None
    _refuse_of_another(publication, receipt)
    return receipt


def _refuse_of_another(publication: Publication, receipt: PlatformReceipt) -> None:
    others = Receipt.objects.filter(channel=publication.channel_id, remote_id=receipt.id)
    if owner := others.exclude(publication=publication.pk).first():
        raise Refused(_("This address is already noted for publication {number}: paste the one of this post.",
                        number=owner.publication_id))  # fmt: skip


def _close(publication: Publication, by: User, receipt: PlatformReceipt) -> bool:
    named = receipt.model_copy(update={"details": {**receipt.details, "put_up_by": by.username}})
    if not rows.put_up(publication, named):
        return False
    audit.append(by, "handoff.closed", f"publication:{publication.pk}", remote=receipt.id)
    return True


def _correct(publication: Publication, by: User, receipt: PlatformReceipt, seen: str) -> bool:
    held = Receipt.objects.filter(publication=publication.pk, url=seen).first()
    if held is None:
        return False
    if held.details.get("corrected") and not by.may_approve:
        raise Refused(_("This address was corrected once already: ask a coordinator to correct it again."))
    details = {**held.details, "put_up_by": by.username, "corrected": held.details.get("corrected", 0) + 1}
    changed = Receipt.objects.filter(pk=held.pk, url=seen).update(
        url=receipt.url, remote_id=receipt.id, details=details
    )
    if changed:
        audit.append(by, "handoff.corrected", f"publication:{publication.pk}", remote=receipt.id, before=held.remote_id)
    return bool(changed)
