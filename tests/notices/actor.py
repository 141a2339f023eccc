"""A real process that sends mails from a real home. Started by test_processes.py.

python -m tests.notices.actor prepare PEOPLE TIMES    make a store in which so many people are owed so many notices each
python -m tests.notices.actor send [MINUTES]          send what is due so many minutes from now; prints how many
python -m tests.notices.actor naive                   the broken variant: what waits is sent, then marked, unclaimed
python -m tests.notices.actor state                   each notice's state, as JSON
"""

from __future__ import annotations

import json
import os
import sys
import uuid
from datetime import timedelta

import django


def prepare(people: str, times: str) -> None:
    from django.utils import timezone

    from pipeline import setup
    from pipeline.models import Notice, Role, User

    setup.prepare()
    for n in range(int(people)):
        name = f"person{n}"
        user = User.objects.create(username=name, role=Role.COORDINATOR, password="!", email=f"{name}@example.org")
        for m in range(int(times)):
            Notice.objects.create(
                kind="failed", recipient=user, subject=f"publication:{m}", occasion="1", owed_at=timezone.now(),
                facts={"post": m, "channel": "bluesky"},
            )  # fmt: skip


def send(minutes: str = "0") -> None:
    from django.utils import timezone

    from pipeline import notices

    print(notices.send_due(timezone.now() + timedelta(minutes=int(minutes))))


def naive() -> None:
    """What a simple loop does: it reads what waits, and claims nothing."""
    from pipeline.models import Notice
    from pipeline.notices import rows

    def only_read(recipient, *, digest, now):
        found = list(Notice.objects.filter(recipient=recipient, state="waiting").select_related("recipient"))
        return rows.Batch(uuid.uuid4().hex, found[0].recipient, found) if found else None

    rows.claim = only_read
    rows.hand_over = lambda batch, message_id: True
    rows.sent = lambda batch, now: Notice.objects.filter(pk__in=[r.pk for r in batch.rows]).update(state="sent")
    send()


def state() -> None:
    from pipeline.models import Notice

    print(json.dumps([[n.recipient.email, n.state] for n in Notice.objects.select_related("recipient")]))


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    {"prepare": prepare, "send": send, "naive": naive, "state": state}[sys.argv[1]](*sys.argv[2:])
