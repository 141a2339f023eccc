"""A person withdraws: everything that shows them is found, what is to come is stopped, what is out is taken down."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from pipeline import audit, planning, removals
from pipeline.errors import Refused
from pipeline.models import (
    BEYOND_CHANGE,
    WAITING,
    Consent,
    Post,
    Publication,
    PublicationState,
    Removal,
    Rendition,
    User,
    VariantMedia,
)
from pipeline.people import refuse_readers
from pipeline.protection import consents, edits
from pipeline.rendering import parts

S = PublicationState


@dataclass(frozen=True)
class Uses:
    """Where a person is shown: what is to come, what is out (or may be), what came down, and drafts without a time."""

    waiting: list[Publication]
    out: list[Publication]
    removed: list[Publication]
    drafts: list[Post]
    renditions: int


@dataclass(frozen=True)
class Withdrawal:
    """What a withdrawal did: publications stopped, and tasks that take down what is out."""

    consent: Consent
    stopped: list[Publication]
    removals: list[Removal]


def renditions_of(consent: Consent) -> QuerySet[Rendition]:
    """Every file that was made from footage with this person in it."""
    return Rendition.objects.filter(footage__in=consents.footage_of(consent)).distinct()


def uses(consent: Consent) -> Uses:
    """Every place where this person is shown, masked or not, the soonest first."""
    files = renditions_of(consent)
    shown = VariantMedia.objects.filter(Q(rendition__in=files) | Q(cover__in=files)).values("variant")
    rows = Publication.objects.filter(variant__in=shown).order_by("due_at", "pk")
    rows = rows.select_related("variant__post", "channel", "receipt")
    beyond = set(rows.filter(BEYOND_CHANGE).values_list("pk", flat=True))
    posts = Post.objects.filter(variants__in=shown).exclude(variants__publications__isnull=False)
    return Uses(
        waiting=[row for row in rows if row.state in (*WAITING, S.MISSED) and row.pk not in beyond],
        out=[row for row in rows if row.pk in beyond],
        removed=[row for row in rows if row.state == S.REMOVED],
        drafts=list(posts.distinct().order_by("pk")),
        renditions=files.count(),
    )


def withdraw(consent: Consent, *, by: User) -> Withdrawal:
    """Ends the consent: nothing with this person goes out any more, what waits is cancelled, what is out comes down.

    Anyone who writes posts may do it: stopping needs no second person. Said again, it finds what came up meanwhile.
    """
    refuse_readers(by)
    with transaction.atomic():
        ended = Consent.objects.filter(pk=consent.pk, withdrawn_at=None)
        if ended.update(withdrawn_at=timezone.now(), withdrawn_by=by):
            audit.append(by, "consent.withdrawn", f"consent:{consent.code}")
            edits.hide_all(consent.code, by=by)
    consent.refresh_from_db()
    for footage in consents.footage_of(consent):
        parts.forget(footage.sha256)  # made while the consent held: the face may be seen in them
    stopped, tasks = [], []
    for row in uses(consent).waiting:
        if planning.cancel(row, by=by):
            stopped.append(row)
    for row in uses(consent).out:  # looked for anew: what was about to go may be out by now
        try:
            tasks.append(removals.ask(row, by=by, consent=consent))
        except Refused:  # it ended without being out between the two looks
            continue
    return Withdrawal(consent, stopped, tasks)


def nothing_shown(found: Uses) -> bool:
    """Whether the person is in nothing that was made."""
    return not (found.waiting or found.out or found.removed or found.drafts)
