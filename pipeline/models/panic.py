"""The bad day: that somebody shut everything, and what was done about it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Panic(models.Model):
    """One time that everything was shut, until an administrator opened it again on the server."""

    name = models.CharField(max_length=32, unique=True, help_text="as in the home's file: tells this one from another")
    since = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True, help_text="when all of it was done; null: go on with it")
    done = models.JSONField(default=dict, help_text="what was done, counted")
    over_at = models.DateTimeField(null=True, blank=True)
    over_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(models.Value(1), condition=Q(over_at=None), name="one_panic_at_a_time"),
        ]
