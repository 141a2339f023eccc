"""What the tool mended in a post for a person, and what stood there before."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Repair(models.Model):
    """One repair of one variant: what was there, what is there now, and whether it was put back."""

    variant = models.ForeignKey("pipeline.Variant", on_delete=models.CASCADE, related_name="repairs")
    name = models.CharField(max_length=12, help_text="cut, thread, shrink, convert, reencode")
    before = models.JSONField(help_text="texts by language and kind of post, or a rendition by place")
    after = models.JSONField(help_text="the same, as it was mended")
    rest = models.JSONField(default=dict, help_text="what was cut out of each language's text")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    undone_at = models.DateTimeField(null=True, blank=True)
