"""The studio's menu: what stands at the head of every page, and what stands behind “More”."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pipeline.models import User


@dataclass(frozen=True)
class Entry:
    """A page in the menu; `within`: the names of other routes that belong to it; `writers`: only for who writes."""

    name: str
    label: str | Promise
    within: tuple[str, ...] = ()
    writers: bool = False
    current: bool = False


MAIN = (
    Entry("today", _("Today")),
    Entry("calendar", _("Calendar"), ("month", "week", "day", "slots", "dates", "plan")),
    Entry("queue", _("To approve")),
    Entry("drafts", _("Posts"), ("new", "post", "recipes", "recipe", "text", "alt", "schedule", "questions")),
    Entry("footages", _("Footage"), ("footage", "intake"), writers=True),
    Entry("summaries", _("Figures"), ("summary", "figure", "figure-code")),
)
MORE = (
    Entry("imports", _("Records"), ("import", "look")),
    Entry("corrections", _("Figures that changed"), writers=True),
    Entry("library", _("Library"), ("library-file",)),
    Entry("cards", _("Cards"), ("card",)),
    Entry("reels", _("Reels"), ("reel", "new-reel"), writers=True),
    Entry("photos", _("Photos"), ("photo",), writers=True),
    Entry("papers", _("Documents"), writers=True),
    Entry("sets", _("Hashtags and mentions"), writers=True),
    Entry("handoffs", _("Put up by hand"), ("handoff",)),
    Entry("numbers", _("Reach"), ("numbers-of-month",)),
    Entry("channels", _("Channels"), ("channel", "add-channel", "change-channel")),
    Entry("consents", _("Consents"), ("consent",), writers=True),
    Entry("removals", _("To be removed"), writers=True),
    Entry("originals", _("Originals"), writers=True),
)


def entries(listed: Iterable[Entry], request: HttpRequest, user: User) -> list[Entry]:
    """Those that are for this person, the one that is open marked."""
    at = request.resolver_match.url_name if request.resolver_match else None
    return [
        Entry(one.name, one.label, one.within, one.writers, at == one.name or at in one.within)
        for one in listed
        if user.may_write or not one.writers
    ]
