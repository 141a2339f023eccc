"""What was drawn from the records: figures, and the sentences that say them."""

from __future__ import annotations

from django.db import models

from pipeline.models.records import Import


class Summary(models.Model):
    """The figures of one period, as they stood when computed; new rows make a new Summary, never change this one."""

    name = models.CharField(max_length=60)
    period = models.CharField(max_length=10, help_text="2026-10, 2026, 2026-W44 or 2026-10-14")
    definition_sha256 = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64, unique=True, help_text="hash of definition, period and rows used")
    computed_at = models.DateTimeField()
    publish_from = models.DateTimeField(null=True, blank=True, help_text="what it tells of is too recent before")
    sentences = models.JSONField(default=dict, help_text="{name: {language: text}}")
    series = models.JSONField(default=list, help_text="[{period, value}] of the main figure, oldest first")
    imports = models.ManyToManyField(Import, related_name="summaries")

    class Meta:
        verbose_name_plural = "summaries"
        indexes = [models.Index(fields=["name", "period"], name="summary_by_period")]

    def __str__(self) -> str:
        return f"{self.name} {self.period}"


class Figure(models.Model):
    """One number of a summary, with everything needed to find its rows again."""

    summary = models.ForeignKey(Summary, on_delete=models.CASCADE, related_name="figures")
    name = models.CharField(max_length=60)
    value = models.DecimalField(max_digits=20, decimal_places=4, null=True, blank=True, help_text="null: not known")
    text = models.CharField(max_length=80, help_text="as shown in French")
    suppressed = models.BooleanField(default=False)
    code = models.CharField(max_length=12, unique=True, help_text="printed on the card: A7F3")
    provenance = models.JSONField(
        help_text="query, parameters, rows (count and hash), files (name, sha256, rows), definition, protection"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["summary", "name"], name="one_figure_of_a_name")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"
