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
