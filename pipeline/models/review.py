"""Frozen content, its seal, and who agreed to exactly that."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Revision(models.Model):
    """A post as it was submitted: one sealed item per variant."""

    post = models.ForeignKey("pipeline.Post", on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    seal = models.CharField(max_length=64, help_text="SHA-256 over the seals of its items and its receipts")
    receipts = models.JSONField(default=list, help_text="hashes of the receipts of protection of its files, in order")
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "number"], name="revision_numbers_are_unique")]
        get_latest_by = "number"


class RevisionItem(models.Model):
    """The very Submission that one channel's adapter will receive, and its seal."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="items")
    variant = models.ForeignKey("pipeline.Variant", on_delete=models.PROTECT, related_name="items")
    submission = models.TextField(help_text="canonical JSON")
    seal = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "variant"], name="one_item_per_variant")]


class RevisionAuthor(models.Model):
    """A person who made any part of the revision; the database refuses their approval (migration 0002)."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="authors")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "user"], name="revision_author_once")]


class Approval(models.Model):
    """That a second person agreed to exactly this revision."""

    revision = models.OneToOneField(Revision, on_delete=models.PROTECT, related_name="approval")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="approvals")
    seal = models.CharField(max_length=64, help_text="the revision's seal, as it was agreed to")
    unread_accepted = models.JSONField(default=list, help_text="languages that nobody read, ticked by the approver")
    at = models.DateTimeField()


class Remark(models.Model):
    """What a reader said of a revision when they asked for changes or took it back."""

    revision = models.ForeignKey(Revision, on_delete=models.PROTECT, related_name="remarks")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(
        max_length=20, choices=[("changes_requested", "changes requested"), ("recalled", "recalled")]
    )
    text = models.TextField(blank=True)
    at = models.DateTimeField()
