"""Letting us in by a browser: the way to a network's consent page and back, and which accounts become channels.

What the person's browser carries is a word that nobody can guess. Only its hash is stored, with the session and the
person that it began with; the network sends it back once, soon, in that very session, or nothing happens. Until the
person has chosen, what was found waits encrypted for a quarter of an hour and is no channel yet.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from pipeline import audit, channels, renewing, vault
from pipeline.channels import LANGUAGES, Source
from pipeline.errors import Refused
from pipeline.models import AccessRequest, Channel, Grant, User
from pipeline.networkapps import ready
from pipeline.people import refuse_all_but_administrators
from publishers._base import Check, PublisherError
from publishers._consent import Consent, Offer, challenge_of
from publishers._http import LOOPBACK
from publishers._keeping import Memory
from publishers._sentences import Sentence, _

LASTS = timedelta(minutes=15)  # for the way there and back, and again for the choice
BACK = "/channels/connect/{name}/back/"  # where networks send people; it is registered with each app
LONGEST = 4000  # of what a network may send back; codes of LinkedIn are the longest, some 500
TOO_LONG = _("This consent took longer than a quarter of an hour: begin again.")


@dataclass(frozen=True)
class Found:
    """One account that waits for the person's choice: its place in the list, and the channel that it is already."""

    number: int
    offer: Offer
    channel: Channel | None
    name: str  # the channel's, or one that a new channel could have


@dataclass(frozen=True)
class Pick:
    """A choice: the place in the list, and how a new channel is to be called."""

    number: int
    name: str


def return_address(kind: type[Consent]) -> str:
    """Where the network sends people back to; `Refused` where nobody said where the studio is reached."""
    parts = urlsplit(settings.PORTEVOIX_URL)
    if not parts.hostname or (parts.scheme != "https" and parts.hostname not in LOOPBACK):
        raise Refused(
            _("Set PORTEVOIX_URL to the https address of this studio first: networks send people back to it.")
        )
    return f"{settings.PORTEVOIX_URL}{BACK.format(name=kind.name)}"


# ------------------------------------------------------------------------------------------------- there and back


def begin(kind: type[Consent], *, session: str, by: User) -> str:
    """The address to send the person to; what began is good once, for a quarter of an hour, in this session."""
    refuse_all_but_administrators(by)
    consent, redirect, now = ready(kind), return_address(kind), timezone.now()
    renewing.forget(now)
    state, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48) if kind.pkce else ""
    AccessRequest.objects.create(
        consent=kind.name, state=_hash(state), session=_hash(session), user=by, redirect=redirect, begun_at=now,
        expires_at=now + LASTS, secret=vault.encrypt({"verifier": verifier}),
    )  # fmt: skip
    return consent.address(redirect, state, challenge_of(verifier) if verifier else "")


def come_back(kind: type[Consent], given: Mapping[str, str], *, session: str, by: User) -> AccessRequest:
    """What the network sent the person back with, turned into accounts to choose from.

    `Refused`, or the network's own refusal, in one sentence; then nothing was changed, and it is begun anew.
    """
    refuse_all_but_administrators(by)
    asked = _claim(kind, given.get("state", ""), session, by)
    consent = ready(kind)
    if given.get("error"):
        raise Refused(consent.refusal(given))
    code = given.get("code", "")
    if not code or len(code) > LONGEST:
        raise Refused(_("{network} sent no consent back: begin again.", network=kind.label))
    tokens = consent.exchange(asked.redirect, code, vault.decrypt(asked.secret)["verifier"])
    offers = consent.offers(tokens, settings.PORTEVOIX_URL)
    if all(one.missing for one in offers):
        raise Refused(_("{network}: {why}", network=offers[0].label, why=offers[0].missing))
    found = {"tokens": channels.plain(tokens), "offers": [one.model_dump(mode="json") for one in offers]}
    kept = {"found": True, "secret": vault.encrypt(found), "expires_at": timezone.now() + LASTS}
    if not AccessRequest.objects.filter(pk=asked.pk).update(**kept):
        raise Refused(TOO_LONG)
    asked.refresh_from_db()
    return asked


def _claim(kind: type[Consent], state: str, session: str, by: User) -> AccessRequest:
    """The request that this state began, from now on used; `Refused` for any other."""
    now = timezone.now()
    mine = AccessRequest.objects.filter(own(session, by), consent=kind.name, state=_hash(state[:LONGEST]))
    if mine.filter(used_at=None, expires_at__gt=now).update(used_at=now):
        return mine.get()
    row = mine.first()
    if row is None:
        raise Refused(
            _("This consent was not begun here, by you, in this window: nothing was changed. Begin again; if you began "
              "on the command line, paste this page’s address there.")
        )  # fmt: skip
    if row.used_at is not None:
        raise Refused(_("This consent was used already: begin again if something is missing."))
    raise Refused(TOO_LONG)


