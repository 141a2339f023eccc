"""What was done for the people in footage, who looked, and when."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Faces(models.TextChoices):
    """How faces were settled."""

    MASKED = "masked", "masked"
    NOBODY = "nobody", "nobody in the picture"
    CONSENT = "consent", "shown with consent"


class Voice(models.TextChoices):
    """How voices were settled."""

    NONE = "none", "no voice"
    MUTED = "muted", "muted"
    DISGUISED = "disguised", "disguised"
    KEPT = "kept", "kept"


class Protection(models.Model):
    """A named person's word, after looking, that nobody is recognisable in a rendition of this footage.

    It holds for the very bytes that were looked at: `rendition_sha256`. A new render asks again.
    """

    footage = models.ForeignKey("pipeline.Footage", on_delete=models.PROTECT, related_name="protections")
    rendition = models.ForeignKey("pipeline.Rendition", on_delete=models.PROTECT, related_name="protections")
    rendition_sha256 = models.CharField(max_length=64)
    faces = models.CharField(max_length=12, choices=Faces.choices)
    voice = models.CharField(max_length=12, choices=Voice.choices)
    consent = models.CharField(max_length=200, blank=True, help_text="consent code, or why none is needed")
    masks_sha256 = models.CharField(max_length=64, blank=True)
    faces_left = models.PositiveIntegerField(default=0, help_text="detections in the finished file, looked at by hand")
    tools = models.JSONField(default=dict)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    confirmed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["footage", "rendition"], condition=models.Q(withdrawn_at=None), name="one_protection_in_force"
            ),
            models.CheckConstraint(
                condition=~models.Q(faces="consent") | ~models.Q(consent=""), name="shown_faces_need_a_consent"
            ),
        ]


class ProtectionReceipt(models.Model):
    """What was settled for the people in one file, sealed: its hash, known to the log, tells whether it was changed."""

    rendition = models.ForeignKey("pipeline.Rendition", on_delete=models.PROTECT, related_name="receipts")
    body = models.TextField(help_text="canonical JSON: pipeline/protection/receipts.py")
    sha256 = models.CharField(max_length=64, unique=True)
    issued_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["rendition"], condition=models.Q(withdrawn_at=None), name="one_receipt_in_force"
            ),
        ]


class FaceSearch(models.Model):
    """The search of one piece of footage for faces: the job, and what it told beside the tracks."""

    footage = models.OneToOneField("pipeline.Footage", on_delete=models.PROTECT, related_name="search")
    state = models.CharField(
        max_length=10, default="queued",
        choices=[("queued", "queued"), ("searching", "searching"), ("done", "done"), ("failed", "failed")],
    )  # fmt: skip
    progress = models.FloatField(default=0.0, help_text="0 to 1")
    error = models.JSONField(null=True, blank=True, help_text="one sentence, where it failed")
    lease_until = models.DateTimeField(null=True, blank=True, help_text="past it, another worker may begin anew")
    faint = models.JSONField(default=list, help_text="tracks of weak sightings that no mask covers")
    bridged = models.JSONField(default=list, help_text="stretches of tracks in which the face was not seen")
    width = models.PositiveIntegerField(default=0, help_text="pixels of the upright picture")
    height = models.PositiveIntegerField(default=0)
    seconds = models.FloatField(default=0.0, help_text="time of the last picture that was read")
    tools = models.JSONField(default=dict, help_text="what searched, and how")
    done_at = models.DateTimeField(null=True, blank=True)


class FaceTimeline(models.Model):
    """One version of what is covered in footage. Every edit makes a new one; none is changed."""

    footage = models.ForeignKey("pipeline.Footage", on_delete=models.PROTECT, related_name="timelines")
    number = models.PositiveIntegerField()
    before = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    tracks = models.JSONField(help_text="pipeline/protection/timeline.py")
    sha256 = models.CharField(max_length=64, help_text="the masks' hash")
    action = models.CharField(max_length=30, help_text="search, add, put, drop, last, split, join, delete, show, undo")
    detail = models.JSONField(default=dict)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["footage", "number"], name="one_timeline_per_number")]


class GapDecision(models.Model):
    """What a person said of one gap after looking at it; it holds while the gap is the same."""

    footage = models.ForeignKey("pipeline.Footage", on_delete=models.PROTECT, related_name="gap_decisions")
    key = models.CharField(max_length=16, help_text="the gap's own hash: another end is another gap")
    gap = models.JSONField(help_text="the gap as it was shown")
    decision = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["footage", "key"], name="one_decision_per_gap")]


class TimelineReview(models.Model):
    """A named person's word on one version of a face timeline, every gap decided; the next edit voids it."""

    timeline = models.ForeignKey(FaceTimeline, on_delete=models.PROTECT, related_name="reviews")
    sha256 = models.CharField(max_length=64, help_text="the masks that were reviewed")
    gaps = models.JSONField(help_text="every gap with its decision and who took it")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["timeline"], condition=models.Q(withdrawn_at=None), name="one_review_in_force"
            ),
        ]
