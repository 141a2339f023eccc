"""What was drawn from the records: figures, and the sentences that say them."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from pipeline.models.records import Import


class Summary(models.Model):
    """The figures of one period, as they stood when computed; new rows make a new Summary, never change this one."""

    name = models.CharField(max_length=60)
    period = models.CharField(max_length=24, help_text="2026-10, 2026, 2026-W44, 2026-Q3, 2026-10-14, a..b or all")
    definition_sha256 = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64, unique=True, help_text="hash of definition, period and rows used")
    computed_at = models.DateTimeField()
    publish_from = models.DateTimeField(null=True, blank=True, help_text="what it tells of is too recent before")
    sentences = models.JSONField(default=dict, help_text="{name: {language: text}}")
    series = models.JSONField(default=list, help_text="[{period, value}] of the main figure, oldest first")
    tables = models.JSONField(default=list, help_text="the crossed figures, as they may be shown")
    checks = models.JSONField(default=list, help_text="what was checked: name, whether it fired, sentence, number")
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


class ColumnMonth(models.Model):
    """One month of a dataset as it stands in plain columns; another stamp means that its rows have changed since."""

    dataset = models.CharField(max_length=60)
    month = models.CharField(max_length=7, blank=True, help_text="2026-10; empty for rows without a date")
    stamp = models.CharField(max_length=120, help_text="what tells one set of live rows from another")
    layout = models.CharField(max_length=16, help_text="hash of the dataset's columns")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "month"], name="one_stamp_of_a_month")]

    def __str__(self) -> str:
        return f"{self.dataset} {self.month}"


class Partial(models.Model):
    """What a summary needs of one month, from which longer periods are put together."""

    summary = models.CharField(max_length=60)
    key = models.CharField(max_length=64, help_text="hash of everything in the definition that the numbers depend on")
    month = models.CharField(max_length=7, blank=True)
    stamp = models.CharField(max_length=120, help_text="of the month's rows that it was drawn from")
    cells = models.TextField(help_text="JSON: the parts of each metric by place in the table")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "month"], name="one_partial_of_a_month")]

    def __str__(self) -> str:
        return f"{self.summary} {self.month}"


class Confirmation(models.Model):
    """A typed answer to a check that fired: it passes for exactly this number of exactly these rows."""

    summary = models.ForeignKey(Summary, on_delete=models.CASCADE, related_name="confirmations")
    check_name = models.CharField(max_length=80, help_text="max_change.expulsions")
    typed = models.CharField(max_length=60, help_text="as it was typed: oui, 330")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="confirmations")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["summary", "check_name"], name="one_answer_to_a_check")]

    def __str__(self) -> str:
        return f"{self.check_name}: {self.typed}"
