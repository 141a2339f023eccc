"""Who works here, in which role, and how they come in."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class Role(models.TextChoices):
    """What a person may do: coordinators approve; administrators manage and approve nothing."""

    INTERN = "intern", "intern"
    EDITOR = "editor", "editor"
    COORDINATOR = "coordinator", "coordinator"
    ADMINISTRATOR = "administrator", "administrator"


class User(AbstractUser):
    """A person who signs in; never deleted while something they did is kept, only made inactive."""

    role = models.CharField(max_length=20, choices=Role.choices, default=Role.INTERN)
    language = models.CharField(max_length=8, default="fr")
    second_factor_at = models.DateTimeField(
        null=True, blank=True, help_text="since when a code is asked at their sign-in; null: never"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="user_role_is_known"),
        ]

    @property
    def may_approve(self) -> bool:
        """Whether this role approves posts at all; never one's own, which is checked for each revision."""
        return self.is_active and self.role == Role.COORDINATOR

    @property
    def may_manage(self) -> bool:
        """Whether this role starts again what anyone may stop."""
        return self.is_active and self.role in {Role.COORDINATOR, Role.ADMINISTRATOR}

    @property
    def may_administer(self) -> bool:
        """Whether this role adds people and channels, and changes them."""
        return self.is_active and self.role == Role.ADMINISTRATOR

    @property
    def may_write(self) -> bool:
        """Whether this role makes and changes posts."""
        return self.is_active and self.role != Role.ADMINISTRATOR


class SecondFactor(models.Model):
    """What a person proves besides the password: codes of an app on their phone, or one of the recovery codes."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor")
    key = models.TextField(blank=True, help_text="Fernet token over JSON; empty until a code of it was typed")
    offered = models.TextField(blank=True, help_text="a key that was shown and not confirmed yet; encrypted likewise")
    recovery = models.JSONField(default=list, help_text="keyed hashes of the recovery codes that are left")
    last_step = models.BigIntegerField(default=0, help_text="the step of the last code taken: none is taken twice")
    # Each wrong code doubles the wait for the next.
    failures = models.PositiveIntegerField(default=0)
    failed_at = models.DateTimeField(null=True, blank=True)


class Invitation(models.Model):
    """A link by which one person comes in, once and soon; only the hash of its secret is kept."""

    username = models.CharField(max_length=150)
    role = models.CharField(max_length=20, choices=Role.choices)
    email = models.EmailField(blank=True)
    language = models.CharField(max_length=8, default="fr")
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    invited_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="invitation_role_is_known"),
        ]


class SignIn(AbstractBaseSession):
    """A browser's session, with the person whom it lets in: so that it can be listed and ended by them."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="sign_ins")
