"""A real process that renews tokens in a real home. Started by test_processes.py.

python -m tests.connecting.actor prepare FILE      make a store with the app, tokens and channels that the JSON names
python -m tests.connecting.actor renew             read the grant, say "ready", wait for a line, renew; print what came
python -m tests.connecting.actor unlocked          the broken variant: the same without taking the grant
python -m tests.connecting.actor look              what the scheduler does every few minutes
python -m tests.connecting.actor token             the token of each channel and of the grant, as JSON
"""

from __future__ import annotations

import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import django


def prepare(file: str) -> None:
    from django.utils import timezone

    from pipeline import channels, networkapps, setup, vault
    from pipeline.models import Channel, Grant, Role, User

    given = json.loads(Path(file).read_text())
    setup.prepare()
    admin = User.objects.create(username="admin", role=Role.ADMINISTRATOR, password="!")
    networkapps.keep_app(networkapps.find("linkedin"), given["app"], by=admin)
    ends = timezone.now() + timedelta(days=10)
    grant = Grant.objects.create(
        consent="linkedin", tokens=vault.encrypt({**given["tokens"], "ends_at": ends.isoformat()}), ends_at=ends,
        granted_by=admin,
    )  # fmt: skip
    for name, settings in given["channels"].items():
        channels.add(name, "linkedin", settings, by=admin)
    Channel.objects.update(grant=grant)


def renew() -> None:
    from django.utils import timezone

    from pipeline import renewing
    from pipeline.models import Grant

    grant = Grant.objects.get()
    print("ready", flush=True)
    sys.stdin.readline()
    print(renewing.renew(grant, timezone.now()))


def unlocked() -> None:
    """What a simple refresher does: it sees that the end is near, and renews."""
    from pipeline import renewing

    renewing.take = lambda grant, now: True
    renew()


def look() -> None:
    from pipeline import renewing

    print(renewing.look())


def token() -> None:
    from pipeline import vault
    from pipeline.models import Channel, Grant

    rows = [vault.decrypt(one.credentials)["access_token"] for one in Channel.objects.order_by("pk")]
    print(json.dumps([*rows, vault.decrypt(Grant.objects.get().tokens)["access_token"]]))


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    globals()[sys.argv[1]](*sys.argv[2:])
