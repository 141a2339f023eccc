"""Phones of the people in tests: an app that shows codes, written from RFC 6238 and not with the studio's own code."""

from __future__ import annotations

import hashlib
import hmac
import struct
import time

from django.utils import timezone

from pipeline import vault
from pipeline.models import SecondFactor, User

KEY = "3132333435363738393031323334353637383930"  # the RFC's own key


def with_phone(user: User) -> User:
    """The person, with a second factor of a known key."""
    SecondFactor.objects.update_or_create(user=user, defaults={"key": vault.encrypt({"key": KEY}), "last_step": 0})
    user.second_factor_at = timezone.now()
    user.save(update_fields=["second_factor_at"])
    return user


def shown(key: str = KEY, at: float | None = None) -> str:
    """The six digits that the app shows then."""
    digest = hmac.new(bytes.fromhex(key), struct.pack(">Q", int(time.time() if at is None else at) // 30), hashlib.sha1)
    start = digest.digest()[-1] & 15
    return f"{(struct.unpack('>I', digest.digest()[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def fresh_code(user: User) -> str:
    """A code that was not used before: tests sign in more often than every thirty seconds."""
    SecondFactor.objects.filter(user=user).update(last_step=0, failures=0)
    return shown()
