"""What the counts are called: one table for every network, in the order in which they are shown."""

from __future__ import annotations

from collections.abc import Iterable

from publishers._sentences import Sentence, _

NAMES = {
    "views": _("views"),
    "impressions": _("impressions"),
    "reach": _("people reached"),
    "likes": _("likes"),
    "reactions": _("reactions"),
    "comments": _("comments"),
    "replies": _("replies"),
    "shares": _("shares"),
    "reposts": _("reposts"),
    "quotes": _("quotes"),
    "saved": _("saved"),
    "clicks": _("clicks"),
    "interactions": _("interactions"),
    "total_interactions": _("interactions in all"),
    "profile_visits": _("profile visits"),
    "follows": _("new followers"),
}
_PLACE = {name: place for place, name in enumerate(NAMES)}


def named(name: str) -> Sentence:
    """What people call a count; one that the table lacks is called as its adapter calls it."""
    return NAMES.get(name) or Sentence("{name}", {"name": name})


def ordered(names: Iterable[str]) -> list[str]:
    """These names, each once: how many saw it first, then what they did."""
    return sorted(set(names), key=lambda name: (_PLACE.get(name, len(_PLACE)), name))
