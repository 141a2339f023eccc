"""Channels: one account on one platform, its credentials encrypted, its adapter at hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError as NotValid
from django.core.validators import validate_slug
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, RestrictedError
from django.utils import timezone
from pydantic import BaseModel, SecretStr, ValidationError

from pipeline import audit, notices, vault
from pipeline.errors import Refused
from pipeline.keeping import ChannelKeeper
from pipeline.models import Channel, Grant, NoticeKind, User
from pipeline.panic import switch
from pipeline.people import refuse_all_but_administrators
from pipeline.rendering.store import RenditionFiles
from publishers import registry
from publishers._base import Check, Publisher, Sentence
from publishers._keeping import Keeper, Memory
from publishers._sentences import _

LANGUAGES = ["fr", "en"]
CHANGED = _("This channel is no longer as the page showed it: look at it again.")
Settings = TypeVar("Settings", bound=BaseModel)


@dataclass(frozen=True)
class Source:
    """Where new credentials come from: the consent, None for typed in; and when they end, None for not known yet."""

    grant: Grant | None = None
    ends_at: datetime | None = None


TYPED = Source()


def add(
    name: str,
    platform: str,
    given: Mapping[str, Any],
    *,
    languages: list[str] | None = None,
    label: str = "",
    by: User | None = None,
    verify: bool = False,
) -> Channel:
    """The new channel; `Refused` for an unknown platform, a taken name or credentials of the wrong shape.

    With `verify` the platform is asked first, and credentials that it does not take are not stored.
    """
    if by is not None:
        refuse_all_but_administrators(by)
    kind = adapter_class(platform)
    refuse_name(name)
    credentials = settings_of(kind.Credentials, given)
    keeper = Memory()
    checks = examined(kind, credentials, keeper) if verify else None
    with transaction.atomic():
        return store_new(
            name,
            kind,
            credentials,
            label=label or name,
            languages=languages or LANGUAGES,
            checks=checks,
            by=by,
            kept=keeper.kept(),
        )


def change(channel: Channel, given: Mapping[str, Any], *, by: User) -> Channel:
    """The channel with these settings in place of its old ones; the others stay. Its queue is open again.

    The platform is asked first: credentials that it does not take are not stored.
    """
    refuse_all_but_administrators(by)
    kind = adapter_class(channel.platform)
    before = vault.decrypt(channel.credentials)
    credentials = settings_of(kind.Credentials, {**before, **given})
    checks = examined(kind, credentials, ChannelKeeper(channel))
    if kind.network(credentials) != channel.network:
        raise Refused(_("A channel stays with its network: add another channel for another one."))
    changed = sorted(name for name, value in given.items() if before.get(name) != value)
    same_token = all(before.get(name, "") == value for name, value in secrets_of(credentials).items())
    source = Source(channel.grant, channel.expires_at) if same_token else TYPED
    with transaction.atomic():
        return store_changed(channel, credentials, settings=changed, checks=checks, by=by, source=source)


def disable(channel: Channel, *, by: User) -> bool:
    """Whether the channel was in use and is now put aside: nothing goes out on it, its credentials are kept."""
    return _use(channel, active=False, action="channel.disabled", by=by)


def enable(channel: Channel, *, by: User) -> bool:
    """Whether the channel was put aside and is now in use again."""
    return _use(channel, active=True, action="channel.enabled", by=by)


def remove(channel: Channel, *, by: User) -> bool:
    """Whether the whole row is gone; where posts or a hold hang on it, it is put aside and its secrets wiped."""
    refuse_all_but_administrators(by)
    try:
        with transaction.atomic():
            channel.delete()
            audit.append(by, "channel.removed", f"channel:{channel.name}")
        return True
    except (ProtectedError, RestrictedError):
        wiped = {"credentials": vault.encrypt({}), "kept": "", "grant": None, "checks": None, "expires_at": None}
        with transaction.atomic():
            Channel.objects.filter(pk=channel.pk).update(active=False, authorised=False, **wiped)
            audit.append(by, "channel.wiped", f"channel:{channel.name}")
        return False


def _use(channel: Channel, *, active: bool, action: str, by: User) -> bool:
    refuse_all_but_administrators(by)
    with transaction.atomic():
        changed = Channel.objects.filter(pk=channel.pk, active=not active).update(active=active)
        if changed:
            audit.append(by, action, f"channel:{channel.name}")
    return bool(changed)


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
    """The channel's adapter, with its credentials decrypted, the way to the rendered files, and what it was given."""
    kind = adapter_class(channel.platform)
    credentials = settings_of(kind.Credentials, vault.decrypt(channel.credentials))
    return kind(credentials, RenditionFiles(), ChannelKeeper(channel))


def by_hand() -> list[str]:
    """The platforms whose posts a person puts up."""
    return [name for name, kind in registry().items() if kind.by_hand]


