"""The last look before sending: the row, the rows behind it and the bytes on disk are still what was approved."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from pipeline import composing, gate, planning, review
from pipeline.compiled import Question, given
from pipeline.errors import NotHere, Refused
from pipeline.models import (
    Contribution,
    PostState,
    Publication,
    Revision,
    RevisionAuthor,
    RevisionItem,
    Variant,
    VariantMedia,
    VariantText,
)
from pipeline.protection import consents, record
from pipeline.rendering import store
from publishers._base import Submission
from publishers._sentences import _


class Broken(Refused):
    """What was approved and what would go out are not the same; nothing is sent."""


def submission(publication: Publication) -> Submission:
    """The sealed submission, proved: the approval's seal, the item's, the text's, the rows' and the files' agree.

    Everything is read anew: what the caller holds may be old.
    """
    row = AS_IT_STANDS(pk=publication.pk)[0]
    item, variant = row.item, row.variant
    assert item is not None  # a database constraint: nothing moves without a sealed item
    _refuse_another_approval(item, row.made_by_the_approver, row.newest)
    if item.variant_id != row.variant_id or variant.channel_id != row.channel_id:
        raise Broken(_("The approval of this post does not fit its content: submit it and have it approved again."))
    uses = MEDIA(variant=variant.pk)
    now = composing.composed(variant, TEXTS(variant=variant.pk), uses)
    if changed := review.item_changes(item, now):
        raise Broken(_("Not sent: this post changed after it was approved ({what}). Submit it again.", what=changed))
    return _with_files_intact(item, variant, uses)


def _what_was_sealed(item: RevisionItem) -> Submission:
    sealed, _seal = review.sealed_text(item.submission)
    assert sealed is not None  # else it differs from its rows
    return sealed


ASKED = (
    "channel_id", "variant_id",
    "item__variant_id", "item__submission", "item__seal", "item__revision__seal", "item__revision__receipts",
    "item__revision__post__state", "item__revision__post__summary_id",
    "item__revision__approval__seal", "item__revision__approval__user_id",
    "variant__post_id", "variant__kind", "variant__title", "variant__link_card", "variant__mentions",
    "variant__first_comment", "variant__content_warning", "variant__options",
    "variant__channel__name", "variant__channel__platform", "variant__channel__network", "variant__channel__languages",
)  # fmt: skip


def _around() -> QuerySet[Any, Any]:
    """The row and those around it, whether its approver made a part of it, and the newest revision of its post."""
    approver = OuterRef("item__revision__approval__user")
    author = Exists(RevisionAuthor.objects.filter(revision=OuterRef("item__revision"), user=approver))
    helper = Exists(Contribution.objects.filter(post=OuterRef("item__revision__post"), user=approver))
    revisions = Revision.objects.filter(post=OuterRef("item__revision__post")).order_by("-number")
    return (
        Publication.objects.filter(**given(Publication, "pk"))
        .select_related("item__revision__approval", "item__revision__post", "variant__channel")
        .only(*ASKED)
        .annotate(made_by_the_approver=author | helper, newest=Subquery(revisions.values("pk")[:1]))
    )


AS_IT_STANDS = Question(_around)
SEALS = Question(lambda: RevisionItem.objects.filter(**given(RevisionItem, "revision")).values_list("seal", flat=True))
TEXTS = Question(lambda: VariantText.objects.filter(**given(VariantText, "variant")))
MEDIA = Question(
    lambda: VariantMedia.objects.filter(**given(VariantMedia, "variant")).select_related("rendition", "cover")
)


def _refuse_another_approval(item: RevisionItem, made_by_the_approver: bool, newest: int) -> None:
    """`Broken` unless a second person's approval of this very revision is in force."""
    revision = item.revision
    approval = getattr(revision, "approval", None)
    made_of = [*SEALS(revision=revision.pk), *revision.receipts]
    if approval is None or not approval.seal == revision.seal == review.seal_of(made_of):
        raise Broken(_("The approval of this post does not fit its content: submit it and have it approved again."))
    if made_by_the_approver:
        raise Broken(_("This post was approved by one of its authors: have a second person approve it."))
    if revision.post.state != PostState.APPROVED or newest != revision.pk:
        raise Broken(_("No approval covers this post: submit it and have it approved first."))


def _with_files_intact(item: RevisionItem, variant: Variant, uses: list[VariantMedia]) -> Submission:
    sealed, drawn = _what_was_sealed(item), item.revision.post.summary_id is not None
    if sealed.files() and not store.folder().is_dir():
        raise NotHere(_("The folder of rendered files is missing on this machine: put its disk back."))
    for file in sealed.files():
        if not store.intact(file):
            raise Broken(
                _(
                    "Not sent: the file {name} is missing or was changed after it was approved. Render it again.",
                    name=file.name,
                )
            )
        _through_the_gate(file.sha256, file.mime)
    now, filmed_or_drawn = timezone.now(), bool(uses) or drawn
    if held := planning.standing_at([variant], now) if filmed_or_drawn else planning.standing_in_words(variant, now):
        raise Broken(held)
    for rendition in composing.renditions(uses):
        for sentence in record.missing(rendition, sealed=item.revision.receipts):
            raise Broken(sentence)
    for sentence in consents.outside(variant) if uses else ():
        raise Broken(sentence)
    return sealed


@lru_cache(maxsize=1000)
def _through_the_gate(sha256: str, mime: str) -> None:
    """Nothing, or `Refused`. Asked right after the bytes were hashed: the gate says the same of the same bytes."""
    gate.check(store.path_of(sha256, mime))
