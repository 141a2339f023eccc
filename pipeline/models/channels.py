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
    kept = models.TextField(
        blank=True, default="", help_text="what the network gave for a while, e.g. a session; encrypted in the same way"
    )
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
    grant = models.ForeignKey(
        "pipeline.Grant", null=True, blank=True, on_delete=models.SET_NULL, related_name="channels",
        help_text="the consent that its tokens come from; null: they were typed in",
    )  # fmt: skip
    looked_at = models.DateTimeField(null=True, blank=True, help_text="when the platform was last asked for the end")
    checked_at = models.DateTimeField(null=True, blank=True, help_text="when it was last checked")
    checks = models.JSONField(null=True, blank=True, help_text="what that check said: name, ok, sentence")
    # One reader of counts at a time, apart from delivery: its lease, then its rest.
    count_at = models.DateTimeField(null=True, blank=True, help_text="nobody reads its counts before then")
    count_fence = models.PositiveBigIntegerField(default=0, help_text="grows with each reader, as in Publication")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class NetworkApp(models.Model):
    """What a network knows this installation by: the app's number and secret, encrypted."""

    consent = models.CharField(max_length=30, unique=True, help_text="the network's way of consent: meta, linkedin")
    settings = models.TextField(help_text="Fernet token over JSON")
    changed_at = models.DateTimeField(auto_now=True)


class Grant(models.Model):
    """What one consent gave: tokens from which its channels' own tokens come, and are renewed."""

    consent = models.CharField(max_length=30)
    tokens = models.TextField(help_text="Fernet token over JSON")
    ends_at = models.DateTimeField(null=True, blank=True, help_text="when the tokens end; null: not known, or never")
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)

    # One process renews at a time: whoever takes it grows the fence, and only under that fence is anything stored.
    fence = models.PositiveBigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    why = models.JSONField(null=True, blank=True, help_text="one sentence: why the last renewal failed")


class AccessRequest(models.Model):
    """A person on their way to a network's consent page and back; it is used once, soon, in the same session."""

    consent = models.CharField(max_length=30)
    state = models.CharField(max_length=64, unique=True, help_text="SHA-256 of what the network sends back")
    session = models.CharField(max_length=64, help_text="SHA-256 of the session that it began in")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    secret = models.TextField(help_text="Fernet token: the code verifier, then what was found")
    redirect = models.CharField(max_length=300)
    begun_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True, help_text="when the network sent the person back")
    found = models.BooleanField(default=False, help_text="whether accounts wait for the person's choice")
