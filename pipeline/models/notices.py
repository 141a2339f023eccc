"""Mails that people are owed, and those that they do not want."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class NoticeKind(models.TextChoices):
    """What a mail may be about; pipeline/notices/kinds.py says who gets which, and in which words."""

    APPROVE = "approve", "asked to approve"
    CHANGES = "changes", "changes asked"
    COMMENT = "comment", "somebody commented"
    APPROVED = "approved", "approved"
    HANDOFF = "handoff", "hand-off due now"
    FAILED = "failed", "failed"
    DECIDE = "decide", "needs a decision"
    MISSED = "missed", "missed"
    PLACE = "place", "moved or taken off the calendar"
    DEADLINE = "deadline", "not approved in time"
    GONE = "gone", "no longer on the platform"
    CORRECT = "correct", "shows a figure that changed"
    HOLD = "hold", "hold pulled"
    PANIC = "panic", "everything shut"
    REFUSED = "refused", "credentials refused"
    EXPIRING = "expiring", "credentials run out"
    SILENT = "silent", "scheduler silent"
    CLOCK = "clock", "clock jumped"
    DIGEST = "digest", "daily digest"


class NoticeState(models.TextChoices):
    """Where a mail stands; it is handed over at most once."""

    WAITING = "waiting", "waiting"
    CLAIMED = "claimed", "claimed"  # a sender has it; nothing was handed over
    HANDING = "handing", "handing over"  # durable before the first byte of the mail leaves
    SENT = "sent", "sent"
    UNKNOWN = "unknown", "perhaps sent"  # the answer was lost: not sent again
    GIVEN_UP = "given_up", "given up"


S = NoticeState
OWED = (S.WAITING, S.CLAIMED, S.HANDING)


class Notice(models.Model):
    """One mail that one person is owed about one fact: numbers, a channel's name and times; nothing of a post."""

    kind = models.CharField(max_length=12, choices=NoticeKind.choices)
    recipient = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="notices")
    subject = models.CharField(max_length=120, help_text="what it is about: publication:12, channel:bluesky")
    occasion = models.CharField(max_length=60, help_text="which time this befell it: a fence, a revision, a day")
    facts = models.JSONField(default=dict, help_text="what the sentence needs: numbers, a channel's name, times")
    owed_at = models.DateTimeField()

    state = models.CharField(max_length=10, choices=S.choices, default=S.WAITING)
    claim = models.CharField(max_length=32, blank=True, help_text="new with each claim; a late sender's writes fail")
    lease_until = models.DateTimeField(null=True, blank=True)
    tries = models.PositiveIntegerField(default=0)
    first_try_at = models.DateTimeField(null=True, blank=True)
    next_try_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=120, blank=True, help_text="as in the mail, to be found in servers' logs")
    sent_at = models.DateTimeField(null=True, blank=True)
    why = models.JSONField(null=True, blank=True, help_text="one sentence: why it is not sent")

    class Meta:
        indexes = [
            models.Index(fields=["recipient"], condition=Q(state__in=OWED), name="notice_owed"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="notice_kind_is_known"),
            models.CheckConstraint(condition=Q(state__in=S.values), name="notice_state_is_known"),
            models.UniqueConstraint(fields=["kind", "recipient", "subject", "occasion"], name="a_fact_is_told_once"),
        ]


class Mute(models.Model):
    """That a person wants no mail of one kind."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="mutes")
    kind = models.CharField(max_length=12, choices=NoticeKind.choices)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=NoticeKind.values), name="mute_kind_is_known"),
            models.UniqueConstraint(fields=["user", "kind"], name="one_mute_per_kind"),
        ]