def own(session: str, by: User) -> Q:
    """The condition that a request is this person's and of this very session."""
    return Q(session=_hash(session), user=by)


def _hash(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


# ------------------------------------------------------------------------------------------------------- the choice


def waiting(pk: int, *, session: str, by: User) -> AccessRequest:
    """The request whose accounts wait for this person's choice; `Refused` where it is over or another's."""
    row = AccessRequest.objects.filter(own(session, by), pk=pk, found=True, expires_at__gt=timezone.now()).first()
    if row is None:
        raise Refused(_("This choice is over: connect the account again."))
    return row


def accounts(asked: AccessRequest) -> list[Found]:
    """The accounts to choose from, each with the channel that it is already, or a name that is free."""
    taken = set(Channel.objects.values_list("name", flat=True))
    return [_found(number, offer, taken) for number, offer in enumerate(_offers(asked))]


def _found(number: int, offer: Offer, taken: set[str]) -> Found:
    channel = channel_of(offer)
    name = channel.name if channel else _free_name(offer, taken)
    taken.add(name)
    return Found(number, offer, channel, name)


def _free_name(offer: Offer, taken: set[str]) -> str:
    """A name that no channel has: facebook-observatoire."""
    usual = "-".join(filter(None, (offer.platform, slugify(offer.label))))[:50].rstrip("-")
    names = [usual, *(f"{usual}-{number}" for number in range(2, len(taken) + 3))]
    return next(name for name in names if name not in taken)


def channel_of(offer: Offer) -> Channel | None:
    """The channel that is this account already."""
    for channel in Channel.objects.filter(platform=offer.platform).order_by("pk"):
        known = vault.decrypt(channel.credentials)
        if all(known.get(name) == value for name, value in offer.identity.items()):
            return channel
    return None


def _offers(asked: AccessRequest) -> list[Offer]:
    return [Offer.model_validate(one) for one in vault.decrypt(asked.secret)["offers"]]


@dataclass(frozen=True)
class _Ready:
    """A picked account, examined, short of being stored."""

    found: Found
    name: str
    credentials: Any
    checks: list[Check]


def choose(asked: AccessRequest, picks: Iterable[Pick], *, session: str, by: User) -> list[Channel]:
    """The channels that the picked accounts now are: new ones, and known ones with their new authorisation.

    Each is tried first. All are stored together or none: `Refused`, in one sentence, leaves the choice open.
    """
    refuse_all_but_administrators(by)
    known, chosen = {one.number: one for one in accounts(asked)}, {pick.number: pick.name for pick in picks}
    if not chosen or not chosen.keys() <= known.keys():
        raise Refused(_("Choose at least one account."))
    prepared = [_prepared(known[number], name) for number, name in chosen.items()]
    with transaction.atomic():
        mine = AccessRequest.objects.filter(own(session, by), pk=asked.pk, found=True, expires_at__gt=timezone.now())
        if not mine.delete()[0]:
            raise Refused(_("This choice is over: connect the account again."))
        grant = _grant(asked, by)
        stored = [_store(one, grant, by) for one in prepared]
    for channel in stored:
        renewing.read_end(channel)
    return stored


def _prepared(found: Found, name: str) -> _Ready:
    """The account's credentials, tried; what a known channel has besides stays as it is."""
    offer = found.offer
    if offer.missing:
        raise Refused(_("{network}: {why}", network=offer.label, why=offer.missing))
    if not found.channel:
        channels.refuse_name(name)
    kind = channels.adapter_class(offer.platform)
    before = vault.decrypt(found.channel.credentials) if found.channel else offer.defaults
    credentials = channels.settings_of(kind.Credentials, {**before, **offer.settings})
    try:
        return _Ready(found, name, credentials, channels.examined(kind, credentials, Memory()))
    except Refused as refusal:
        why: Sentence = refusal.sentence
    except PublisherError as refusal:
        why = refusal.sentence
    raise Refused(_("{network}: {why}", network=offer.label, why=why))


def _grant(asked: AccessRequest, by: User) -> Grant:
    tokens = vault.decrypt(asked.secret)["tokens"]
    grant = Grant.objects.create(
        consent=asked.consent, tokens=vault.encrypt(tokens), ends_at=tokens["ends_at"], granted_by=by
    )
    audit.append(by, "access.granted", f"app:{asked.consent}")
    return grant


def _store(one: _Ready, grant: Grant, by: User) -> Channel:
    offer, source = one.found.offer, Source(grant, one.found.offer.ends_at)
    if one.found.channel:
        names = sorted(offer.settings)
        return channels.store_changed(
            one.found.channel, one.credentials, settings=names, checks=one.checks, by=by, source=source
        )
    kind = channels.adapter_class(offer.platform)
    return channels.store_new(
        one.name, kind, one.credentials, label=offer.label[:120], languages=LANGUAGES, checks=one.checks, by=by,
        source=source,
    )  # fmt: skip
