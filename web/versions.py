"""A post's past: what was said of it, and what differs between two of its revisions or since one of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from pipeline import comments, comparing, history, review
from pipeline.models import Approval, Comment, Post, PostState, Revision, User
from publishers._sentences import Said
from web.actions import acts, revision_shown
from web.people import me
from web.templatetags.studio import said

NOW = "now"


@dataclass(frozen=True)
class Since:
    """What this reader agreed to before, and no longer stands."""

    approval: Approval
    to: str  # what it is compared with


@acts
def comment(request: HttpRequest, post: Post) -> str:
    """Says something of the post to the others; where it was so sent, the post goes back to its authors with it."""
    text = request.POST.get("text", "")
    if "request_changes" in request.POST:
        review.request_changes(revision_shown(request, post), by=me(request), text=text)
        return gettext("Sent back to its authors with your remark.")
    comments.say(post, text, by=me(request))
    return gettext("Your comment stands on this page.")


@acts
def resolve(request: HttpRequest, post: Post, comment: int) -> str:
    """Notes that a comment is settled."""
    row = get_object_or_404(Comment, pk=comment, post=post)
    if comments.resolve(row, by=me(request)):
        return gettext("Noted: this comment is settled.")
    return gettext("Somebody settled this comment already.")


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """What differs between two revisions, or a revision and the post as it stands."""
    post = get_object_or_404(Post, pk=pk)
    revisions = list(post.revisions.select_related("submitted_by").order_by("number"))
    old, new = _chosen(request, revisions)
    refused = ""
    try:
        sheets = comparing.between(_state(post, old), _state(post, new)) if old else []
    except Said as refusal:
        sheets, refused = [], said(refusal.sentence)
    shown = {
        "post": post, "revisions": revisions, "old": old, "new": new, "refused": refused,
        "sheets": [one for one in sheets if one.changed], "alike": [one for one in sheets if not one.changed],
        "times": history.placed(post, _at(old), _at(new)), "events": history.of(post),
    }  # fmt: skip
    return render(request, "versions.html", shown)


def _chosen(request: HttpRequest, revisions: list[Revision]) -> tuple[Revision | None, Revision | None]:
    """The two to compare, the older first; None is the post as it stands. At first: the last revision, and now."""
    known = {str(one.number): one for one in revisions}
    last = revisions[-1] if revisions else None
    old = known.get(request.GET.get("from", ""), last)
    new = known.get(request.GET.get("to", NOW))
    if old and new and old.number > new.number:
        old, new = new, old
    return old, new


def _state(post: Post, revision: Revision | None) -> comparing.State:
    return comparing.sealed(revision) if revision else comparing.standing(post)


def _at(revision: Revision | None) -> datetime | None:
    return revision.submitted_at if revision else None


def since_agreed(post: Post, user: User) -> Since | None:
    """What this person approved of the post and is no longer what it says; None where nothing of the kind."""
    given = Approval.objects.filter(revision__post=post, user=user).select_related("revision").order_by("-at").first()
    last = post.revisions.order_by("-number").first() if given else None
    if given is None or last is None:
        return None
    if post.state == PostState.APPROVED and last.pk == given.revision_id:
        return None
    stands = last.pk != given.revision_id and post.state == PostState.IN_REVIEW
    return Since(given, str(last.number) if stands else NOW)
