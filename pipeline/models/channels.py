"""The accounts that posts go out on."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Channel(models.Model):
    """One account on one platform, with its credentials encrypted."""

    name = models.SlugField(max_length=60, unique=True)
    platform = models.CharField(max_length=30, help_text="the adapter that delivers")
    network = models.CharField(
        max_length=30, help_text="whose limits, captions and formats apply (an outbox stands for one)"
    )
    label = models.CharField(max_length=120, blank=True)
    languages = models.JSONField(default=list, help_text="default languages of its posts, in order")
    credentials = models.TextField(help_text="Fernet token over JSON; the key is outside the database")
    active = models.BooleanField(default=True)
    # A switch, not a row state of each publication: the whole queue waits until a person mends the credentials.
    authorised = models.BooleanField(default=True)
    unauthorised_why = models.JSONField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="when the credentials end; null: not known")
    posts_per_day = models.PositiveIntegerField(null=True, blank=True, help_text="our own cap; null: the network's")
    # A token bucket: what is left of it, and when that was counted.
    tokens = models.FloatField(null=True, blank=True)
    tokens_at = models.DateTimeField(null=True, blank=True)
    paused_until = models.DateTimeField(null=True, blank=True, help_text="the platform asked for a pause until then")
    # One reader of counts at a time, apart from delivery: its lease, then its rest.
    count_at = models.DateTimeField(null=True, blank=True, help_text="nobody reads its counts before then")
    count_fence = models.PositiveBigIntegerField(default=0, help_text="grows with each reader, as in Publication")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name
