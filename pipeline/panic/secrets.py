"""What opens an account or a page: tokens, sessions and secret addresses, dropped; what only names things stays."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from pipeline import channels, mediahost, places, vault
from pipeline.errors import Refused
from pipeline.models import AccessRequest, CalendarFeed, Channel, Grant, Invitation, NetworkApp, SignIn
from publishers import registry
from publishers._sentences import _

WHY = _("Its credentials were dropped by a panic: connect the account again.")


def sessions() -> dict[str, int]:
    """How many browsers, which were signed in or on their way, are out."""
    return {"sessions": SignIn.objects.all().delete()[0]}


def accounts() -> dict[str, int]:
    """How many channels have no secret any more, and how many consents and apps of networks are forgotten.

    What a channel is (its page, its handle, its server) stays, so that the same account is known again.
    """
    return {
        "channels": sum(_strip(row) for row in Channel.objects.order_by("pk")),
        "consents": Grant.objects.all().delete()[0] + AccessRequest.objects.all().delete()[0],
        "apps": NetworkApp.objects.all().delete()[0],
    }


def _strip(row: Channel) -> bool:
    """Whether the channel had secrets; it is closed then, and its queue waits for new ones."""
    kept = _without_secrets(row)
    if kept is None:
        return False
    Channel.objects.filter(pk=row.pk).update(
        credentials=_sealed(kept), kept="", grant=None, expires_at=None, checks=None, authorised=False,
        unauthorised_why=WHY.as_json(),
    )  # fmt: skip
    return True


def _without_secrets(row: Channel) -> dict[str, Any] | None:
    """The settings of a channel that are no secrets; None where there were none; nothing where nobody can read them."""
    try:
        known, kind = vault.decrypt(row.credentials), registry()[row.platform]
        held = channels.secrets_of(channels.settings_of(kind.Credentials, known))
    except (Refused, KeyError):
        return {}
    if not row.kept and not any(held.values()):
        return None
    return {name: value for name, value in known.items() if name not in held}


def _sealed(settings: dict[str, Any]) -> str:
    """The settings as they are stored; empty without a key, as nobody could read them either."""
    try:
        return vault.encrypt(settings)
    except Refused:
        return ""


def addresses() -> dict[str, int]:
    """How many secret addresses open nothing any more: calendars, invitations, pictures shown to a network.

    Links for a new password have no row: each holds the number of the last panic (access.py).
    """
    shown = [path for path in mediahost.folder().glob("*") if path.is_file()]
    for path in shown:
        places.remove(path)
    return {
        "calendars": CalendarFeed.objects.all().delete()[0],
        "invitations": Invitation.objects.filter(used_at=None, withdrawn_at=None).update(withdrawn_at=timezone.now()),
        "pictures": len(shown),
    }
