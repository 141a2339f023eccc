"""What is said again and again beside posts: sets of hashtags and mentions, saved under a name."""

from __future__ import annotations

from django.db import models


class SignSet(models.Model):
    """Hashtags and mentions that go together; `networks` are those that it is for, none named: all."""

    name = models.SlugField(max_length=60, unique=True)
    hashtags = models.JSONField(default=list, help_text="without #")
    mentions = models.JSONField(default=list, help_text="handles with @")
    networks = models.JSONField(default=list)

    def __str__(self) -> str:
        return self.name