def check(channel: Channel) -> list[Check]:
    """What `channel check` shows; credentials that work again re-open the channel's queue.

    What was seen is kept, for the page. `Refused` where the platform does not let us in at all.
    """
    checks = adapter(channel).doctor()
    seen = {"checked_at": timezone.now(), "checks": _as_json(checks)}
    same = Channel.objects.filter(pk=channel.pk, credentials=channel.credentials)
    same.update(**seen)
    if not checks[0].ok:
        raise Refused(checks[0].sentence)
    same.filter(authorised=False).update(authorised=True, unauthorised_why=None)
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


# ------------------------------------------------------------------------------------ for those who store channels


def adapter_class(platform: str) -> type[Publisher]:
    """The adapter of a platform; `Refused` where there is none."""
    found = registry().get(platform)
    if found is None:
        raise Refused(
            _("There is no platform called {platform}. Known: {known}.", platform=platform, known=", ".join(registry()))
        )
    return found


def refuse_name(name: str) -> None:
    """`Refused` for a name that is taken, or that cannot stand in an address."""
    try:
        validate_slug(name)
    except NotValid:
        raise Refused(
            _("“{name}” cannot be a channel’s name: letters without accents, digits, - and _ only.", name=name)
        ) from None
    if Channel.objects.filter(name=name).exists():
        raise Refused(_("There is already a channel called {name}: choose another name.", name=name))


def settings_of(model: type[Settings], given: Mapping[str, Any]) -> Settings:
    """The settings in their shape; `Refused`, naming fields and never values, where something is missing or wrong."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        # Never show the values: they are secrets.
        fields = ", ".join(sorted({str(e["loc"][0]) for e in error.errors(include_input=False) if e["loc"]}))
        wanted = ", ".join(model.model_fields)
        raise Refused(
            _("These settings are missing or wrong: {fields}. Known are: {wanted}.", fields=fields, wanted=wanted)
        ) from None


def plain(settings: BaseModel) -> dict[str, Any]:
    """Settings with their secrets in clear, for encryption only."""
    return {**settings.model_dump(mode="json"), **secrets_of(settings)}


def secrets_of(settings: BaseModel) -> dict[str, str]:
    """The secrets among settings, in clear."""
    return {name: value.get_secret_value() for name, value in settings if isinstance(value, SecretStr)}


def examined(kind: type[Publisher], credentials: BaseModel, keeper: Keeper) -> list[Check]:
    """What the platform says of the credentials; `Refused` where it does not let us in at all."""
    checks = kind(credentials, RenditionFiles(), keeper).doctor()
    if not checks[0].ok:
        raise Refused(checks[0].sentence)
    return checks


def store_new(
    name: str,
    kind: type[Publisher],
    credentials: BaseModel,
    *,
    label: str,
    languages: list[str],
    checks: list[Check] | None,
    by: User | None,
    source: Source = TYPED,
    kept: Mapping[str, Any] | None = None,
) -> Channel:
    """The new row, within the caller's transaction; `Refused` where somebody took its name this very moment."""
    switch.refuse()
    try:
        with transaction.atomic():
            channel = Channel.objects.create(
                name=name, platform=kind.platform, network=kind.network(credentials), label=label, languages=languages,
                credentials=vault.encrypt(plain(credentials)), added_by=by, grant=source.grant,
                expires_at=source.ends_at, kept=vault.encrypt(dict(kept)) if kept else "", **_seen(checks),
            )  # fmt: skip
    except IntegrityError:
        raise Refused(_("There is already a channel called {name}: choose another name.", name=name)) from None
    audit.append(by, "channel.added", f"channel:{channel.name}", platform=kind.platform)
    return channel


def store_changed(
    channel: Channel,
    credentials: BaseModel,
    *,
    settings: list[str],
    checks: list[Check] | None,
    by: User | None,
    source: Source = TYPED,
) -> Channel:
    """The row with its new credentials, within the caller's transaction; a person's word opens its queue again.

    `Refused` where its credentials are no longer those that `channel` was read with: nothing newer is written over.
    """
    switch.refuse()
    same = Channel.objects.filter(pk=channel.pk, credentials=channel.credentials)
    opened = {"authorised": True, "unauthorised_why": None} if by else {}
    stored = same.update(
        credentials=vault.encrypt(plain(credentials)), looked_at=None, **opened,
        expires_at=source.ends_at, grant=source.grant, **_seen(checks),
    )  # fmt: skip
    if not stored:
        raise Refused(_("Channel {name} was changed meanwhile: look at it again.", name=channel.name))
    audit.append(by, "channel.changed", f"channel:{channel.name}", settings=settings)
    channel.refresh_from_db()
    return channel


def _seen(checks: list[Check] | None) -> dict[str, Any]:
    return {"checked_at": timezone.now(), "checks": _as_json(checks)} if checks else {}


def _as_json(checks: list[Check]) -> list[dict[str, Any]]:
    return [{"name": one.name, "ok": one.ok, "sentence": one.sentence.as_json()} for one in checks]
