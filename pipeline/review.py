"""Two people: one submits exactly what will go out, another agrees to exactly that."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from functools import lru_cache

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Max
from django.utils import timezone
from pydantic import ValidationError

from pipeline import audit, composing, notices, states, subtitles
from pipeline.authorship import refuse_what_is_out, unplan
from pipeline.errors import Refused
from pipeline.models import (
    Approval,
    NoticeKind,
    Post,
    PostState,
    Publication,
    PublicationState,
    Remark,
    Revision,
    RevisionAuthor,
    RevisionItem,
    User,
    VariantMedia,
    VariantText,
)
from pipeline.people import refuse_all_but_coordinators, refuse_readers
from pipeline.protection import at_once as immediacy
from pipeline.protection import receipts, textscan
from pipeline.summaries import disclosure
from publishers._base import Submission, canonical, seal
from publishers._sentences import Sentence, _

P = PublicationState


def submit(post: Post, *, by: User) -> Revision:
    """The sealed revision that a second person is asked to read; `NotReady` with every problem, or `Refused`."""
    refuse_readers(by)
    variants = list(post.variants.select_related("channel", "post"))
    if not variants:
        raise Refused(_("This post has no channel yet: add one before you submit it."))
    known = textscan.names()
    errors = [p for variant in variants for p in composing.problems(variant, known) if p.severity == "error"]
    if errors:
        raise composing.NotReady(errors)
    with transaction.atomic():
        disclosure.refuse(post)
        _step(post, PostState.IN_REVIEW, allowed=(PostState.DRAFT, PostState.CHANGES_REQUESTED))
        revision = _freeze(post, by)
        audit.append(by, "post.submitted", f"post:{post.pk}", revision=revision.number, seal=revision.seal)
        notices.owe(NoticeKind.APPROVE, about=post, by=by)
    return revision


def _freeze(post: Post, by: User) -> Revision:
    number = (post.revisions.aggregate(last=Max("number"))["last"] or 0) + 1
    submissions = [(v, composing.compose(v)) for v in post.variants.select_related("channel").order_by("pk")]
    seals, held = [seal(submission) for _variant, submission in submissions], receipts_of(post)
    revision = Revision.objects.create(
        post=post, number=number, seal=seal_of([*seals, *held]), receipts=held, submitted_by=by,
        submitted_at=timezone.now(),
    )  # fmt: skip
    for (variant, submission), item_seal in zip(submissions, seals, strict=True):
        RevisionItem.objects.create(
            revision=revision, variant=variant, submission=canonical(submission), seal=item_seal
        )
    for user_id in set(post.contributions.values_list("user_id", flat=True)) | {post.created_by_id}:
        RevisionAuthor.objects.create(revision=revision, user_id=user_id)
    return revision


def receipts_of(post: Post) -> list[str]:
    """The hashes of the receipts of protection of all files that the post would send."""
    uses = VariantMedia.objects.filter(variant__post=post).select_related("rendition", "cover")
    return receipts.hashes(composing.renditions(list(uses)))


def seal_of(seals: Collection[str]) -> str:
    """The seal over the seals of several items and the hashes of their receipts, whatever their order."""
    return hashlib.sha256("\n".join(sorted(seals)).encode()).hexdigest()


def waiting(post: Post) -> Revision:
    """The revision of the post that waits to be read; `Refused` where none does."""
    revision = post.revisions.order_by("-number").first()
    if revision is None or post.state != PostState.IN_REVIEW:
        raise Refused(_("This post does not wait to be read: submit it first."))
    return revision


def approve(revision: Revision, *, by: User, accept_unread: Collection[str] = (), at_once: str = "") -> Approval:
    """The approval of exactly this revision.

    `Refused` for a wrong role, for anyone who made any part of it, for a revision that is no longer the one in
    review, for content that changed since it was sealed, for languages that nobody read unless the approver
    accepts each of them by name, and for news that nothing keeps back unless they type yes (`at_once`).
    """
    refuse_all_but_coordinators(by)
    mine = revision.authors.filter(user=by).exists() or revision.post.contributions.filter(user=by).exists()
    if mine:
        raise Refused(_("You worked on this post yourself: a second person has to approve it."))
    unread = unread_languages(revision.post)
    if left := [lang for lang in unread if lang not in accept_unread]:
        raise Refused(
            _(
                "Nobody has read what is written in: {languages}. Have it read, or accept each by name "
                "(in a terminal: --accept-unread {codes}).",
                languages=", ".join(left),
                codes=",".join(left),
            )
        )
    if immediacy.asked(revision.post) and not immediacy.is_yes(at_once):
        raise Refused(
            _(
                "This news goes out at once, perhaps while people are still there: look that it names no more than "
                "the commune, then type yes (in a terminal: --at-once yes)."
            )
        )
    if changed := changed_since(revision):
        raise Refused(_("This post changed since it was submitted ({what}): submit it again.", what=changed))
    try:
        with transaction.atomic():
            return _approve(revision, by, unread, bool(at_once))
    except IntegrityError:  # another approval came first, or the database's own two-person rule spoke
        raise Refused(
            _("This revision is already approved, or you worked on it yourself: look at the post again.")
        ) from None


def _approve(revision: Revision, by: User, unread: list[str], at_once: bool) -> Approval:
    newest = revision.post.revisions.latest()
    if newest.pk != revision.pk:
        raise Refused(_("A newer revision of this post exists: read that one."))
    _step(revision.post, PostState.APPROVED, allowed=(PostState.IN_REVIEW,))
    approval = Approval.objects.create(
        revision=revision, user=by, seal=revision.seal, unread_accepted=unread, at=timezone.now()
    )
    for item in revision.items.all():
        waiting = Publication.objects.filter(variant=item.variant, state__in=[P.PLANNED, P.SCHEDULED])
        waiting.update(state=P.SCHEDULED, item=item, fence=F("fence") + 1)
        grace = timezone.now() + settings.PORTEVOIX_GRACE
        Publication.objects.filter(item=item, state=P.SCHEDULED, due_at__lt=grace).update(next_try_at=grace)
    told = {"revision": revision.number, "seal": revision.seal, **({"at_once": True} if at_once else {})}
    audit.append(by, "post.approved", f"post:{revision.post_id}", **told)
    notices.owe(NoticeKind.APPROVED, about=revision.post, by=by)
    return approval


def request_changes(revision: Revision, *, by: User, text: str) -> Remark:
    """The remark that sends the post back to its authors; any coordinator may ask, also for their own post."""
    refuse_all_but_coordinators(by)
    if not text.strip():
        raise Refused(_("Say what should change: one sentence is enough."))
    return _send_back(revision, by, PostState.CHANGES_REQUESTED, "changes_requested", text, (PostState.IN_REVIEW,))


def recall(post: Post, *, by: User, text: str = "") -> Remark:
    """Takes a post back to draft from review or from the queue, where nothing irreversible has been asked yet."""
    refuse_readers(by)
    with transaction.atomic():
        refuse_what_is_out(post)  # in the same transaction: else a tick may announce it in between
        revision = post.revisions.order_by("-number").first()
        if revision is None:
            raise Refused(_("This post was never submitted: there is nothing to take back."))
        allowed = (PostState.IN_REVIEW, PostState.APPROVED)
        return _send_back(revision, by, PostState.DRAFT, "recalled", text, allowed)


def _send_back(
    revision: Revision, by: User, target: PostState, verdict: str, text: str, allowed: Collection[PostState]
) -> Remark:
    with transaction.atomic():
        _step(revision.post, target, allowed=allowed)
        unplan(revision.post)
        audit.append(by, f"post.{verdict}", f"post:{revision.post_id}", revision=revision.number)
        if target == PostState.CHANGES_REQUESTED:
            notices.owe(NoticeKind.CHANGES, about=revision.post, by=by)
        return Remark.objects.create(revision=revision, by=by, verdict=verdict, text=text.strip(), at=timezone.now())


def ask_again(post: Post, *, by: User) -> Revision:
    """A new revision of an approved post, waiting to be read: something changed that is not sealed, such as the day."""
    with transaction.atomic():
        _step(post, PostState.IN_REVIEW, allowed=(PostState.APPROVED,))
        unplan(post)
        revision = _freeze(post, by)
        audit.append(by, "post.asked_again", f"post:{post.pk}", revision=revision.number, seal=revision.seal)
        notices.owe(NoticeKind.APPROVE, about=post, by=by)
    return revision


def may_agree(revision: Revision, by: User) -> bool:
    """Whether `by` could approve this revision: a coordinator who made no part of it."""
    made = revision.authors.filter(user=by).exists() or revision.post.contributions.filter(user=by).exists()
    return by.may_approve and not made


def unread_languages(post: Post) -> list[str]:
    """The languages of texts, pictures, subtitles and descriptions that no named person has read, in order.

    Whoever read the text in a language vouches for the pictures in it; a picture in a language without text has no
    reader. Captions that a machine heard count as unread until a person has compared them with the sound.
    """
    texts = VariantText.objects.filter(variant__post=post)
    unread = set(texts.filter(read_by=None).values_list("lang", flat=True))
    seen = set(texts.values_list("lang", flat=True))
    media = VariantMedia.objects.filter(variant__post=post)
    drawn = set(media.values_list("rendition__lang", flat=True))
    drawn |= set(media.exclude(subtitles=None).values_list("subtitles__lang", flat=True))
    drawn |= set(media.exclude(cover=None).values_list("cover__lang", flat=True))
    heard = set(subtitles.unchecked(post).values_list("lang", flat=True))
    return sorted(unread | (drawn - seen) | heard)


def changed_since(revision: Revision) -> list[Sentence]:
    """What differs between the sealed revision and the rows as they stand, each once: empty if nothing."""
    found = {what.msgid: what for item in revision.items.all() for what in item_changes(item)}
    settled = [] if revision.receipts == receipts_of(revision.post) else [_("how people are protected")]
    return [*found.values(), *settled]


def item_changes(item: RevisionItem, now: Submission | None = None) -> list[Sentence]:
    """What differs for one channel: the sealed text itself, or what its rows make (`now`, for who has composed it)."""
    sealed, its_seal = sealed_text(item.submission)
    if sealed is None or its_seal != item.seal:
        return [_("the sealed text itself")]
    return composing.differences(sealed, now or composing.compose(item.variant))


@lru_cache(maxsize=256)
def sealed_text(text: str) -> tuple[Submission | None, str]:
    """The submission that this very text is the canonical form of, and its seal; None for any other text.

    Kept by the text itself: the same text says the same for ever, and what it says is frozen.
    """
    try:
        sealed = Submission.model_validate_json(text)
    except ValidationError:
        return None, ""
    return (sealed, seal(sealed)) if canonical(sealed) == text else (None, "")


def _step(post: Post, target: PostState, *, allowed: Collection[PostState]) -> None:
    """One conditional update of the post's state; `Refused` where it stands elsewhere."""
    if not Post.objects.filter(pk=post.pk, state__in=allowed).update(state=target):
        post.refresh_from_db(fields=["state"])
        raise Refused(
            _(
                "This post is now “{state}”: look at it again before you go on.",
                state=states.POST[PostState(post.state)],
            )
        )
    post.state = target
