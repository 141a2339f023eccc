"""The last look before sending: the row, the rows behind it and the bytes on disk are still what was approved."""

from __future__ import annotations

from django.utils import timezone

from pipeline import gate, review
from pipeline.errors import NotHere, Refused
from pipeline.models import Post, PostState, Publication
from pipeline.protection import record
from pipeline.rendering import store
from publishers._base import Submission
from publishers._sentences import _


class Broken(Refused):
    """What was approved and what would go out are not the same; nothing is sent."""


def submission(publication: Publication) -> Submission:
    """The sealed submission, proved: the approval's seal, the item's, the text's, the rows' and the files' agree."""
    item = publication.item
    assert item is not None  # a database constraint: nothing moves without a sealed item
    approval = getattr(item.revision, "approval", None)
    items_seal = review.seal_of([i.seal for i in item.revision.items.all()])
    if approval is None or not approval.seal == item.revision.seal == items_seal:
        raise Broken(_("The approval of this post does not fit its content: submit it and have it approved again."))
    made = (
        item.revision.authors.filter(user_id=approval.user_id).exists()
        or item.revision.post.contributions.filter(user_id=approval.user_id).exists()
    )
    if made:
        raise Broken(_("This post was approved by one of its authors: have a second person approve it."))
    post = Post.objects.get(pk=item.revision.post_id)
    if post.state != PostState.APPROVED or post.revisions.latest().pk != item.revision_id:
        raise Broken(_("No approval covers this post: submit it and have it approved first."))
    variant = publication.variant
    if item.variant_id != publication.variant_id or variant.channel_id != publication.channel_id:
        raise Broken(_("The approval of this post does not fit its content: submit it and have it approved again."))
    if changed := review.item_changes(item):
        raise Broken(_("Not sent: this post changed after it was approved ({what}). Submit it again.", what=changed))
    return _with_files_intact(Submission.model_validate_json(item.submission), publication)


def _with_files_intact(sealed: Submission, publication: Publication) -> Submission:
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
        gate.check(store.path_of(file.sha256, file.mime))
    if held := record.embargo([publication.variant], timezone.now()):
        raise Broken(held)
    for use in publication.variant.media.select_related("rendition"):
        for sentence in record.missing(use.rendition):
            raise Broken(sentence)
    return sealed
