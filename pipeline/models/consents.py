"""Who agreed to be shown, in what, until when; what has to come down; what a text was asked about."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class How(models.TextChoices):
    """How a person agreed."""

    WRITTEN = "written", "written and signed"
    RECORDED = "recorded", "recorded, sound or film"
    SPOKEN = "spoken", "said before a witness"


class Consent(models.Model):
    """One person's agreement, under a code. Nobody's name stands here: the paper with the name is kept elsewhere."""

    code = models.CharField(max_length=40, unique=True, help_text="P-014: what the paper with the name says too")
    given_on = models.DateField()
    how = models.CharField(max_length=10, choices=How.choices)
    face = models.BooleanField(default=False, help_text="their face may be seen; else they are masked")
    voice = models.BooleanField(default=False, help_text="their voice may be heard as it is")
    networks = models.JSONField(default=list, help_text="where they may appear; empty: everywhere")
    languages = models.JSONField(default=list, help_text="in which languages; empty: in all")
    until = models.DateField(null=True, blank=True, help_text="last day; null: until they withdraw")
    footage = models.ManyToManyField("pipeline.Footage", related_name="consents", blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class ConsentName(models.Model):
    """A name that must not stand in a text, as a keyed hash: who reads the store learns no name from it."""

    consent = models.ForeignKey(Consent, on_delete=models.CASCADE, related_name="names")
    digest = models.CharField(max_length=64, db_index=True)
    words = models.PositiveSmallIntegerField(help_text="how many words the name has")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["consent", "digest"], name="one_hash_of_a_name")]


class Removal(models.Model):
    """A post that has to come down: asked of the network by the machine, or by a person where it takes no such wish."""

    OPEN, ASKING, DONE, BY_HAND, NOT_OUT = "open", "asking", "done", "by_hand", "not_out"

    publication = models.OneToOneField("pipeline.Publication", on_delete=models.PROTECT, related_name="removal")
    consent = models.ForeignKey(
        Consent, null=True, blank=True, on_delete=models.PROTECT, related_name="removals", help_text="whose withdrawal"
    )
    reason = models.CharField(max_length=300, blank=True)
    state = models.CharField(
        max_length=10, default=OPEN,
        choices=[(OPEN, "to be removed"), (ASKING, "being removed"), (DONE, "removed"), (BY_HAND, "by hand"),
                 (NOT_OUT, "never went out")],
    )  # fmt: skip
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    error = models.JSONField(null=True, blank=True, help_text="one sentence")
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["state", "next_try_at"], name="removal_due")]


class ScanAnswer(models.Model):
    """That a person looked at what the scan found in a text and lets it stand; for exactly this text of this post."""

    post = models.ForeignKey("pipeline.Post", on_delete=models.CASCADE, related_name="scan_answers")
    kind = models.CharField(max_length=12)
    found = models.CharField(max_length=120, help_text="as it stands in the text; of a name nothing but its kind")
    text_sha256 = models.CharField(max_length=64, help_text="of the whole text that holds it")
    public = models.BooleanField(default=False, help_text="an appointment for everyone: nothing has to wait")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["post", "text_sha256", "kind", "found"], name="a_finding_is_answered_once"),
        ]


class Kept(models.Model):
    """Why an original is kept past its time as evidence; ended when somebody gives it free."""

    footage = models.ForeignKey("pipeline.Footage", on_delete=models.PROTECT, related_name="kept")
    reason = models.CharField(max_length=300)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "kept"
        constraints = [
            models.UniqueConstraint(fields=["footage"], condition=Q(ended_at=None), name="one_reason_to_keep"),
            models.CheckConstraint(condition=~Q(reason=""), name="what_is_kept_has_a_reason"),
        ]
