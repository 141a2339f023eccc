"""A person's word for what the scan found: it may stand, in exactly this text."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from pipeline import audit
from pipeline.errors import Refused
from pipeline.models import Contribution, Post, PostState, ScanAnswer, User
from pipeline.people import refuse_all_but_coordinators, refuse_readers
from pipeline.protection.textscan.checking import Question, of_post
from pipeline.protection.textscan.patterns import Kind
from publishers._sentences import _

GRAVE = (Kind.NAME, Kind.COORDINATES)  # a coordinator's word


def answer(
    post: Post, found: str, *, by: User, key: tuple[str, str, str] | None = None, public: bool = False
) -> list[ScanAnswer]:
    """The answers that let what was found stand, one for each text that holds it (or for `key` alone).

    A time or place of ours that everyone is to know (`public`) does not wait; any other that is finer than the commune
    does (`detail_until`).

    Whoever answers is an author of the post. `Refused` where nothing of that kind is asked, for a name or a position
    by others than coordinators, and once the post is submitted.
    """
    refuse_readers(by)
    with transaction.atomic():
        state = Post.objects.select_for_update().get(pk=post.pk).state
        if state not in (PostState.DRAFT, PostState.CHANGES_REQUESTED):
            raise Refused(_("Questions are answered while a post is written: take it back first."))
        meant = [one for one in of_post(post) if found == one.finding.text and key in (None, one.key)]
        if not meant:
            raise Refused(
                _("“{found}” is not asked about in this post: look at its questions again.", found=found[:60])
            )
        if any(one.finding.kind in GRAVE for one in meant):
            refuse_all_but_coordinators(by)
        Contribution.objects.get_or_create(post=post, user=by, part="scan")
        return [_answered(post, one, by, public) for one in meant]


def _answered(post: Post, question: Question, by: User, public: bool) -> ScanAnswer:
    row, made = ScanAnswer.objects.get_or_create(
        post=post,
        text_sha256=question.place.sha256,
        kind=question.finding.kind.value,
        found=question.kept,
        defaults={"by": by, "at": timezone.now(), "public": public},
    )
    if made:
        audit.append(by, "scan.answered", f"post:{post.pk}", kind=row.kind, text=row.text_sha256, public=public)
    return row
