"""Sessions in the database that know whose they are: listed to their person, ended one by one or all at once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as InTheDatabase
from django.utils import timezone

from pipeline import audit
from pipeline.models import SignIn, User

ENTERED, DEVICE = "entered", "device"  # what a session remembers of its sign-in
LATELY = timedelta(hours=12)  # past it, who approves or changes access signs in again


class SessionStore(InTheDatabase):
    """Django's sessions in the database, each row with its person."""

    @classmethod
    def get_model_class(cls) -> type[SignIn]:
        """Our own table."""
        return SignIn

    def create_model_instance(self, data: dict[str, Any]) -> SignIn:
        """The row of this session, with the person signed in; nobody before the sign-in."""
        row = super().create_model_instance(data)
        assert isinstance(row, SignIn)
        person = data.get("_auth_user_id")
        row.user_id = int(person) if person else None
        return row


@dataclass(frozen=True)
class Seen:
    """A session as its person sees it; `handle` names it without giving it away."""

    handle: str
    device: str
    entered: datetime | None
    here: bool


def enter(session: Any, device: str) -> None:
    """Notes in a session that somebody has just proved who they are, on which sort of device."""
    session[ENTERED], session[DEVICE] = timezone.now().isoformat(), device[:60]


def is_recent(session: Mapping[str, Any]) -> bool:
    """Whether the person of this session proved who they are within the last twelve hours."""
    entered = session.get(ENTERED)
    return bool(entered) and timezone.now() - datetime.fromisoformat(str(entered)) < LATELY


def of(user: User, current: str | None) -> list[Seen]:
    """The person's open sessions, the newest first; `current` is the key of the one that asks."""
    found = []
    for row in SignIn.objects.filter(user=user, expire_date__gt=timezone.now()):
        data = SessionStore().decode(row.session_data)
        entered = datetime.fromisoformat(data[ENTERED]) if ENTERED in data else None
        found.append(Seen(_handle(row), data.get(DEVICE, ""), entered, row.session_key == current))
    return sorted(found, key=lambda one: (one.here, one.entered is not None, one.entered), reverse=True)


def end(user: User, handle: str, *, by: User) -> bool:
    """Whether that session of the person was open and is now ended."""
    for row in SignIn.objects.filter(user=user):
        if _handle(row) == handle and SignIn.objects.filter(pk=row.pk).delete()[0]:
            audit.append(by, "session.ended", f"user:{user.username}")
            return True
    return False


def end_all(user: User, *, by: User | None, but: str | None = None) -> int:
    """How many sessions of the person were ended, all but the one with the key `but`."""
    ended = SignIn.objects.filter(user=user).exclude(session_key=but or "").delete()[0]
    if ended:
        audit.append(by, "session.all_ended", f"user:{user.username}", sessions=ended)
    return int(ended)


def _handle(row: SignIn) -> str:
    return hashlib.sha256(f"handle of {row.session_key}".encode()).hexdigest()[:16]
