"""What a person does not want to be told by mail."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.db import transaction

from pipeline.errors import Refused
from pipeline.models import Mute, NoticeKind, User
from pipeline.notices import kinds
from publishers._sentences import Sentence, _


@dataclass(frozen=True)
class Choice:
    """One kind of mail as a person may choose it."""

    kind: NoticeKind
    label: Sentence
    to: list[Sentence]
    on: bool
    fixed: bool


def choices(user: User) -> list[Choice]:
    """Every kind that may reach the person, whom else it goes to, and whether they get it."""
    muted = set(Mute.objects.filter(user=user).values_list("kind", flat=True))
    listed = []
    for kind in kinds.offered(user):
        rule, fixed = kinds.RULES[kind], kinds.is_fixed(kind, user)
        to = [kinds.GROUPS[group] for group in rule.to]
        listed.append(Choice(kind, rule.label, to, on=fixed or kind not in muted, fixed=fixed))
    return listed


def mute(kind: str, *, by: User) -> bool:
    """Whether the kind was not muted yet; `Refused` for one that is none, or that this person cannot mute."""
    known = _known(kind)
    if kinds.is_fixed(known, by):
        raise Refused(_("Administrators always get this mail: nothing else tells that the whole machine stands still."))
    return Mute.objects.get_or_create(user=by, kind=known)[1]


def unmute(kind: str, *, by: User) -> bool:
    """Whether the kind was muted and is no longer; `Refused` for one that is none."""
    return bool(Mute.objects.filter(user=by, kind=_known(kind)).delete()[0])


def choose(wanted: Collection[str], *, by: User) -> None:
    """The person gets these kinds by mail, and of those offered to them no other; what is fixed stays."""
    with transaction.atomic():
        for choice in choices(by):
            if choice.kind in wanted:
                unmute(choice.kind, by=by)
            elif not choice.fixed:
                mute(choice.kind, by=by)


def _known(kind: str) -> NoticeKind:
    if kind not in NoticeKind.values:
        known = ", ".join(NoticeKind.values)
        raise Refused(_("There is no mail called {kind}. Known: {known}.", kind=kind, known=known))
    return NoticeKind(kind)
