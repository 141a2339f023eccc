"""Phones of the people in tests."""

from __future__ import annotations

from django.utils import timezone

from pipeline import vault
from pipeline.models import SecondFactor, User
from tests.totp import KEY, shown

__all__ = ["KEY", "fresh_code", "shown", "with_phone"]


def with_phone(user: User) -> User:
    """The person, with a second factor of a known key."""
    SecondFactor.objects.update_or_create(user=user, defaults={"key": vault.encrypt({"key": KEY}), "last_step": 0})
    user.second_factor_at = timezone.now()
    user.save(update_fields=["second_factor_at"])
    return user


def fresh_code(user: User) -> str:
    """A code that was not used before: tests sign in more often than every thirty seconds."""
    SecondFactor.objects.filter(user=user).update(last_step=0, failures=0)
    return shown()
