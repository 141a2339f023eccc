"""Channels: one account on one platform, its credentials encrypted, its adapter at hand."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from pydantic import SecretStr, ValidationError

from pipeline import audit, notices, vault
from pipeline.errors import Refused
from pipeline.models import Channel, NoticeKind, User
from pipeline.rendering.store import RenditionFiles
from publishers import registry
from publishers._base import Check, Publisher, Sentence
from publishers._sentences import _


def add(
    name: str,
    platform: str,
    given: dict[str, str],
    *,
    languages: list[str] | None = None,
    label: str = "",
    by: User | None = None,
    verify: bool = False,
) -> Channel:
    """The new channel; `Refused` for an unknown platform, a taken name or credentials of the wrong shape.

    With `verify` the platform is asked first, and credentials that it does not take are not stored.
    """
    _refuse_all_who_may_not(by)
    kind = _adapter_class(platform)
    if Channel.objects.filter(name=name).exists():
        raise Refused(_("There is already a channel called {name}: choose another name.", name=name))
    credentials = _credentials(kind, given)
    if verify:
        _examine(kind(credentials, RenditionFiles()))
    with transaction.atomic():
        channel = Channel.objects.create(
            name=name,
            platform=platform,
            network=kind.network(credentials),
            label=label or name,
            languages=languages or ["fr", "en"],
            credentials=vault.encrypt(_plain(credentials)),
            added_by=by,
        )
        audit.append(by, "channel.added", f"channel:{channel.name}", platform=platform)
    return channel


def change(channel: Channel, given: dict[str, str], *, by: User) -> Channel:
    """The channel with these settings in place of its old ones; the others stay. Its queue is open again.

    The platform is asked first: credentials that it does not take are not stored.
    """
    _refuse_all_who_may_not(by)
    kind = _adapter_class(channel.platform)
    credentials = _credentials(kind, {**vault.decrypt(channel.credentials), **given})
    _examine(kind(credentials, RenditionFiles()))
    if kind.network(credentials) != channel.network:
        raise Refused(_("A channel stays with its network: add another channel for another one."))
    with transaction.atomic():
        Channel.objects.filter(pk=channel.pk).update(
            credentials=vault.encrypt(_plain(credentials)), authorised=True, unauthorised_why=None
        )
        audit.append(by, "channel.changed", f"channel:{channel.name}", settings=sorted(given))
    channel.refresh_from_db()
    return channel


def _refuse_all_who_may_not(by: User | None) -> None:
    if by is not None and not by.may_manage:
        raise Refused(_("Only a coordinator or an administrator changes channels: ask one of them."))


def get(name: str) -> Channel:
    """The active channel of that name; `Refused` where there is none, naming those that exist."""
    channel = Channel.objects.filter(name=name, active=True).first()
    if channel is None:
        known = ", ".join(Channel.objects.filter(active=True).values_list("name", flat=True)) or "–"
        raise Refused(_("There is no channel called {name}. Known: {known}.", name=name, known=known))
    return channel


def in_use() -> list[Channel]:
    """Every active channel, by network and name."""
    return list(Channel.objects.filter(active=True).order_by("network", "name"))


def adapter(channel: Channel) -> Publisher:
    """The channel's adapter, with its credentials decrypted and the way to the rendered files."""
    kind = _adapter_class(channel.platform)
    return kind(_credentials(kind, vault.decrypt(channel.credentials)), RenditionFiles())


def by_hand() -> list[str]:
    """The platforms whose posts a person puts up."""
    return [name for name, kind in registry().items() if kind.by_hand]


def check(channel: Channel) -> list[Check]:
    """What `channel check` shows; credentials that work again re-open the channel's queue."""
    checks = _examine(adapter(channel))
    if checks[0].ok:
        Channel.objects.filter(pk=channel.pk, authorised=False).update(authorised=True, unauthorised_why=None)
    return checks


def _examine(publisher: Publisher) -> list[Check]:
    """What the platform says of the credentials; `Refused` where it does not let us in at all."""
    checks = publisher.doctor()
    if not checks[0].ok:
        raise Refused(checks[0].sentence)
    return checks


def mark_unauthorised(channel: Channel, why: Sentence) -> bool:
    """Closes the channel's queue; true the first time, so that one alert is given and not one per post."""
    with transaction.atomic():
        closed = Channel.objects.filter(pk=channel.pk, authorised=True).update(
            authorised=False, unauthorised_why=why.as_json()
        )
        if closed:
            audit.append(None, "channel.unauthorised", f"channel:{channel.name}")
            notices.owe(NoticeKind.REFUSED, about=channel)
    return bool(closed)


def _adapter_class(platform: str) -> type[Publisher]:
    found = registry().get(platform)
    if found is None:
        raise Refused(
            _("There is no platform called {platform}. Known: {known}.", platform=platform, known=", ".join(registry()))
        )
    return found


def _credentials(kind: type[Publisher], given: dict[str, Any]) -> Any:
    try:
        return kind.Credentials.model_validate(given)
    except ValidationError as error:
        # Never show the values: they are secrets.
        fields = ", ".join(sorted({str(e["loc"][0]) for e in error.errors(include_input=False) if e["loc"]}))
        wanted = ", ".join(kind.Credentials.model_fields)
        raise Refused(
            _(
                "These settings of the channel are missing or wrong: {fields}. It takes: {wanted}.",
                fields=fields,
                wanted=wanted,
            )
        ) from None


def _plain(credentials: Any) -> dict[str, Any]:
    """The credentials with their secrets in clear, for encryption only."""
    plain: dict[str, Any] = credentials.model_dump(mode="json")
    for name, value in credentials:
        if isinstance(value, SecretStr):
            plain[name] = value.get_secret_value()
    return plain
