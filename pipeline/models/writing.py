"""What happens while a post is written: words not saved yet, who changed what, and what people say of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Jotting(models.Model):
    """What one person typed into a form and has not saved: nobody else sees it, and no post holds it."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="jottings")
    place = models.CharField(max_length=40, help_text="which form: new, text:12, alt:5")
    words = models.JSONField(help_text="the form's fields by name")
    version = models.PositiveIntegerField(default=0, help_text="the post's, when the person began to type")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "place"], name="one_jotting_per_form")]


class Change(models.Model):
    """That a person changed a part of a post: who, what, on which channel; the words themselves are not kept here."""

    post = models.ForeignKey("pipeline.Post", on_delete=models.CASCADE, related_name="changes")
    version = models.PositiveIntegerField(help_text="the post's, after this change")
    part = models.CharField(max_length=60, help_text="as Contribution names it: text.fr, alt, media, ...")
    place = models.CharField(max_length=40, blank=True, help_text="the very row, as Jotting names it; empty: all of it")
    channel = models.ForeignKey("pipeline.Channel", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["version", "id"]


class Comment(models.Model):
    """What a person said of a post to the others; it is never changed, only settled."""

    post = models.ForeignKey("pipeline.Post", on_delete=models.CASCADE, related_name="comments")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    at = models.DateTimeField()
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    resolved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "id"]
