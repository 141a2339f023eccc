"""Who may open which address and press which button: the one table, enforced before any view, printed into the docs.

The stages refuse too, each for itself; what hangs on the thing itself (one's own post, the last administrator) only
they know. An address without a row here opens to nobody.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pipeline.models import Role, User
from publishers._sentences import Sentence, _

SAFE = {"GET", "HEAD", "OPTIONS"}


class Need(StrEnum):
    """What an address asks of a person."""

    NOTHING = "nothing"  # not even to be signed in
    SIGNED_IN = "to be signed in"
    WRITES = "to write posts"
    APPROVES = "to approve"
    MANAGES = "to start again what was stopped"
    SHUTS = "to shut everything"
    ADMINISTERS = "to administer"


N = Need
MEETS: dict[Need, Callable[[User], bool]] = {
    N.NOTHING: lambda user: True,
    N.SIGNED_IN: lambda user: user.is_active,
    N.WRITES: lambda user: user.may_write,
    N.APPROVES: lambda user: user.may_approve,
    N.MANAGES: lambda user: user.may_manage,
    N.SHUTS: lambda user: user.may_manage,
    N.ADMINISTERS: lambda user: user.may_administer,
}
REFUSALS: dict[Need, Sentence] = {
    N.WRITES: _("Your role does not write posts: ask an intern, an editor or a coordinator."),
    N.APPROVES: _("Only a coordinator decides this: ask one of them."),
    N.MANAGES: _("Anyone may stop; only a coordinator or an administrator starts again: ask one of them."),
    N.SHUTS: _("Only a coordinator or an administrator shuts everything; anyone may put it on hold."),
    N.ADMINISTERS: _("Only an administrator changes channels: ask one of them."),
}
SEE, WRITE, BOTH = (N.SIGNED_IN, None), (N.WRITES, N.WRITES), (N.SIGNED_IN, N.SIGNED_IN)
PRESS_WRITE, PRESS_ANY, PRESS_ADMIN = (None, N.WRITES), (None, N.SIGNED_IN), (None, N.ADMINISTERS)
ADMIN = (N.ADMINISTERS, N.ADMINISTERS)
OPEN, OPEN_FORM = (N.NOTHING, None), (N.NOTHING, N.NOTHING)

# By the address's name: what reading asks, and what its buttons ask; None where there is nothing to read or to press.
NEEDS: dict[str, tuple[Need | None, Need | None]] = {
    **dict.fromkeys(
        ("today", "calendar", "month", "week", "day", "plan-table", "queue", "drafts", "recipes", "cards", "card",
         "card-stamp", "card-picture", "summaries", "footages", "footage", "footage-look", "footage-frame", "handoffs",
         "handoff", "handoff-file", "channels", "channel", "corrections", "figure-code", "figure", "numbers",
         "numbers-of-month", "numbers-table", "post", "shown", "versions",
         "rendition", "thumbnail", "library"),
        SEE,
    ),
    **dict.fromkeys(
        ("plan", "new", "new-carousel", "papers", "photo", "show", "recipe", "intake", "look", "consents", "consent",
         "removals", "originals", "questions", "repair", "numerals", "film", "text", "alt", "schedule", "move",
         "deadline", "swap", "reach"),
        WRITE,
    ),
    **dict.fromkeys(
        ("slots", "dates", "allowed", "sets", "summary", "imports", "library-file"),
        (N.SIGNED_IN, N.WRITES),
    ),
    **dict.fromkeys(
        ("photos", "import", "marked-import", "marked-look", "receipt", "receipt-json", "receipt-pdf"), (N.WRITES, None)
    ),
    **dict.fromkeys(
        ("remove-slot", "remove-set", "shift", "footage-act", "handoff-done", "handoff-not-posted", "undo-import",
         "read", "copy", "series", "submit", "recall", "schedule-next", "mark-read", "correct", "put-back",
         "move-to-next", "cancel", "confirm-protection", "captions-checked", "clean", "comment", "resolve",
         "take-off"),
        PRESS_WRITE,
    ),
    **dict.fromkeys(("approve", "request-changes", "keep", "send-late", "decide"), (None, N.APPROVES)),
    **dict.fromkeys(("stop", "hold", "hold-channel", "sign-out"), PRESS_ANY),
    **dict.fromkeys(("release", "check-channel"), (None, N.MANAGES)),
    **dict.fromkeys(("add-channel", "app", "connect", "choose", "change-channel", "people"), ADMIN),
    **dict.fromkeys(
        ("aside-channel", "use-channel", "renew-channel", "remove-channel", "person", "withdraw-invitation"),
        PRESS_ADMIN,
    ),
    "panic": (None, N.SHUTS),
    "recipe-card": (N.WRITES, None),
    "reels": (N.WRITES, None),
    "reel": (N.WRITES, None),
    "reel-handed": (N.WRITES, None),
    "new-reel": WRITE,
    "reel-act": PRESS_WRITE,
    "connect-back": (N.ADMINISTERS, None),
    **dict.fromkeys(("my-feed", "mails", "access", "second-factor", "again", "log"), BOTH),
    **dict.fromkeys(("feed", "public-media", "robots", "font"), OPEN),
    **dict.fromkeys(("sign-in", "code", "language", "invited", "forgotten", "new-password"), OPEN_FORM),
}  # fmt: skip


class RightsMiddleware:
    """Lets nobody past whom the table does not name; the sign-in itself is asked for by Django's own middleware."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The view's response."""
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """None where the person may; a page that says who may, else."""
        match = request.resolver_match
        row = NEEDS.get(match.url_name or "") if match else None
        if row is None:
            raise PermissionDenied
        need = row[request.method not in SAFE]
        user = request.user
        if need is None or need is N.NOTHING:
            return None  # the view answers 405 to what it does not know
        if not isinstance(user, User) or MEETS[need](user):
            return None
        if need not in REFUSALS or request.method in SAFE:
            raise PermissionDenied
        return render(request, "403.html", {"why": REFUSALS[need]}, status=403)


def matrix() -> list[tuple[str, str, list[str]]]:
    """For the docs: each address's name and pattern, with what each role may do there: see, press, both or nothing."""
    from web.urls import urlpatterns

    people = [None, *(User(role=role) for role in Role)]
    return [
        (str(route.name), str(route.pattern), [_may(str(route.name), person) for person in people])
        for route in urlpatterns
    ]


def _may(name: str, person: User | None) -> str:
    told = [
        word
        for word, need in zip(("see", "press"), NEEDS[name], strict=True)
        if need is not None and (need is N.NOTHING or (person is not None and MEETS[need](person)))
    ]
    return ", ".join(told) or "–"
