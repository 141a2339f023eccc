"""A check that fired is passed by typing the number that is in question, "oui, 330": a click is too easy."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from django.db import transaction
from django.utils import timezone

from pipeline import audit
from pipeline.errors import Refused
from pipeline.models import Confirmation, Summary, User
from pipeline.observations.values import clean, western_digits
from pipeline.people import refuse_readers
from pipeline.summaries.checks import Check
from pipeline.summaries.computing import SummaryResult
from publishers._sentences import _

TYPED = re.compile(r"(?i)(?:oui|yes)[ ,:;.]*(-?[\d ]+(?:[.,]\d+)?)")


def of_row(row: Summary) -> list[Check]:
    """The checks that were made when the summary was computed."""
    return [Check.from_json(one) for one in row.checks]


def unanswered(row: Summary) -> list[Check]:
    """The checks that fired and that nobody has passed yet."""
    passed = set(row.confirmations.values_list("check_name", flat=True))
    return [one for one in of_row(row) if one.fired and one.name not in passed]


def confirm(row: Summary, check: str, typed: str, *, by: User) -> Confirmation:
    """The check, passed: `typed` says yes and the number. It holds for these rows; others make another summary.

    Raises Refused for another number, a check that did not fire, or someone who only reads.
    """
    refuse_readers(by)
    found = next((one for one in of_row(row) if one.name == check and one.fired), None)
    if found is None:
        names = [one.name for one in unanswered(row)] or ["–"]
        raise Refused(_("No check {name} asks for an answer here; those that do: {names}.", name=check, names=names))
    if _number(typed) != Decimal(str(found.number)):
        raise Refused(_("Type “oui, {number}” if that number is right; else correct the rows.", number=found.number))
    with transaction.atomic():
        row_, new = Confirmation.objects.get_or_create(
            summary=row, check_name=check, defaults={"typed": clean(typed)[:60], "by": by, "at": timezone.now()}
        )
        if new:
            audit.append(by, "summary.confirmed", f"summary {row.pk}", check=check, typed=row_.typed)
    return row_


def _number(typed: str) -> Decimal | None:
    said = TYPED.fullmatch(western_digits(clean(typed)))
    if said is None:
        return None
    try:
        return Decimal(said[1].replace(" ", "").replace(",", "."))
    except InvalidOperation:
        return None


def refuse_unready(result: SummaryResult) -> None:
    """Refuses what may not go out: an internal summary, or one with a check that nobody has passed."""
    if result.definition.internal:
        raise Refused(_("{name} is for the team alone: no post is made of it.", name=result.name))
    if waiting := unanswered(result.row):
        raise Refused(
            _(
                "{name} {period}: {sentence} Look at it on the summary's page and type “oui, {number}” if it is right.",
                name=result.name,
                period=result.period,
                sentence=waiting[0].sentence,
                number=waiting[0].number,
            )
        )
