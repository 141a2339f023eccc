"""A number of few people that is told all the same: one person asks with a reason, another agrees, either ends it."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from pipeline import audit
from pipeline.errors import Refused
from pipeline.models import Allowance, User
from pipeline.people import refuse_all_but_coordinators, refuse_readers
from pipeline.summaries.columns import fold
from pipeline.summaries.definitions import load
from pipeline.summaries.disclosure.pieces import Name
from publishers._sentences import _

LONGEST = 500  # characters of a reason


def allowed(summary: str, period: str) -> frozenset[Name]:
    """The numbers of a summary's period that two persons want told."""
    return frozenset((one.metric, frozenset(one.place.items())) for one in in_force(summary, period))


def in_force(summary: str, period: str) -> QuerySet[Allowance]:
    """The allowances of a summary's period that both persons stand by."""
    return Allowance.objects.filter(summary=summary, period=period, agreed_at__isnull=False, ended_at=None)


def shown_by_name(summary: str, period: str) -> dict[str, dict[str, object]]:
    """For each figure that is told because two persons want it, what its provenance says of that."""
    whole = in_force(summary, period).filter(place={}).select_related("asked_by", "agreed_by")
    return {
        one.metric: {"allowed": {"reason": one.reason, "by": [one.asked_by.username, str(one.agreed_by)]}}
        for one in whole
    }


def ask(summary: str, period: str, metric: str, place: Mapping[str, str], reason: str, *, by: User) -> Allowance:
    """The wish that a number be told; it holds once another person agrees. Raises Refused."""
    refuse_readers(by)
    _refuse_unknown(summary, metric, place)
    reason = " ".join(reason.split())
    if not reason or len(reason) > LONGEST:
        raise Refused(_("Say in at most {n} characters why this number has to be told.", n=LONGEST))
    folded = {dimension: fold(value) for dimension, value in place.items()}
    try:
        with transaction.atomic():
            made = Allowance.objects.create(
                summary=summary, period=period, metric=metric, place=folded, reason=reason,
                asked_by=by, asked_at=timezone.now(),
            )  # fmt: skip
            audit.append(by, "disclosure.asked", f"allowance:{made.pk}", summary=summary, period=period, metric=metric)
    except IntegrityError:
        raise Refused(_("This number is asked for already: see “portevoix disclosure list”.")) from None
    return made


def agree(number: int, *, by: User) -> Allowance:
    """The allowance, in force from now on. Raises Refused where the same person asked, or it has been settled."""
    refuse_all_but_coordinators(by)
    found = _open(number)
    if found.asked_by_id == by.pk:
        raise Refused(_("A second person has to agree: you asked for this number yourself."))
    with transaction.atomic():
        waiting = Allowance.objects.filter(pk=number, agreed_at=None, ended_at=None).exclude(asked_by=by)
        if not waiting.update(agreed_by=by, agreed_at=timezone.now()):
            raise Refused(_("Allowance {number} is settled already: see “portevoix disclosure list”.", number=number))
        audit.append(by, "disclosure.allowed", f"allowance:{number}", asked_by=found.asked_by.username)
    return Allowance.objects.get(pk=number)


def end(number: int, *, by: User) -> Allowance:
    """The allowance, no longer in force; what went out under it stays out. Raises Refused."""
    refuse_all_but_coordinators(by)
    _open(number)
    with transaction.atomic():
        if not Allowance.objects.filter(pk=number, ended_at=None).update(ended_by=by, ended_at=timezone.now()):
            raise Refused(_("Allowance {number} is settled already: see “portevoix disclosure list”.", number=number))
        audit.append(by, "disclosure.ended", f"allowance:{number}")
    return Allowance.objects.get(pk=number)


def listed() -> QuerySet[Allowance]:
    """Every allowance: those that wait for a second person first, ended ones last."""
    order = (F("ended_at").asc(nulls_first=True), F("agreed_at").asc(nulls_first=True), "-pk")
    return Allowance.objects.select_related("asked_by", "agreed_by", "ended_by").order_by(*order)


def _open(number: int) -> Allowance:
    found = Allowance.objects.select_related("asked_by").filter(pk=number).first()
    if found is None:
        raise Refused(_("There is no allowance {number}: see “portevoix disclosure list”.", number=number))
    return found


def _refuse_unknown(summary: str, metric: str, place: Mapping[str, str]) -> None:
    definition = load(summary)
    if metric not in definition.metrics or not definition.counts_people(metric):
        people = ", ".join(name for name in definition.metrics if definition.counts_people(name)) or "–"
        raise Refused(_("{figure} is no figure of people: choose one of {names}.", figure=metric, names=people))
    dimensions = {frozenset(by.dimensions) for by in definition.by if metric in definition.crossed(by)}
    if place and not any(place.keys() <= one for one in dimensions):
        known = ", ".join(sorted({one for by in dimensions for one in by})) or "–"
        raise Refused(_("The summary has no table by {names}: there are {known}.", names=", ".join(place), known=known))
