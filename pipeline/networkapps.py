"""What networks know this installation by: one app per network, entered in the studio or given by the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.db import transaction

from pipeline import audit, channels, vault
from pipeline.errors import Refused
from pipeline.models import NetworkApp, User
from pipeline.panic import switch
from pipeline.people import refuse_all_but_administrators
from publishers import registry
from publishers._consent import App, Consent, consents
from publishers._sentences import _


def find(name: str) -> type[Consent]:
    """The network's way by its own name or that of a platform; `Refused` where there is none."""
    known, kind = consents(), registry().get(name)
    found = known.get(name) or (kind.consent if kind else None)
    if found is None:
        raise Refused(
            _("{name} is not connected by a browser: choose from {known}, or enter its credentials by hand.",
              name=name, known=", ".join(known))
        )  # fmt: skip
    return found


def app_settings(kind: type[Consent]) -> dict[str, Any]:
    """What is known of the app, secrets in clear: what the environment says, else what was entered."""
    return from_environment(kind) or _entered(kind)


def from_environment(kind: type[Consent]) -> dict[str, Any]:
    """What the environment says of the app; then nothing that was entered counts."""
    found: dict[str, Any] = settings.PORTEVOIX_APPS.get(kind.name, {})
    return found


def _entered(kind: type[Consent]) -> dict[str, Any]:
    row = NetworkApp.objects.filter(consent=kind.name).first()
    return vault.decrypt(row.settings) if row else {}


def ready(kind: type[Consent]) -> Consent:
    """The network's way with our app; `Refused` while the app is not entered."""
    switch.refuse()
    given = app_settings(kind)
    if not given:
        raise Refused(
            _("Enter the app of {network} first: its number and its secret (portevoix channel app {name}).",
              network=kind.label, name=kind.name)
        )  # fmt: skip
    return kind(channels.settings_of(kind.App, given))


def keep_app(kind: type[Consent], given: Mapping[str, str], *, by: User) -> App:
    """The app with these settings in place of its old ones; the others stay."""
    refuse_all_but_administrators(by)
    switch.refuse()
    if from_environment(kind):
        raise Refused(
            _("The app of {network} is given by the environment of the machine (PORTEVOIX_APP_…): change it there.",
              network=kind.label)
        )  # fmt: skip
    app = channels.settings_of(kind.App, {**_entered(kind), **given})
    with transaction.atomic():
        NetworkApp.objects.update_or_create(
            consent=kind.name, defaults={"settings": vault.encrypt(channels.plain(app))}
        )
        audit.append(by, "app.changed", f"app:{kind.name}", settings=sorted(given))
    return app
