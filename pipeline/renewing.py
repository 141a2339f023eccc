"""Tokens that end: until when each channel's are good, and new ones in time where the network gives them.

Any number of processes may look: one takes a grant, by a conditional UPDATE that grows its fence, asks the network
outside of any transaction, and stores what came only while the fence is still its own. What came is tried first; until
it is stored, the old tokens stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models import Q
from django.utils import timezone

from pipeline import audit, channels, vault
from pipeline.channels import Source
from pipeline.errors import Refused
from pipeline.models import AccessRequest, Channel, Grant
from pipeline.networkapps import ready
from pipeline.panic import switch
from publishers import registry
from publishers._base import PublisherError, Unauthorized
from publishers._consent import Consent, Offer, Tokens, consents
from publishers._sentences import _

EVERY = timedelta(hours=1)
BEFORE = timedelta(days=21)  # a week before the first warning: a renewal that fails for a week is what warns
LEASE = timedelta(minutes=30)  # longer than its requests can take together (publishers/_http.py)


def look(now: datetime | None = None) -> int:
    """How many grants were renewed. Call it every few minutes, from any number of processes."""
    close_old_connections()
    if switch.is_on():
        return 0
    moment = now or timezone.now()
    forget(moment)
    renewed = sum(renew(grant, moment) for grant in _ending(moment))
    for channel in _unread(moment):
        if _mine_to_read(channel, moment):
            read_end(channel)
    return renewed


def forget(now: datetime) -> None:
    """Forgets what nobody came back for, with what was found, and consents that no channel stands on any more."""
    AccessRequest.objects.filter(expires_at__lte=now).delete()
    Grant.objects.filter(channels=None).delete()


# ---------------------------------------------------------------------------------------------------- new tokens


def _ending(now: datetime) -> Iterable[Grant]:
    rested = Q(next_try_at=None) | Q(next_try_at__lte=now)
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    rows = Grant.objects.filter(rested, free, ends_at__lte=now + BEFORE, channels__active=True)
    return rows.distinct().order_by("ends_at", "pk")


def take(grant: Grant, now: datetime) -> bool:
    """Whether this process renews the grant now; who is late finds another fence and does nothing."""
    free = Grant.objects.filter(Q(lease_until=None) | Q(lease_until__lte=now), pk=grant.pk, fence=grant.fence)
    taken = free.update(fence=grant.fence + 1, lease_until=now + LEASE, next_try_at=now + EVERY)
    grant.fence += 1
    return bool(taken)


def renew(grant: Grant, now: datetime) -> bool:
    """Whether the grant and its channels now have newer tokens; where not, the old ones are as they were."""
    if not take(grant, now):
        return False
    try:
        fresh = _asked(grant)
    except (PublisherError, Refused) as refusal:
        _held(grant).update(lease_until=None, why=refusal.sentence.as_json())
        return False
    if not fresh:
        _held(grant).update(lease_until=None)
    return fresh


def _held(grant: Grant) -> Any:
    return Grant.objects.filter(pk=grant.pk, fence=grant.fence)


def _asked(grant: Grant) -> bool:
    """Asks for new tokens, tries them and stores them; false where the network gives none without a person."""
    kind = consents()[grant.consent]
    consent, tokens = ready(kind), Tokens.model_validate(vault.decrypt(grant.tokens))
    fresh = consent.renew(tokens)
    if fresh is None:
        return False
    rows = list(grant.channels.filter(active=True).order_by("pk"))
    offers = consent.offers(fresh, settings.PORTEVOIX_URL)
    changed = [(row, _tried(row, offers, kind)) for row in rows]
    with transaction.atomic():
        if not _held(grant).update(
            tokens=vault.encrypt(channels.plain(fresh)), ends_at=fresh.ends_at, lease_until=None, why=None
        ):
            return False
        for row, (credentials, offer) in changed:
            _store(row, credentials, Source(grant, offer.ends_at))
        audit.append(None, "access.renewed", f"app:{grant.consent}", channels=[row.name for row in rows])
    for row in rows:
        read_end(row)
    return True


def _tried(row: Channel, offers: list[Offer], kind: type[Consent]) -> tuple[Any, Offer]:
    """The channel's settings with its new token, which the network was asked about; `Refused` where it is no good."""
    known = vault.decrypt(row.credentials)
    same = [
        one
        for one in offers
        if one.platform == row.platform and all(known.get(name) == value for name, value in one.identity.items())
    ]
    if not same or same[0].missing:
        raise Refused(_("The renewed consent no longer opens {channel}: connect the account again.", channel=row.name))
    adapter = channels.adapter_class(row.platform)
    credentials = channels.settings_of(adapter.Credentials, {**known, **same[0].settings})
    kind.lasts(credentials)  # raises where the network does not take them
    return credentials, same[0]


def _store(row: Channel, credentials: Any, source: Source) -> None:
    """Gives the channel its new token, unless somebody else gave it one meanwhile."""
    channels.store_changed(row, credentials, settings=["access_token"], checks=None, by=None, source=source)


# ----------------------------------------------------------------------------------------------------- their end


def _unread(now: datetime) -> Iterable[Channel]:
    told = [name for name, kind in registry().items() if kind.consent]
    old = Q(looked_at=None) | Q(looked_at__lte=now - EVERY)
    return Channel.objects.filter(old, active=True, authorised=True, platform__in=told).order_by("pk")


def _mine_to_read(channel: Channel, now: datetime) -> bool:
    """Whether this process asks for the channel's end in this hour."""
    return bool(Channel.objects.filter(pk=channel.pk, looked_at=channel.looked_at).update(looked_at=now))


def read_end(channel: Channel) -> None:
    """Notes until when the channel's credentials are good; closes it where the network says that they are not.

    Where the network does not say it, or not now, what was known stays.
    """
    kind = registry()[channel.platform]
    if kind.consent is None:
        return
    try:
        credentials = channels.settings_of(kind.Credentials, vault.decrypt(channel.credentials))
        lasts = kind.consent.lasts(credentials)
    except Unauthorized as refusal:
        with transaction.atomic():
            now_is = Channel.objects.select_for_update().get(pk=channel.pk)
            if now_is.credentials == channel.credentials:
                channels.mark_unauthorised(now_is, refusal.sentence)
        return
    except (PublisherError, Refused):
        return
    same = Channel.objects.filter(pk=channel.pk, credentials=channel.credentials)
    same.update(looked_at=timezone.now(), **({"expires_at": lasts.until} if lasts else {}))
