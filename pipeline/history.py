"""What happened to a post, in order: who wrote, changed, submitted, read and placed it, and when it went out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from pipeline.models import AuditEntry, Channel, Post, Publication, Revision, User
from pipeline.rendering.languages import languages
from publishers._sentences import Sentence, _

PARTS = {
    "text": _("text"),
    "alt": _("description of a picture"),
    "media": _("pictures and videos"),
    "kind": _("kind of post"),
    "channel": _("where it goes"),
    "cover": _("cover"),
    "subtitles": _("subtitles"),
    "figures": _("figures"),
    "protection": _("how people are protected"),
    "mask": _("masks"),
    "voices": _("voice"),
}
VERDICTS = {"changes_requested": _("asked for changes"), "recalled": _("took it back")}
# What the log says of a post's place in the calendar; nothing else of the log is history.
PLACED = {
    "post.scheduled": _("gave it a time"),
    "publication.moved": _("gave it another time"),
    "publication.cancelled": _("took it off the calendar"),
    "publication.stopped": _("stopped it"),
    "publication.missed": _("it missed its time"),
    "publication.sent_late": _("sent it after all"),
    "publication.published": _("it went out"),
}


@dataclass(frozen=True)
class Event:
    """One line of a post's history; who did it is None where nobody did."""

    at: datetime
    who: User | None
    what: Sentence
    channel: Channel | None = None
    due: datetime | None = None  # the time that was chosen
    text: str = ""
    seal: str = ""
    unread: Sequence[str] = ()
    revision: int | None = None  # the one that was submitted here


def of(post: Post) -> list[Event]:
    """What happened to the post, the latest first."""
    events = [Event(post.created_at, post.created_by, _("drafted it")), *_changes(post), *placed(post)]
    revisions = post.revisions.select_related("submitted_by", "approval__user").prefetch_related("remarks__by")
    for revision in revisions:
        events += _read(revision)
    return sorted(events, key=lambda event: event.at, reverse=True)


def _read(revision: Revision) -> Iterator[Event]:
    yield Event(revision.submitted_at, revision.submitted_by, _("submitted it"), seal=revision.seal,
                revision=revision.number)  # fmt: skip
    if approval := getattr(revision, "approval", None):
        seal, unread = approval.seal, approval.unread_accepted
        yield Event(approval.at, approval.user, _("approved it"), seal=seal, unread=unread)
    for remark in revision.remarks.all():
        yield Event(remark.at, remark.by, VERDICTS[remark.verdict], text=remark.text)


def _changes(post: Post) -> Iterator[Event]:
    """Changes of the same part by the same person, one after the other, are one line: the last of them."""
    rows = post.changes.select_related("by", "channel")
    for _key, run in groupby(rows, key=lambda row: (row.by_id, row.part, row.channel_id)):
        *_before, last = run
        yield Event(last.at, last.by, _("changed: {what}", what=named(last.part)), channel=last.channel)


def named(part: str) -> Sentence:
    """What of a post was changed: "text (français)" for text.fr."""
    what, _dot, lang = part.partition(".")
    word = PARTS.get(what) or Sentence(what)
    return Sentence("{what} ({lang})", {"what": word, "lang": _own_name(lang)}) if lang else word


def _own_name(lang: str) -> str:
    known = languages().get(lang)
    return known.name if known else lang


def placed(post: Post, since: datetime | None = None, until: datetime | None = None) -> list[Event]:
    """What became of the post's times, the first one first."""
    rows = Publication.objects.filter(variant__post=post).select_related("channel")
    channels = {f"publication:{row.pk}": row.channel for row in rows}
    entries = list(
        AuditEntry.objects.filter(subject__in=[f"post:{post.pk}", *channels], action__in=PLACED).order_by("seq")
    )
    people = _people(entry.actor for entry in entries)
    events = [
        Event(datetime.fromisoformat(entry.at), people.get(entry.actor), PLACED[entry.action],
              channel=channels.get(entry.subject), due=_moment(entry.detail.get("at")))
        for entry in entries
    ]  # fmt: skip
    return [one for one in events if (since is None or since <= one.at) and (until is None or one.at <= until)]


def _people(names: Iterable[str]) -> dict[str, User]:
    return {user.username: user for user in User.objects.filter(username__in=set(names))}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
