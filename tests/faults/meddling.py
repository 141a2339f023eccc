"""What somebody does past the code: rows and files change under the tool, from clumsily to thoroughly.

Whoever reads a post next reads what stands there now, so the witness is told what that is.
"""

from __future__ import annotations

import json

from pipeline import review
from pipeline.models import (
    Contribution,
    Post,
    Publication,
    PublicationState,
    Revision,
    RevisionItem,
    VariantMedia,
    VariantText,
)
from publishers._base import Submission, seal
from tests.faults.stage import Stage
from tests.faults.witness import Told

S = PublicationState
SEALED = ("sealed", "seal", "rows", "revision")
KINDS = ("text", "description", "file", "no file", *SEALED, "saved", "queue", "author")


def meddle(stage: Stage, told: Told, post: Post, name: str, what: str, which: int) -> None:
    """Does it to the post on the channel of that name, or to one of the two pictures."""
    if what in {"text", "description"}:
        write_over(told, post, name, what)
    elif what in SEALED:
        write_over_the_seal(told, post, name, SEALED.index(what))
    elif what in {"file", "no file"}:
        stage.spoil(which, gone=what == "no file")
    elif what == "mend":
        stage.mend()
    elif what == "saved":
        write_over_what_was_saved(post, name)
    elif what == "queue":
        put_back_on_the_queue(post, name)
    else:
        make_the_approver_an_author(told, post)


def write_over(told: Told, post: Post, name: str, what: str) -> None:
    """Another text or description in the rows that the sealed text was made from."""
    if what == "text":
        lang = next(iter(told.texts[name]))
        told.texts[name][lang] = text = f"{told.token} 133 naissances."
        VariantText.objects.filter(variant__post=post, variant__channel__name=name, lang=lang).update(text=text)
    elif told.alts[name]:
        told.alts[name] = ["Autre chose."]
        VariantMedia.objects.filter(variant__post=post, variant__channel__name=name).update(alt="Autre chose.")


def write_over_the_seal(told: Told, post: Post, name: str, depth: int) -> None:
    """The sealed text alone; its seal as well; the rows that fit it; the revision's seal."""
    item = RevisionItem.objects.filter(revision__post=post, variant__channel__name=name).order_by("-pk").first()
    changed = item.submission.replace("expulsions", "naissances") if item else ""
    if item is None or changed == item.submission:
        return
    new = seal(Submission.model_validate_json(changed)) if depth else item.seal
    RevisionItem.objects.filter(pk=item.pk).update(submission=changed, seal=new)
    if depth > 1:
        for row in VariantText.objects.filter(variant=item.variant):
            told.texts[name][row.lang] = row.text.replace("expulsions", "naissances")
            VariantText.objects.filter(pk=row.pk).update(text=told.texts[name][row.lang])
    if depth > 2:
        held = review.seal_of([i.seal for i in RevisionItem.objects.filter(revision=item.revision)])
        Revision.objects.filter(pk=item.revision_id).update(seal=held)


def write_over_what_was_saved(post: Post, name: str) -> None:
    """What an adapter noted for itself, and would send."""
    for row in Publication.objects.filter(variant__post=post, channel__name=name):
        saved = json.loads(json.dumps(row.saved, ensure_ascii=False).replace("expulsions", "naissances"))
        Publication.objects.filter(pk=row.pk).update(saved=saved)


def put_back_on_the_queue(post: Post, name: str) -> None:
    """A row that no approval covers any more, with an item that one once did."""
    item = RevisionItem.objects.filter(variant__post=post, variant__channel__name=name).order_by("-pk").first()
    if item is not None:
        Publication.objects.filter(variant=item.variant, state=S.PLANNED).update(state=S.SCHEDULED, item=item)


def make_the_approver_an_author(told: Told, post: Post) -> None:
    """It comes out that whoever approved had a hand in the masks."""
    approved = Revision.objects.filter(post=post, approval__isnull=False).order_by("-number").first()
    if approved is not None:
        by = approved.approval.user
        Contribution.objects.get_or_create(post=post, user=by, part="mask")
        told.makers.add(by.username)
        told.agreed = {}
