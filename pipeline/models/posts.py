"""Posts and what they are made of: variants, texts, pictures."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class RenditionState(models.TextChoices):
    """Where a render job stands."""

    QUEUED = "queued", "queued"
    RENDERING = "rendering", "rendering"
    READY = "ready", "ready"
    FAILED = "failed", "failed"


class Rendition(models.Model):
    """A file that we made, addressed by the hash of its inputs; also the job that makes it."""

    kind = models.CharField(max_length=10, choices=[(kind, kind) for kind in (
        "card", "reel", "photo", "subtitles", "document", "preview")])  # fmt: skip
    state = models.CharField(max_length=10, choices=RenditionState.choices, default=RenditionState.QUEUED)
    inputs_sha256 = models.CharField(max_length=64, unique=True)
    spec = models.JSONField(help_text="everything that shapes the file")
    lang = models.CharField(max_length=8)
    format = models.CharField(max_length=20)
    progress = models.FloatField(default=0.0, help_text="0 to 1")
    error = models.JSONField(null=True, blank=True, help_text="one sentence, where it failed")
    mime = models.CharField(max_length=60, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    sha256 = models.CharField(max_length=64, blank=True, db_index=True)
    size = models.PositiveBigIntegerField(default=0, help_text="bytes")
    texts = models.JSONField(default=list, help_text="[{slot, text}] as drawn")
    measured = models.JSONField(
        default=dict, help_text="what rendering found: faces_left, faces_masked, voices, loudness"
    )
    by_machine = models.BooleanField(default=False, help_text="it says words that a machine heard")
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="who compared those words with the sound",
    )  # fmt: skip
    checked_at = models.DateTimeField(null=True, blank=True)
    alt = models.TextField(blank=True, help_text="alt text proposed from the drawn data")
    footage = models.ManyToManyField("pipeline.Footage", related_name="renditions", blank=True)
    summary = models.ForeignKey(
        "pipeline.Summary", null=True, blank=True, on_delete=models.PROTECT, related_name="renditions"
    )
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(auto_now_add=True)
    ready_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~models.Q(state="ready") | (~models.Q(sha256="") & models.Q(size__gt=0)),
                name="ready_rendition_has_its_file",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.lang} {self.format}"


class Tag(models.Model):
    """A word under which rendered files are found again; it is never sent."""

    name = models.CharField(max_length=40, unique=True)
    renditions = models.ManyToManyField(Rendition, related_name="tags")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PostState(models.TextChoices):
    """Where a post stands with its readers; its place in the calendar is derived from its publications."""

    DRAFT = "draft", "draft"
    IN_REVIEW = "in_review", "in review"
    CHANGES_REQUESTED = "changes_requested", "changes requested"
    APPROVED = "approved", "approved"


class PostKind(models.TextChoices):
    """Decides the late policy: news asks after 15 minutes, evergreen may go out up to 12 hours late."""

    NEWS = "news", "news"
    EVERGREEN = "evergreen", "evergreen"


class Post(models.Model):
    """The editorial unit: one idea."""

    title = models.CharField(max_length=200, help_text="for the calendar; never sent")
    kind = models.CharField(max_length=12, choices=PostKind.choices, default=PostKind.EVERGREEN)
    state = models.CharField(max_length=20, choices=PostState.choices, default=PostState.DRAFT)
    approve_by = models.DateTimeField(null=True, blank=True, help_text="null: some hours before it goes out")
    version = models.PositiveIntegerField(default=1, help_text="grows with every change; guards against lost edits")
    summary = models.ForeignKey(
        "pipeline.Summary", null=True, blank=True, on_delete=models.PROTECT, related_name="posts"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [models.Index(fields=["state"], name="post_by_state")]

    def __str__(self) -> str:
        return self.title


class Contribution(models.Model):
    """That a person created or changed a part of a post: they may not approve it."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="contributions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=60, help_text="post, text, alt, media, card, reel, mask, ...")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "user", "part"], name="one_contribution_per_part"),
        ]


class Variant(models.Model):
    """A post for one channel, in one or more languages, in order."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="variants")
    channel = models.ForeignKey("pipeline.Channel", on_delete=models.PROTECT, related_name="variants")
    kind = models.CharField(
        max_length=12, default="image", help_text="text, image, carousel, reel, ... as Submission says"
    )
    title = models.CharField(max_length=300, blank=True)
    link_card = models.JSONField(null=True, blank=True)
    mentions = models.JSONField(default=dict, help_text="handle -> the platform's id, resolved while composing")
    first_comment = models.TextField(blank=True)
    content_warning = models.CharField(max_length=200, blank=True)
    options = models.JSONField(default=dict, help_text="what differs from publishers' Options defaults")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["post", "channel"], name="one_variant_per_channel")]

    def __str__(self) -> str:
        return f"{self.post} → {self.channel}"


class VariantText(models.Model):
    """A variant's words in one language, and the person who can read it and did."""

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="texts")
    lang = models.CharField(max_length=8)
    position = models.PositiveSmallIntegerField(default=0)
    text = models.TextField()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["variant", "lang"], name="one_text_per_language")]
        indexes = [models.Index(fields=["read_by", "lang"], name="text_by_reader")]


class VariantMedia(models.Model):
    """A rendition in its place in a variant, with the alt text that goes out with it."""

    variant = models.ForeignKey(Variant, on_delete=models.CASCADE, related_name="media")
    rendition = models.ForeignKey(Rendition, on_delete=models.PROTECT, related_name="uses")
    position = models.PositiveSmallIntegerField(default=0)
    alt = models.TextField(blank=True)
    cover = models.ForeignKey(Rendition, null=True, blank=True, on_delete=models.PROTECT, related_name="covers")
    cover_offset_ms = models.PositiveIntegerField(null=True, blank=True, help_text="the film's own picture as cover")
    subtitles = models.ManyToManyField(Rendition, related_name="subtitled", blank=True)

    class Meta:
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["variant", "position"], name="one_medium_per_place")]
