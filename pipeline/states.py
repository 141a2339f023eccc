"""What states are called, for people: one word or two, said in their language."""

from __future__ import annotations

from pipeline import channels
from pipeline.models import PostState, Publication, PublicationState
from publishers._sentences import Sentence, _

S = PublicationState

POST = {
    PostState.DRAFT: _("draft"),
    PostState.IN_REVIEW: _("to approve"),
    PostState.CHANGES_REQUESTED: _("changes requested"),
    PostState.APPROVED: _("approved"),
}
PUBLICATION = {
    S.PLANNED: _("not approved"),
    S.SCHEDULED: _("scheduled"),
    S.CLAIMED: _("being sent"),
    S.PREPARED: _("ready to go"),
    S.COMMITTING: _("being sent"),
    S.PENDING: _("accepted, not out yet"),
    S.PUBLISHED: _("published"),
    S.VERIFIED: _("published, checked"),
    S.UNCERTAIN: _("not sure, being looked up"),
    S.NEEDS_HUMAN: _("needs a decision"),
    S.FAILED: _("failed"),
    S.MISSED: _("missed"),
    S.CANCELLED: _("cancelled"),
    S.REMOVED: _("removed"),
}
BY_HAND = _("to be put up by hand")


def waits_for_a_hand(row: Publication) -> bool:
    """Whether the publication's kit is there and a person has to put it up."""
    return row.state == S.PENDING and row.channel.platform in channels.by_hand()


def word(row: Publication) -> Sentence:
    """What the state of a publication is called."""
    return BY_HAND if waits_for_a_hand(row) else PUBLICATION[S(row.state)]
