"""Tries, proofs, and the switch that stops everything."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Attempt(models.Model):
    """One try at the irreversible request, saved before it is made."""

    publication = models.ForeignKey("pipeline.Publication", on_delete=models.PROTECT, related_name="tries")
    fence = models.PositiveBigIntegerField()
    seal = models.CharField(max_length=64)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(
        max_length=20, blank=True, help_text="published, pending, rejected, later, unauthorised, unknown"
    )
    error = models.JSONField(null=True, blank=True)

    class Meta:
        constraints = [
            # One irreversible request per claim: the database refuses a second.
            models.UniqueConstraint(fields=["publication", "fence"], name="one_attempt_per_fence"),
        ]


class Receipt(models.Model):
    """The platform's id and permalink of a published post."""

    publication = models.OneToOneField("pipeline.Publication", on_delete=models.PROTECT, related_name="receipt")
    channel = models.ForeignKey("pipeline.Channel", on_delete=models.PROTECT, related_name="receipts")
    remote_id = models.CharField(max_length=300)
    url = models.CharField(max_length=600)
    published_at = models.DateTimeField()
    details = models.JSONField(default=dict)
    recorded_at = models.DateTimeField(auto_now_add=True)

    count_at = models.DateTimeField(null=True, blank=True, help_text="when its counts are read next; null: never yet")
    counted_at = models.DateTimeField(null=True, blank=True, help_text="when the platform last told its counts")
    count_misses = models.PositiveSmallIntegerField(default=0, help_text="times in a row that it did not")
    count_why = models.JSONField(null=True, blank=True, help_text="one sentence, where it did not")

    class Meta:
        indexes = [
            models.Index(fields=["channel", "count_at"], name="receipt_to_count"),
            models.Index(fields=["published_at"], name="receipt_by_time"),
            models.Index(fields=["recorded_at"], name="receipt_by_entry"),
        ]
        constraints = [
            # The same remote post is never taken for two publications.
            models.UniqueConstraint(fields=["channel", "remote_id"], name="one_publication_per_remote_post"),
        ]


class Hold(models.Model):
    """The switch that stops everything (no channel) or one channel, until it is released."""

    channel = models.ForeignKey(
        "pipeline.Channel", null=True, blank=True, on_delete=models.PROTECT, related_name="holds"
    )
    reason = models.CharField(max_length=300, blank=True)
    why = models.JSONField(null=True, blank=True, help_text="one sentence, where the machine stopped itself")
    since = models.DateTimeField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    released_at = models.DateTimeField(null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel"], condition=Q(released_at=None, channel__isnull=False), name="one_hold_per_channel"
            ),
            # NULLs are distinct in a unique index: the hold on everything is kept single by a constant.
            models.UniqueConstraint(
                models.Value(1), condition=Q(released_at=None, channel__isnull=True), name="one_hold_on_everything"
            ),
        ]


class Beat(models.Model):
    """When a part of the machine last showed signs of life."""

    name = models.CharField(max_length=40, unique=True)
    at = models.DateTimeField()
    details = models.JSONField(default=dict)


class Metric(models.Model):
    """One dated count of a post that is out; a number that a platform does not give has no row, never a zero."""

    receipt = models.ForeignKey(Receipt, on_delete=models.PROTECT, related_name="metrics")
    name = models.CharField(max_length=40, help_text="views, likes, ... as the adapter names it")
    value = models.PositiveBigIntegerField()
    day = models.DateField(help_text="of the organisation's calendar: the last look of a day stands for it")
    at = models.DateTimeField(help_text="when the platform said so")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["receipt", "name", "day"], name="one_count_of_a_name_a_day")]
        indexes = [models.Index(fields=["day"], name="metric_by_day")]
