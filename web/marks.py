"""States as people see them: a word and a shape, never a colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pipeline.models import Faces, Post, PostState, Publication, PublicationState, Role, Voice

S = PublicationState


@dataclass(frozen=True)
class Mark:
    """One state: its shape, its word, and whether somebody has to act."""

    shape: str
    word: str | Promise
    urgent: bool = False


POST_MARKS = {
    PostState.DRAFT: Mark("○", _("draft")),
    PostState.IN_REVIEW: Mark("◇", _("to approve")),
    PostState.CHANGES_REQUESTED: Mark("△", _("changes requested")),
    PostState.APPROVED: Mark("●", _("approved")),
}
PUBLICATION_MARKS = {
    S.PLANNED: Mark("○", _("not approved")),
    S.SCHEDULED: Mark("●", _("scheduled")),
    S.CLAIMED: Mark("▶", _("being sent")),
    S.PREPARED: Mark("▶", _("being sent")),
    S.COMMITTING: Mark("▶", _("being sent")),
    S.PENDING: Mark("▶", _("accepted, not out yet")),
    S.PUBLISHED: Mark("✓", _("published")),
    S.VERIFIED: Mark("✓", _("published, checked")),
    S.UNCERTAIN: Mark("◆", _("not sure, being looked up")),
    S.NEEDS_HUMAN: Mark("◆", _("needs a decision"), urgent=True),
    S.FAILED: Mark("■", _("failed"), urgent=True),
    S.MISSED: Mark("□", _("missed"), urgent=True),
    S.CANCELLED: Mark("–", _("cancelled")),
    S.REMOVED: Mark("–", _("removed")),
}
ROLES = {
    Role.INTERN: _("intern"),
    Role.EDITOR: _("editor"),
    Role.COORDINATOR: _("coordinator"),
    Role.ADMINISTRATOR: _("administrator"),
}
FACES = {
    Faces.MASKED: _("all covered"),
    Faces.NOBODY: _("nobody in the picture"),
    Faces.CONSENT: _("shown with consent"),
}
VOICES = {
    Voice.NONE: _("no voice"),
    Voice.MUTED: _("muted"),
    Voice.DISGUISED: _("disguised"),
    Voice.KEPT: _("kept"),
}
SHAPES = "".join(sorted({mark.shape for mark in (*POST_MARKS.values(), *PUBLICATION_MARKS.values())}))


def mark_of(thing: Post | Publication) -> Mark:
    """The mark of a post, or of a publication; a planned one shows where its post stands."""
    if isinstance(thing, Post):
        return POST_MARKS[PostState(thing.state)]
    state, post_state = S(thing.state), PostState(thing.variant.post.state)
    if state == S.PLANNED and post_state != PostState.APPROVED:
        return POST_MARKS[post_state]
    return PUBLICATION_MARKS[state]
