"""States as people see them: a word and a shape, never a colour alone."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pipeline import states
from pipeline.models import Faces, Post, PostKind, PostState, Publication, PublicationState, Role, Voice
from pipeline.standing import Stand

S = PublicationState


@dataclass(frozen=True)
class Mark:
    """One state: its shape, its word, and whether somebody has to act."""

    shape: str
    word: str | Promise
    urgent: bool = False


POST_SHAPES = {
    PostState.DRAFT: "○",
    PostState.IN_REVIEW: "◇",
    PostState.CHANGES_REQUESTED: "△",
    PostState.APPROVED: "●",
}
PUBLICATION_SHAPES = {
    S.PLANNED: "○",
    S.SCHEDULED: "●",
    S.CLAIMED: "▶",
    S.PREPARED: "▷",
    S.COMMITTING: "▶",
    S.PENDING: "▶",
    S.PUBLISHED: "✓",
    S.VERIFIED: "✓",
    S.UNCERTAIN: "◆",
    S.NEEDS_HUMAN: "◆",
    S.FAILED: "■",
    S.MISSED: "□",
    S.CANCELLED: "–",
    S.REMOVED: "–",
}
URGENT = {S.NEEDS_HUMAN, S.FAILED, S.MISSED}
POST_MARKS = {state: Mark(shape, _(states.POST[state].msgid)) for state, shape in POST_SHAPES.items()}
PUBLICATION_MARKS = {
    state: Mark(shape, _(states.PUBLICATION[state].msgid), urgent=state in URGENT)
    for state, shape in PUBLICATION_SHAPES.items()
}
ROLES = {
    Role.INTERN: _("intern"),
    Role.EDITOR: _("editor"),
    Role.COORDINATOR: _("coordinator"),
    Role.ADMINISTRATOR: _("administrator"),
}
KINDS = {
    PostKind.EVERGREEN: _("evergreen: may go out up to 12 hours late"),
    PostKind.NEWS: _("news: asked about when 15 minutes late"),
}
FORMS_OF_POST = {
    "text": _("text"),
    "image": _("one picture"),
    "carousel": _("several pictures"),
    "video": _("video"),
    "reel": _("reel"),
    "story": _("story"),
    "document": _("document"),
    "link": _("link"),
    "thread": _("thread"),
}
FACES = {
    Faces.MASKED: _("all covered"),
    Faces.NOBODY: _("nobody in the picture"),
    Faces.CONSENT: _("shown with consent"),
}
EDITS = {
    "search": _("searched"),
    "add": _("a mask was added"),
    "put": _("a mask was moved"),
    "drop": _("a keyframe was taken out"),
    "last": _("a mask was made longer or shorter"),
    "split": _("a mask was split"),
    "join": _("two masks were joined"),
    "delete": _("a mask was deleted"),
    "show": _("a person is shown, with consent"),
    "hide": _("a person is masked again"),
    "undo": _("a change was undone"),
}
VOICES = {
    Voice.NONE: _("no voice"),
    Voice.MUTED: _("muted"),
    Voice.DISGUISED: _("disguised (not anonymous)"),
    Voice.KEPT: _("kept"),
}
MENDED = {
    "cut": _("Cut at a sentence"),
    "thread": _("Split into several messages"),
    "shrink": _("Made smaller"),
    "convert": _("Made in the form that is taken"),
    "reencode": _("Encoded anew"),
}
STAND_SHAPES = {
    Stand.WORKS: "✓",
    Stand.ENDING: "△",
    Stand.PAUSED: "□",
    Stand.HELD: "■",
    Stand.ENDED: "■",
    Stand.CLOSED: "■",
    Stand.ASIDE: "–",
}
BY_HAND = Mark("↗", _(states.BY_HAND.msgid), urgent=True)
SHAPES = "".join(sorted({mark.shape for mark in (*POST_MARKS.values(), *PUBLICATION_MARKS.values(), BY_HAND)}))


def mark_of(thing: Post | Publication) -> Mark:
    """The mark of a post, or of a publication; a planned one shows where its post stands."""
    if isinstance(thing, Post):
        return POST_MARKS[PostState(thing.state)]
    state, post_state = S(thing.state), PostState(thing.variant.post.state)
    if states.waits_for_a_hand(thing):
        return BY_HAND
    if state == S.PLANNED and post_state != PostState.APPROVED:
        return POST_MARKS[post_state]
    return PUBLICATION_MARKS[state]


CUTS: dict[str, str | Promise] = {
    "whole": _("whole, as it was taken"),
    "portrait": _("portrait, 4:5"),
    "square": _("square"),
    "story": _("story, 9:16"),
    "link": _("link preview, wide"),
    "landscape": _("landscape, 16:9"),
}
MADE: dict[str, str | Promise] = {
    "card": _("card"),
    "reel": _("reel"),
    "photo": _("photo"),
    "document": _("document"),
    "subtitles": _("subtitles"),
}
