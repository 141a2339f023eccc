"""Cut lists written in the studio, each with the work that is under way for it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class MontageState(models.TextChoices):
    """What is under way for a cut list."""

    IDLE = "idle", "idle"
    QUEUED = "queued", "queued"
    WORKING = "working", "working"
    FAILED = "failed", "failed"


class Montage(models.Model):
    """One cut list: its text, the reel last made of it, and the job that makes the next."""

    text = models.TextField(blank=True, help_text="YAML, comments and all; empty until it is proposed")
    version = models.PositiveIntegerField(default=1, help_text="goes up with each change")
    wanted = models.JSONField(default=dict, help_text="what the job makes: {do: propose | preview | reel, ...}")
    state = models.CharField(max_length=10, choices=MontageState.choices, default=MontageState.IDLE)
    progress = models.FloatField(default=0.0, help_text="0 to 1")
    error = models.JSONField(null=True, blank=True, help_text="one sentence, where it failed")
    lease_until = models.DateTimeField(null=True, blank=True)
    preview = models.ForeignKey(
        "pipeline.Rendition", null=True, blank=True, on_delete=models.SET_NULL, related_name="previewed"
    )
    rendition = models.ForeignKey(
        "pipeline.Rendition", null=True, blank=True, on_delete=models.SET_NULL, related_name="montages"
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"montage {self.pk}"
