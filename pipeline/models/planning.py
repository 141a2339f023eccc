"""When what goes out: the publications that delivery works on."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class PublicationState(models.TextChoices):
    """The states of a publication; docs/decisions.md draws the arrows."""

    PLANNED = "planned", "planned"  # no approval covers it
    SCHEDULED = "scheduled", "scheduled"
    CLAIMED = "claimed", "claimed"
    PREPARED = "prepared", "prepared"
    COMMITTING = "committing", "committing"  # durable before the one irreversible request
    PENDING = "pending", "pending"  # accepted, not out yet
    PUBLISHED = "published", "published"
    VERIFIED = "verified", "verified"
    UNCERTAIN = "uncertain", "uncertain"
    NEEDS_HUMAN = "needs_human", "needs a decision"
    FAILED = "failed", "failed"
    MISSED = "missed", "missed"
    CANCELLED = "cancelled", "cancelled"
    REMOVED = "removed", "removed"


S = PublicationState
QUEUED = (S.SCHEDULED, S.CLAIMED, S.PREPARED)  # nothing irreversible is being asked
WAITING = (S.PLANNED, *QUEUED)
IN_DOUBT = (S.COMMITTING, S.PENDING, S.UNCERTAIN, S.NEEDS_HUMAN)
OUT = (S.PUBLISHED, S.VERIFIED)
SETTLE = timedelta(minutes=5)  # how late a platform may still show, or take, what it was sent
ACTIVE = (*WAITING, *IN_DOUBT, *OUT)
SEALED = (*QUEUED, *IN_DOUBT, *OUT)  # cannot exist without an approved item


# Publications that may be out: sent, in doubt, or back in the queue with a doubt that nothing has settled yet.
BEYOND_CHANGE = Q(state__in=[*IN_DOUBT, *OUT]) | Q(state__in=QUEUED, doubt_since__isnull=False)


class Slot(models.Model):
    """A recurring opening in a channel's week; taking it away moves nothing that stands in it."""

    channel = models.ForeignKey("pipeline.Channel", on_delete=models.CASCADE, related_name="slots")
    weekday = models.PositiveSmallIntegerField(help_text="0 is Monday")
    at = models.TimeField(help_text="on the clock of `zone`")
    zone = models.CharField(max_length=60)
    kind = models.CharField(max_length=12, blank=True, help_text="news or evergreen; empty: either")
    form = models.CharField(max_length=12, blank=True, help_text="reel, image, ... as Variant.kind; empty: any")

    class Meta:
        ordering = ["weekday", "at", "channel_id"]
        constraints = [
            models.UniqueConstraint(fields=["channel", "weekday", "at"], name="one_slot_at_a_time"),
            models.CheckConstraint(condition=Q(weekday__range=(0, 6)), name="slot_is_in_the_week"),
        ]


class Publication(models.Model):
    """One variant due on one channel at one time: the row that delivery works on."""

    variant = models.ForeignKey("pipeline.Variant", on_delete=models.PROTECT, related_name="publications")
    channel = models.ForeignKey("pipeline.Channel", on_delete=models.PROTECT, related_name="publications")
    item = models.ForeignKey("pipeline.RevisionItem", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=12, choices=S.choices, default=S.PLANNED)

    due_at = models.DateTimeField(help_text="UTC, computed from the wall time")
    wall_time = models.DateTimeField(help_text="as the person chose it, in `zone`; kept as if it were UTC")
    zone = models.CharField(max_length=60)
    fold = models.PositiveSmallIntegerField(default=0)
    slot = models.ForeignKey(
        Slot, null=True, blank=True, on_delete=models.SET_NULL, related_name="publications", help_text="which it fills"
    )

    fence = models.PositiveBigIntegerField(default=0, help_text="grows with each claim; a late worker's writes fail")
    worker = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0, help_text="tries to send since the last success or word")
    looks = models.PositiveSmallIntegerField(default=0, help_text="look-ups of one doubt")
    saved = models.JSONField(default=dict, help_text="the adapter's own state between steps")
    saved_seal = models.CharField(max_length=64, blank=True, help_text="the seal that `saved` was made for")
    doubt_since = models.DateTimeField(null=True, blank=True, help_text="when an answer was lost; null once settled")
    committed_at = models.DateTimeField(null=True, blank=True, help_text="when the irreversible request was announced")
    restored_at = models.DateTimeField(
        null=True, blank=True, help_text="due before this restore from a backup: what the store knows proves no absence"
    )
    error = models.JSONField(null=True, blank=True, help_text="one sentence")

    scheduled_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    @property
    def local(self) -> datetime:
        """When it is due on the organisation's clock."""
        return timezone.localtime(self.due_at)

    class Meta:
        indexes = [
            models.Index(fields=["state", "due_at"], name="publication_due"),
            models.Index(fields=["due_at"], name="publication_calendar"),
            models.Index(fields=["next_try_at"], condition=Q(state=S.PUBLISHED), name="publication_to_verify"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=S.values), name="publication_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state__in=SEALED) | Q(item__isnull=False), name="nothing_moves_without_a_sealed_item"
            ),
            models.UniqueConstraint(fields=["variant"], condition=Q(state__in=ACTIVE), name="a_variant_goes_out_once"),
            models.UniqueConstraint(
                fields=["slot", "due_at"],
                condition=Q(slot__isnull=False) & ~Q(state__in=[S.CANCELLED, S.REMOVED]),
                name="an_opening_is_filled_once",
            ),
            # One worker at a time on an account: so one irreversible request in flight, and a slow one blocks no other.
            models.UniqueConstraint(
                fields=["channel"], condition=Q(lease_until__isnull=False), name="one_worker_per_account"
            ),
        ]


class KeyDate(models.Model):
    """A day to think of: an anniversary, a partner's event; it stands in the calendar and is never sent."""

    day = models.DateField(help_text="the first one")
    days = models.PositiveSmallIntegerField(default=1, help_text="how many days it lasts")
    yearly = models.BooleanField(default=False)
    title = models.CharField(max_length=200)
    feed = models.CharField(max_length=80, help_text="the name under which its calendar file was brought in")
    uid = models.CharField(max_length=255, help_text="the event's own id in that file")

    class Meta:
        ordering = ["day", "title"]
        constraints = [models.UniqueConstraint(fields=["feed", "uid", "day"], name="one_key_date_of_an_event")]


class CalendarFeed(models.Model):
    """A person's secret address of the calendar; only its hash is kept, so that a stolen store opens none."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="calendar_feed")
    token_sha256 = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(auto_now_add=True)
