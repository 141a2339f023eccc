"""What summaries told of people, and the exceptions that two persons agreed to."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from pipeline.models.summaries import Summary


class Telling(models.Model):
    """The numbers of people that a summary tells; those of summaries that went out are what later ones must fit."""

    summary = models.OneToOneField(Summary, on_delete=models.CASCADE, related_name="telling")
    dataset = models.CharField(max_length=60)
    start = models.DateField(help_text="first day of all that it tells of, the periods compared with among them")
    end = models.DateField(help_text="the day after the last")
    fine = models.BooleanField(help_text="whether any number is finer than month and area")
    numbers = models.JSONField(help_text="pipeline.summaries.disclosure.scopes.Told, each")

    class Meta:
        indexes = [models.Index(fields=["dataset", "start", "end"], name="telling_by_days")]

    def __str__(self) -> str:
        return f"{self.summary} ({len(self.numbers)})"


class Allowance(models.Model):
    """That two persons want a number of few people told all the same, and why. In force once the second agreed."""

    summary = models.CharField(max_length=60, help_text="a name of config/summaries")
    period = models.CharField(max_length=24)
    metric = models.CharField(max_length=60)
    place = models.JSONField(default=dict, help_text="{dimension: category} in a table; empty: the figure itself")
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    agreed_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(agreed_by=None) | ~Q(agreed_by=F("asked_by")), name="two_persons_allow_a_number"
            ),
            models.CheckConstraint(
                condition=Q(agreed_by=None, agreed_at=None) | Q(agreed_by__isnull=False, agreed_at__isnull=False),
                name="an_agreement_has_its_time",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="an_allowance_has_its_reason"),
            models.UniqueConstraint(
                fields=["summary", "period", "metric", "place"],
                condition=Q(ended_at=None),
                name="one_allowance_of_a_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.summary} {self.period} {self.metric}"
