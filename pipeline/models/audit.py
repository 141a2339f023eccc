"""What was done, by whom, in a chain that shows every later change."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """One act. `hash` covers this entry and the hash before it; texts and names of people filmed never stand here."""

    seq = models.PositiveBigIntegerField(unique=True)
    at = models.CharField(max_length=40, help_text="ISO 8601, UTC, as hashed")
    actor = models.CharField(max_length=150)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=120)
    detail = models.JSONField(default=dict)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        # Not on the field: SQLite would make the table anew for that, without the triggers of migration 0002.
        indexes = [models.Index(fields=["subject"], name="audit_subject")]


class AuditHead(models.Model):
    """The end of the chain: one row, locked while an entry is added."""

    seq = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)
