"""The calendar as a file for calendar programs: by a person's secret address, or with titles for one's own use.

What a secret address shows is a post's number, its channel, its state, its time and its link: calendar programs copy
what they subscribe to onto servers and phones of others, where a title could name a person or a place before its time.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from django.db import transaction
from django.utils import timezone

from pipeline import audit, states
from pipeline.errors import Refused
from pipeline.ics.writing import Event, calendar
from pipeline.models import OUT, CalendarFeed, Publication, PublicationState, User
from publishers._sentences import _

S = PublicationState
BACK, AHEAD = timedelta(days=31), timedelta(days=366)  # what a feed shows
NAME = _("Porte-voix: what goes out when")
Status = Literal["TENTATIVE", "CONFIRMED", "CANCELLED"]
STATUS: dict[str, Status] = {
    **dict.fromkeys((S.CANCELLED, S.REMOVED), "CANCELLED"),
    **dict.fromkeys((S.PLANNED, S.MISSED, S.FAILED, S.UNCERTAIN, S.NEEDS_HUMAN), "TENTATIVE"),
    **dict.fromkeys((S.SCHEDULED, S.CLAIMED, S.PREPARED, S.COMMITTING, S.PENDING, *OUT), "CONFIRMED"),
}


def make(user: User) -> str:
    """The person's new secret, told this once: only its hash is kept. The one before opens nothing any more."""
    if not user.is_active:
        raise Refused(_("Only people who are still here have a calendar address."))
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        CalendarFeed.objects.filter(user=user).delete()
        CalendarFeed.objects.create(user=user, token_sha256=_hash(token))
        audit.append(user, "feed.made", f"user:{user.username}")
    return token


def withdraw(user: User) -> bool:
    """Whether there was an address, which opens nothing any more."""
    with transaction.atomic():
        gone = bool(CalendarFeed.objects.filter(user=user).delete()[0])
        if gone:
            audit.append(user, "feed.withdrawn", f"user:{user.username}")
    return gone


def made_at(user: User) -> datetime | None:
    """When the person's address was made; None where they have none."""
    return CalendarFeed.objects.filter(user=user).values_list("made_at", flat=True).first()


def owner(token: str) -> User | None:
    """The person whose address holds the secret, if they are still here.

    It is looked up by its hash: how long that takes tells nothing of secrets that come close.
    """
    found = CalendarFeed.objects.select_related("user").filter(token_sha256=_hash(token), user__is_active=True).first()
    return found.user if found else None


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def address(token: str, base: str) -> str:
    """Where the calendar of that secret is, below the studio's address."""
    return f"{base}/calendar/{token}.ics"


def events(lang: str, base: str) -> tuple[Event, ...]:
    """What a secret address shows: nothing of a post but number, channel, state, time and link."""
    now = timezone.now()
    rows = Publication.objects.filter(due_at__gte=now - BACK, due_at__lt=now + AHEAD)
    return _events(rows.select_related("channel", "variant").order_by("due_at", "pk"), lang, base, titles=False)


def file(rows: Iterable[Publication], lang: str, base: str) -> bytes:
    """These publications as a calendar file with titles, for one's own use."""
    return calendar(_events(rows, lang, base, titles=True), name=NAME.text(lang), lang=lang)


def etag(shown: tuple[Event, ...], lang: str) -> str:
    """What tells two answers of the same content; weak, as the time of writing stands in each of them."""
    return f'W/"{hashlib.sha256(f"{lang} {shown!r}".encode()).hexdigest()[:32]}"'


def content(shown: tuple[Event, ...], lang: str) -> bytes:
    """The calendar file of these events."""
    return calendar(shown, name=NAME.text(lang), lang=lang)


def _events(rows: Iterable[Publication], lang: str, base: str, *, titles: bool) -> tuple[Event, ...]:
    words = {state: said.text(lang) for state, said in states.PUBLICATION.items()}
    return tuple(
        Event(
            uid=uid(row),
            sequence=row.fence,
            start=row.due_at,
            summary=_summary(row, words[S(row.state)], lang, titles=titles),
            status=STATUS[row.state],
            url=f"{base}/post/{row.variant.post_id}/" if base else "",
        )
        for row in rows
    )


def _summary(row: Publication, state: str, lang: str, *, titles: bool) -> str:
    if titles:
        return f"{row.variant.post.title} · {row.channel.name} · {state}"
    return _("Post {number}", number=row.variant.post_id).text(lang) + f" · {row.channel.name} · {state}"


def uid(row: Publication) -> str:
    """The event's id: the same for ever for this publication, and of no other store that a person subscribes to."""
    return hashlib.sha256(f"{row.pk} {row.created_at.isoformat()}".encode()).hexdigest()[:32] + "@porte-voix"
