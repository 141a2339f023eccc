"""The last look before sending: the row, the rows behind it and the bytes on disk are still what was approved."""

from __future__ import annotations

from functools import lru_cache

from django.utils import timezone

from pipeline import gate, planning, review
from pipeline.errors import NotHere, Refused
from pipeline.models import PostState, Publication, RevisionItem, Variant
from pipeline.protection import record
from pipeline.rendering import store
from publishers._base import Submission
from publishers._sentences import _


class Broken(Refused):
    """What was approved and what would go out are not the same; nothing is sent."""


def submission(publication: Publication) -> Submission:
    """The sealed submission, proved: the approval's seal, the item's, the text's, the rows' and the files' agree."""
    row = _as_it_stands(publication)
    item, variant = row.item, row.variant
    assert item is not None  # a database constraint: nothing moves without a sealed item
    _refuse_another_approval(item)
    if item.variant_id != row.variant_id or variant.channel_id != row.channel_id:
        raise Broken(_("The approval of this post does not fit its content: submit it and have it approved again."))
    item.variant = variant
    if changed := review.item_changes(item):
        raise Broken(_("Not sent: this post changed after it was approved ({what}). Submit it again.", what=changed))
    return _with_files_intact(Submission.model_validate_json(item.submission), variant)


def _as_it_stands(publication: Publication) -> Publication:
    """The row and those around it, read anew: what the caller holds may be old."""
    around = Publication.objects.select_related(
        "item__revision__approval", "item__revision__post", "variant__channel", "variant__post"
    )
    return around.get(pk=publication.pk)


def _refuse_another_approval(item: RevisionItem) -> None:
    """`Broken` unless a second person's approval of this very revision is in force."""
    revision = item.revision
    approval = getattr(revision, "approval", None)
    items_seal = review.seal_of(revision.items.values_list("seal", flat=True))
    if approval is None or not approval.seal == revision.seal == items_seal:
        raise Broken(_("The approval of this post does not fit its content: submit it and have it approved again."))
    made = (
        revision.authors.filter(user_id=approval.user_id).exists()
        or revision.post.contributions.filter(user_id=approval.user_id).exists()
    )
    if made:
        raise Broken(_("This post was approved by one of its authors: have a second person approve it."))
    if revision.post.state != PostState.APPROVED or revision.post.revisions.latest().pk != revision.pk:
        raise Broken(_("No approval covers this post: submit it and have it approved first."))


def _with_files_intact(sealed: Submission, variant: Variant) -> Submission:
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
    if held := planning.standing_at([variant], timezone.now()):
        raise Broken(held)
    for use in variant.media.select_related("rendition"):
        for sentence in record.missing(use.rendition):
            raise Broken(sentence)
    return sealed


@lru_cache(maxsize=1000)
def _through_the_gate(sha256: str, mime: str) -> None:
    """Nothing, or `Refused`. Asked right after the bytes were hashed: the gate says the same of the same bytes."""
    gate.check(store.path_of(sha256, mime))
