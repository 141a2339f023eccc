"""What was brought in: files, and their rows."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from pipeline.models.cells import CellsField


class Import(models.Model):
    """One file brought into a dataset. Its bytes are kept under their hash; undoing it keeps this row."""

    dataset = models.CharField(max_length=60)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField()
    reading = models.JSONField(default=dict, help_text="kind, encoding, delimiter, sheets with their header rows")
    report = models.JSONField(default=dict, help_text="the ImportReport, its sentences not yet in a language")
    again = models.PositiveSmallIntegerField(default=0, help_text="how many live imports of the same bytes it repeats")
    answers = models.JSONField(default=list, help_text="what a person typed to pass its alarms: kind, number")
    dropped_vanished = models.BooleanField(default=False, help_text="rows absent from this file were withdrawn")
    imported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="imports"
    )
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "sha256", "again"],
                condition=models.Q(undone_at__isnull=True),
                name="one_live_import_of_a_file",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset}: {self.file_name}"


class Upload(models.Model):
    """A file chosen on the page and not yet imported: looked at, mapped, then imported or forgotten after a week."""

    dataset = models.CharField(max_length=60)
    file_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveBigIntegerField()
    titles = models.JSONField(default=dict, help_text="{title: column}, as settled on the page")
    orders = models.JSONField(default=dict, help_text="{column: day|month}, which stands first in its dates")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.dataset}: {self.file_name}"


class FileShape(models.Model):
    """What a person settled for files with the same titles: which column each means, and how their dates are read."""

    dataset = models.CharField(max_length=60)
    shape = models.CharField(max_length=64, help_text="hash of the titles in order")
    titles = models.JSONField(default=dict, help_text="{title: column}; an empty column is not read")
    orders = models.JSONField(default=dict, help_text="{column: day|month}")
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["dataset", "shape"], name="one_mapping_of_a_shape")]

    def __str__(self) -> str:
        return f"{self.dataset} {self.shape[:8]}"


class Observation(models.Model):
    """One row as one file gave it, typed. A corrected row is a new Observation; the old one stops being live."""

    dataset = models.CharField(max_length=60)
    source = models.ForeignKey(Import, on_delete=models.PROTECT, related_name="observations")
    sheet = models.CharField(max_length=100, blank=True)
    row = models.PositiveIntegerField(help_text="as the spreadsheet shows it")
    key = models.CharField(max_length=64, help_text="hash of the dataset's key columns")
    occurrence = models.PositiveIntegerField(default=0, help_text="which of the rows that share the key")
    content = models.CharField(max_length=64, help_text="hash of all values")
    date = models.DateField(null=True, blank=True, help_text="first day of what is known")
    date_precision = models.CharField(
        max_length=5, blank=True, choices=[("day", "day"), ("month", "month"), ("year", "year")]
    )
    values = CellsField(help_text="{column: {value, max, qual, raw}}; an unknown cell has no entry")
    live = models.BooleanField(default=True)
    replaced_in = models.ForeignKey(
        Import, null=True, blank=True, on_delete=models.PROTECT, related_name="replaced", db_index=False,
        help_text="the import that corrected or withdrew this row",
    )  # fmt: skip
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField(help_text="latest import known to hold this row")

    class Meta:
        indexes = [
            models.Index(fields=["dataset", "live", "date"], name="observation_by_live_date"),
            models.Index(
                fields=["replaced_in"], name="observation_by_replaced_in", condition=models.Q(replaced_in__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset} {self.sheet} {self.row}"
