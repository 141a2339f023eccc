"""Original field files: kept as they came, never sent anywhere."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Footage(models.Model):
    """An original video or photo, addressed by its hash; the file is read-only in the home's private folder."""

    sha256 = models.CharField(max_length=64, unique=True)
    size = models.PositiveBigIntegerField(help_text="bytes")
    kind = models.CharField(max_length=10, choices=[("video", "video"), ("image", "image")])
    mime = models.CharField(max_length=60)
    probe = models.JSONField(default=dict, help_text="what the file is; kinds of private metadata, never their values")
    filmed_on = models.DateField(null=True, blank=True, help_text="coarse on purpose: a day")
    place = models.CharField(max_length=120, blank=True, help_text="coarse on purpose: a commune")
    filmed_by = models.CharField(max_length=120, blank=True)
    voices = models.CharField(
        max_length=12,
        blank=True,
        help_text="kept, disguised or muted in all that is cut from it; empty: as each cut says",
    )
    embargo_until = models.DateTimeField(null=True, blank=True)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True, help_text="when the file was destroyed; the row stays")
    deleted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    @property
    def code(self) -> str:
        """A short name for people: the start of the hash."""
        return self.sha256[:10]
