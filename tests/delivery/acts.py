"""Small acts that the tests of delivery share: time moves on, a row's state is read, a step of the outbox answers."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from django.utils import timezone

from publishers.outbox import Outbox


def later(minutes=6.0):
    """So many minutes from now, standing still."""
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=False)


def state(publication):
    """The state of the row, read anew."""
    publication.refresh_from_db()
    return publication.state


def does(monkeypatch, name, answer):
    """Makes a step of the outbox answer, or raise, the given thing; the list of its calls."""
    calls = []

    def step(*given):
        calls.append(given)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(Outbox, name, step)
    return calls
