"""The record without which nothing made from footage can be submitted: who looked at it, and what was settled."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from pipeline import audit
from pipeline.errors import Refused
from pipeline.models import (
    Faces,
    Footage,
    Protection,
    Rendition,
    RenditionState,
    User,
    Variant,
    Voice,
)
from pipeline.people import refuse_readers
from pipeline.protection import consents, receipts, timelines, voices
from pipeline.protection.voiding import change_the_posts
from publishers._sentences import Sentence, _


def confirm(rendition: Rendition, *, by: User, faces: Faces, voice: Voice, consent: str = "") -> list[Protection]:
    """One record for each piece of footage in the rendition: `by` looked, and nobody is recognisable in these bytes.

    What is said of the voices must be what the file lets hear, where that is known.
    """
    refuse_readers(by)
    if rendition.state != RenditionState.READY:
        raise Refused(_("This video is not rendered yet: wait until it can be watched."))
    if not rendition.footage.exists():
        raise Refused(_("There is no footage in this rendition: it needs no protection."))
    if faces == Faces.CONSENT and not consent:
        raise Refused(_("Faces can only be shown with a consent: give its code, or mask them."))
    if faces == Faces.CONSENT and not all(consents.covers(consent, one, by=by) for one in rendition.footage.all()):
        raise Refused(_("No consent {code} in force lets a face be seen: record it first, or mask them.", code=consent))
    if (why := voices.untrue(rendition, voice, consent)) is not None:
        raise Refused(why)
    for footage in rendition.footage.all():
        if why := _unsettled(rendition, footage):
            raise Refused(why)
    with transaction.atomic():
        _void(rendition, by)
        made = [
            Protection.objects.create(
                footage=footage,
                rendition=rendition,
                rendition_sha256=rendition.sha256,
                faces=faces,
                voice=voices.settled(rendition, footage, voice),
                consent=consent,
                masks_sha256=rendition.spec["masks"][footage.sha256],
                faces_left=rendition.measured.get("faces_left", 0),
                confirmed_by=by,
                confirmed_at=timezone.now(),
            )
            for footage in rendition.footage.all()
        ]
        change_the_posts(rendition, by)
        audit.append(
            by, "protection.confirmed", f"rendition:{rendition.sha256[:16]}", faces=faces, voice=voice,
            receipt=receipts.issue(rendition).sha256,
        )  # fmt: skip
    return made


def carry_over(source: Rendition, copy: Rendition) -> None:
    """What was confirmed for a file holds for a copy of its very pixels, which shows no more than it: same person, day.

    A copy that has records of its own keeps them.
    """
    if copy.pk == source.pk or copy.protections.filter(withdrawn_at=None).exists():
        return
    held = list(source.protections.filter(withdrawn_at=None, rendition_sha256=source.sha256))
    with transaction.atomic():
        for one in held:
            one.pk, one.rendition, one.rendition_sha256 = None, copy, copy.sha256
            one.tools = {**one.tools, "copy_of": source.sha256}
            one.save(force_insert=True)
        if held:
            sealed = receipts.issue(copy)
            subject = f"rendition:{copy.sha256[:16]}"
            audit.append(None, "protection.carried", subject, receipt=sealed.sha256, copy_of=source.sha256)


def withdraw(rendition: Rendition, *, by: User) -> None:
    """Takes the confirmation back: what was made of this footage can no longer be submitted or sent."""
    with transaction.atomic():
        _void(rendition, by)
        change_the_posts(rendition, by)
        audit.append(by, "protection.withdrawn", f"rendition:{rendition.sha256[:16]}")


def _void(rendition: Rendition, by: User) -> None:
    """Ends the records of a file, and those that its copies have from it: what is doubted in one is doubted in all."""
    in_force = Q(withdrawn_at=None)
    rendition.protections.filter(in_force).update(withdrawn_at=timezone.now())
    receipts.end(rendition)
    carried = Q(protections__tools__copy_of=rendition.sha256, protections__withdrawn_at=None)
    for copy in Rendition.objects.filter(carried).distinct():
        _void(copy, by)
        change_the_posts(copy, by)


def missing(rendition: Rendition, *, sealed: Collection[str] | None = None) -> list[Sentence]:
    """What is not settled for the people in it; empty without footage, or with all its records in force.

    For each piece of footage: its masks reviewed as they stand now, these bytes rendered with them, a named person's
    word on these bytes, and its receipt as it was sealed: one of `sealed`, where an approval names them.
    """
    footage = list(rendition.footage.all())
    if not footage:
        return []
    held = set(
        rendition.protections.filter(withdrawn_at=None, rendition_sha256=rendition.sha256).values_list(
            "footage_id", flat=True
        )
    )
    unsettled = [why for one in footage if (why := _unsettled(rendition, one)) is not None]
    return (
        consents.withdrawn_from(footage) + unsettled
        or [
            _(
                "Nobody has confirmed yet that no one is recognisable in footage {code}: watch it and confirm.",
                code=f.code,
            )
            for f in footage
            if f.pk not in held
        ]
        or _doubtful(rendition, sealed)
    )


def _doubtful(rendition: Rendition, sealed: Collection[str] | None) -> list[Sentence]:
    """Why the receipt of a file cannot be relied on; empty where it can."""
    receipt = receipts.current(rendition)
    if receipt is None:
        return [_("There is no receipt of what was settled for the people in it: watch it and confirm once more.")]
    if sealed is not None and receipt.sha256 not in sealed:
        return [_("What was settled for the people in it is not what was approved: submit the post again.")]
    return [why] if (why := receipts.damage(receipt)) is not None else []


def _unsettled(rendition: Rendition, footage: Footage) -> Sentence | None:
    return timelines.unsettled(rendition, footage) or voices.unsettled(rendition, footage)


def embargo_until(variants: Iterable[Variant]) -> datetime | None:
    """When the last embargo of the footage in these variants ends, also one that is over; None where there is none."""
    chosen = list(variants)
    shown = Q(renditions__uses__variant__in=chosen) | Q(renditions__covers__variant__in=chosen)
    held = Footage.objects.filter(shown)
    latest: datetime | None = held.aggregate(latest=Max("embargo_until"))["latest"]
    return latest


def under_embargo(ends: datetime) -> Sentence:
    """Why footage under an embargo that ends then may not go out before."""
    until = timezone.localtime(ends).strftime("%Y-%m-%d %H:%M")
    return _("The footage in this post is under embargo until {until}: choose a later time.", until=until)
