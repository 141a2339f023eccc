"""Who works here, and in which role."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
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
