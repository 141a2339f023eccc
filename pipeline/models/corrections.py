"""Numbers in finished texts that a person stood by, and figures that changed after posts had shown them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class NumeralConfirmation(models.Model):
    """That a person typed a number again which no summary holds; it counts for exactly this text of this post."""

    post = models.ForeignKey("pipeline.Post", on_delete=models.CASCADE, related_name="confirmed_numerals")
    numeral = models.CharField(max_length=80, help_text="as it stands in the text")
    text_sha256 = models.CharField(max_length=64, help_text="of the whole text that holds it")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "text_sha256", "numeral"], name="a_numeral_is_confirmed_once"),
        ]


class Correction(models.Model):
    """One figure that a post shows and the records no longer give; settled once, kept for ever."""

    post = models.ForeignKey("pipeline.Post", on_delete=models.CASCADE, related_name="corrections")
    summary = models.ForeignKey("pipeline.Summary", on_delete=models.PROTECT, related_name="corrections")
    name = models.CharField(max_length=80, help_text="a figure's name, series.PERIOD, or say.SENTENCE")
    was = models.CharField(max_length=300, help_text="as shown in French")
    now = models.CharField(max_length=300, help_text="as shown in French; empty where the records give nothing")
    stale = models.JSONField(default=list, help_text="the numbers that the records no longer give, as decimals")
    sentences = models.JSONField(default=dict, help_text="{language: what the correction's draft says of it}")
    summary_now = models.ForeignKey(
        "pipeline.Summary", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="the figures as the records give them now; null where they give none",
    )  # fmt: skip
    cause = models.ForeignKey(
        "pipeline.Import", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections",
        help_text="the import that changed the rows, or that was undone",
    )  # fmt: skip
    found_at = models.DateTimeField()
    draft = models.ForeignKey(
        "pipeline.Post", null=True, blank=True, on_delete=models.SET_NULL, related_name="corrects",
        help_text="the post that says what changed",
    )  # fmt: skip
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    how = models.CharField(
        max_length=10, blank=True, choices=[("back", "back"), ("redrawn", "redrawn"), ("drafted", "drafted"),
                                            ("kept", "kept")],
    )  # fmt: skip
    reason = models.CharField(max_length=300, blank=True, help_text="why it stays as it is, where a person said so")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["post", "name"], condition=Q(settled_at__isnull=True), name="one_open_correction_of_a_figure"
            ),
        ]
