"""The consent register: a code for each person who agreed to be shown, what they agreed to, and their withdrawal."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from pipeline import audit, vault
from pipeline.errors import Refused
from pipeline.models import Consent, ConsentName, Footage, How, User, Variant
from pipeline.people import refuse_all_but_coordinators, refuse_readers
from publishers._limits import networks as known_networks
from publishers._sentences import Sentence, _

CODE = re.compile(r"[A-Z0-9][A-Z0-9-]{1,39}")
LONGEST_NAME = 4  # words


@dataclass(frozen=True)
class Scope:
    """What a person agreed to. Empty networks or languages mean all of them; no last day means until withdrawn."""

    face: bool = False
    voice: bool = False
    networks: Sequence[str] = ()
    languages: Sequence[str] = ()
    until: date | None = None
    names: Sequence[str] = field(default=(), repr=False)  # never kept: only their keyed hashes are


def record(code: str, *, given_on: date, how: How, scope: Scope, by: User) -> Consent:
    """The new consent. `Refused` for a code that is taken or could be a name, a day to come, an unknown network."""
    refuse_readers(by)
    code = code.strip().upper()
    _refuse_odd(code, given_on, scope)
    try:
        with transaction.atomic():
            row = Consent.objects.create(
                code=code, given_on=given_on, how=how, face=scope.face, voice=scope.voice,
                networks=list(scope.networks), languages=list(scope.languages), until=scope.until,
                recorded_by=by, recorded_at=timezone.now(),
            )  # fmt: skip
            for name in scope.names:
                _keep_name(row, name)
            audit.append(by, "consent.recorded", f"consent:{code}", how=how, face=scope.face, voice=scope.voice)
    except IntegrityError:
        raise Refused(_("There is already a consent {code}: a new one takes a new code.", code=code)) from None
    return row


def _refuse_odd(code: str, given_on: date, scope: Scope) -> None:
    if not CODE.fullmatch(code) or not any(sign.isdigit() for sign in code):
        raise Refused(_("“{code}” is no code: take letters and digits such as P-014, never a name.", code=code[:40]))
    if given_on > timezone.localdate():
        raise Refused(_("A consent cannot be given on a day to come: correct the day."))
    if scope.until is not None and scope.until < given_on:
        raise Refused(_("This consent would end before it was given: correct its last day."))
    if strange := [name for name in scope.networks if name not in known_networks()]:
        known = ", ".join(sorted(known_networks()))
        raise Refused(_("There is no network {name}: choose among {known}.", name=strange[0][:40], known=known))


def _keep_name(consent: Consent, name: str) -> None:
    words = name_words(name)
    if not 1 <= len(words) <= LONGEST_NAME:
        raise Refused(_("A name has one to {n} words: give each name of a person by itself.", n=LONGEST_NAME))
    digest = vault.keyed_hashes(" ".join(words))[0]
    ConsentName.objects.get_or_create(consent=consent, digest=digest, defaults={"words": len(words)})


def name_words(text: str) -> list[str]:
    """The words of a text as names are compared: without case, accents, vowel marks and what joins them."""
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(sign))
    return re.findall(r"\w+", re.sub(r"[-'’.\u0640\u200c\u200d]", " ", plain))


def find(code: str) -> Consent:
    """The consent of that code; `Refused` where there is none."""
    row = Consent.objects.filter(code=code.strip().upper()).first()
    if row is None:
        raise Refused(_("There is no consent {code}: see “portevoix consent list”.", code=code[:40]))
    return row


def link(consent: Consent, footage: Footage, *, by: User) -> None:
    """Notes that this person is in that footage: a withdrawal finds it then."""
    refuse_readers(by)
    with transaction.atomic():
        if not consent.footage.filter(pk=footage.pk).exists():
            consent.footage.add(footage)
            audit.append(by, "consent.linked", f"consent:{consent.code}", footage=footage.code)


def unlink(consent: Consent, footage: Footage, *, by: User, reason: str) -> None:
    """Takes the note back that this person is in that footage, where it was a mistake: a coordinator says why."""
    refuse_all_but_coordinators(by)
    if not reason.strip():
        raise Refused(_("Say why this person is not in that footage: one sentence is enough."))
    with transaction.atomic():
        consent.footage.remove(footage)
        audit.append(by, "consent.unlinked", f"consent:{consent.code}", footage=footage.code, reason=reason[:300])


def footage_of(consent: Consent) -> QuerySet[Footage]:
    """Everything that this person is known to be in: linked by hand, or protected under their code."""
    return Footage.objects.filter(Q(consents=consent) | Q(protections__consent=consent.code)).distinct()


# ------------------------------------------------------------------------------------------------------ what it allows


def covers(code: str, footage: Footage, *, by: User | None = None) -> bool:
    """Whether this consent, in force today, lets a face in that footage be shown; both are linked where `by` acts."""
    row = Consent.objects.filter(code=code, face=True, withdrawn_at=None).first()
    if row is None or not in_force(row) or footage.pk is None:
        return False
    if by is not None:
        link(row, footage, by=by)
    return True


def in_force(consent: Consent) -> bool:
    """Whether it was not withdrawn and its last day is not over."""
    ended = consent.until is not None and consent.until < timezone.localdate()
    return consent.withdrawn_at is None and not ended


def withdrawn_from(footage: Iterable[Footage]) -> list[Sentence]:
    """Why footage may not go out: somebody in it withdrew. Also what shows them masked, as they asked not to appear."""
    pks = [one.pk for one in footage]
    gone = Consent.objects.filter(withdrawn_at__isnull=False).filter(
        Q(footage__in=pks) | Q(code__in=Footage.objects.filter(pk__in=pks).values("protections__consent"))
    )
    return [
        _("The person of consent {code} withdrew: take the footage that shows them out of this post.", code=row.code)
        for row in gone.distinct()
    ]


def outside(variant: Variant) -> list[Sentence]:
    """What a variant would do that a consent which it relies on does not allow: network, language or last day."""
    shown = Q(protections__rendition__uses__variant=variant, protections__withdrawn_at=None)
    codes = Footage.objects.filter(shown).exclude(protections__consent="").values("protections__consent")
    rows = list(Consent.objects.filter(code__in=codes, withdrawn_at=None))
    langs = set(variant.texts.values_list("lang", flat=True)) if rows else set()
    return [said for row in rows if (said := _beyond(row, variant.channel.network, langs)) is not None]


def _beyond(consent: Consent, network: str, langs: set[str]) -> Sentence | None:
    if not in_force(consent):
        return _("Consent {code} ended on {day}: mask this person, or ask them again.",
                 code=consent.code, day=f"{consent.until}")  # fmt: skip
    if consent.networks and network not in consent.networks:
        return _("Consent {code} does not hold for {network}: mask this person, or leave this channel out.",
                 code=consent.code, network=network)  # fmt: skip
    if consent.languages and (beyond := sorted(langs - set(consent.languages))):
        return _("Consent {code} does not hold for texts in {langs}: leave them out, or ask the person.",
                 code=consent.code, langs=", ".join(beyond))  # fmt: skip
    return None
